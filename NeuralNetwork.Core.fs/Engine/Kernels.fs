namespace NeuralNetwork.Engine

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

// A kernel is a loop with its formula, bound to addresses. It knows how to cut itself into tiles, by shape alone,
// and allocates nothing when it runs.

/// Rows x Cols numbers at an address, row after row.
[<Struct>]
type internal Matrix<'T> =
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
type internal Kernel() =
    /// How many tiles the work is cut into.
    abstract Tiles: rows: int -> int
    /// Does one of them.
    abstract Run: rows: int * tile: int -> unit
    /// Told before a step: its number (the first is 1) and its learning rate.
    abstract Prepare: step: int * rate: float -> unit
    default _.Prepare(_, _) = ()
    /// Told before a program runs: on which rows of the batch.
    abstract Begin: shard: Shard -> unit
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
type internal Elementwise(cols: int) =
    inherit Kernel()
    abstract Over: row: int * left: int * count: int -> unit
    override _.Tiles rows = Cut.pieces rows Cut.rows

    override kernel.Run(rows, tile) =
        for row in tile * Cut.rows .. min rows ((tile + 1) * Cut.rows) - 1 do
            kernel.Over(row, 0, cols)

/// A kernel that treats every row by itself. It is told how many rows the whole batch has, which a mean is divided by.
[<AbstractClass>]
type internal RowWise() =
    inherit Kernel()
    let mutable shard = Shard.whole 1
    abstract Over: row: int * batch: int -> unit
    /// The rows that the program runs on.
    member _.Shard: Shard = shard
    override _.Begin now = shard <- now
    override _.Tiles rows = Cut.pieces rows Cut.rows

    override kernel.Run(rows, tile) =
        for row in tile * Cut.rows .. min rows ((tile + 1) * Cut.rows) - 1 do
            kernel.Over(row, shard.Batch)

/// A kernel on the rows of each member, which lie side by side in a row of the batch.
[<Sealed>]
type internal MemberRows(members: int, kernel: RowWise) =
    inherit Kernel()
    override _.Begin shard = kernel.Begin shard
    override _.Tiles rows = Cut.pieces (rows * members) Cut.rows

    override _.Run(rows, tile) =
        for row in tile * Cut.rows .. min (rows * members) ((tile + 1) * Cut.rows) - 1 do
            kernel.Over(row, kernel.Shard.Batch)

/// x = the shard's rows of a batch
[<Sealed>]
type internal TakeRowsKernel<'T>(batch: Matrix<'T>, x: Matrix<'T>) =
    inherit RowWise()
    override kernel.Over(row, _) = Memory.copy<'T> (batch.At(kernel.Shard.First + row, 0)) (x.At(row, 0)) x.Cols

/// The shard's rows of a batch = y
[<Sealed>]
type internal PutRowsKernel<'T>(y: Matrix<'T>, batch: Matrix<'T>) =
    inherit RowWise()
    override kernel.Over(row, _) = Memory.copy<'T> (y.At(row, 0)) (batch.At(kernel.Shard.First + row, 0)) y.Cols

/// z += b
[<Sealed>]
type internal AddBiasKernel<'T>(b: Matrix<'T>, z: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        Sweep.map2<'T, Added<'T>> (Added()) (b.At(0, left)) (z.At(row, left)) (z.At(row, left)) count

