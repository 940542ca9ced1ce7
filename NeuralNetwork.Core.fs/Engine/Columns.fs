namespace NeuralNetwork.Engine

open System.Numerics
open System.Runtime.CompilerServices
open NeuralNetwork.Maths

// The loop down the columns of a matrix: sums over the rows of a batch.
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

    /// The numbers of a row that fills the register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member column.Whole(row: int) : Lane<'T> = Memory.load<'T>(column.Address + nativeint row * column.Stride)

    /// The numbers of a row, the rest of the register 0.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member column.Row(row: int) : Lane<'T> =
        let at = column.Address + nativeint row * column.Stride

        if column.Cols = Lane<'T>.Count then
            Memory.load<'T> at
        else
            Memory.loadPart<'T> at column.Cols Lane<'T>.Zero

module internal Columns =

    /// Rows added up in one register before it goes to the wide sum.
    [<Literal>]
    let private Block = 32

    let inline private sumOf
        ([<InlineIfLambda>] lane: Column<'T> -> int -> Lane<'T>)
        (f: 'F when 'F: struct and 'F :> IMap2<'T>)
        (a: Column<'T>)
        (b: Column<'T>)
        : WideSum<'T> =
        let mutable total = { Low = Vector<float>.Zero; High = Vector<float>.Zero }
        let mutable block = Lane<'T>.Zero

        for row in 0 .. a.Rows - 1 do
            block <- block + f.Of(lane a row, lane b row)

            if row % Block = Block - 1 then
                total <- total.Add block
                block <- Lane<'T>.Zero

        total.Add block

    /// Σ over rows of f(a, b), where b is a second matrix of the same shape (or the same one). Whole registers have a loop of their
    /// own, without the call that a part of one needs: around a call the sums would go to memory.
    let sum<'T, 'F when 'F: struct and 'F :> IMap2<'T>> (f: 'F) (a: Column<'T>) (b: Column<'T>) : WideSum<'T> =
        if a.Cols = Lane<'T>.Count then
            sumOf (fun column row -> column.Whole row) f a b
        else
            sumOf (fun column row -> column.Row row) f a b

    /// Σ over rows of a, rounded to a lane.
    let sumRows<'T> (a: Column<'T>) (target: nativeint) : unit =
        Memory.storePart target a.Cols ((sum<'T, First<'T>> (First()) a a).Over 1.0)
