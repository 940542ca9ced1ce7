namespace NeuralNetwork.Engine

open System
open NeuralNetwork

// A kernel is a loop with its formula, bound to addresses. It knows how to cut itself into tiles, by shape alone,
// and allocates nothing when it runs.

/// Rows x Cols numbers at an address, row after row.
[<Struct>]
type Matrix<'T> =
    { Address: nativeint
      Rows: int
      Cols: int
      Batched: bool }

    /// The address of an element.
    member inline matrix.At(row: int, col: int) : nativeint = Memory.offset<'T> matrix.Address (row * matrix.Cols + col)

    /// How many rows are alive when the batch has so many.
    member inline matrix.Live(rows: int) : int = if matrix.Batched then rows else matrix.Rows

/// One operation of a plan, ready to run on the first `rows` rows of a batch.
[<AbstractClass>]
type Kernel() =
    /// How many tiles the work is cut into.
    abstract Tiles: rows: int -> int
    /// Does one of them.
    abstract Run: rows: int * tile: int -> unit
    /// Told before a step: its number (the first is 1) and its learning rate.
    abstract Prepare: step: int * rate: float -> unit
    default _.Prepare(_, _) = ()
    /// Told before a program runs: the rows of the batch.
    abstract Begin: rows: int -> unit
    default _.Begin _ = ()

module internal Cut =

    /// Rows of a batch that one tile of an elementwise or row-wise kernel takes.
    let rows = 32

    /// Columns that one tile of a column-wise kernel takes.
    let columns = 64

    /// The tile of a matrix product: wide, because rows of b are packed once for all rows of a tile, and lower where the
    /// rows are those of a batch, so that a batch of 128 gives every core something to do.
    let productRows (isBatched: bool) = if isBatched then 64 else 128

    let productCols = 256

    /// Numbers that one tile of a pass over a flat vector takes.
    let parameters = Op.Part

    let inline pieces (whole: int) (piece: int) = (whole + piece - 1) / piece

/// A kernel that treats every element by itself, and so can run on any rectangle of its matrices.
[<AbstractClass>]
type Elementwise(cols: int) =
    inherit Kernel()
    abstract Over: row: int * left: int * count: int -> unit
    override _.Tiles rows = Cut.pieces rows Cut.rows

    override kernel.Run(rows, tile) =
        for row in tile * Cut.rows .. min rows ((tile + 1) * Cut.rows) - 1 do
            kernel.Over(row, 0, cols)

/// A kernel that treats every row by itself.
[<AbstractClass>]
type RowWise() =
    inherit Kernel()
    abstract Over: row: int * rows: int -> unit
    override _.Tiles rows = Cut.pieces rows Cut.rows

    override kernel.Run(rows, tile) =
        for row in tile * Cut.rows .. min rows ((tile + 1) * Cut.rows) - 1 do
            kernel.Over(row, rows)

/// z += b
[<Sealed>]
type AddBiasKernel<'T>(b: Matrix<'T>, z: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        Sweep.map2<'T, Added<'T>> (Added()) (b.At(0, left)) (z.At(row, left)) (z.At(row, left)) count

