namespace NeuralNetwork.Engine

open System.Runtime.CompilerServices
open NeuralNetwork.Maths

// The innermost part of the managed product: a small tile of C in registers.
// Written out row by row, since an array of accumulators would live in memory. No bounds, no choices: see Gemm.

/// One row of the tile, three registers wide. The JIT keeps the fields of so small a struct in registers.
[<Struct>]
type internal Strip<'R> = { Left: 'R; Middle: 'R; Right: 'R }

/// The tile of C that lives in registers: 4 or 8 rows ('W.Rows) x 3 registers. The 12 accumulators of 4 rows, 3 registers
/// of B and 1 of A are the 16 registers of AVX2, and 12 independent sums hide the latency of the multiply-add; AVX-512
/// has 32, and with 8 rows each number of B is used twice as often.
module internal Tile =

    /// Rows of a short tile, for the last rows of C.
    [<Literal>]
    let ShortRows = 4

    /// Columns of the tile: 12, 24 or 48 float32, half as many float.
    let inline columns<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () = 3 * 'W.Count

    let inline private zero<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () : Strip<'R> =
        { Left = 'W.Zero; Middle = 'W.Zero; Right = 'W.Zero }

    let inline private load<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> (address: nativeint) : Strip<'R> =
        let register = nativeint sizeof<'R>

        { Left = 'W.Load address
          Middle = 'W.Load(address + register)
          Right = 'W.Load(address + 2n * register) }

    /// sum + a b, a being one number.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private add<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (a: nativeint)
        (b: Strip<'R>)
        (sum: Strip<'R>)
        : Strip<'R> =
        let a = 'W.Broadcast a

        { Left = 'W.MultiplyAdd(a, b.Left, sum.Left)
          Middle = 'W.MultiplyAdd(a, b.Middle, sum.Middle)
          Right = 'W.MultiplyAdd(a, b.Right, sum.Right) }

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private store<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> (sum: Strip<'R>) (c: nativeint) : unit =
        let register = nativeint sizeof<'R>
        'W.Store(c, sum.Left)
        'W.Store(c + register, sum.Middle)
        'W.Store(c + 2n * register, sum.Right)

    /// The tile of four rows, and of eight where it is tall: what a short one does not need is not compiled. It ends in stores
    /// alone: for a call, or for more of code than the JIT inlines, the sums would go to memory at every step.
    let inline private multiplyRows<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (isTall: bool)
        (rows: int)
        (k: int)
        (a: nativeint)
        (row: nativeint)
        (column: nativeint)
        (b: nativeint)
        (c: nativeint)
        (ldc: nativeint)
        : unit =
        // A row that is not there is read as the one before it.
        let inline next isThere address = if isThere then address + row else address
        let mutable a0 = a
        let mutable a1 = next (rows > 1) a0
        let mutable a2 = next (rows > 2) a1
        let mutable a3 = next (rows > 3) a2
        let mutable a4 = next (rows > 4) a3
        let mutable a5 = next (rows > 5) a4
        let mutable a6 = next (rows > 6) a5
        let mutable a7 = next (rows > 7) a6
        let mutable at = b
        let mutable c0 = zero<'T, 'R, 'W>()
        let mutable c1 = zero<'T, 'R, 'W>()
        let mutable c2 = zero<'T, 'R, 'W>()
        let mutable c3 = zero<'T, 'R, 'W>()
        let mutable c4 = zero<'T, 'R, 'W>()
        let mutable c5 = zero<'T, 'R, 'W>()
        let mutable c6 = zero<'T, 'R, 'W>()
        let mutable c7 = zero<'T, 'R, 'W>()

        for _ in 1..k do
            let b = load<'T, 'R, 'W> at
            c0 <- add<'T, 'R, 'W> a0 b c0
            c1 <- add<'T, 'R, 'W> a1 b c1
            c2 <- add<'T, 'R, 'W> a2 b c2
            c3 <- add<'T, 'R, 'W> a3 b c3
            a0 <- a0 + column
            a1 <- a1 + column
            a2 <- a2 + column
            a3 <- a3 + column

            if isTall then
                c4 <- add<'T, 'R, 'W> a4 b c4
                c5 <- add<'T, 'R, 'W> a5 b c5
                c6 <- add<'T, 'R, 'W> a6 b c6
                c7 <- add<'T, 'R, 'W> a7 b c7
                a4 <- a4 + column
                a5 <- a5 + column
                a6 <- a6 + column
                a7 <- a7 + column

            at <- at + nativeint sizeof<Strip<'R>>

        store<'T, 'R, 'W> c0 c

        if rows > 1 then
            store<'T, 'R, 'W> c1 (c + ldc)

        if rows > 2 then
            store<'T, 'R, 'W> c2 (c + 2n * ldc)

        if rows > 3 then
            store<'T, 'R, 'W> c3 (c + 3n * ldc)

        if isTall then
            if rows > 4 then
                store<'T, 'R, 'W> c4 (c + 4n * ldc)

            if rows > 5 then
                store<'T, 'R, 'W> c5 (c + 5n * ldc)

            if rows > 6 then
                store<'T, 'R, 'W> c6 (c + 6n * ldc)

            if rows > 7 then
                store<'T, 'R, 'W> c7 (c + 7n * ldc)

    let private multiplyShort<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k a row column b c ldc =
        multiplyRows<'T, 'R, 'W> false rows k a row column b c ldc

    let private multiplyTall<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k a row column b c ldc =
        multiplyRows<'T, 'R, 'W> true rows k a row column b c ldc

    /// C tile <- A B. A: `rows` x k, element (i, p) at a + i row + p column; B: k x columns, packed. All distances are in
    /// bytes. Rows of C beyond `rows` (1 to 'W.Rows) are not written.
    let multiply<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (rows: int)
        (k: int)
        (a: nativeint)
        (row: nativeint)
        (column: nativeint)
        (b: nativeint)
        (c: nativeint)
        (ldc: nativeint)
        : unit =
        if rows > ShortRows then
            multiplyTall<'T, 'R, 'W> rows k a row column b c ldc
        else
            multiplyShort<'T, 'R, 'W> rows k a row column b c ldc

    /// C tile <- alpha S + beta C, S a whole tile without gaps. C is not read where beta is 0.
    let blend<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (rows: int)
        (alpha: float)
        (sums: nativeint)
        (beta: float)
        (c: nativeint)
        (ldc: nativeint)
        : unit =
        let register, width = nativeint sizeof<'R>, nativeint sizeof<Strip<'R>>
        let isFresh = (beta = 0.0)
        let alpha, beta = 'W.Create alpha, 'W.Create beta

        for i in 0 .. rows - 1 do
            for part in 0..2 do
                let at = nativeint part * register
                let product = 'W.Multiply(alpha, 'W.Load(sums + nativeint i * width + at))
                let c = c + nativeint i * ldc + at
                'W.Store(c, (if isFresh then product else 'W.MultiplyAdd(beta, 'W.Load c, product)))

    /// Target <- source: `rows` x `columns`, distances in bytes.
    let copy<'T> (rows: int) (columns: int) (source: nativeint) (ls: nativeint) (target: nativeint) (lt: nativeint) =
        let lanes = columns - columns % Lane<'T>.Count

        for i in 0 .. rows - 1 do
            let source, target = source + nativeint i * ls, target + nativeint i * lt

            for j in 0 .. Lane<'T>.Count .. lanes - 1 do
                Memory.store (Memory.offset<'T> target j) (Memory.load<'T>(Memory.offset<'T> source j))

            for j in lanes .. columns - 1 do
                Memory.write (Memory.offset<'T> target j) (Memory.read<'T>(Memory.offset<'T> source j))

    /// Target <- source: `count` numbers.
    let copyRow<'T> (count: int) (source: nativeint) (target: nativeint) = copy<'T> 1 count source 0n target 0n
