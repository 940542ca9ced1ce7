namespace NeuralNetwork.Engine

open System
open System.Numerics
open System.Runtime.Intrinsics
open NeuralNetwork

// Kernels of what only training needs or only some networks have: batch normalisation, dropout, penalties and limits.

/// The vectors of a batch norm, bound to memory.
[<Struct; RequireQualifiedAccess>]
type internal Vectors<'T> = { Mean: Matrix<'T>; Scale: Matrix<'T>; Gamma: Matrix<'T>; Beta: Matrix<'T> }

/// mean and scale of each feature over the batch, and their running averages
[<Sealed>]
type internal MomentsKernel<'T>
    (
        settings: BatchNorm,
        x: Matrix<'T>,
        mean: Matrix<'T>,
        scale: Matrix<'T>,
        runningMean: Matrix<'T>,
        runningVariance: Matrix<'T>,
        tail: Elementwise[]
    ) =
    inherit ColumnWise<'T>(x.Cols, tail)

    let keep, enter = Lane.create<'T> settings.Decay, Lane.create<'T>(1.0 - settings.Decay)
    let epsilon = Lane.create<'T> settings.Epsilon

    let average (running: Matrix<'T>) left count (batch: Lane<'T>) =
        let address = running.At(0, left)
        let old = Sweep.loadPart<'T> address count Lane<'T>.Zero
        Sweep.storePart address count (keep * old + enter * batch)

    override _.Over(rows, left, count) =
        let struct (batchMean, variance) = Columns.moments (ColumnWise.Column(x, rows, left, count))
        Sweep.storePart (mean.At(0, left)) count batchMean
        Sweep.storePart (scale.At(0, left)) count (Lane<'T>.One / Vector.SquareRoot(variance + epsilon))
        average runningMean left count batchMean
        average runningVariance left count (Lane.create<'T>(BatchNorm.storedFactor settings (x.Live rows)) * variance)

[<Struct>]
type internal InverseRoot<'T> =
    { Epsilon: Lane<'T> }

    interface IMap1<'T> with
        member f.Of variance = Lane<'T>.One / Vector.SquareRoot(variance + f.Epsilon)

/// scale = 1/√(variance + ε)
[<Sealed>]
type internal DeviationKernel<'T>(settings: BatchNorm, variance: Matrix<'T>, scale: Matrix<'T>) =
    inherit Kernel()
    override _.Tiles _ = 1

    override _.Run(_, _) =
        let root: InverseRoot<'T> = { Epsilon = Lane.create<'T> settings.Epsilon }
        Sweep.map1<'T, InverseRoot<'T>> root (variance.At(0, 0)) (scale.At(0, 0)) variance.Cols

/// y = gamma·(x - mean)·scale + beta
[<Sealed>]
type internal NormalizeKernel<'T>(vectors: Vectors<'T>, x: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(x.Cols)

    override _.Over(row, left, count) =
        let x, y = x.At(row, left), y.At(row, left)
        let mean, scale = vectors.Mean.At(0, left), vectors.Scale.At(0, left)
        let gamma, beta = vectors.Gamma.At(0, left), vectors.Beta.At(0, left)
        let width = Lane<'T>.Count
        let mutable place = 0

        while place < count do
            let at, part = Memory.offset<'T> 0n place, min width (count - place)

            let inline load address =
                if part = width then
                    Memory.load<'T>(address + at)
                else
                    Sweep.loadPart<'T> (address + at) part Lane<'T>.Zero

            let result = BatchNorm.normalize (load x) (load mean) (load scale) (load gamma) (load beta)

            if part = width then Memory.store (y + at) result else Sweep.storePart (y + at) part result

            place <- place + width

/// gbeta = Σ gy, ggamma = Σ gy·x̂ over the rows
[<Sealed>]
type internal NormalizeSumsKernel<'T>
    (vectors: Vectors<'T>, x: Matrix<'T>, gy: Matrix<'T>, ggamma: Matrix<'T>, gbeta: Matrix<'T>, tail: Elementwise[]) =
    inherit ColumnWise<'T>(x.Cols, tail)

    override _.Over(rows, left, count) =
        let column matrix = ColumnWise.Column(matrix, rows, left, count)
        let mean, scale = vectors.Mean.At(0, left), vectors.Scale.At(0, left)
        let struct (beta, gamma) = Columns.gradients (column x) (column gy) mean scale
        Sweep.storePart (gbeta.At(0, left)) count beta
        Sweep.storePart (ggamma.At(0, left)) count gamma

/// gx = gamma·scale/n · (n·gy - gbeta - x̂·ggamma)
[<Sealed>]
type internal NormalizeGradientKernel<'T>
    (vectors: Vectors<'T>, x: Matrix<'T>, gy: Matrix<'T>, ggamma: Matrix<'T>, gbeta: Matrix<'T>, gx: Matrix<'T>) =
    inherit Elementwise(x.Cols)
    let mutable n = Lane<'T>.One
    override _.Begin rows = n <- Lane.create<'T>(float rows)

    override _.Over(row, left, count) =
        let x, gy, gx = x.At(row, left), gy.At(row, left), gx.At(row, left)
        let mean, scale = vectors.Mean.At(0, left), vectors.Scale.At(0, left)
        let gamma, gbeta, ggamma = vectors.Gamma.At(0, left), gbeta.At(0, left), ggamma.At(0, left)
        let width = Lane<'T>.Count
        let n = n
        let mutable place = 0

        while place < count do
            let at, part = Memory.offset<'T> 0n place, min width (count - place)

            let inline load address =
                if part = width then
                    Memory.load<'T>(address + at)
                else
                    Sweep.loadPart<'T> (address + at) part Lane<'T>.Zero

            let result =
                BatchNorm.gradient n (load gy) (load x) (load mean) (load scale) (load gamma) (load gbeta) (load ggamma)

            if part = width then Memory.store (gx + at) result else Sweep.storePart (gx + at) part result

            place <- place + width

/// y = x ∘ mask / (1 - rate), for each member a mask of its own
[<Sealed>]
type internal DropoutKernel<'T>(rate: float, seed: uint64, layer: int, members: int, x: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(x.Cols)
    let threshold, scale = Dropout.threshold rate, Dropout.scale rate
    let keys = Array.zeroCreate<Key> members
    let width = x.Cols / members

    /// Some places of a group, element by element. A number has the same bits as among eight at once.
    let slow isWhole (words: Vector256<uint32>) (from: nativeint) (target: nativeint) (first: int) (count: int) =
        for place in 0 .. count - 1 do
            let value = Lane.toFloat (Memory.read<'T>(Memory.offset<'T> from place))

            let kept =
                if uint64 (words.GetElement(first + place)) >= threshold then 0.0
                elif isWhole then float (float32 value * float32 scale)
                else value * scale

            Memory.write (Memory.offset<'T> target place) (Lane.ofFloat<'T> kept)

    /// Eight float32 at once.
    let fast (words: Vector256<uint32>) (from: nativeint) (target: nativeint) =
        let mask = Vector256.LessThan(words, Vector256.Create(uint32 threshold))
        let values = Memory.read<Vector256<float32>> from * Vector256.Create(float32 scale)
        Memory.write target (Vector256.ConditionalSelect(mask.AsSingle(), values, Vector256<float32>.Zero))

    override _.Prepare(step, _) =
        for index in 0 .. members - 1 do
            keys[index] <- Dropout.memberKey seed step layer index

    override _.Over(row, left, count) =
        let source, target = x.At(row, left), y.At(row, left)
        let half = Dropout.Group / 2
        let mutable start = 0

        while start < count do
            // A run may begin or end within a group, and go on with the next member.
            let index, col = (left + start) / width, (left + start) % width
            let group, skipped = col / Dropout.Group, col % Dropout.Group
            let taken = min (min (Dropout.Group - skipped) (width - col)) (count - start)
            let struct (first, second) = Dropout.words keys[index] row group
            let from, into = Memory.offset<'T> source start, Memory.offset<'T> target start

            if Lane.isSingle<'T> && taken = Dropout.Group then
                fast first from into
                fast second (Memory.offset<'T> from half) (Memory.offset<'T> into half)
            else
                let isWhole = Lane.isSingle<'T> && (group + 1) * Dropout.Group <= width
                let inFirst = max 0 (min taken (half - skipped))

                if inFirst > 0 then
                    slow isWhole first from into skipped inFirst

                if taken > inFirst then
                    let from, into = Memory.offset<'T> from inFirst, Memory.offset<'T> into inFirst
                    slow isWhole second from into (skipped + inFirst - half) (taken - inFirst)

            start <- start + taken

/// A pass over a flat vector in parts.
[<AbstractClass>]
type internal Flat(length: int) =
    inherit Kernel()
    abstract Over: part: int * left: int * count: int -> unit
    override _.Tiles _ = Op.parts length

    override kernel.Run(_, tile) =
        let left = tile * Op.Part
        kernel.Over(tile, left, min Op.Part (length - left))

[<Struct>]
type internal PenaltySlope<'T> =
    { L1: Lane<'T>
      L2: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(w, g) = g + Penalty.slope f.L1 f.L2 w

[<Struct>]
type internal PenaltyValue<'T> =
    { L1: Lane<'T>
      HalfL2: Lane<'T> }

    interface IMap1<'T> with
        member f.Of w = Penalty.value f.L1 f.HalfL2 w

/// g += L1·sign w + L2·w, sums = the penalty
[<Sealed>]
type internal PenalizeKernel<'T>(penalty: Penalty, w: Matrix<'T>, g: Matrix<'T>, sums: Matrix<'T>) =
    inherit Flat(w.Rows * w.Cols)
    let l1, l2 = Lane.create<'T> penalty.L1, Lane.create<'T> penalty.L2
    let value: PenaltyValue<'T> = { L1 = l1; HalfL2 = Lane.create<'T>(0.5 * penalty.L2) }
    let slope: PenaltySlope<'T> = { L1 = l1; L2 = l2 }

    override _.Over(part, left, count) =
        let w, g = Memory.offset<'T> w.Address left, Memory.offset<'T> g.Address left
        Memory.write (sums.At(0, part)) (Lane.ofFloat<'T>(Sweep.sum1<'T, PenaltyValue<'T>> value w count))
        Sweep.map2<'T, PenaltySlope<'T>> slope w g g count

[<Struct>]
type internal Clamped<'T> =
    { Limit: Lane<'T> }

    interface IMap1<'T> with
        member f.Of g = Vector.Max(-f.Limit, Vector.Min(f.Limit, g))

/// Every component of g into [-limit, limit]; NaN stays NaN
[<Sealed>]
type internal ClipValueKernel<'T>(limit: float, g: Matrix<'T>) =
    inherit Flat(g.Rows * g.Cols)

    override _.Over(_, left, count) =
        let clamp: Clamped<'T> = { Limit = Lane.create<'T> limit }
        let g = Memory.offset<'T> g.Address left
        Sweep.map1<'T, Clamped<'T>> clamp g g count

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

    let norm () =
        let mutable total = 0.0

        for sum in sums do
            for part in 0 .. sum.Cols - 1 do
                total <- total + Lane.toFloat (Memory.read<'T>(sum.At(0, part)))

        sqrt total

    override _.Over(_, left, count) =
        let norm = norm ()

        // Written so that a NaN norm scales, and so shows.
        if not (norm <= limit) then
            let scale: Scaled<'T> = { Scale = Lane.create<'T>(limit / norm) }
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
                let scale: Scaled<'T> = { Scale = Lane.create<'T>(limit / norm) }
                Sweep.map1<'T, Scaled<'T>> scale (w.At(row, 0)) (w.At(row, 0)) w.Cols