[<Struct>]
type internal ValueOf<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> =
    { Formula: 'Formula }

    interface IMap1<'T> with
        member f.Of z = f.Formula.Value z

/// gy·f'(z)
[<Struct>]
type internal DerivativeOf<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> =
    { Formula: 'Formula }

    interface IMap3<'T> with
        member f.Of(gy, z, y) = gy * f.Formula.Derivative(z, y)

/// y = f(z)
[<Sealed>]
type internal ActivateKernel<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>>
    (formula: 'Formula, z: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        Sweep.map1<'T, ValueOf<'T, 'Formula>> { Formula = formula } (z.At(row, left)) (y.At(row, left)) count

/// gz = gy ∘ f'(z)
[<Sealed>]
type internal ActivateGradientKernel<'T, 'Formula when 'Formula: struct and 'Formula :> IActivation<'T>>
    (formula: 'Formula, z: Matrix<'T>, y: Matrix<'T>, gy: Matrix<'T>, gz: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        let operand (matrix: Matrix<'T>) = matrix.At(row, left)
        let derivative: DerivativeOf<'T, 'Formula> = { Formula = formula }
        Sweep.map3<'T, DerivativeOf<'T, 'Formula>> derivative (operand gy) (operand z) (operand y) (operand gz) count

/// c = op(a)·op(b) for each group, in tiles of the result; the tail runs on each tile row by row while it is in the cache.
/// A group has the columns of a batched matrix that are its own, and the rows of any other.
[<Sealed>]
type internal MultiplyKernel<'T>
    (
        product: Product<'T>,
        groups: int,
        a: Matrix<'T>,
        transposeA: bool,
        b: Matrix<'T>,
        transposeB: bool,
        c: Matrix<'T>,
        tail: Elementwise[]
    ) =
    inherit Kernel()

    let height = Cut.productRows c.Batched
    let rowsOf (matrix: Matrix<'T>) rows = if matrix.Batched then rows else matrix.Rows / groups
    let colsOf (matrix: Matrix<'T>) = if matrix.Batched then matrix.Cols / groups else matrix.Cols

    let at (matrix: Matrix<'T>) group row col =
        if matrix.Batched then
            matrix.At(row, group * colsOf matrix + col)
        else
            matrix.At(group * (matrix.Rows / groups) + row, col)

    let down rows = Cut.pieces (rowsOf c rows) height
    let width = colsOf c
    let across = Cut.pieces width Cut.productCols

    override _.Prepare(step, rate) =
        for kernel in tail do
            kernel.Prepare(step, rate)

    override _.Begin shard =
        for kernel in tail do
            kernel.Begin shard

    override _.Tiles rows = groups * down rows * across

    override _.Run(rows, tile) =
        let each = down rows * across
        let group, tile = tile / each, tile % each
        let top, left = tile / across * height, tile % across * Cut.productCols
        let m, n = min height (rowsOf c rows - top), min Cut.productCols (width - left)
        let k = if transposeA then rowsOf a rows else colsOf a
        let fromA = if transposeA then at a group 0 top else at a group top 0
        let fromB = if transposeB then at b group left 0 else at b group 0 left

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
            at c group top left,
            c.Cols
        )

        if tail.Length > 0 then
            let left = group * width + left

            for row in top .. top + m - 1 do
                for kernel in tail do
                    kernel.Over(row, left, n)

/// c = a·wᵀ for each group, with w in panels; the tail runs on each row. One tile: whoever predicts rows brings threads of his own.
[<Sealed>]
type internal RowsKernel<'T>(panels: Panels<'T>, a: Matrix<'T>, groups: Slice[], c: Matrix<'T>, tail: Elementwise[]) =
    inherit Kernel()
    let product = Managed<'T>.Product
    let scratch = Arena<'T> product.RowRoom
    let inputs, units = a.Cols / groups.Length, c.Cols / groups.Length
    let line (matrix: Matrix<'T>) = nativeint (matrix.Cols * sizeof<'T>)

    override _.Begin shard =
        for kernel in tail do
            kernel.Begin shard

    override _.Tiles _ = 1

    override _.Run(rows, _) =
        let live = c.Live rows

        for group in 0 .. groups.Length - 1 do
            let x, w, y = a.At(0, group * inputs), panels.AddressOf groups[group], c.At(0, group * units)
            product.MultiplyRows(live, units, inputs, x, line a, w, y, line c, scratch.Address)

        for row in 0 .. live - 1 do
            for kernel in tail do
                kernel.Over(row, 0, c.Cols)
