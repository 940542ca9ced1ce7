namespace NeuralNetwork.Engine

open System.Numerics
open System.Runtime.CompilerServices
open NeuralNetwork

// Loops down the columns of a matrix: sums over the rows of a batch, and what batch normalisation makes of them.
// A column's sum is built up in blocks of rows, and the blocks in double precision, always in the same order.

/// A register of sums in double precision, whatever the lanes that are added.
[<Struct>]
type internal WideSum<'T> =
    { Low: Vector<float>
      High: Vector<float> }

    /// The sum with a lane added.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member sum.Add(lane: Lane<'T>) : WideSum<'T> =
        if Lane.isSingle<'T> then
            let single = Vector.As<'T, float32> lane
            { Low = sum.Low + Vector.WidenLower single; High = sum.High + Vector.WidenUpper single }
        else
            { Low = sum.Low + Vector.As<'T, float> lane; High = sum.High }

    /// The sums divided by a number, rounded to a lane.
    member sum.Over(divisor: float) : Lane<'T> =
        let by = Vector<float> divisor

        if Lane.isSingle<'T> then
            Vector.As<float32, 'T>(Vector.Narrow(sum.Low / by, sum.High / by))
        else
            Vector.As<float, 'T>(sum.Low / by)

/// One column of registers: `Cols` numbers (at most a register) in each of `Rows` rows that lie `Stride` bytes apart.
[<Struct>]
type internal Column<'T> =
    { Address: nativeint
      Stride: nativeint
      Rows: int
      Cols: int }

    /// The numbers of a row, the rest of the register 0.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member column.Row(row: int) : Lane<'T> =
        let at = column.Address + nativeint row * column.Stride

        if column.Cols = Lane<'T>.Count then
            Memory.load<'T> at
        else
            Sweep.loadPart<'T> at column.Cols Lane<'T>.Zero

module internal Columns =

    /// Rows added up in one register before it goes to the wide sum.
    [<Literal>]
    let private Block = 32

    /// Σ over rows of f(a, b), where b is a second matrix of the same shape (or the same one).
    let private sum<'T, 'F when 'F: struct and 'F :> IMap2<'T>> (f: 'F) (a: Column<'T>) (b: Column<'T>) : WideSum<'T> =
        let mutable total = { Low = Vector<float>.Zero; High = Vector<float>.Zero }
        let mutable block = Lane<'T>.Zero

        for row in 0 .. a.Rows - 1 do
            block <- block + f.Of(a.Row row, b.Row row)

            if row % Block = Block - 1 then
                total <- total.Add block
                block <- Lane<'T>.Zero

        total.Add block

    /// a - Shift
    [<Struct>]
    type private Shifted<'T> =
        { Shift: Lane<'T> }

        interface IMap2<'T> with
            member f.Of(a, _) = a - f.Shift

    /// (a - Mean)²
    [<Struct>]
    type private Deviation<'T> =
        { Mean: Lane<'T> }

        interface IMap2<'T> with
            member f.Of(a, _) = (a - f.Mean) * (a - f.Mean)

    /// x̂·gy
    [<Struct>]
    type private Standardized<'T> =
        { Mean: Lane<'T>
          Scale: Lane<'T> }

        interface IMap2<'T> with
            member f.Of(x, gy) = BatchNorm.standardize x f.Mean f.Scale * gy

    /// sum = Σ over rows of g
    let sumRows<'T> (g: Column<'T>) (target: nativeint) : unit =
        Sweep.storePart target g.Cols ((sum<'T, First<'T>> (First()) g g).Over 1.0)

    /// The share of a row in the gradient of a PReLU's slope.
    [<Struct>]
    type private SlopeShare<'T> =
        interface IMap2<'T> with
            member _.Of(z, gy) = PReLU.share z gy

    /// ga = Σ over the rows where z <= 0 of gy·z
    let slopes<'T> (z: Column<'T>) (gy: Column<'T>) (target: nativeint) : unit =
        Sweep.storePart target z.Cols ((sum<'T, SlopeShare<'T>> (SlopeShare()) z gy).Over 1.0)

    /// Mean and biased variance in two passes. The first is shifted by the first row, so that a constant column has
    /// exactly its value as mean and exactly 0 as variance, and a large common offset costs no digits.
    let moments<'T> (x: Column<'T>) : struct (Lane<'T> * Lane<'T>) =
        let n = float x.Rows
        let origin = x.Row 0
        let mean = origin + (sum<'T, Shifted<'T>> { Shift = origin } x x).Over n
        struct (mean, (sum<'T, Deviation<'T>> { Mean = mean } x x).Over n)

    /// gbeta = Σ gy and ggamma = Σ gy·x̂
    let gradients<'T>
        (x: Column<'T>)
        (gy: Column<'T>)
        (mean: nativeint)
        (scale: nativeint)
        : struct (Lane<'T> * Lane<'T>) =
        let part address = Sweep.loadPart<'T> address x.Cols Lane<'T>.Zero
        let standardized: Standardized<'T> = { Mean = part mean; Scale = part scale }
        struct ((sum<'T, First<'T>> (First()) gy gy).Over 1.0, (sum<'T, Standardized<'T>> standardized x gy).Over 1.0)
