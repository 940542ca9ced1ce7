namespace NeuralNetwork.Engine

/// How much of k, m and n a product works on at once: a few rows of A x k in the first cache with a part of a panel of B,
/// a block of A or B in the second.
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

/// One row of a tile, a panel wide. The JIT keeps the fields of so small a struct in registers.
[<Struct>]
type internal Quad<'R> = { First: 'R; Second: 'R; Third: 'R; Fourth: 'R }

/// y = x·wᵀ for rows x and a matrix w in panels. An element has the bits that the product of any other number of rows gives
/// it, and that `Gemm` does: what a tile leaves out are rows and columns, never a part of a sum.
module internal PackedRows =

    /// Columns of a panel: four registers, 16, 32 or 64 float32. Four independent sums hide most of the latency where there is
    /// one row only, and every number of the panel is used once and comes from the second cache.
    let inline columns<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () = 4 * 'W.Count

    /// Rows of the tile where there are 32 registers, for 24 sums, a row of the panel and a number of x.
    [<Literal>]
    let TallRows = 6

    /// Rows of the tile: two where there are 16 registers. A number of rows that is whole tiles of six is whole tiles of both.
    let inline rowsAtOnce<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () =
        if 'W.Rows > Tile.ShortRows then TallRows else 2

    /// Numbers that `multiply` needs room for: two tiles.
    let inline room<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () = 2 * rowsAtOnce<'T, 'R, 'W>() * columns<'T, 'R, 'W>()

    let inline private zero<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () : Quad<'R> =
        { First = 'W.Zero; Second = 'W.Zero; Third = 'W.Zero; Fourth = 'W.Zero }

    /// The first 1, 2 or 4 registers of a row of the panel.
    let inline private load<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> (registers: int) (w: nativeint) : Quad<'R> =
        let register = nativeint sizeof<'R>

        { First = 'W.Load w
          Second = if registers > 1 then 'W.Load(w + register) else 'W.Zero
          Third = if registers > 2 then 'W.Load(w + 2n * register) else 'W.Zero
          Fourth = if registers > 2 then 'W.Load(w + 3n * register) else 'W.Zero }

    let inline private add<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (registers: int)
        (x: nativeint)
        (w: Quad<'R>)
        (sum: Quad<'R>)
        : Quad<'R> =
        let a = 'W.Broadcast x

        { First = 'W.MultiplyAdd(a, w.First, sum.First)
          Second = if registers > 1 then 'W.MultiplyAdd(a, w.Second, sum.Second) else sum.Second
          Third = if registers > 2 then 'W.MultiplyAdd(a, w.Third, sum.Third) else sum.Third
          Fourth = if registers > 2 then 'W.MultiplyAdd(a, w.Fourth, sum.Fourth) else sum.Fourth }

    let inline private store<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (registers: int)
        (sum: Quad<'R>)
        (y: nativeint)
        : unit =
        let register = nativeint sizeof<'R>
        'W.Store(y, sum.First)

        if registers > 1 then
            'W.Store(y + register, sum.Second)

        if registers > 2 then
            'W.Store(y + 2n * register, sum.Third)
            'W.Store(y + 3n * register, sum.Fourth)

    /// Tile of y <- x w. x: `rows` x k, w: k x columns, packed; distances are in bytes. `tall` (1, 2 or 6) rows and `registers` (1,
    /// 2 or 4) of each are computed, both known to the compiler; a row that is not there is read as the one before it, and not
    /// written.
    let inline private tile<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (tall: int)
        (registers: int)
        (rows: int)
        (k: int)
        (x: nativeint)
        (ldx: nativeint)
        (w: nativeint)
        (y: nativeint)
        (ldy: nativeint)
        : unit =
        let inline next isThere address = if isThere then address + ldx else address
        let mutable x0 = x
        let mutable x1 = next (rows > 1) x0
        let mutable x2 = next (rows > 2) x1
        let mutable x3 = next (rows > 3) x2
        let mutable x4 = next (rows > 4) x3
        let mutable x5 = next (rows > 5) x4
        let mutable w = w
        let mutable y0 = zero<'T, 'R, 'W>()
        let mutable y1 = zero<'T, 'R, 'W>()
        let mutable y2 = zero<'T, 'R, 'W>()
        let mutable y3 = zero<'T, 'R, 'W>()
        let mutable y4 = zero<'T, 'R, 'W>()
        let mutable y5 = zero<'T, 'R, 'W>()

        for _ in 1..k do
            let panel = load<'T, 'R, 'W> registers w
            y0 <- add<'T, 'R, 'W> registers x0 panel y0
            x0 <- x0 + nativeint sizeof<'T>

            if tall > 1 then
                y1 <- add<'T, 'R, 'W> registers x1 panel y1
                x1 <- x1 + nativeint sizeof<'T>

            if tall > 2 then
                y2 <- add<'T, 'R, 'W> registers x2 panel y2
                y3 <- add<'T, 'R, 'W> registers x3 panel y3
                y4 <- add<'T, 'R, 'W> registers x4 panel y4
                y5 <- add<'T, 'R, 'W> registers x5 panel y5
                x2 <- x2 + nativeint sizeof<'T>
                x3 <- x3 + nativeint sizeof<'T>
                x4 <- x4 + nativeint sizeof<'T>
                x5 <- x5 + nativeint sizeof<'T>

            w <- w + nativeint sizeof<Quad<'R>>

        store<'T, 'R, 'W> registers y0 y

        if tall > 1 && rows > 1 then
            store<'T, 'R, 'W> registers y1 (y + ldy)

        if tall > 2 then
            if rows > 2 then
                store<'T, 'R, 'W> registers y2 (y + 2n * ldy)

            if rows > 3 then
                store<'T, 'R, 'W> registers y3 (y + 3n * ldy)

            if rows > 4 then
                store<'T, 'R, 'W> registers y4 (y + 4n * ldy)

            if rows > 5 then
                store<'T, 'R, 'W> registers y5 (y + 5n * ldy)

    // Each is compiled by itself, when it is needed.
    let private one4<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 1 4 rows k x ldx w y ldy

    let private one2<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 1 2 rows k x ldx w y ldy

    let private one1<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 1 1 rows k x ldx w y ldy

    let private two4<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 2 4 rows k x ldx w y ldy

    let private two2<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 2 2 rows k x ldx w y ldy

    let private two1<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 2 1 rows k x ldx w y ldy

    let private six4<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 6 4 rows k x ldx w y ldy

    let private six2<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 6 2 rows k x ldx w y ldy

    let private six1<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows k x ldx w y ldy =
        tile<'T, 'R, 'W> 6 1 rows k x ldx w y ldy

    /// The smallest tile that has so many rows and registers.
    let private choose<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> rows registers k x ldx w y ldy : unit =
        match rows, registers with
        | 1, 1 -> one1<'T, 'R, 'W> rows k x ldx w y ldy
        | 1, 2 -> one2<'T, 'R, 'W> rows k x ldx w y ldy
        | 1, _ -> one4<'T, 'R, 'W> rows k x ldx w y ldy
        | 2, 1 -> two1<'T, 'R, 'W> rows k x ldx w y ldy
        | 2, 2 -> two2<'T, 'R, 'W> rows k x ldx w y ldy
        | 2, _ -> two4<'T, 'R, 'W> rows k x ldx w y ldy
        | _, 1 -> six1<'T, 'R, 'W> rows k x ldx w y ldy
        | _, 2 -> six2<'T, 'R, 'W> rows k x ldx w y ldy
        | _ -> six4<'T, 'R, 'W> rows k x ldx w y ldy

    /// y += sums, whole registers.
    let private accumulate<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        rows
        registers
        (sums: nativeint)
        lds
        (y: nativeint)
        ldy
        =
        let one = 'W.Create 1.0

        for i in 0 .. rows - 1 do
            for register in 0 .. registers - 1 do
                let at = nativeint (register * sizeof<'R>)
                let y = y + nativeint i * ldy + at
                'W.Store(y, 'W.MultiplyAdd(one, 'W.Load y, 'W.Load(sums + nativeint i * lds + at)))

    /// x: rows x k with `ldx` bytes from row to row, y: rows x n with `ldy`. `scratch` has room for `room` numbers.
    let multiply<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (rows: int)
        (n: int)
        (k: int)
        (x: nativeint)
        (ldx: nativeint)
        (w: nativeint)
        (y: nativeint)
        (ldy: nativeint)
        (scratch: nativeint)
        : unit =
        let width, tall, depth = columns<'T, 'R, 'W>(), rowsAtOnce<'T, 'R, 'W>(), Block.depth k
        // From row to row of a tile in the scratch, of which there are two: the sums of a round, and rows of y of which a part is wanted.
        let line = nativeint sizeof<Quad<'R>>
        let edge = scratch + nativeint tall * line

        for j in 0..width .. n - 1 do
            let cols = min width (n - j)
            let filled = (cols + 'W.Count - 1) / 'W.Count
            let registers = if filled > 2 then 4 else filled
            let isWhole = (cols = registers * 'W.Count)
            let panel = Memory.offset<'T> w (j * k)

            for i in 0..tall .. rows - 1 do
                let rows = min tall (rows - i)
                let x, y = x + nativeint i * ldx, Memory.offset<'T> (y + nativeint i * ldy) j
                let target, ldt = (if isWhole then y else edge), (if isWhole then ldy else line)

                for p in 0..depth .. k - 1 do
                    let x, w, count = Memory.offset<'T> x p, Memory.offset<'T> panel (p * width), min depth (k - p)

                    if p = 0 then
                        choose<'T, 'R, 'W> rows registers count x ldx w target ldt
                    else
                        choose<'T, 'R, 'W> rows registers count x ldx w scratch line
                        accumulate<'T, 'R, 'W> rows registers scratch line target ldt

                if not isWhole then
                    Tile.copy<'T> rows cols edge line y ldy
