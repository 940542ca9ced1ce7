namespace NeuralNetwork.Maths

open System
open System.Numerics
open NeuralNetwork

/// Softmax cross-entropy, the loss of a classifier: L = -Σⱼ t'ⱼ·log pⱼ with p = softmax z, the negative log-likelihood of the
/// class. Label smoothing s (Szegedy et al. 2015) has t' = (1 - s)·t + s/K for K classes; without it t' = t.
///
/// From z in one, which neither overflows nor takes the logarithm of 0: log pⱼ = zⱼ - m - log Σᵢ eᶻⁱ⁻ᵐ with m = max z, so
///   L = w·log Σᵢ eᶻⁱ⁻ᵐ + Σⱼ t'ⱼ·(m - zⱼ)     ∂L/∂zⱼ = w·pⱼ - t'ⱼ     w = Σⱼ t'ⱼ, which is 1 for a class
/// From p in the naive plan, whose rewrite `fuse-softmax` makes the first of the second:
///   L = -Σⱼ t'ⱼ·log pⱼ                        ∂L/∂pⱼ = -t'ⱼ/pⱼ
module internal SoftmaxCrossEntropy =

    /// All that is known of it besides its formula.
    let page: LossPage =
        { Parameters = [ Parameter.share "smoothing" ]
          Output = Output.Softmax
          Boundary = 0.5
          IsOfClasses = true
          Note =
            { Name = "cross-entropy"
              Idea =
                "How surprised the softmax of the outputs is by the class; a number behind a colon smooths the targets."
              Formula =
                [ "p = softmax z"
                  "L = -Σⱼ tⱼ·log pⱼ, mean over rows"
                  "∂L/∂z = (p - t) / n"
                  "smoothed: t' = (1 - s)·t + s/K"
                  "with class weights: L = Σᵢ wᵢ·Lᵢ / n over the n rows i" ]
              Source = "maximum likelihood; smoothing: Szegedy et al. 2015, Rethinking the Inception Architecture"
              Differences =
                [ "PyTorch takes z, as here. Keras takes p by default and cuts it at 1e-7: no row can add more than 16.1."
                  "With class weights Keras divides by the rows, as here; PyTorch by the sum of their weights. Balanced weights have mean 1 over the data, so there the two agree on the whole and differ batch by batch." ] } }

    /// t' = kept·t + share
    let inline target (kept: Lane<'T>) (share: Lane<'T>) (t: Lane<'T>) : Lane<'T> = kept * t + share

    /// A number, and 0 where the target is 0, even if the number is infinite or none
    let inline whereTarget (t: Lane<'T>) (value: Lane<'T>) : Lane<'T> =
        Vector.ConditionalSelect(Vector.Equals(t, Lane<'T>.Zero), Lane<'T>.Zero, value)

/// From z, with the sums of a row.
[<Struct; RequireQualifiedAccess>]
type internal SoftmaxCrossEntropyFormula<'T> =
    { Smoothing: float
      Kept: Lane<'T>
      Share: Lane<'T> }

    /// With a smoothing of the targets of so many outputs; 0 leaves them as they are.
    static member Of (smoothing: float) (outputs: int) : SoftmaxCrossEntropyFormula<'T> =
        { Smoothing = smoothing
          Kept = Lane.create<'T>(1.0 - smoothing)
          Share = Lane.create<'T>(smoothing / float outputs) }

    /// w = Σⱼ t'ⱼ, from the sum of the targets
    member private f.Weight(targets: float) : float = (1.0 - f.Smoothing) * targets + f.Smoothing

    interface IRowLoss<'T> with
        member _.Page = SoftmaxCrossEntropy.page
        member _.Kinks _ = []

        /// eᶻ⁻ᵐ
        member _.Mass(m, z) = Softmax.mass m z

        /// t'·(m - z)
        member f.Gap(m, z, t) =
            let t = SoftmaxCrossEntropy.target f.Kept f.Share t
            SoftmaxCrossEntropy.whereTarget t (t * (m - z))

        /// w·log Σᵢ eᶻⁱ⁻ᵐ + Σⱼ t'ⱼ·(m - zⱼ)
        member f.Value(masses, targets, gaps) = f.Weight targets * Scalar.log masses + gaps

        /// w / Σᵢ eᶻⁱ⁻ᵐ
        member f.Factor(masses, targets) = f.Weight targets / masses

        /// w·p - t'
        member f.Derivative(m, factor, z, t) =
            let throughMasses = factor * Softmax.mass m z
            let throughGap = SoftmaxCrossEntropy.target f.Kept f.Share t
            throughMasses - throughGap

/// From p: -t'·log p, summed over the row
[<Struct; RequireQualifiedAccess>]
type internal CrossEntropyValue<'T> =
    { Kept: Lane<'T>
      Share: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(p, t) =
            let t = SoftmaxCrossEntropy.target f.Kept f.Share t
            SoftmaxCrossEntropy.whereTarget t -(t * Lane.log p)

/// From p: -scale·t'/p
[<Struct; RequireQualifiedAccess>]
type internal CrossEntropyDerivative<'T> =
    { Scale: Lane<'T>
      Kept: Lane<'T>
      Share: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(p, t) =
            let t = SoftmaxCrossEntropy.target f.Kept f.Share t
            SoftmaxCrossEntropy.whereTarget t -(f.Scale * t / p)
