namespace NeuralNetwork.Verification

open System
open NeuralNetwork

/// Every activation and every loss a second time, one line each, on dual numbers: written from the papers and not from the
/// engine. A formula in pieces also says which piece a number lies on, so that a kink between two numbers is seen; kinks
/// of higher derivatives count, too, for they spoil a difference quotient as well.
module internal Formula =

    /// Φ(x) = ½ erfc (-x/√2), the distribution function of the standard normal distribution.
    let private normal (x: Dual) : Dual = 0.5 * Dual.Erfc(-x / Math.Sqrt 2.0)

    /// λ and α of Klambauer, Unterthiner, Mayr and Hochreiter 2017, appendix A1.
    let private lambda, private alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717

    let private elu (alpha: float) (x: Dual) : Dual = if x.Value > 0.0 then x else alpha * Dual.Expm1 x

    let private cube (x: Dual) : Dual = x * x * x

    /// max(low, min(x, high)), flat at the ends
    let private clamp (low: float) (high: float) (x: Dual) : Dual =
        Dual.Max(Dual.Min(x, Dual.Constant high), Dual.Constant low)

    /// y = f(x)
    let activation (f: Activation) (x: Dual) : Dual =
        match f with
        | Activation.Identity -> x
        | Activation.ReLU -> Dual.Max(x, Dual.Zero)
        | Activation.LeakyReLU slope -> if x.Value > 0.0 then x else slope * x
        | Activation.ELU alpha -> elu alpha x
        | Activation.SELU -> lambda * elu alpha x
        | Activation.GELU -> x * normal x
        | Activation.GELUTanh -> 0.5 * x * (1.0 + tanh (Math.Sqrt(2.0 / Math.PI) * (x + 0.044715 * cube x)))
        | Activation.SiLU -> x * Dual.Sigmoid x
        | Activation.Mish -> x * tanh (Dual.Softplus x)
        | Activation.Softplus -> Dual.Softplus x
        | Activation.Softsign -> x / (1.0 + abs x)
        | Activation.Tanh -> tanh x
        | Activation.Sigmoid -> Dual.Sigmoid x
        | Activation.HardSigmoid -> clamp 0.0 6.0 (x + 3.0) / 6.0
        | Activation.HardTanh -> clamp -1.0 1.0 x
        | Activation.Exponential -> exp x

    /// y = x for x > 0, else a·x
    let prelu (a: Dual) (x: Dual) : Dual = if x.Value > 0.0 then x else a * x

    /// Σ v·cos 2π(w·x + b) + c over the waves of a feature x
    let mixture (w: Dual[]) (b: Dual[]) (v: Dual[]) (c: Dual) (x: Dual) : Dual =
        let wave (w: Dual) (b: Dual) (v: Dual) : Dual = v * cos (Math.Tau * (w * x + b))
        Array.sum (Array.map3 wave w b v) + c

    /// log Σⱼ exp zⱼ, shifted by the greatest: the shift is a constant, so the derivatives know nothing of it.
    let private logSumExp (z: Dual[]) : Dual =
        let greatest = z |> Array.map _.Value |> Array.max
        greatest + log (z |> Array.sumBy (fun zj -> exp (zj - greatest)))

    /// pⱼ = exp zⱼ / Σᵢ exp zᵢ
    let softmax (z: Dual[]) : Dual[] =
        let normalizer = logSumExp z
        z |> Array.map (fun zj -> exp (zj - normalizer))

    /// -Σⱼ tⱼ log pⱼ, p = softmax z
    let private crossEntropy (z: Dual[]) (t: float[]) : Dual =
        let normalizer = logSumExp z
        Array.sum (Array.map2 (fun zj (tj: float) -> tj * (normalizer - zj)) z t)

    /// -(1 - p)^γ log p with p = σ(u), by way of log p = -softplus(-u) and log (1 - p) = -softplus u
    let private focal (gamma: float) (u: Dual) : Dual = exp (-gamma * Dual.Softplus u) * Dual.Softplus -u

    let private huber (delta: float) (d: Dual) : Dual =
        if abs d.Value <= delta then 0.5 * d * d else delta * (abs d - 0.5 * delta)

    /// The loss of one output, for the losses that are means over outputs.
    let private single (loss: Loss) (z: Dual) (t: float) : Dual =
        match loss with
        | Loss.SquaredError -> (z - t) * (z - t)
        | Loss.AbsoluteError -> abs (z - t)
        | Loss.Quantile tau -> Dual.Max(tau * (t - z), (1.0 - tau) * (z - t))
        | Loss.Huber delta -> huber delta (z - t)
        | Loss.LogCosh -> abs (z - t) + Dual.Log1p(exp (-2.0 * abs (z - t))) - Math.Log 2.0
        | Loss.Poisson -> exp z - t * z
        | Loss.Hinge -> Dual.Max(1.0 - (2.0 * t - 1.0) * z, Dual.Zero)
        | Loss.BinaryCrossEntropy -> t * Dual.Softplus -z + (1.0 - t) * Dual.Softplus z
        | Loss.Focal gamma -> t * focal gamma z + (1.0 - t) * focal gamma -z
        | Loss.BalancedFocal(gamma, alpha) -> alpha * t * focal gamma z + (1.0 - alpha) * (1.0 - t) * focal gamma -z
        | Loss.SoftmaxCrossEntropy
        | Loss.SmoothedCrossEntropy _ -> crossEntropy [| z |] [| t |]

    /// The loss of a row of outputs z with targets t.
    let loss (loss: Loss) (z: Dual[]) (t: float[]) : Dual =
        match loss with
        | Loss.SoftmaxCrossEntropy -> crossEntropy z t
        | Loss.SmoothedCrossEntropy smoothing ->
            crossEntropy z (t |> Array.map (fun tj -> (1.0 - smoothing) * tj + smoothing / float t.Length))
        | elementwise -> Array.sum (Array.map2 (single elementwise) z t) / float z.Length

    /// The piece a number lies on: how many ends of pieces lie below it, an end itself counted by half.
    let piece (kinks: float list) (x: float) : int = kinks |> List.sumBy (fun kink -> 1 + sign (x - kink))
