namespace NeuralNetwork.Maths

open System.Numerics
open NeuralNetwork
open Elementary

// Losses of the error d = z - t, for targets that are numbers of any kind. The prediction is z itself.

module internal ErrorLoss =

    /// What all of them have in common.
    let page parameters note : LossPage =
        { Parameters = parameters
          Output = Output.Linear
          Boundary = 0.5
          IsOfClasses = false
          Note = note }

/// The squared error: L = d², ∂L/∂z = 2d. Legendre 1805, Gauss 1809.
module internal SquaredError =

    let page =
        ErrorLoss.page
            []
            { Name = "squared-error"
              Idea = "The mean square of the error."
              Formula = [ "L = (z - t)², mean over rows and outputs"; "∂L/∂z = 2·(z - t) / (n·outputs)" ]
              Source = "Legendre 1805, Gauss 1809"
              Differences =
                [ "As PyTorch's MSELoss and Keras's MeanSquaredError; textbooks and optax's l2_loss have half of it." ] }

[<Struct>]
type internal SquaredErrorFormula<'T> =
    interface ILoss<'T> with
        member _.Page = SquaredError.page
        member _.Kinks _ = []
        member _.Value(z, t) = (z - t) * (z - t)
        member _.Derivative(z, t) = Lane.create<'T> 2.0 * (z - t)

/// The absolute error: L = |d|, ∂L/∂z = sign d, and 0 at 0, which lies between ±1. Boscovich 1757, Laplace 1774.
module internal AbsoluteError =

    let page =
        ErrorLoss.page
            []
            { Name = "absolute-error"
              Idea = "The mean size of the error: outliers count as much as others."
              Formula = [ "L = |z - t|, mean over rows and outputs"; "∂L/∂z = sign(z - t) / (n·outputs)" ]
              Source = "Boscovich 1757, Laplace 1774"
              Differences = [ "The derivative at 0 is 0, as in PyTorch and Keras." ] }

[<Struct>]
type internal AbsoluteErrorFormula<'T> =
    interface ILoss<'T> with
        member _.Page = AbsoluteError.page
        member _.Kinks t = [ t ]
        member _.Value(z, t) = Vector.Abs(z - t)

        member _.Derivative(z, t) =
            let d = z - t
            Vector.ConditionalSelect(Vector.Equals(d, Lane<'T>.Zero), Lane<'T>.Zero, Vector.CopySign(Lane<'T>.One, d))

/// The quantile (pinball) loss: L = τ·(t - z) below the target, (1 - τ)·(z - t) above it; ∂L/∂z = -τ and 1 - τ, and 0 at the target, which
/// lies between them. Its mean is least at the τ-quantile of the targets. Koenker and Bassett 1978.
module internal Quantile =

    /// The median: the loss is then half the absolute error. As in scikit-learn.
    [<Literal>]
    let Tau = 0.5

    let page =
        ErrorLoss.page
            [ Parameter.share "tau" ]
            { Name = "quantile"
              Idea = "The pinball loss: the value that a share τ of the targets lies below."
              Formula =
                [ "L = τ·(t - z) for z < t, else (1 - τ)·(z - t), mean over rows and outputs"
                  "derivative: -τ for z < t, 1 - τ for z > t" ]
              Source = "Koenker and Bassett 1978, Regression Quantiles"
              Differences =
                [ "As scikit-learn's mean_pinball_loss, whose alpha is τ; PyTorch has none. The derivative at the target is 0."
                  "quantile:0.5 is half the absolute error." ] }

/// Both slopes are rounded once from τ in double.
[<Struct; RequireQualifiedAccess>]
type internal QuantileFormula<'T> =
    { Below: Lane<'T>
      Above: Lane<'T> }

    static member Of(tau: float) : QuantileFormula<'T> =
        { Below = Lane.create<'T> tau; Above = Lane.create<'T>(1.0 - tau) }

    interface ILoss<'T> with
        member _.Page = Quantile.page
        member _.Kinks t = [ t ]

        member a.Value(z, t) =
            let d = z - t
            Vector.Max(a.Above * d, -(a.Below * d))

        member a.Derivative(z, t) =
            let d = z - t
            let slope = Vector.ConditionalSelect(Vector.LessThan(d, Lane<'T>.Zero), -a.Below, a.Above)
            Vector.ConditionalSelect(Vector.Equals(d, Lane<'T>.Zero), Lane<'T>.Zero, slope)

/// Huber's loss: L = ½d² for |d| <= δ, δ·(|d| - ½δ) beyond; ∂L/∂z = d within ±δ. Huber 1964.
module internal Huber =

    /// δ of PyTorch, Keras and optax.
    [<Literal>]
    let Delta = 1.0

    let page =
        ErrorLoss.page
            [ Parameter.positive "delta" ]
            { Name = "huber"
              Idea = "Squared near 0, straight beyond δ."
              Formula =
                [ "d = z - t"
                  "L = ½d² for |d| ≤ δ, else δ·(|d| - ½δ), mean over rows and outputs"
                  "derivative: d within ±δ" ]
              Source = "Huber 1964, Robust Estimation of a Location Parameter"
              Differences = [ "δ = 1 in PyTorch, Keras and optax. PyTorch's SmoothL1Loss is this divided by δ." ] }

[<Struct; RequireQualifiedAccess>]
type internal HuberFormula<'T> =
    { Delta: Lane<'T> }

    interface ILoss<'T> with
        member _.Page = Huber.page

        member a.Kinks t =
            let delta = Lane.number a.Delta
            [ t - delta; t + delta ]

        member a.Value(z, t) =
            let half, size = Lane.create<'T> 0.5, Vector.Abs(z - t)
            let far = a.Delta * (size - half * a.Delta)
            Lane.whereGreater size a.Delta far (half * size * size)

        member a.Derivative(z, t) = Vector.Min(Vector.Max(z - t, -a.Delta), a.Delta)

/// The logarithm of the hyperbolic cosine: L = log cosh d, ∂L/∂z = tanh d. Green 1990.
module internal LogCosh =

    let page =
        ErrorLoss.page
            []
            { Name = "log-cosh"
              Idea = "Like Huber, without a seam."
              Formula = [ "L = log cosh(z - t), mean over rows and outputs"; "derivative: tanh(z - t)" ]
              Source = "Green 1990 in tomography; Keras's LogCosh"
              Differences = [ "Keras and optax have it, PyTorch does not." ] }

    /// log cosh d = log1p(cosh d - 1) with cosh d - 1 = v² / (2·(1 + v)), v = e^|d| - 1; |d| - log 2 beyond 20.
    let value (d: Vector<float>) : Vector<float> =
        let size = Vector.Abs d
        let v = expm1 (Vector.Min(size, number 20.0))
        let near = log1p (number 0.5 * v * (v / (Vector<float>.One + v)))
        whereGreater size (number 20.0) (size - number 0.6931471805599453) near

[<Struct>]
type internal LogCoshFormula<'T> =
    interface ILoss<'T> with
        member _.Page = LogCosh.page
        member _.Kinks _ = []
        member _.Value(z, t) = Lane.throughDouble2 (fun z t -> LogCosh.value (z - t)) z t
        member _.Derivative(z, t) = Lane.throughDouble2 (fun z t -> tanh (z - t)) z t
