namespace NeuralNetwork

open NeuralNetwork.Maths

/// Losses by name, and what their pages say of them.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Loss =

    /// The one table from a loss to its formula, on whose page all else is said.
    let internal visit<'T, 'Result> (visitor: ILossVisitor<'T, 'Result>) (loss: Loss) : 'Result =
        match loss with
        | Loss.SoftmaxCrossEntropy -> visitor.VisitRow(SoftmaxCrossEntropyFormula<'T>.Of 0.0)
        | Loss.SmoothedCrossEntropy smoothing -> visitor.VisitRow(SoftmaxCrossEntropyFormula<'T>.Of smoothing)
        | Loss.BinaryCrossEntropy -> visitor.Visit(BinaryCrossEntropyFormula<'T>())
        | Loss.SquaredError -> visitor.Visit(SquaredErrorFormula<'T>())
        | Loss.AbsoluteError -> visitor.Visit(AbsoluteErrorFormula<'T>())
        | Loss.Huber delta -> visitor.Visit({ Delta = Lane.create<'T> delta }: HuberFormula<'T>)
        | Loss.LogCosh -> visitor.Visit(LogCoshFormula<'T>())
        | Loss.Poisson -> visitor.Visit(PoissonFormula<'T>())
        | Loss.Hinge -> visitor.Visit(HingeFormula<'T>())
        | Loss.Focal gamma -> visitor.Visit(FocalFormula<'T>.Of gamma)
        | Loss.BalancedFocal(gamma, alpha) -> visitor.Visit(FocalFormula<'T>.Balanced(gamma, alpha))

    /// Every loss in its default form, in the order of the documentation.
    let private catalogue: Loss list =
        [ Loss.SoftmaxCrossEntropy
          Loss.BinaryCrossEntropy
          Loss.SquaredError
          Loss.AbsoluteError
          Loss.Huber Huber.Delta
          Loss.LogCosh
          Loss.Poisson
          Loss.Hinge
          Loss.Focal Focal.Gamma
          Loss.BalancedFocal(Focal.Gamma, Focal.Alpha) ]

    /// Asks a loss about itself; numbers in double precision, so that they are those of the description.
    let private ask (question: ILossPage -> 'Answer) (loss: Loss) : 'Answer =
        let asked =
            { new ILossVisitor<float, 'Answer> with
                member _.Visit formula = question formula
                member _.VisitRow ofOutputs = question (ofOutputs.Invoke 1) }

        visit asked loss

    let internal page (loss: Loss) : LossPage = ask _.Page loss

    /// The output function that belongs to a loss. The hinge's z is a margin: its sign is the class.
    let output (loss: Loss) : Output = (page loss).Output

    /// What is predicted of a single output above which it stands for the second of two classes, whose targets are 0 and 1.
    let predictedBoundary (loss: Loss) : float = (page loss).Boundary

    /// The same for its z, of which the prediction is the output function.
    let boundary (loss: Loss) : float =
        let p = predictedBoundary loss

        match output loss with
        | Output.Linear -> p
        | Output.Exponential -> log p
        | Output.Softmax
        | Output.Sigmoid -> log p - log (1.0 - p)

    /// Whether what is predicted are probabilities of classes.
    let internal isProbability (loss: Loss) : bool =
        match output loss with
        | Output.Softmax
        | Output.Sigmoid -> true
        | Output.Linear
        | Output.Exponential -> false

    /// Whether predictions tell classes apart even if these have no names: probabilities and margins do, values do not.
    let internal isOfClasses (loss: Loss) : bool = (page loss).IsOfClasses

    /// The loss of a row is the sum over its outputs divided by this: 1 for a loss that couples them, else their number.
    let terms (loss: Loss) (outputs: int) : int =
        let asked =
            { new ILossVisitor<float, int> with
                member _.Visit _ = outputs
                member _.VisitRow _ = 1 }

        visit asked loss

    /// Where, as a function of z with target t, the first or the second derivative jumps.
    let kinks (loss: Loss) (t: float) : float list = ask (fun formula -> formula.Kinks t) loss

    /// Every loss in its default form and smoothed cross-entropy, in the order of the documentation.
    let all: Loss list = List.insertAt 1 (Loss.SmoothedCrossEntropy 0.1) catalogue

    /// Names as users write them; parameters follow colons, as in cross-entropy:0.1, huber:1.5, balanced-focal:2:0.25.
    let name (loss: Loss) : string = string loss

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Loss, string> =
        let table = catalogue |> List.map (fun loss -> (page loss).Note.Name, loss)

        match Text.parameters text with
        | word, [] -> Text.choose "loss" table word
        | word, numbers ->
            match List.tryFind (fun (name, _) -> name = word) table with
            | Some(_, loss) -> Parameter.read word (page loss).Parameters (page loss).Make numbers
            | None -> Error $"'{word}' takes no parameter"

    /// What a reader wants to know of every loss, in the order of the documentation.
    let notes: FormulaNote list = catalogue |> List.map (fun loss -> (page loss).Note)

    /// What a reader wants to know of a loss, with its name in full.
    let note (loss: Loss) : FormulaNote = { (page loss).Note with Name = name loss }
