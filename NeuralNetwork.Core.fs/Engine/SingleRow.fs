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

/// y = x·wᵀ for one row x and a matrix w in panels. An element has the bits that the product of many rows gives it.
module internal SingleRow =

    /// Columns of a panel: four registers, 16, 32 or 64 float32. Four independent sums are enough where every number of the
    /// panel is used once and comes from the second cache.
    let inline columns<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> () = 4 * 'W.Count

    /// y <- sum, or y + sum where it is not fresh.
    let inline private finish<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> (sum: 'R) (isFresh: bool) (y: nativeint) =
        'W.Store(y, (if isFresh then sum else 'W.MultiplyAdd('W.Create 1.0, 'W.Load y, sum)))

    /// One panel's y <- x w, or y + x w where it is not fresh. x: k numbers, w: k x columns, packed. An element has the
    /// bits that a first or a later round of `Gemm` gives it.
    let private tile<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (k: int)
        (x: nativeint)
        (w: nativeint)
        (isFresh: bool)
        (y: nativeint)
        : unit =
        let register = nativeint sizeof<'R>
        let mutable x = x
        let mutable w = w
        let mutable y0, y1, y2, y3 = 'W.Zero, 'W.Zero, 'W.Zero, 'W.Zero

        for _ in 1..k do
            let a = 'W.Broadcast x
            y0 <- 'W.MultiplyAdd(a, 'W.Load w, y0)
            y1 <- 'W.MultiplyAdd(a, 'W.Load(w + register), y1)
            y2 <- 'W.MultiplyAdd(a, 'W.Load(w + 2n * register), y2)
            y3 <- 'W.MultiplyAdd(a, 'W.Load(w + 3n * register), y3)
            x <- x + nativeint sizeof<'T>
            w <- w + 4n * register

        finish<'T, 'R, 'W> y0 isFresh y
        finish<'T, 'R, 'W> y1 isFresh (y + register)
        finish<'T, 'R, 'W> y2 isFresh (y + 2n * register)
        finish<'T, 'R, 'W> y3 isFresh (y + 3n * register)

    /// One panel: k steps in the rounds of the managed product.
    let private panel<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>> (k: int) (x: nativeint) (w: nativeint) (y: nativeint) =
        let depth = Block.depth k

        for p in 0..depth .. k - 1 do
            let w = Memory.offset<'T> w (p * columns<'T, 'R, 'W>())
            tile<'T, 'R, 'W> (min depth (k - p)) (Memory.offset<'T> x p) w (p = 0) y

    /// x: k numbers, y: n numbers. `edge` has room for one panel of y, which the last one may not fill.
    let multiply<'T, 'R, 'W when 'W :> IRegisters<'T, 'R>>
        (n: int)
        (k: int)
        (x: nativeint)
        (w: nativeint)
        (y: nativeint)
        (edge: nativeint)
        : unit =
        let width = columns<'T, 'R, 'W>()

        for j in 0..width .. n - 1 do
            let w, y = Memory.offset<'T> w (j * k), Memory.offset<'T> y j

            if n - j >= width then
                panel<'T, 'R, 'W> k x w y
            else
                panel<'T, 'R, 'W> k x w edge
                Tile.copyRow<'T> (n - j) edge y
