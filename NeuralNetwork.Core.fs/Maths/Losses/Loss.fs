namespace NeuralNetwork

open NeuralNetwork.Maths

/// What the last layer's outputs z are measured with, given targets t; always from z before the output function,
/// which is what keeps it stable at logits of ±10⁴. All but the cross-entropies of a softmax are means over rows and
/// outputs, so that dL/dz is the derivative named here divided by n·outputs.
[<RequireQualifiedAccess>]
type Loss =
    /// p = softmax z, L = -Σⱼ tⱼ log pⱼ, averaged over the rows; dL/dz = (p - t) / n
    | SoftmaxCrossEntropy
    /// The same with targets t' = (1 - s)·t + s/K for K classes (Szegedy et al. 2015); dL/dz = (p - t') / n
    | SmoothedCrossEntropy of Smoothing: float
    /// p = σ(z), L = -t log p - (1 - t) log (1 - p); derivative p - t
    | BinaryCrossEntropy
    /// L = (z - t)², as PyTorch's MSELoss; derivative 2 (z - t)
    | SquaredError
    /// L = |z - t|; derivative sign (z - t), 0 at 0
    | AbsoluteError
    /// L = τ·(t - z) for z < t, (1 - τ)·(z - t) above (Koenker and Bassett 1978; scikit-learn's mean_pinball_loss); derivative -τ
    /// and 1 - τ, 0 at t. Its least mean is at the τ-quantile of the targets
    | Quantile of Tau: float
    /// L = ½d² for |d| <= δ, δ·(|d| - ½δ) beyond, d = z - t (Huber 1964; δ = 1 in PyTorch and Keras); derivative d within ±δ
    | Huber of Delta: float
    /// L = log cosh (z - t); derivative tanh (z - t)
    | LogCosh
    /// z is the logarithm of a rate: L = eᶻ - t·z, the negative log-likelihood without log t!, as PyTorch's
    /// PoissonNLLLoss. Keras's Poisson takes the rate itself. Derivative eᶻ - t, which is infinite where eᶻ is.
    | Poisson
    /// L = max(0, 1 - s·z), the classes t = 0 and 1 being s = -1 and +1; derivative -s where s·z < 1, else 0
    | Hinge
    /// L = -(1 - p)^γ log p of the target's class, p = σ(z) for t = 1 and σ(-z) for t = 0; between them the mean
    /// weighted by t (Lin, Goyal, Girshick, He and Dollár 2017; γ = 2)
    | Focal of Gamma: float
    /// The same times α for t = 1 and 1 - α for t = 0, the paper's α-balanced form (γ = 2, α = 0.25)
    | BalancedFocal of Gamma: float * Alpha: float

    /// The name in `Loss.name`, as users write it: huber:1.
    override loss.ToString() =
        match loss with
        | Loss.SoftmaxCrossEntropy -> "cross-entropy"
        | Loss.SmoothedCrossEntropy smoothing -> $"cross-entropy:{Text.number smoothing}"
        | Loss.BinaryCrossEntropy -> "binary-cross-entropy"
        | Loss.SquaredError -> "squared-error"
        | Loss.AbsoluteError -> "absolute-error"
        | Loss.Quantile tau -> $"quantile:{Text.number tau}"
        | Loss.Huber delta -> $"huber:{Text.number delta}"
        | Loss.LogCosh -> "log-cosh"
        | Loss.Poisson -> "poisson"
        | Loss.Hinge -> "hinge"
        | Loss.Focal gamma -> $"focal:{Text.number gamma}"
        | Loss.BalancedFocal(gamma, alpha) -> $"balanced-focal:{Text.number gamma}:{Text.number alpha}"

