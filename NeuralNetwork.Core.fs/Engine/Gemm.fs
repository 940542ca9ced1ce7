namespace NeuralNetwork.Engine

open System

// The matrix product in managed code, after K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix
// Multiplication", 2008: a small tile of C lives in registers, panels of A and B lie in the order it reads them.
// One text for both precisions. It refuses to start threads and to know networks. The bits of an element of C depend on
// k, alpha, beta and the numbers alone: not on m, on n, on the place of the element, on the thread.

/// C = alpha op(A) op(B) + beta C, all row-major, op(X) = X or its transpose; one for each precision and library.
[<AbstractClass>]
type internal Product<'T>() =

    /// C: m x n, op(A): m x k, op(B): k x n. The leading dimensions lda, ldb, ldc are the distances between the
    /// starts of two rows as stored, in numbers; a, b and c are addresses in bytes. C is not read where beta = 0, A
    /// and B are not read where alpha = 0. Nothing is checked here, see Blas.Multiply; any thread may call.
    abstract Multiply:
        transposeA: bool *
        transposeB: bool *
        m: int *
        n: int *
        k: int *
        alpha: float *
        a: nativeint *
        lda: int *
        b: nativeint *
        ldb: int *
        beta: float *
        c: nativeint *
        ldc: int ->
            unit

/// How much of k, m and n is worked on at once: 4 rows of A x k in the first cache with a panel of B, a block of A or B
/// in the second.
module internal Block =

    [<Literal>]
    let M = 128

    [<Literal>]
    let N = 384

    [<Literal>]
    let K = 400

    /// How much of k a round takes: rounds are of equal depth, and depend on k alone.
    let depth (k: int) : int =
        let rounds = max 1 ((k + K - 1) / K)
        max 1 ((k + rounds - 1) / rounds)

/// The packed blocks of one thread: allocated at its first product (1 to 2 MiB) and kept as long as the thread lives.
[<Sealed; AllowNullLiteral>]
type private Workspace<'T> private () =
    let blockA = Block.M * Block.K
    let blockB = Block.N * Block.K
    let arena = Arena<'T>(blockA + blockB + Tile.Rows * Tile.columns<'T>())

    [<ThreadStatic; DefaultValue>]
    static val mutable private own: Workspace<'T>

    /// A, in panels of Tile.Rows rows.
    member _.A = arena.Address

    /// B, in panels of Tile.columns columns.
    member _.B = arena.AddressOf blockA

    /// One tile of C.
    member _.Edge = arena.AddressOf(blockA + blockB)

    /// The workspace of the calling thread.
    static member Own =
        if isNull Workspace<'T>.own then
            Workspace<'T>.own <- Workspace<'T>()

        Workspace<'T>.own

/// A matrix in memory: element (i, j) lies at Start + i Row + j Column, all in bytes; so a transpose costs nothing.
[<Struct>]
type private View =
    { Start: nativeint
      Row: nativeint
      Column: nativeint }

    member view.At(i: int, j: int) = view.Start + nativeint i * view.Row + nativeint j * view.Column

    static member Of<'T>(transpose: bool, start: nativeint, ld: int) =
        let near, far = nativeint sizeof<'T>, nativeint ld * nativeint sizeof<'T>

        if transpose then
            { Start = start; Row = near; Column = far }
        else
            { Start = start; Row = far; Column = near }

/// The managed product: no library, the same bits on every thread, nothing allocated once a thread has its workspace.
[<Sealed>]
type internal Gemm<'T>() =
    inherit Product<'T>()

    static let size = nativeint sizeof<'T>
    static let columns = Tile.columns<'T>()

    /// Packs k x n numbers of B that start at `start`.
    static member private PackB(b: View, start: nativeint, k: int, n: int, target: nativeint) =
        for j in 0..columns .. n - 1 do
            let source = start + nativeint j * b.Column
            let panel = Memory.offset<'T> target (j * k)

            if b.Column = size then
                Panel.pack<'T> columns (min columns (n - j)) k source b.Row panel
            else
                Panel.packTransposed<'T> columns (min columns (n - j)) k source b.Column panel

    /// Packs m x k numbers of A that start at `start`, in panels of Tile.Rows rows.
    static member private PackA(a: View, start: nativeint, m: int, k: int, target: nativeint) =
        for i in 0 .. Tile.Rows .. m - 1 do
            let panel = Memory.offset<'T> target (i * k)
            Panel.pack<'T> Tile.Rows (min Tile.Rows (m - i)) k (start + nativeint i * a.Row) a.Column panel

    /// m rows of A from (i, p), k numbers each, with the distance of one row from the next panel's: rows that lie in
    /// one piece are read where they are, the rows of a transpose are packed first.
    static member private RowsOf
        (a: View, i: int, p: int, m: int, k: int, target: nativeint)
        : struct (View * nativeint) =
        if a.Column = size then
            struct ({ a with Start = a.At(i, p) }, a.Row)
        else
            Gemm<'T>.PackA(a, a.At(i, p), m, k, target)
            struct ({ Start = target; Row = size; Column = nativeint Tile.Rows * size }, nativeint k * size)

    /// C block (m x n, at `c`) <- alpha A B + beta C. For each row a tile is further
    /// down, its part of A starts `perRow` bytes further.
    static member private Tiles
        (
            m: int,
            n: int,
            k: int,
            alpha: float,
            a: View,
            perRow: nativeint,
            b: nativeint,
            beta: float,
            c: nativeint,
            ldc: nativeint,
            edge: nativeint
        ) =
        for j in 0..columns .. n - 1 do
            let b = Memory.offset<'T> b (j * k)

            for i in 0 .. Tile.Rows .. m - 1 do
                let rows = min Tile.Rows (m - i)
                let a0 = a.Start + nativeint i * perRow
                let c = Memory.offset<'T> (c + nativeint i * ldc) j

                if n - j >= columns then
                    Tile.multiply<'T> rows k alpha a0 a.Row a.Column b beta c ldc
                else
                    Tile.multiplyEdge<'T> rows (n - j) k alpha a0 a.Row a.Column b beta c ldc edge

    override _.Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =
        let a = View.Of<'T>(transposeA, a, lda)
        let b = View.Of<'T>(transposeB, b, ldb)
        let c = View.Of<'T>(false, c, ldc)
        let work = Workspace<'T>.Own
        // Without products a single round over k = 0 leaves beta C.
        let k = if alpha = 0.0 then 0 else k
        let depth = Block.depth k
        let rounds = max 1 ((k + depth - 1) / depth)

        for j in 0 .. Block.N .. n - 1 do
            let nb = min Block.N (n - j)

            for round in 0 .. rounds - 1 do
                let p = round * depth
                let kb = min depth (k - p)
                let beta = if round = 0 then beta else 1.0
                Gemm<'T>.PackB(b, b.At(p, j), kb, nb, work.B)

                for i in 0 .. Block.M .. m - 1 do
                    let mb = min Block.M (m - i)
                    let struct (rows, perRow) = Gemm<'T>.RowsOf(a, i, p, mb, kb, work.A)
                    Gemm<'T>.Tiles(mb, nb, kb, alpha, rows, perRow, work.B, beta, c.At(i, j), c.Row, work.Edge)
