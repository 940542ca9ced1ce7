namespace NeuralNetwork.Engine

open System.Numerics
open System.Runtime.CompilerServices
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

// Kernels of batch norms, in training and at inference.

/// The vectors of a batch norm, bound to memory.
[<Struct; RequireQualifiedAccess>]
type internal Vectors<'T> = { Mean: Matrix<'T>; Scale: Matrix<'T>; Gamma: Matrix<'T>; Beta: Matrix<'T> }

/// running = decay·running + (1 - decay)·batch
module internal Running =

    let average<'T> (settings: BatchNorm) (running: Matrix<'T>) left count (batch: Lane<'T>) =
        let address = running.At(0, left)
        let old = Memory.loadPart<'T> address count Lane<'T>.Zero
        Memory.storePart address count (BatchNorm.average settings old batch)

/// mean and scale of each feature over the batch, or a shard of it; the mean and the variance as it is stored go on
[<AbstractClass>]
type internal StatisticsKernel<'T>
    (settings: BatchNorm, x: Matrix<'T>, mean: Matrix<'T>, scale: Matrix<'T>, tail: Elementwise[]) =
    inherit ColumnWise<'T>(x.Cols, tail)

    /// What becomes of the mean and the variance of some columns.
    abstract Keep: left: int * count: int * mean: Lane<'T> * variance: Lane<'T> -> unit

    override kernel.Over(rows, left, count) =
        let column = ColumnWise.Column(x, rows, left, count)
        let n, origin = float column.Rows, column.Row 0
        let shifts = Columns.sum<'T, BatchNormShift<'T>> { Origin = origin } column column
        let batchMean = origin + shifts.Over n
        let deviations = Columns.sum<'T, BatchNormDeviation<'T>> { Mean = batchMean } column column
        let variance = deviations.Over n
        Memory.storePart (mean.At(0, left)) count batchMean
        Memory.storePart (scale.At(0, left)) count (BatchNorm.scale (Lane.create<'T> settings.Epsilon) variance)
        let stored = Lane.create<'T>(BatchNorm.storedFactor settings column.Rows) * variance
        kernel.Keep(left, count, batchMean, stored)

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
    inherit StatisticsKernel<'T>(settings, x, mean, scale, tail)

    override _.Keep(left, count, mean, variance) =
        Running.average<'T> settings runningMean left count mean
        Running.average<'T> settings runningVariance left count variance

/// The same over a shard, in whose row of those of all shards mean and variance are kept
[<Sealed>]
type internal ShardStatisticsKernel<'T>
    (
        settings: BatchNorm,
        x: Matrix<'T>,
        mean: Matrix<'T>,
        scale: Matrix<'T>,
        means: Matrix<'T>,
        variances: Matrix<'T>,
        tail: Elementwise[]
    ) =
    inherit StatisticsKernel<'T>(settings, x, mean, scale, tail)
    let mutable index = 0

    override _.Begin shard =
        base.Begin shard
        index <- shard.Index

    override _.Keep(left, count, mean, variance) =
        Memory.storePart (means.At(index, left)) count mean
        Memory.storePart (variances.At(index, left)) count variance

/// running = decay·running + (1 - decay)·Σ nᵢ/n·sᵢ over the shards of nᵢ of n rows, in their order, of means and of variances s
[<Sealed>]
type internal AverageStatisticsKernel<'T>
    (settings: BatchNorm, means: Matrix<'T>, variances: Matrix<'T>, runningMean: Matrix<'T>, runningVariance: Matrix<'T>)
    =
    inherit ColumnWise<'T>(means.Cols, [||])

    let overShards (rows: int) (ofShards: Matrix<'T>) left count : Lane<'T> =
        let shards = Shard.count ofShards.Rows (Shard.least true) rows
        let mutable sum: WideSum<'T> = { Low = Vector<float>.Zero; High = Vector<float>.Zero }

        for index in 0 .. shards - 1 do
            let share = float (Shard.at shards rows index).Rows / float rows
            let own = Memory.loadPart<'T> (ofShards.At(index, left)) count Lane<'T>.Zero
            sum <- sum.Add(Lane.create<'T> share * own)

        sum.Over 1.0

    override _.Over(rows, left, count) =
        Running.average<'T> settings runningMean left count (overShards rows means left count)
        Running.average<'T> settings runningVariance left count (overShards rows variances left count)

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
    override _.Begin shard = n <- Lane.create<'T>(float shard.Rows)

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
