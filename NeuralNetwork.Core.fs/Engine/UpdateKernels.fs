namespace NeuralNetwork.Engine

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

// Kernels of the way from a gradient to new weights: penalties, limits, and the step of an optimizer.

/// A pass over a flat vector in parts.
[<AbstractClass>]
type internal Flat(length: int) =
    inherit Kernel()
    abstract Over: part: int * left: int * count: int -> unit
    override _.Tiles _ = Op.parts length

    override kernel.Run(_, tile) =
        let left = tile * Op.Part
        kernel.Over(tile, left, min Op.Part (length - left))

/// g = the gradient of a shard added to the partial sums that are whole with it, from the lowest level on: g = P₁ + (P₀ + g). The
/// sum of the last shard is that of the batch; any other waits in the partial sum of its level.
[<Sealed>]
type internal SumShardsKernel<'T>(g: Matrix<'T>, partials: Matrix<'T>[]) =
    inherit Flat(g.Cols)
    let mutable shard = Shard.whole 1
    override _.Begin now = shard <- now

    override _.Over(_, left, count) =
        let levels = Shard.levels shard
        let sum = g.At(0, left)

        for level in 0 .. partials.Length - 1 do
            if (levels >>> level) &&& 1 = 1 then
                Sweep.map2<'T, Added<'T>> (Added()) (partials[level].At(0, left)) sum sum count

        if not shard.IsLast then
            Memory.copy<'T> sum (partials[Shard.level shard].At(0, left)) count

/// g += L1·sign w + L2·w, sums = the penalty
[<Sealed>]
type internal PenalizeKernel<'T>(penalty: Penalty, w: Matrix<'T>, g: Matrix<'T>, sums: Matrix<'T>) =
    inherit Flat(w.Rows * w.Cols)
    let l1, l2 = Lane.create<'T> penalty.L1, Lane.create<'T> penalty.L2
    let value: PenaltyValue<'T> = { L1 = l1; HalfL2 = Lane.create<'T>(0.5 * penalty.L2) }
    let derivative: PenaltyDerivative<'T> = { L1 = l1; L2 = l2 }

    override _.Over(part, left, count) =
        let w, g = Memory.offset<'T> w.Address left, Memory.offset<'T> g.Address left
        Memory.write (sums.At(0, part)) (Lane.ofFloat<'T>(Sweep.sum1<'T, PenaltyValue<'T>> value w count))
        Sweep.map2<'T, PenaltyDerivative<'T>> derivative w g g count

/// Every component of g into [-limit, limit]; NaN stays NaN
[<Sealed>]
type internal ClipValueKernel<'T>(limit: float, g: Matrix<'T>) =
    inherit Flat(g.Rows * g.Cols)

    override _.Over(_, left, count) =
        let clipped: ClippedValue<'T> = { Limit = Lane.create<'T> limit }
        let g = Memory.offset<'T> g.Address left
        Sweep.map1<'T, ClippedValue<'T>> clipped g g count

/// sums = Σ g²
[<Sealed>]
type internal SumSquaresKernel<'T>(g: Matrix<'T>, sums: Matrix<'T>) =
    inherit Flat(g.Rows * g.Cols)

    override _.Over(part, left, count) =
        let total = Sweep.sum1<'T, Squared<'T>> (Squared()) (Memory.offset<'T> g.Address left) count
        Memory.write (sums.At(0, part)) (Lane.ofFloat<'T> total)

/// g scaled down so that its norm is at most limit; a norm within the limit leaves every bit as it is
[<Sealed>]
type internal ClipNormKernel<'T>(limit: float, sums: Matrix<'T>[], g: Matrix<'T>) =
    inherit Flat(g.Rows * g.Cols)

    let mutable factor = 1.0

    // Once for all tiles; the sums are of a phase before.
    override _.Begin _ =
        let mutable total = 0.0

        for sum in sums do
            for part in 0 .. sum.Cols - 1 do
                total <- total + Lane.toFloat (Memory.read<'T>(sum.At(0, part)))

        factor <- Clipping.factor limit (sqrt total)

    override _.Over(_, left, count) =
        // A NaN norm scales, and so shows.
        if factor <> 1.0 then
            let scale: Scaled<'T> = { Scale = Lane.create<'T> factor }
            let g = Memory.offset<'T> g.Address left
            Sweep.map1<'T, Scaled<'T>> scale g g count

/// Each row of w scaled down to a norm of at most limit
[<Sealed>]
type internal LimitNormKernel<'T>(limit: float, w: Matrix<'T>) =
    inherit Kernel()
    override _.Tiles _ = Cut.pieces w.Rows Cut.rows

    override _.Run(_, tile) =
        for row in tile * Cut.rows .. min w.Rows ((tile + 1) * Cut.rows) - 1 do
            let norm = sqrt (Sweep.sum1<'T, Squared<'T>> (Squared()) (w.At(row, 0)) w.Cols)

            if norm > limit then
                let scale: Scaled<'T> = { Scale = Lane.create<'T>(Clipping.factor limit norm) }
                Sweep.map1<'T, Scaled<'T>> scale (w.At(row, 0)) (w.At(row, 0)) w.Cols

/// w -= α·λ·w, then w -= step, by the rule of the step that was prepared
[<Sealed>]
type internal UpdateKernel<'T, 'Rule when 'Rule: struct and 'Rule :> IRule<'T>>
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
