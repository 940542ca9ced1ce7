namespace NeuralNetwork

open NeuralNetwork.Maths

/// Activations by name, and what their pages say of them.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Activation =

    /// The one table from an activation to its formula, on whose page all else is said.
    let internal visit<'T, 'Result> (visitor: IActivationVisitor<'T, 'Result>) (activation: Activation) : 'Result =
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
    let private catalogue: Activation list =
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
    let private ask (question: IActivationPage -> 'Answer) (activation: Activation) : 'Answer =
        let asked =
            { new IActivationVisitor<float, 'Answer> with
                member _.Visit formula = question formula }

        visit asked activation

    let private page (activation: Activation) : ActivationPage = ask _.Page activation

    /// True when f' is known from y = f(x) alone, so that y may take the place of x in memory.
    let internal isFromOutput (activation: Activation) : bool = ask _.IsFromOutput activation

    /// Every activation for hidden layers in its default form, in the order of the documentation. Exponentials of
    /// exponentials overflow: that one is for the end of a network.
    let all: Activation list = catalogue |> List.except [ Activation.Exponential ]

    /// Where the first or the second derivative jumps: what a central difference must not straddle.
    let kinks (activation: Activation) : float list = ask _.Kinks activation

    /// Names as users write them; a parameter follows a colon, as in leaky-relu:0.1.
    let name (activation: Activation) : string = string activation

    /// Reads a name, swish as silu; the error says what was expected.
    let parse (text: string) : Result<Activation, string> =
        let table = catalogue |> List.map (fun known -> (page known).Note.Name, known)

        match Text.parameters text with
        | "swish", [] -> Ok Activation.SiLU
        | word, [] -> Text.choose "activation" table word
        | word, numbers ->
            match List.tryFind (fun (name, _) -> name = word) table with
            | Some(_, known) -> Parameter.read word (page known).Parameters (page known).Make numbers
            | None -> Error $"'{word}' takes no parameter"

    /// What a reader wants to know of every activation, in the order of the documentation.
    let internal notes: FormulaNote list = catalogue |> List.map (fun known -> (page known).Note)

    /// What a reader wants to know of an activation, with its name in full.
    let internal note (activation: Activation) : FormulaNote = { (page activation).Note with Name = name activation }
