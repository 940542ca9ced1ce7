namespace NeuralNetwork

open System.Numerics
open NeuralNetwork.Maths

/// What is added to the loss for large weights: L1·Σ|w| + ½·L2·Σw². On weights only, never on biases, gamma or beta.
/// Keras writes c·Σw² for its L2(c): that is L2 = 2c here. PyTorch's weight_decay λ is L2 = λ, but on every parameter.
type Penalty =
    {
        /// The factor of Σ|w|.
        L1: float
        /// The factor of ½·Σw².
        L2: float
    }

    /// No penalty.
    static member None: Penalty = { L1 = 0.0; L2 = 0.0 }

    /// As in: L1 0.5, L2 0.01.
    override penalty.ToString() =
        match penalty.L1, penalty.L2 with
        | 0.0, 0.0 -> "no penalty"
        | l1, 0.0 -> $"L1 {Text.number l1}"
        | 0.0, l2 -> $"L2 {Text.number l2}"
        | l1, l2 -> $"L1 {Text.number l1}, L2 {Text.number l2}"

/// Limits on a gradient before it is used. At most one of them is in force.
[<RequireQualifiedAccess>]
type Clipping =
    /// The gradient as it is.
    | None
    /// Every component into [-Limit, Limit].
    | Value of Limit: float
    /// Each tensor's gradient scaled down to a Euclidean norm of at most Limit.
    | Norm of Limit: float
    /// The whole gradient scaled down to a Euclidean norm of at most Limit (Pascanu, Mikolov and Bengio 2013).
    | GlobalNorm of Limit: float

    /// As in: global norm clipped at 1.
    override clipping.ToString() =
        match clipping with
        | Clipping.None -> "no clipping"
        | Clipping.Value limit -> $"values clipped at {Text.number limit}"
        | Clipping.Norm limit -> $"norms clipped at {Text.number limit}"
        | Clipping.GlobalNorm limit -> $"global norm clipped at {Text.number limit}"

/// The formulas, on lanes.
module internal Penalty =

    /// L1·|w| + ½·L2·w²
    let inline value (l1: Lane<'T>) (halfL2: Lane<'T>) (w: Lane<'T>) : Lane<'T> = l1 * Vector.Abs w + halfL2 * w * w

    /// L1·sign w + L2·w. At w = 0 the L1 part is 0, which lies between its one-sided derivatives ±L1.
    let inline derivative (l1: Lane<'T>) (l2: Lane<'T>) (w: Lane<'T>) : Lane<'T> = l1 * Lane.sign w + l2 * w

/// Added to a gradient.
[<Struct; RequireQualifiedAccess>]
type internal PenaltyDerivative<'T> =
    { L1: Lane<'T>
      L2: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(w, g) = g + Penalty.derivative f.L1 f.L2 w

/// Summed over the weights.
[<Struct; RequireQualifiedAccess>]
type internal PenaltyValue<'T> =
    { L1: Lane<'T>
      HalfL2: Lane<'T> }

    interface IMap1<'T> with
        member f.Of w = Penalty.value f.L1 f.HalfL2 w

/// g within ±limit; NaN stays NaN
[<Struct; RequireQualifiedAccess>]
type internal ClippedValue<'T> =
    { Limit: Lane<'T> }

    interface IMap1<'T> with
        member f.Of g = Vector.Max(-f.Limit, Vector.Min(f.Limit, g))

module internal Clipping =

    /// What a vector is multiplied with so that its norm is at most a limit: limit / norm, or exactly 1 within the limit.
    let factor (limit: float) (norm: float) : float = if norm <= limit then 1.0 else limit / norm
