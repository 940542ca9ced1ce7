namespace NeuralNetwork.Engine

open System
open System.Runtime.Intrinsics

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

/// The product of this library itself, for registers of one width; and of rows with matrices that lie in panels.
[<AbstractClass>]
type internal ManagedProduct<'T>() =
    inherit Product<'T>()

    /// Numbers in a register.
    abstract Width: int

    /// Columns of a panel that rows are multiplied with.
    abstract RowColumns: int

    /// Numbers that `MultiplyRows` needs room for.
    abstract RowRoom: int

    /// y = x·wᵀ for rows, see PackedRows; ldx and ldy are distances in bytes.
    abstract MultiplyRows:
        rows: int *
        n: int *
        k: int *
        x: nativeint *
        ldx: nativeint *
        w: nativeint *
        y: nativeint *
        ldy: nativeint *
        scratch: nativeint ->
            unit

/// The packed blocks of one thread: allocated at its first product (1 to 2 MiB) and kept as long as the thread lives.
[<Sealed; AllowNullLiteral>]
type private Workspace<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> private () =
    let blockA = Block.M * Block.K
    let blockB = Block.N * Block.K
    let tile = 'W.Rows * Tile.columns<'T, 'R, 'W>()
    let arena = Arena<'T>(blockA + blockB + 2 * tile)

    [<ThreadStatic; DefaultValue>]
    static val mutable private own: Workspace<'T, 'R, 'W>

    /// A, in panels of a tile's rows.
    member _.A = arena.Address

    /// B, in panels of a tile's columns.
    member _.B = arena.AddressOf blockA

    /// One tile of A B.
    member _.Sums = arena.AddressOf(blockA + blockB)

    /// One tile of C.
    member _.Edge = arena.AddressOf(blockA + blockB + tile)

    /// The workspace of the calling thread.
    static member Own =
        if isNull Workspace<'T, 'R, 'W>.own then
            Workspace<'T, 'R, 'W>.own <- Workspace<'T, 'R, 'W>()

        Workspace<'T, 'R, 'W>.own

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
type internal Gemm<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>() =
    inherit ManagedProduct<'T>()

    static let size = nativeint sizeof<'T>
    static let columns = Tile.columns<'T, 'R, 'W>()
    static let tall = 'W.Rows

    /// Packs k x n numbers of B that start at `start`.
    static member private PackB(b: View, start: nativeint, k: int, n: int, target: nativeint) =
        for j in 0..columns .. n - 1 do
            let source = start + nativeint j * b.Column
            let panel = Memory.offset<'T> target (j * k)

            if b.Column = size then
                Panel.pack<'T> columns (min columns (n - j)) k source b.Row panel
            else
                Panel.packTransposed<'T> columns (min columns (n - j)) k source b.Column panel

    /// Packs m x k numbers of A that start at `start`, in panels of a tile's rows.
    static member private PackA(a: View, start: nativeint, m: int, k: int, target: nativeint) =
        for i in 0..tall .. m - 1 do
            let panel = Memory.offset<'T> target (i * k)
            Panel.pack<'T> tall (min tall (m - i)) k (start + nativeint i * a.Row) a.Column panel

    /// m rows of A from (i, p), k numbers each, with the distance of one row from the next panel's: rows that lie in
    /// one piece are read where they are, the rows of a transpose are packed first.
    static member private RowsOf
        (a: View, i: int, p: int, m: int, k: int, target: nativeint)
        : struct (View * nativeint) =
        if a.Column = size then
            struct ({ a with Start = a.At(i, p) }, a.Row)
        else
            Gemm<'T, 'R, 'W>.PackA(a, a.At(i, p), m, k, target)
            struct ({ Start = target; Row = size; Column = nativeint tall * size }, nativeint k * size)

    /// C tile <- alpha A B + beta C tile, of `rows` x `cols`. What is neither a plain product nor a whole tile goes through
    /// tiles of the workspace: the kernel is the same, so that the bits of an element do not depend on its place.
    static member private Tile
        (
            rows: int,
            cols: int,
            k: int,
            alpha: float,
            a0: nativeint,
            a: View,
            b: nativeint,
            beta: float,
            c: nativeint,
            ldc: nativeint,
            work: Workspace<'T, 'R, 'W>
        ) =
        let isPlain, isWhole = (alpha = 1.0 && beta = 0.0), (cols = columns)
        let width = nativeint sizeof<Strip<'R>>

        if isPlain && isWhole then
            Tile.multiply<'T, 'R, 'W> rows k a0 a.Row a.Column b c ldc
        else
            Tile.multiply<'T, 'R, 'W> rows k a0 a.Row a.Column b work.Sums width

            if isPlain then
                Tile.copy<'T> rows cols work.Sums width c ldc
            elif isWhole then
                Tile.blend<'T, 'R, 'W> rows alpha work.Sums beta c ldc
            else
                if beta <> 0.0 then
                    Tile.copy<'T> rows cols c ldc work.Edge width

                Tile.blend<'T, 'R, 'W> rows alpha work.Sums beta work.Edge width
                Tile.copy<'T> rows cols work.Edge width c ldc

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
            work: Workspace<'T, 'R, 'W>
        ) =
        for j in 0..columns .. n - 1 do
            let b = Memory.offset<'T> b (j * k)

            for i in 0..tall .. m - 1 do
                let rows, cols = min tall (m - i), min columns (n - j)
                let a0 = a.Start + nativeint i * perRow
                let c = Memory.offset<'T> (c + nativeint i * ldc) j
                Gemm<'T, 'R, 'W>.Tile(rows, cols, k, alpha, a0, a, b, beta, c, ldc, work)

    override _.Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =
        let a = View.Of<'T>(transposeA, a, lda)
        let b = View.Of<'T>(transposeB, b, ldb)
        let c = View.Of<'T>(false, c, ldc)
        let work = Workspace<'T, 'R, 'W>.Own
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
                Gemm<'T, 'R, 'W>.PackB(b, b.At(p, j), kb, nb, work.B)

                for i in 0 .. Block.M .. m - 1 do
                    let mb = min Block.M (m - i)
                    let struct (rows, perRow) = Gemm<'T, 'R, 'W>.RowsOf(a, i, p, mb, kb, work.A)
                    Gemm<'T, 'R, 'W>.Tiles(mb, nb, kb, alpha, rows, perRow, work.B, beta, c.At(i, j), c.Row, work)

    override _.Width = 'W.Count

    override _.RowColumns = PackedRows.columns<'T, 'R, 'W>()

    override _.RowRoom = PackedRows.room<'T, 'R, 'W>()

    override _.MultiplyRows(rows, n, k, x, ldx, w, y, ldy, scratch) =
        PackedRows.multiply<'T, 'R, 'W> rows n k x ldx w y ldy scratch

/// The managed product for the widest registers of the processor: chosen once, and of the same bits for any of them.
[<Sealed; AbstractClass>]
type internal Managed<'T> private () =

    static member val Product: ManagedProduct<'T> =
        if Vector512.IsHardwareAccelerated then Gemm<'T, Vector512<'T>, Bits512<'T>>()
        elif Vector256.IsHardwareAccelerated then Gemm<'T, Vector256<'T>, Bits256<'T>>()
        else Gemm<'T, Vector128<'T>, Bits128<'T>>()
