namespace NeuralNetwork.Engine

open System.Numerics
open NeuralNetwork.Maths

// The innermost part of the managed product: a small tile of C in registers.
// Written out row by row, since an array of accumulators would live in memory. No bounds, no choices: see Gemm.

/// The tile of C that lives in registers: 4 rows x 3 lanes. Its 12 accumulators, 3 lanes of B and 1 of A are the
/// 16 registers of AVX2, and 12 independent sums hide the latency of the multiply-add.
module internal Tile =

    [<Literal>]
    let Rows = 4

    /// Columns of the tile: 24 float32 or 12 float on a 256-bit machine.
    let inline columns<'T> () = 3 * Vector<'T>.Count

    let inline private broadcast<'T> (address: nativeint) : Lane<'T> = Vector.Create<'T>(Memory.read<'T> address)

    /// c <- alpha sum + beta c, for one lane.
    let inline private finish (alpha: Lane<'T>) (sum: Lane<'T>) (beta: Lane<'T>) (isFresh: bool) (c: nativeint) =
        let product = alpha * sum

        Memory.store c (if isFresh then product else Lane.multiplyAdd beta (Memory.load<'T> c) product)

    /// Target <- source: `rows` x `columns`, distances in bytes.
    let private copy<'T>
        (rows: int)
        (columns: int)
        (source: nativeint)
        (ls: nativeint)
        (target: nativeint)
        (lt: nativeint)
        =
        for i in 0 .. rows - 1 do
            let source, target = source + nativeint i * ls, target + nativeint i * lt

            for j in 0 .. columns - 1 do
                Memory.write (Memory.offset<'T> target j) (Memory.read<'T>(Memory.offset<'T> source j))

    /// C tile <- alpha A B + beta C tile. A: `rows` x k, element (i, p) at a + i row + p column; B: k x columns,
    /// packed. All distances are in bytes. Rows of C beyond `rows` (1 to 4) are neither read nor written.
    let multiply<'T>
        (rows: int)
        (k: int)
        (alpha: float)
        (a: nativeint)
        (row: nativeint)
        (column: nativeint)
        (b: nativeint)
        (beta: float)
        (c: nativeint)
        (ldc: nativeint)
        =
        let lane = nativeint sizeof<Lane<'T>>
        // A row that is not there is read as the one before it.
        let mutable a0 = a
        let mutable a1 = if rows > 1 then a0 + row else a0
        let mutable a2 = if rows > 2 then a1 + row else a1
        let mutable a3 = if rows > 3 then a2 + row else a2
        let mutable b = b
        let mutable c00, c01, c02 = Lane<'T>.Zero, Lane<'T>.Zero, Lane<'T>.Zero
        let mutable c10, c11, c12 = Lane<'T>.Zero, Lane<'T>.Zero, Lane<'T>.Zero
        let mutable c20, c21, c22 = Lane<'T>.Zero, Lane<'T>.Zero, Lane<'T>.Zero
        let mutable c30, c31, c32 = Lane<'T>.Zero, Lane<'T>.Zero, Lane<'T>.Zero

        for _ in 1..k do
            let b0 = Memory.load<'T> b
            let b1 = Memory.load<'T>(b + lane)
            let b2 = Memory.load<'T>(b + 2n * lane)
            let x = broadcast<'T> a0
            c00 <- Lane.multiplyAdd x b0 c00
            c01 <- Lane.multiplyAdd x b1 c01
            c02 <- Lane.multiplyAdd x b2 c02
            let x = broadcast<'T> a1
            c10 <- Lane.multiplyAdd x b0 c10
            c11 <- Lane.multiplyAdd x b1 c11
            c12 <- Lane.multiplyAdd x b2 c12
            let x = broadcast<'T> a2
            c20 <- Lane.multiplyAdd x b0 c20
            c21 <- Lane.multiplyAdd x b1 c21
            c22 <- Lane.multiplyAdd x b2 c22
            let x = broadcast<'T> a3
            c30 <- Lane.multiplyAdd x b0 c30
            c31 <- Lane.multiplyAdd x b1 c31
            c32 <- Lane.multiplyAdd x b2 c32
            a0 <- a0 + column
            a1 <- a1 + column
            a2 <- a2 + column
            a3 <- a3 + column
            b <- b + 3n * lane

        let isFresh = (beta = 0.0)
        let alpha = Lane.create<'T> alpha
        let beta = Lane.create<'T> beta
        finish alpha c00 beta isFresh c
        finish alpha c01 beta isFresh (c + lane)
        finish alpha c02 beta isFresh (c + 2n * lane)

        if rows > 1 then
            finish alpha c10 beta isFresh (c + ldc)
            finish alpha c11 beta isFresh (c + ldc + lane)
            finish alpha c12 beta isFresh (c + ldc + 2n * lane)

        if rows > 2 then
            let c = c + 2n * ldc
            finish alpha c20 beta isFresh c
            finish alpha c21 beta isFresh (c + lane)
            finish alpha c22 beta isFresh (c + 2n * lane)

        if rows > 3 then
            let c = c + 3n * ldc
            finish alpha c30 beta isFresh c
            finish alpha c31 beta isFresh (c + lane)
            finish alpha c32 beta isFresh (c + 2n * lane)

    /// The same for a tile with fewer than the full columns: C is copied to `edge`, a full tile, and back. The kernel
    /// is the same, so that the bits of an element do not depend on its place.
    let multiplyEdge<'T>
        (rows: int)
        (columns: int)
        (k: int)
        (alpha: float)
        (a: nativeint)
        (row: nativeint)
        (column: nativeint)
        (b: nativeint)
        (beta: float)
        (c: nativeint)
        (ldc: nativeint)
        (edge: nativeint)
        =
        let width = nativeint (3 * sizeof<Lane<'T>>)

        if beta <> 0.0 then
            copy<'T> rows columns c ldc edge width

        multiply<'T> rows k alpha a row column b beta edge width
        copy<'T> rows columns edge width c ldc

    /// Columns of a panel for single rows: 32 float32 or 16 float on a 256-bit machine. Four independent sums are enough where
    /// every number of the panel is used once and comes from the second cache.
    let inline rowColumns<'T> () = 4 * Vector<'T>.Count

    /// One row of C, as wide as a panel <- x B, or C + x B where it is not fresh. x: k numbers, B: k x columns, packed. An element
    /// has the bits that `multiply` gives it for alpha = 1 and the beta of a first or a later round.
    let multiplyRow<'T> (k: int) (x: nativeint) (b: nativeint) (isFresh: bool) (c: nativeint) =
        let lane = nativeint sizeof<Lane<'T>>
        let mutable x = x
        let mutable b = b
        let mutable c0, c1, c2, c3 = Lane<'T>.Zero, Lane<'T>.Zero, Lane<'T>.Zero, Lane<'T>.Zero

        for _ in 1..k do
            let a = broadcast<'T> x
            c0 <- Lane.multiplyAdd a (Memory.load<'T> b) c0
            c1 <- Lane.multiplyAdd a (Memory.load<'T>(b + lane)) c1
            c2 <- Lane.multiplyAdd a (Memory.load<'T>(b + 2n * lane)) c2
            c3 <- Lane.multiplyAdd a (Memory.load<'T>(b + 3n * lane)) c3
            x <- x + nativeint sizeof<'T>
            b <- b + 4n * lane

        let one = Lane<'T>.One
        finish one c0 one isFresh c
        finish one c1 one isFresh (c + lane)
        finish one c2 one isFresh (c + 2n * lane)
        finish one c3 one isFresh (c + 3n * lane)

    /// Target <- source: `count` numbers.
    let copyRow<'T> (count: int) (source: nativeint) (target: nativeint) = copy<'T> 1 count source 0n target 0n
