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

/// The pages of all activations.
module internal ActivationPages =

    /// The one table from an activation to its formula, on whose page all else is said.
    let visit<'T, 'Result> (visitor: IActivationVisitor<'T, 'Result>) (activation: Activation) : 'Result =
        match activation with
        | Activation.Identity -> visitor.Visit(IdentityFormula<'T>())
        | Activation.ReLU -> visitor.Visit(ReLUFormula<'T>())
        | Activation.LeakyReLU slope -> visitor.Visit({ Leak = Lane.create<'T> slope }: LeakyReLUFormula<'T>)
        | Activation.ELU alpha -> visitor.Visit({ Alpha = alpha }: ELUFormula<'T>)
        | Activation.SELU -> visitor.Visit(SELUFormula<'T>())
        | Activation.GELU -> visitor.Visit(GELUFormula<'T>())
        | Activation.GELUTanh -> visitor.Visit(GELUTanhFormula<'T>())
        | Activation.SiLU -> visitor.Visit(SiLUFormula<'T>())
        | Activation.Mish -> visitor.Visit(MishFormula<'T>())
        | Activation.Softplus -> visitor.Visit(SoftplusFormula<'T>())
        | Activation.Softsign -> visitor.Visit(SoftsignFormula<'T>())
        | Activation.Tanh -> visitor.Visit(TanhFormula<'T>())
        | Activation.Sigmoid -> visitor.Visit(SigmoidFormula<'T>())
        | Activation.HardSigmoid -> visitor.Visit(HardSigmoidFormula<'T>())
        | Activation.HardTanh -> visitor.Visit(HardTanhFormula<'T>())
        | Activation.Exponential -> visitor.Visit(ExponentialFormula<'T>())

    /// Every activation in its default form, in the order of the documentation.
    let catalogue: Activation list =
        [ Activation.Identity
          Activation.ReLU
          Activation.LeakyReLU LeakyReLU.Slope
          Activation.ELU ELU.Alpha
          Activation.SELU
          Activation.GELU
          Activation.GELUTanh
          Activation.SiLU
          Activation.Mish
          Activation.Softplus
          Activation.Softsign
          Activation.Tanh
          Activation.Sigmoid
          Activation.HardSigmoid
          Activation.HardTanh
          Activation.Exponential ]

    /// Asks an activation about itself; numbers in double precision, so that they are those of the description.
    let ask (question: IActivationPage -> 'Answer) (activation: Activation) : 'Answer =
        let asked =
            { new IActivationVisitor<float, 'Answer> with
                member _.Visit formula = question formula }

        visit asked activation

    let page (activation: Activation) : ActivationPage = ask _.Page activation

    /// An activation of the same name with these numbers, as many as its page has parameters.
    let withNumbers (activation: Activation) (numbers: float list) : Activation =
        match activation, numbers with
        | Activation.LeakyReLU _, [ slope ] -> Activation.LeakyReLU slope
        | Activation.ELU _, [ alpha ] -> Activation.ELU alpha
        | other, [] -> other
        | other, _ -> invalidArg (nameof numbers) $"{other} takes others"

// Names and documentation of activations.
type Activation with

    /// Hands the formula of an activation to a visitor.
    static member internal visit<'T, 'Result>
        (visitor: IActivationVisitor<'T, 'Result>)
        (activation: Activation)
        : 'Result =
        ActivationPages.visit visitor activation

    /// True when f' is known from y = f(x) alone, so that y may take the place of x in memory.
    static member internal isFromOutput(activation: Activation) : bool = ActivationPages.ask _.IsFromOutput activation

    /// Every activation for hidden layers in its default form, in the order of the documentation. Exponentials of
    /// exponentials overflow: that one is for the end of a network.
    static member all: Activation list = ActivationPages.catalogue |> List.except [ Activation.Exponential ]

    /// Where the first or the second derivative jumps: what a central difference must not straddle.
    static member kinks(activation: Activation) : float list = ActivationPages.ask _.Kinks activation

    /// Names as users write them; a parameter follows a colon, as in leaky-relu:0.1.
    static member name(activation: Activation) : string = string activation

    /// Reads a name, swish as silu; the error says what was expected.
    static member parse(text: string) : Result<Activation, string> =
        let table = ActivationPages.catalogue |> List.map (fun known -> (ActivationPages.page known).Note.Name, known)

        match Text.parameters text with
        | "swish", [] -> Ok Activation.SiLU
        | word, [] -> Text.choose "activation" table word
        | word, numbers ->
            match List.tryFind (fun (name, _) -> name = word) table with
            | Some(_, known) ->
                Parameter.read word (ActivationPages.page known).Parameters (ActivationPages.withNumbers known) numbers
            | None -> Error $"'{word}' takes no parameter"

    /// What a reader wants to know of every activation, in the order of the documentation.
    static member internal notes: FormulaNote list =
        ActivationPages.catalogue |> List.map (fun known -> (ActivationPages.page known).Note)

    /// What a reader wants to know of an activation, with its name in full.
    static member internal note(activation: Activation) : FormulaNote =
        { (ActivationPages.page activation).Note with Name = Activation.name activation }
