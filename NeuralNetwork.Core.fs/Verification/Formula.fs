namespace NeuralNetwork.Verification

open System
open NeuralNetwork

/// Every activation and every cost a second time, one line each, on dual numbers: written from the papers and not from the
/// engine. A formula in pieces also says which piece a number lies on, so that a kink between two numbers is seen.
module Formula =

    /// Φ(x) = ½ erfc (-x/√2), the distribution function of the standard normal distribution.
    let private normal (x: Dual) : Dual = 0.5 * Dual.Erfc(-x / Math.Sqrt 2.0)

    /// y = f(x)
    let activation (f: Activation) (x: Dual) : Dual =
        match f with
        | Activation.Identity -> x
        | Activation.ReLU -> Dual.Max(x, Dual.Zero)
        | Activation.LeakyReLU slope -> if x.Value > 0.0 then x else slope * x
        | Activation.Tanh -> tanh x
        | Activation.Sigmoid -> Dual.Sigmoid x

    let private side (x: float) = if x > 0.0 then 1 else 0

    /// Whether an activation is in pieces whose derivatives, of whatever order, do not fit together.
    let activationBends (f: Activation) : bool =
        match f with
        | Activation.ReLU
        | Activation.LeakyReLU _ -> true
        | _ -> false

    /// The piece of an activation that a number lies on.
    let activationPiece (f: Activation) (x: float) : int =
        match f with
        | _ -> side x

    /// log Σⱼ exp zⱼ, shifted by the greatest: the shift is a constant, so the slopes know nothing of it.
    let private logSumExp (z: Dual[]) : Dual =
        let greatest = z |> Array.map _.Value |> Array.max
        greatest + log (z |> Array.sumBy (fun zj -> exp (zj - greatest)))

    let private crossEntropy (z: Dual[]) (t: float[]) : Dual =
        let normalizer = logSumExp z
        Array.map2 (fun zj tj -> tj * (normalizer - zj)) z t |> Array.sum

    /// The loss of one output, for the costs that are means over outputs.
    let private single (cost: Cost) (z: Dual) (t: float) : Dual =
        match cost with
        | Cost.SquaredError -> (z - t) * (z - t)
        | Cost.BinaryCrossEntropy -> t * Dual.Softplus -z + (1.0 - t) * Dual.Softplus z
        | Cost.SoftmaxCrossEntropy -> Dual.Zero

    /// The loss of a row of outputs z with targets t.
    let cost (cost: Cost) (z: Dual[]) (t: float[]) : Dual =
        match cost with
        | Cost.SoftmaxCrossEntropy -> crossEntropy z t
        | elementwise -> Array.sum (Array.map2 (single elementwise) z t) / float z.Length

    /// Whether a cost is in pieces.
    let costBends (cost: Cost) : bool =
        match cost with
        | _ -> false

    /// The piece of a cost that an output lies on.
    let costPiece (cost: Cost) (z: float) (t: float) : int =
        match cost with
        | _ -> side (z - t)