[<Struct>]
type ValueOf<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> =
    { Formula: 'Formula }

    interface IMap1<'T> with
        member f.Of z = f.Formula.Value z

/// gy·f'(z)
[<Struct>]
type SlopeOf<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> =
    { Formula: 'Formula }

    interface IMap3<'T> with
        member f.Of(gy, z, y) = gy * f.Formula.Slope(z, y)

/// y = f(z)
[<Sealed>]
type ActivateKernel<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>>
    (formula: 'Formula, z: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        Sweep.map1<'T, ValueOf<'T, 'Formula>> { Formula = formula } (z.At(row, left)) (y.At(row, left)) count

/// gz = gy ∘ f'(z)
[<Sealed>]
type ActivateGradientKernel<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>>
    (formula: 'Formula, z: Matrix<'T>, y: Matrix<'T>, gy: Matrix<'T>, gz: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        let operand (matrix: Matrix<'T>) = matrix.At(row, left)
        let slope: SlopeOf<'T, 'Formula> = { Formula = formula }
        Sweep.map3<'T, SlopeOf<'T, 'Formula>> slope (operand gy) (operand z) (operand y) (operand gz) count

/// c = op(a)·op(b), in tiles of the result; the tail runs on each tile row by row while it is in the cache.
[<Sealed>]
type MultiplyKernel<'T>
    (
        product: Product<'T>,
        a: Matrix<'T>,
        transposeA: bool,
        b: Matrix<'T>,
        transposeB: bool,
        c: Matrix<'T>,
        tail: Elementwise[]
    ) =
    inherit Kernel()

    let height = Cut.productRows c.Batched
    let down rows = Cut.pieces (c.Live rows) height
    let across = Cut.pieces c.Cols Cut.productCols

    override _.Prepare(step, rate) =
        for kernel in tail do
            kernel.Prepare(step, rate)

    override _.Begin rows =
        for kernel in tail do
            kernel.Begin rows

    override _.Tiles rows = down rows * across

    override _.Run(rows, tile) =
        let top, left = tile / across * height, tile % across * Cut.productCols
        let m, n = min height (c.Live rows - top), min Cut.productCols (c.Cols - left)
        let k = if transposeA then a.Live rows else a.Cols
        let fromA = if transposeA then a.At(0, top) else a.At(top, 0)
        let fromB = if transposeB then b.At(left, 0) else b.At(0, left)

        product.Multiply(
            transposeA,
            transposeB,
            m,
            n,
            k,
            1.0,
            fromA,
            a.Cols,
            fromB,
            b.Cols,
            0.0,
            c.At(top, left),
            c.Cols
        )

        if tail.Length > 0 then
            for row in top .. top + m - 1 do
                for kernel in tail do
                    kernel.Over(row, left, n)

/// c = a·wᵀ, row by row, with w in panels; the tail runs on each row. One tile: whoever predicts single rows brings threads of
/// his own.
[<Sealed>]
type internal RowsKernel<'T>(panels: Panels<'T>, a: Matrix<'T>, w: Slice, c: Matrix<'T>, tail: Elementwise[]) =
    inherit Kernel()
    let edge = Arena<'T>(Tile.rowColumns<'T>())

    override _.Begin rows =
        for kernel in tail do
            kernel.Begin rows

    override _.Tiles _ = 1

    override _.Run(rows, _) =
        for row in 0 .. c.Live rows - 1 do
            Rows.multiply<'T> c.Cols a.Cols (a.At(row, 0)) (panels.AddressOf w) (c.At(row, 0)) edge.Address

            for kernel in tail do
                kernel.Over(row, 0, c.Cols)

/// A kernel that treats every column by itself, in tiles of columns; a tail of elementwise kernels runs on each tile.
[<AbstractClass>]
type ColumnWise<'T>(cols: int, tail: Elementwise[]) =
    inherit Kernel()

    /// Does at most a register of columns.
    abstract Over: rows: int * left: int * count: int -> unit

    /// The columns from `left` on of a matrix.
    static member Column(matrix: Matrix<'T>, rows: int, left: int, count: int) : Column<'T> =
        { Address = matrix.At(0, left)
          Stride = nativeint (matrix.Cols * sizeof<'T>)
          Rows = matrix.Live rows
          Cols = count }

    override _.Prepare(step, rate) =
        for kernel in tail do
            kernel.Prepare(step, rate)

    override _.Begin rows =
        for kernel in tail do
            kernel.Begin rows

    override _.Tiles _ = Cut.pieces cols Cut.columns

    override kernel.Run(rows, tile) =
        let left = tile * Cut.columns
        let right = min cols (left + Cut.columns)

        for place in left .. Lane<'T>.Count .. right - 1 do
            kernel.Over(rows, place, min Lane<'T>.Count (right - place))

        if tail.Length > 0 then
            for row in 0 .. rows - 1 do
                for elementwise in tail do
                    elementwise.Over(row, left, right - left)

/// sum = Σ over rows of g
[<Sealed>]
type SumRowsKernel<'T>(g: Matrix<'T>, sum: Matrix<'T>) =
    inherit ColumnWise<'T>(g.Cols, [||])

    override _.Over(rows, left, count) = Columns.sumRows<'T> (ColumnWise.Column(g, rows, left, count)) (sum.At(0, left))

[<Struct>]
type internal PReLUValue<'T> =
    interface IMap2<'T> with
        member _.Of(a, z) = PReLU.value a z

[<Struct>]
type internal PReLUSlope<'T> =
    interface IMap3<'T> with
        member _.Of(a, z, gy) = PReLU.slope a z gy

/// y = z where z > 0, else a·z
[<Sealed>]
type PReLUKernel<'T>(a: Matrix<'T>, z: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        Sweep.map2<'T, PReLUValue<'T>> (PReLUValue()) (a.At(0, left)) (z.At(row, left)) (y.At(row, left)) count

/// gz = gy where z > 0, else a·gy
[<Sealed>]
type PReLUGradientKernel<'T>(a: Matrix<'T>, z: Matrix<'T>, gy: Matrix<'T>, gz: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        let operand (matrix: Matrix<'T>) = matrix.At(row, left)
        Sweep.map3<'T, PReLUSlope<'T>> (PReLUSlope()) (a.At(0, left)) (operand z) (operand gy) (operand gz) count

/// ga = Σ over the rows where z <= 0 of gy·z
[<Sealed>]
type PReLUSumsKernel<'T>(z: Matrix<'T>, gy: Matrix<'T>, ga: Matrix<'T>) =
    inherit ColumnWise<'T>(z.Cols, [||])

    override _.Over(rows, left, count) =
        let column matrix = ColumnWise.Column(matrix, rows, left, count)
        Columns.slopes<'T> (column z) (column gy) (ga.At(0, left))

/// p = softmax z
[<Sealed>]
type SoftmaxKernel<'T>(z: Matrix<'T>, p: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let shift: ShiftedExponential<'T> = { Shift = Lane.create<'T>(Row.greatest<'T> (z.At(row, 0)) z.Cols) }
        let total = Row.sum<'T, ShiftedExponential<'T>> shift (z.At(row, 0)) (z.At(row, 0)) z.Cols
        Sweep.map1<'T, ShiftedExponential<'T>> shift (z.At(row, 0)) (p.At(row, 0)) z.Cols
        let scale: Scaled<'T> = { Scale = Lane.create<'T>(1.0 / total) }
        Sweep.map1<'T, Scaled<'T>> scale (p.At(row, 0)) (p.At(row, 0)) z.Cols

/// gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ)
[<Sealed>]
type SoftmaxGradientKernel<'T>(p: Matrix<'T>, gp: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let dot = Row.sum<'T, Multiplied<'T>> (Multiplied()) (p.At(row, 0)) (gp.At(row, 0)) p.Cols
        let slope: SoftmaxSlope<'T> = { Dot = Lane.create<'T> dot }
        Sweep.map2<'T, SoftmaxSlope<'T>> slope (p.At(row, 0)) (gp.At(row, 0)) (gz.At(row, 0)) p.Cols

/// losses = -Σⱼ tⱼ log pⱼ, gp = -t / (n·p)
[<Sealed>]
type CrossEntropyKernel<'T>(p: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gp: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, rows) =
        let loss = Row.sum<'T, WeightedLogarithm<'T>> (WeightedLogarithm()) (p.At(row, 0)) (t.At(row, 0)) p.Cols
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T> loss)
        let slope: CrossEntropySlope<'T> = { Scale = Lane.create<'T>(1.0 / float rows) }
        Sweep.map2<'T, CrossEntropySlope<'T>> slope (p.At(row, 0)) (t.At(row, 0)) (gp.At(row, 0)) p.Cols

/// losses = Σⱼ t'ⱼ·(log Σᵢ eᶻⁱ - zⱼ), gz = (softmax z·Σⱼ t'ⱼ - t') / n with t' = (1 - smoothing)·t + smoothing / classes
[<Sealed>]
type SoftmaxCrossEntropyKernel<'T>(smoothing: float, z: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()
    let kept, share = 1.0 - smoothing, smoothing / float z.Cols

    override _.Over(row, rows) =
        let z, t, gz, count = z.At(row, 0), t.At(row, 0), gz.At(row, 0), z.Cols
        let keptLane, shareLane = Lane.create<'T> kept, Lane.create<'T> share
        let greatest = Lane.create<'T>(Row.greatest<'T> z count)
        let shifted: ShiftedExponential<'T> = { Shift = greatest }
        let total = Row.sum<'T, ShiftedExponential<'T>> shifted z z count
        let weight = kept * Row.sum<'T, Second<'T>> (Second()) t t count + smoothing
        // The gaps go through gz, which the gradient then overwrites: padding has no share in a smoothed target.
        let gap: WeightedGap<'T> = { Shift = greatest; Kept = keptLane; Share = shareLane }
        Sweep.map2<'T, WeightedGap<'T>> gap z t gz count
        let loss = weight * Math.Log total + Row.sum<'T, Second<'T>> (Second()) gz gz count
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T> loss)
        Sweep.map1<'T, ShiftedExponential<'T>> shifted z gz count

        let difference: ScaledDifference<'T> =
            { Scale = Lane.create<'T>(1.0 / float rows)
              Factor = Lane.create<'T>(weight / total)
              Kept = keptLane
              Share = shareLane }

        Sweep.map2<'T, ScaledDifference<'T>> difference gz t gz count

[<Struct>]
type LossOf<'T, 'Formula when 'Formula: struct and 'Formula :> ICost<'T>> =
    { Formula: 'Formula }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Formula.Value(z, t)

/// scale·dL/dz
[<Struct>]
type LossSlopeOf<'T, 'Formula when 'Formula: struct and 'Formula :> ICost<'T>> =
    { Formula: 'Formula
      Scale: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Scale * f.Formula.Slope(z, t)

/// losses = the mean over outputs of a cost, gz = its gradient / n
[<Sealed>]
type CostKernel<'T, 'Formula when 'Formula: struct and 'Formula :> ICost<'T>>
    (formula: 'Formula, z: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, rows) =
        let loss: LossOf<'T, 'Formula> = { Formula = formula }

        let slope: LossSlopeOf<'T, 'Formula> =
            { Formula = formula; Scale = Lane.create<'T>(1.0 / (float rows * float z.Cols)) }

        // The values go through gz, which the gradient then overwrites: a sum needs no rule for its padding.
        Sweep.map2<'T, LossOf<'T, 'Formula>> loss (z.At(row, 0)) (t.At(row, 0)) (gz.At(row, 0)) z.Cols
        let total = Row.sum<'T, Second<'T>> (Second()) (gz.At(row, 0)) (gz.At(row, 0)) z.Cols
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T>(total / float z.Cols))
        Sweep.map2<'T, LossSlopeOf<'T, 'Formula>> slope (z.At(row, 0)) (t.At(row, 0)) (gz.At(row, 0)) z.Cols

/// losses = weights ∘ losses and gz = weights ∘ gz, row by row
[<Sealed>]
type WeighKernel<'T>(weights: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let weight: Scaled<'T> = { Scale = Lane.create<'T>(Lane.toFloat (Memory.read<'T>(weights.At(row, 0)))) }
        Sweep.map1<'T, Scaled<'T>> weight (losses.At(row, 0)) (losses.At(row, 0)) 1
        Sweep.map1<'T, Scaled<'T>> weight (gz.At(row, 0)) (gz.At(row, 0)) gz.Cols

/// w -= α·λ·w, then w -= step, by the rule of the step that was prepared
[<Sealed>]
type UpdateKernel<'T, 'Rule when 'Rule: struct and 'Rule :> IRule<'T>>
    (at: Func<int, float, 'Rule>, decay: float, w: Matrix<'T>, g: Matrix<'T>, slots: Matrix<'T>[]) =
    inherit Kernel()
    let mutable rule = Unchecked.defaultof<'Rule>
    let mutable keep = Lane<'T>.One
    let slot number left = if number < slots.Length then slots[number].At(0, left) else 0n

    override _.Prepare(step, rate) =
        rule <- at.Invoke(step, rate)
        keep <- Lane.create (1.0 - rate * decay)

    override _.Tiles _ = Cut.pieces w.Cols Cut.parameters

    override _.Run(_, tile) =
        let left = tile * Cut.parameters
        let count = min Cut.parameters (w.Cols - left)
        let w, g, m, v, u = w.At(0, left), g.At(0, left), slot 0 left, slot 1 left, slot 2 left

        match slots.Length with
        | 0 -> Sweep.update<'T, 'Rule, NoSlot> rule keep w g m v u count
        | 1 -> Sweep.update<'T, 'Rule, OneSlot> rule keep w g m v u count
        | 2 -> Sweep.update<'T, 'Rule, TwoSlots> rule keep w g m v u count
        | _ -> Sweep.update<'T, 'Rule, ThreeSlots> rule keep w g m v u count