/// The pages of all losses.
module internal LossPages =

    /// The one table from a loss to its formula, on whose page all else is said.
    let visit<'T, 'Result> (visitor: ILossVisitor<'T, 'Result>) (loss: Loss) : 'Result =
        match loss with
        | Loss.SoftmaxCrossEntropy -> visitor.VisitRow(SoftmaxCrossEntropyFormula<'T>.Of 0.0)
        | Loss.SmoothedCrossEntropy smoothing -> visitor.VisitRow(SoftmaxCrossEntropyFormula<'T>.Of smoothing)
        | Loss.BinaryCrossEntropy -> visitor.Visit(BinaryCrossEntropyFormula<'T>())
        | Loss.SquaredError -> visitor.Visit(SquaredErrorFormula<'T>())
        | Loss.AbsoluteError -> visitor.Visit(AbsoluteErrorFormula<'T>())
        | Loss.Quantile tau -> visitor.Visit(QuantileFormula<'T>.Of tau)
        | Loss.Huber delta -> visitor.Visit({ Delta = Lane.create<'T> delta }: HuberFormula<'T>)
        | Loss.LogCosh -> visitor.Visit(LogCoshFormula<'T>())
        | Loss.Poisson -> visitor.Visit(PoissonFormula<'T>())
        | Loss.Hinge -> visitor.Visit(HingeFormula<'T>())
        | Loss.Focal gamma -> visitor.Visit(FocalFormula<'T>.Of gamma)
        | Loss.BalancedFocal(gamma, alpha) -> visitor.Visit(FocalFormula<'T>.Balanced(gamma, alpha))

    /// Every loss in its default form, in the order of the documentation.
    let catalogue: Loss list =
        [ Loss.SoftmaxCrossEntropy
          Loss.BinaryCrossEntropy
          Loss.SquaredError
          Loss.AbsoluteError
          Loss.Quantile Quantile.Tau
          Loss.Huber Huber.Delta
          Loss.LogCosh
          Loss.Poisson
          Loss.Hinge
          Loss.Focal Focal.Gamma
          Loss.BalancedFocal(Focal.Gamma, Focal.Alpha) ]

    /// Asks a loss about itself; numbers in double precision, so that they are those of the description.
    let ask (question: ILossPage -> 'Answer) (loss: Loss) : 'Answer =
        let asked =
            { new ILossVisitor<float, 'Answer> with
                member _.Visit formula = question formula
                member _.VisitRow ofOutputs = question (ofOutputs.Invoke 1) }

        visit asked loss

    let page (loss: Loss) : LossPage = ask _.Page loss

    /// A loss of the same name with these numbers, as many as its page has parameters; those of cross-entropy smooth it.
    let withNumbers (loss: Loss) (numbers: float list) : Loss =
        match loss, numbers with
        | Loss.SoftmaxCrossEntropy, [ smoothing ] -> Loss.SmoothedCrossEntropy smoothing
        | Loss.Quantile _, [ tau ] -> Loss.Quantile tau
        | Loss.Huber _, [ delta ] -> Loss.Huber delta
        | Loss.Focal _, [ gamma ] -> Loss.Focal gamma
        | Loss.BalancedFocal _, [ gamma; alpha ] -> Loss.BalancedFocal(gamma, alpha)
        | other, [] -> other
        | other, _ -> invalidArg (nameof numbers) $"{other} takes others"

// Names and documentation of losses.
type Loss with

    /// Hands the formula of a loss to a visitor.
    static member internal visit<'T, 'Result> (visitor: ILossVisitor<'T, 'Result>) (loss: Loss) : 'Result =
        LossPages.visit visitor loss

    /// The output function that belongs to a loss. The hinge's z is a margin: its sign is the class.
    static member output(loss: Loss) : Output = (LossPages.page loss).Output

    /// What is predicted of a single output above which it stands for the second of two classes, whose targets are 0 and 1.
    static member predictedBoundary(loss: Loss) : float = (LossPages.page loss).Boundary

    /// The same for its z, of which the prediction is the output function.
    static member boundary(loss: Loss) : float =
        let p = Loss.predictedBoundary loss

        match Loss.output loss with
        | Output.Linear -> p
        | Output.Exponential -> Scalar.log p
        | Output.Softmax
        | Output.Sigmoid -> Scalar.log p - Scalar.log (1.0 - p)

    /// Whether what is predicted are probabilities of classes.
    static member internal isProbability(loss: Loss) : bool =
        match Loss.output loss with
        | Output.Softmax
        | Output.Sigmoid -> true
        | Output.Linear
        | Output.Exponential -> false

    /// Whether predictions tell classes apart even if these have no names: probabilities and margins do, values do not.
    static member internal isOfClasses(loss: Loss) : bool = (LossPages.page loss).IsOfClasses

    /// Where, as a function of z with target t, the first or the second derivative jumps.
    static member kinks (loss: Loss) (t: float) : float list = LossPages.ask (fun formula -> formula.Kinks t) loss

    /// Every loss in its default form and smoothed cross-entropy, in the order of the documentation.
    static member all: Loss list = List.insertAt 1 (Loss.SmoothedCrossEntropy 0.1) LossPages.catalogue

    /// Names as users write them; parameters follow colons, as in cross-entropy:0.1, quantile:0.9, huber:1.5,
    /// balanced-focal:2:0.25.
    static member name(loss: Loss) : string = string loss

    /// Reads a name; the error says what was expected.
    static member parse(text: string) : Result<Loss, string> =
        let table = LossPages.catalogue |> List.map (fun loss -> (LossPages.page loss).Note.Name, loss)

        match Text.parameters text with
        | word, [] -> Text.choose "loss" table word
        | word, numbers ->
            match List.tryFind (fun (name, _) -> name = word) table with
            | Some(_, loss) -> Parameter.read word (LossPages.page loss).Parameters (LossPages.withNumbers loss) numbers
            | None -> Error $"'{word}' takes no parameter"

    /// What a reader wants to know of every loss, in the order of the documentation.
    static member notes: FormulaNote list = LossPages.catalogue |> List.map (fun loss -> (LossPages.page loss).Note)

    /// What a reader wants to know of a loss, with its name in full.
    static member note(loss: Loss) : FormulaNote = { (LossPages.page loss).Note with Name = Loss.name loss }
