namespace NeuralNetwork.Engine

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

// Kernels of what only training needs or only some networks have: batch normalisation, dropout, penalties and limits.

/// The vectors of a batch norm, bound to memory.
[<Struct; RequireQualifiedAccess>]
type internal Vectors<'T> = { Mean: Matrix<'T>; Scale: Matrix<'T>; Gamma: Matrix<'T>; Beta: Matrix<'T> }

/// mean and scale of each feature over the batch, and their running averages
[<Sealed>]
type internal BatchStatisticsKernel<'T>
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

    let average (running: Matrix<'T>) left count (batch: Lane<'T>) =
        let address = running.At(0, left)
        let old = Memory.loadPart<'T> address count Lane<'T>.Zero
        Memory.storePart address count (BatchNorm.average settings old batch)

    override _.Over(rows, left, count) =
        let column = ColumnWise.Column(x, rows, left, count)
        let n, origin = float column.Rows, column.Row 0
        let shifts = Columns.sum<'T, BatchNormShift<'T>> { Origin = origin } column column
        let batchMean = origin + shifts.Over n
        let deviations = Columns.sum<'T, BatchNormDeviation<'T>> { Mean = batchMean } column column
        let variance = deviations.Over n
        Memory.storePart (mean.At(0, left)) count batchMean
        Memory.storePart (scale.At(0, left)) count (BatchNorm.scale (Lane.create<'T> settings.Epsilon) variance)
        average runningMean left count batchMean
        average runningVariance left count (Lane.create<'T>(BatchNorm.storedFactor settings column.Rows) * variance)

/// scale = 1/√(variance + ε)
[<Sealed>]
type internal InverseDeviationKernel<'T>(settings: BatchNorm, variance: Matrix<'T>, scale: Matrix<'T>) =
    inherit Kernel()
    override _.Tiles _ = 1

    override _.Run(_, _) =
        let root: BatchNormScale<'T> = { Epsilon = Lane.create<'T> settings.Epsilon }
        Sweep.map1<'T, BatchNormScale<'T>> root (variance.At(0, 0)) (scale.At(0, 0)) variance.Cols

/// The operands of y = gamma·(x - mean)·scale + beta, by their addresses
[<Struct>]
type internal NormalizedAt<'T> =
    { X: nativeint
      Mean: nativeint
      Scale: nativeint
      Gamma: nativeint
      Beta: nativeint }

    interface IMapAt<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member f.Of at =
            BatchNorm.normalize (at.Load f.X) (at.Load f.Mean) (at.Load f.Scale) (at.Load f.Gamma) (at.Load f.Beta)

/// y = gamma·(x - mean)·scale + beta
[<Sealed>]
type internal NormalizeKernel<'T>(vectors: Vectors<'T>, x: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(x.Cols)

    override _.Over(row, left, count) =
        let normalized: NormalizedAt<'T> =
            { X = x.At(row, left)
              Mean = vectors.Mean.At(0, left)
              Scale = vectors.Scale.At(0, left)
              Gamma = vectors.Gamma.At(0, left)
              Beta = vectors.Beta.At(0, left) }

        Sweep.mapAt<'T, NormalizedAt<'T>> normalized (y.At(row, left)) count

/// gbeta = Σ gy, ggamma = Σ gy·x̂ over the rows
[<Sealed>]
type internal NormalizeSumsKernel<'T>
    (vectors: Vectors<'T>, x: Matrix<'T>, gy: Matrix<'T>, ggamma: Matrix<'T>, gbeta: Matrix<'T>, tail: Elementwise[]) =
    inherit ColumnWise<'T>(x.Cols, tail)

    override _.Over(rows, left, count) =
        let column matrix = ColumnWise.Column(matrix, rows, left, count)
        let part (vector: Matrix<'T>) = Memory.loadPart<'T> (vector.At(0, left)) count Lane<'T>.Zero
        let gamma: BatchNormGamma<'T> = { Mean = part vectors.Mean; Scale = part vectors.Scale }
        Columns.sumRows<'T> (column gy) (gbeta.At(0, left))
        let sum = Columns.sum<'T, BatchNormGamma<'T>> gamma (column x) (column gy)
        Memory.storePart (ggamma.At(0, left)) count (sum.Over 1.0)

/// The operands of gx = gamma·scale/n · (n·gy - gbeta - x̂·ggamma), by their addresses
[<Struct>]
type internal NormalizedGradientAt<'T> =
    { N: Lane<'T>
      GY: nativeint
      X: nativeint
      Mean: nativeint
      Scale: nativeint
      Gamma: nativeint
      GBeta: nativeint
      GGamma: nativeint }

    interface IMapAt<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member f.Of at =
            let gy, x, mean, scale = at.Load f.GY, at.Load f.X, at.Load f.Mean, at.Load f.Scale
            BatchNorm.gradient f.N gy x mean scale (at.Load f.Gamma) (at.Load f.GBeta) (at.Load f.GGamma)

/// gx = gamma·scale/n · (n·gy - gbeta - x̂·ggamma)
[<Sealed>]
type internal NormalizeGradientKernel<'T>
    (vectors: Vectors<'T>, x: Matrix<'T>, gy: Matrix<'T>, ggamma: Matrix<'T>, gbeta: Matrix<'T>, gx: Matrix<'T>) =
    inherit Elementwise(x.Cols)
    let mutable n = Lane<'T>.One
    override _.Begin rows = n <- Lane.create<'T>(float rows)

    override _.Over(row, left, count) =
        let gradient: NormalizedGradientAt<'T> =
            { N = n
              GY = gy.At(row, left)
              X = x.At(row, left)
              Mean = vectors.Mean.At(0, left)
              Scale = vectors.Scale.At(0, left)
              Gamma = vectors.Gamma.At(0, left)
              GBeta = gbeta.At(0, left)
              GGamma = ggamma.At(0, left) }

        Sweep.mapAt<'T, NormalizedGradientAt<'T>> gradient (gx.At(row, left)) count

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
