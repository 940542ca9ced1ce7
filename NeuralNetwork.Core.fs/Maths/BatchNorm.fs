namespace NeuralNetwork.Maths

/// Which variance of a batch enters the running one. Normalising itself always uses the biased variance of the batch.
[<RequireQualifiedAccess>]
type RunningVariance =
    /// Σ(x - mean)² / n, as Keras 3.
    | Biased
    /// Σ(x - mean)² / (n - 1), as PyTorch; a batch of one row counts as biased.
    | Unbiased
    /// Σ(x - mean)² / (n - (1 + ε)), as Keras 2.
    | Keras2

    /// As in: unbiased.
    override variance.ToString() =
        match variance with
        | RunningVariance.Biased -> "biased"
        | RunningVariance.Unbiased -> "unbiased"
        | RunningVariance.Keras2 -> "keras2"

namespace NeuralNetwork

open System.Numerics
open NeuralNetwork.Maths

/// Batch normalisation (Ioffe and Szegedy 2015): each feature brought to mean 0 and variance 1 over the batch, then scaled by
/// gamma and shifted by beta. Inference uses running averages instead of the batch.
type BatchNorm =
    {
        /// Added to the variance under the root. PyTorch 1e-5, Keras 1e-3.
        Epsilon: float
        /// Weight of the old running average: running = Decay·running + (1 - Decay)·batch. Keras calls this its momentum
        /// (0.99); PyTorch calls 1 - Decay its momentum (0.1).
        Decay: float
        /// Which variance of a batch the running one is made of.
        Variance: RunningVariance
    }

    /// As in: batch norm of epsilon 1E-05, decay 0.9, unbiased variance.
    override settings.ToString() =
        let epsilon, decay = Text.number settings.Epsilon, Text.number settings.Decay

        ("batch norm of epsilon "
         + epsilon
         + ", decay "
         + decay
         + ", "
         + (string settings.Variance)
         + " variance")

/// The formulas, on lanes of features.
module internal BatchNorm =

    /// PyTorch's defaults.
    let standard: BatchNorm = { Epsilon = 1e-5; Decay = 0.9; Variance = RunningVariance.Unbiased }

    /// What the biased variance of n rows is multiplied with before it is stored.
    let internal storedFactor (settings: BatchNorm) (n: int) : float =
        match settings.Variance with
        | RunningVariance.Biased -> 1.0
        | RunningVariance.Unbiased -> if n > 1 then float n / float (n - 1) else 1.0
        | RunningVariance.Keras2 -> if n > 1 then float n / (float n - (1.0 + settings.Epsilon)) else 1.0

    /// x̂ = (x - mean)·scale    scale = 1 / √(variance + ε)
    let inline internal standardize (x: Lane<'T>) (mean: Lane<'T>) (scale: Lane<'T>) : Lane<'T> = (x - mean) * scale

    /// y = gamma·x̂ + beta
    let inline internal normalize (x: Lane<'T>) mean scale (gamma: Lane<'T>) (beta: Lane<'T>) : Lane<'T> =
        gamma * standardize x mean scale + beta

    /// gx = gamma·scale / n · (n·gy - gbeta - x̂·ggamma), where gbeta = Σ gy and ggamma = Σ gy·x̂ over the batch.
    /// The first term is the path through x itself, the second the one through the mean, the third the one through
    /// the variance.
    let inline internal gradient
        (n: Lane<'T>)
        (gy: Lane<'T>)
        (x: Lane<'T>)
        (mean: Lane<'T>)
        (scale: Lane<'T>)
        (gamma: Lane<'T>)
        (gbeta: Lane<'T>)
        (ggamma: Lane<'T>)
        : Lane<'T> =
        let direct = n * gy
        let throughMean = gbeta
        let throughVariance = standardize x mean scale * ggamma
        gamma * scale / n * (direct - throughMean - throughVariance)

    /// scale = 1 / √(variance + ε)
    let inline internal scale (epsilon: Lane<'T>) (variance: Lane<'T>) : Lane<'T> =
        Lane<'T>.One / Vector.SquareRoot(variance + epsilon)

    /// running = decay·running + (1 - decay)·batch
    let inline internal average (settings: BatchNorm) (running: Lane<'T>) (batch: Lane<'T>) : Lane<'T> =
        Lane.create<'T> settings.Decay * running + Lane.create<'T>(1.0 - settings.Decay) * batch

// Mean and biased variance take two sums over the rows. The first is shifted by the first row, so that a constant column has
// exactly its value as mean and exactly 0 as variance, and a large common offset costs no digits:
// mean = origin + Σ(x - origin)/n, variance = Σ(x - mean)²/n.

/// x - origin, summed over the rows
[<Struct; RequireQualifiedAccess>]
type internal BatchNormShift<'T> =
    { Origin: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(x, _) = x - f.Origin

/// (x - mean)², summed over the rows
[<Struct; RequireQualifiedAccess>]
type internal BatchNormDeviation<'T> =
    { Mean: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(x, _) = (x - f.Mean) * (x - f.Mean)

/// 1 / √(variance + ε), of the running variance
[<Struct; RequireQualifiedAccess>]
type internal BatchNormScale<'T> =
    { Epsilon: Lane<'T> }

    interface IMap1<'T> with
        member f.Of variance = BatchNorm.scale f.Epsilon variance

/// gy·x̂, summed over the rows to ggamma
[<Struct; RequireQualifiedAccess>]
type internal BatchNormGamma<'T> =
    { Mean: Lane<'T>
      Scale: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(x, gy) = BatchNorm.standardize x f.Mean f.Scale * gy

type BatchNorm with

    /// PyTorch's defaults.
    static member Standard: BatchNorm = BatchNorm.standard
