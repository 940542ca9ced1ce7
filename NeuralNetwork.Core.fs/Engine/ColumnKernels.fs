namespace NeuralNetwork.Engine

open NeuralNetwork.Maths

// Kernels that treat every column by itself, and those of a PReLU, whose slopes have a column each.

/// A kernel that treats every column by itself, in tiles of columns; a tail of elementwise kernels runs on each tile.
[<AbstractClass>]
type internal ColumnWise<'T>(cols: int, tail: Elementwise[]) =
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

    override _.Begin shard =
        for kernel in tail do
            kernel.Begin shard

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
type internal SumRowsKernel<'T>(g: Matrix<'T>, sum: Matrix<'T>) =
    inherit ColumnWise<'T>(g.Cols, [||])

    override _.Over(rows, left, count) = Columns.sumRows<'T> (ColumnWise.Column(g, rows, left, count)) (sum.At(0, left))

/// y = z where z > 0, else a·z
[<Sealed>]
type internal PReLUKernel<'T>(a: Matrix<'T>, z: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        Sweep.map2<'T, PReLUValue<'T>> (PReLUValue()) (a.At(0, left)) (z.At(row, left)) (y.At(row, left)) count

/// gz = gy where z > 0, else a·gy
[<Sealed>]
type internal PReLUGradientKernel<'T>(a: Matrix<'T>, z: Matrix<'T>, gy: Matrix<'T>, gz: Matrix<'T>) =
    inherit Elementwise(z.Cols)

    override _.Over(row, left, count) =
        let operand (matrix: Matrix<'T>) = matrix.At(row, left)
        Sweep.map3<'T, PReLUGradient<'T>> (PReLUGradient()) (a.At(0, left)) (operand z) (operand gy) (operand gz) count

/// ga = Σ over the rows where z <= 0 of gy·z
[<Sealed>]
type internal PReLUSumsKernel<'T>(z: Matrix<'T>, gy: Matrix<'T>, ga: Matrix<'T>) =
    inherit ColumnWise<'T>(z.Cols, [||])

    override _.Over(rows, left, count) =
        let column matrix = ColumnWise.Column(matrix, rows, left, count)
        let sum = Columns.sum<'T, PReLUShare<'T>> (PReLUShare()) (column z) (column gy)
        Memory.storePart (ga.At(0, left)) count (sum.Over 1.0)
