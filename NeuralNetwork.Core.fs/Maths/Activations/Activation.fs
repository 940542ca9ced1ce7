namespace NeuralNetwork

open NeuralNetwork.Maths

/// The elementwise function after a dense layer. Derivatives at kinks are those of the left side: 0 at 0 for ReLU.
/// Softmax is none of them, for it couples the numbers of a row, and neither is PReLU, which learns: both are layers.
[<RequireQualifiedAccess>]
type Activation =
    /// f(x) = x
    | Identity
    /// f(x) = max(x, 0). The derivative at 0 is taken as 0.
    | ReLU
    /// f(x) = x for x > 0, slope·x elsewhere. Frameworks differ in the default slope: PyTorch 0.01, Keras 0.2 or 0.3.
    | LeakyReLU of Slope: float
    /// f(x) = x for x > 0, α·(eˣ - 1) elsewhere (Clevert, Unterthiner and Hochreiter 2015; α = 1 in every framework).
    /// The derivative at 0 is taken as α.
    | ELU of Alpha: float
    /// f(x) = λ·x for x > 0, λ·α·(eˣ - 1) elsewhere (Klambauer, Unterthiner, Mayr and Hochreiter 2017), where λ and α
    /// make mean 0 and variance 1 a fixed point. The derivative at 0 is taken as λ·α.
    | SELU
    /// f(x) = x·Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel 2016), exact as in PyTorch and Keras 3
    | GELU
    /// f(x) = ½x·(1 + tanh(√(2/π)·(x + 0.044715 x³))), the approximation of the same paper
    | GELUTanh
    /// f(x) = x·σ(x) (Elfwing, Uchibe and Doya 2017), also known as swish
    | SiLU
    /// f(x) = x·tanh(softplus x) (Misra 2019)
    | Mish
    /// f(x) = log(1 + eˣ)
    | Softplus
    /// f(x) = x / (1 + |x|)
    | Softsign
    /// f(x) = tanh x
    | Tanh
    /// f(x) = 1 / (1 + e⁻ˣ)
    | Sigmoid
    /// f(x) = min(max(x + 3, 0), 6) / 6, as PyTorch and Keras 3; Keras 1 and 2 had min(max(0.2 x + 0.5, 0), 1).
    /// The derivative at ±3 is taken as 0.
    | HardSigmoid
    /// f(x) = min(max(x, -1), 1). The derivative at ±1 is taken as 0, as in PyTorch.
    | HardTanh
    /// f(x) = eˣ: what turns the output of a Poisson regression into a rate
    | Exponential

    /// The name in `Activation.name`, as users write it: leaky-relu:0.01.
    override activation.ToString() =
        match activation with
        | Activation.Identity -> "identity"
        | Activation.ReLU -> "relu"
        | Activation.LeakyReLU slope -> $"leaky-relu:{Text.number slope}"
        | Activation.ELU alpha -> $"elu:{Text.number alpha}"
        | Activation.SELU -> "selu"
        | Activation.GELU -> "gelu"
        | Activation.GELUTanh -> "gelu-tanh"
        | Activation.SiLU -> "silu"
        | Activation.Mish -> "mish"
        | Activation.Softplus -> "softplus"
        | Activation.Softsign -> "softsign"
        | Activation.Tanh -> "tanh"
        | Activation.Sigmoid -> "sigmoid"
        | Activation.HardSigmoid -> "hard-sigmoid"
        | Activation.HardTanh -> "hard-tanh"
        | Activation.Exponential -> "exponential"

/// All that is known of an activation besides its formula.
type internal ActivationPage =
    {
        /// The numbers behind its name.
        Parameters: Parameter list
        /// The activation with these numbers, as many as there are parameters.
        Make: float list -> Activation
        /// What a reader wants to know; its name is that of the activation.
        Note: FormulaNote
    }

/// What every activation says of itself.
type internal IActivationPage =
    /// All that is known of it besides its formula.
    abstract Page: ActivationPage
    /// Where the first or the second derivative jumps.
    abstract Kinks: float list
    /// Whether f' is known from y = f(x) alone, so that y may take the place of x in memory.
    abstract IsFromOutput: bool

/// An activation as formulas on lanes.
type internal IActivation<'T> =
    inherit IActivationPage
    /// y = f(x)
    abstract Value: x: Lane<'T> -> Lane<'T>
    /// f'(x), from x or from y = f(x), whichever is cheaper
    abstract Derivative: x: Lane<'T> * y: Lane<'T> -> Lane<'T>

/// Does something with an activation's formula whose type the compiler knows, so that loops are specialised to it.
type internal IActivationVisitor<'T, 'Result> =
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> : formula: 'Formula -> 'Result
