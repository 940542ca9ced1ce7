namespace NeuralNetwork

open System.Numerics

/// What the last layer's outputs z are measured with, given targets t; always from z before the output function,
/// which is what keeps it stable at logits of ±10⁴. All but the cross-entropies of a softmax are means over rows and
/// outputs, so that dL/dz is the slope named here divided by n·outputs.
[<RequireQualifiedAccess>]
type Loss =
    /// p = softmax z, L = -Σⱼ tⱼ log pⱼ, averaged over the rows; dL/dz = (p - t) / n
    | SoftmaxCrossEntropy
    /// The same with targets t' = (1 - s)·t + s/K for K classes (Szegedy et al. 2015); dL/dz = (p - t') / n
    | SmoothedCrossEntropy of Smoothing: float
    /// p = σ(z), L = -t log p - (1 - t) log (1 - p); slope p - t
    | BinaryCrossEntropy
    /// L = (z - t)², as PyTorch's MSELoss; slope 2 (z - t)
    | SquaredError
    /// L = |z - t|; slope sign (z - t), 0 at 0
    | AbsoluteError
    /// L = ½d² for |d| <= δ, δ·(|d| - ½δ) beyond, d = z - t (Huber 1964; δ = 1 in PyTorch and Keras); slope d within ±δ
    | Huber of Delta: float
    /// L = log cosh (z - t); slope tanh (z - t)
    | LogCosh
    /// z is the logarithm of a rate: L = eᶻ - t·z, the negative log-likelihood without log t!, as PyTorch's
    /// PoissonNLLLoss. Keras's Poisson takes the rate itself. Slope eᶻ - t, which is infinite where eᶻ is.
    | Poisson
    /// L = max(0, 1 - s·z), the classes t = 0 and 1 being s = -1 and +1; slope -s where s·z < 1, else 0
    | Hinge
    /// L = -(1 - p)^γ log p of the target's class, p = σ(z) for t = 1 and σ(-z) for t = 0; between them the mean
    /// weighted by t (Lin, Goyal, Girshick, He and Dollár 2017; γ = 2)
    | Focal of Gamma: float
    /// The same times α for t = 1 and 1 - α for t = 0, the paper's α-balanced form (γ = 2, α = 0.25)
    | BalancedFocal of Gamma: float * Alpha: float

/// The function that turns z into what a user reads as the prediction.
[<RequireQualifiedAccess>]
type Output =
    /// z itself
    | Linear
    /// 1 / (1 + e⁻ᶻ): a probability for each output
    | Sigmoid
    /// eᶻ over their sum: probabilities that sum up to 1
    | Softmax
    /// eᶻ: a rate
    | Exponential

/// A loss that is a sum over outputs, as formulas on lanes.
type internal ILoss<'T> =
    /// The loss of one output.
    abstract Value: z: Lane<'T> * t: Lane<'T> -> Lane<'T>
    /// Its derivative with respect to z.
    abstract Slope: z: Lane<'T> * t: Lane<'T> -> Lane<'T>

/// t·softplus(-z) + (1 - t)·softplus z: no logarithm of a probability is taken, and nothing cancels.
[<Struct>]
type internal BinaryCrossEntropyFormula<'T> =
    interface ILoss<'T> with
        member _.Value(z, t) = Lane.throughDouble2 (fun z t -> Likelihood.binary z t) z t
        member _.Slope(z, t) = Lane.throughDouble2 (fun z t -> Likelihood.binarySlope z t) z t

[<Struct>]
type internal SquaredErrorFormula<'T> =
    interface ILoss<'T> with
        member _.Value(z, t) = (z - t) * (z - t)
        member _.Slope(z, t) = Lane.create<'T> 2.0 * (z - t)

[<Struct>]
type internal AbsoluteErrorFormula<'T> =
    interface ILoss<'T> with
        member _.Value(z, t) = Vector.Abs(z - t)

        member _.Slope(z, t) =
            let d = z - t
            Vector.ConditionalSelect(Vector.Equals(d, Lane<'T>.Zero), Lane<'T>.Zero, Vector.CopySign(Lane<'T>.One, d))

[<Struct>]
type internal HuberFormula<'T> =
    { Delta: Lane<'T> }

    interface ILoss<'T> with
        member a.Value(z, t) =
            let half, size = Lane.create<'T> 0.5, Vector.Abs(z - t)
            let far = a.Delta * (size - half * a.Delta)
            Lane.whereGreater size a.Delta far (half * size * size)

        member a.Slope(z, t) = Vector.Min(Vector.Max(z - t, -a.Delta), a.Delta)

[<Struct>]
type internal LogCoshFormula<'T> =
    interface ILoss<'T> with
        member _.Value(z, t) = Lane.throughDouble2 (fun z t -> Likelihood.logCosh (z - t)) z t
        member _.Slope(z, t) = Lane.throughDouble2 (fun z t -> Elementary.tanh (z - t)) z t

[<Struct>]
type internal PoissonFormula<'T> =
    interface ILoss<'T> with
        member _.Value(z, t) = Lane.throughDouble2 (fun z t -> Elementary.exp z - t * z) z t
        member _.Slope(z, t) = Lane.throughDouble2 (fun z t -> Elementary.exp z - t) z t

[<Struct>]
type internal HingeFormula<'T> =
    interface ILoss<'T> with
        member _.Value(z, t) = Vector.Max(Lane<'T>.Zero, Lane<'T>.One - (t + t - Lane<'T>.One) * z)

        member _.Slope(z, t) =
            let side = t + t - Lane<'T>.One
            Lane.whereGreater Lane<'T>.One (side * z) -side Lane<'T>.Zero

/// Positive·t·f(z) + Negative·(1 - t)·f(-z), f(u) the loss of a class with logit u.
[<Struct>]
type internal FocalFormula<'T> =
    { Gamma: float
      Positive: float
      Negative: float }

    interface ILoss<'T> with
        member a.Value(z, t) =
            let gamma, positive, negative = a.Gamma, a.Positive, a.Negative
            Lane.throughDouble2 (fun z t -> Likelihood.focal gamma positive negative z t) z t

        member a.Slope(z, t) =
            let gamma, positive, negative = a.Gamma, a.Positive, a.Negative
            Lane.throughDouble2 (fun z t -> Likelihood.focalSlope gamma positive negative z t) z t

/// Does something with the formula of an elementwise loss whose type the compiler knows.
type internal ILossVisitor<'T, 'Result> =
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> : formula: 'Formula -> 'Result
    /// For the loss that couples the outputs of a row, with its label smoothing.
    abstract VisitSoftmax: smoothing: float -> 'Result

module Loss =

    /// The one table from a loss to its formula.
    let internal visit<'T, 'Result> (visitor: ILossVisitor<'T, 'Result>) (loss: Loss) : 'Result =
        match loss with
        | Loss.SoftmaxCrossEntropy -> visitor.VisitSoftmax 0.0
        | Loss.SmoothedCrossEntropy smoothing -> visitor.VisitSoftmax smoothing
        | Loss.BinaryCrossEntropy -> visitor.Visit(BinaryCrossEntropyFormula<'T>())
        | Loss.SquaredError -> visitor.Visit(SquaredErrorFormula<'T>())
        | Loss.AbsoluteError -> visitor.Visit(AbsoluteErrorFormula<'T>())
        | Loss.Huber delta -> visitor.Visit { Delta = Lane.create<'T> delta }
        | Loss.LogCosh -> visitor.Visit(LogCoshFormula<'T>())
        | Loss.Poisson -> visitor.Visit(PoissonFormula<'T>())
        | Loss.Hinge -> visitor.Visit(HingeFormula<'T>())
        | Loss.Focal gamma -> visitor.Visit({ Gamma = gamma; Positive = 1.0; Negative = 1.0 }: FocalFormula<'T>)
        | Loss.BalancedFocal(gamma, alpha) ->
            visitor.Visit({ Gamma = gamma; Positive = alpha; Negative = 1.0 - alpha }: FocalFormula<'T>)

    /// The output function that belongs to a loss. The hinge's z is a margin: its sign is the class.
    let output (loss: Loss) : Output =
        match loss with
        | Loss.SoftmaxCrossEntropy
        | Loss.SmoothedCrossEntropy _ -> Output.Softmax
        | Loss.BinaryCrossEntropy
        | Loss.Focal _
        | Loss.BalancedFocal _ -> Output.Sigmoid
        | Loss.Poisson -> Output.Exponential
        | Loss.SquaredError
        | Loss.AbsoluteError
        | Loss.Huber _
        | Loss.LogCosh
        | Loss.Hinge -> Output.Linear

    /// The z of a single output above which it stands for the second of two classes, whose targets are 0 and 1.
    let boundary (loss: Loss) : float =
        match loss, output loss with
        | Loss.Hinge, _ // a margin
        | _, Output.Softmax
        | _, Output.Sigmoid -> 0.0
        | _, Output.Exponential -> log 0.5
        | _, Output.Linear -> 0.5

    /// The same for what is predicted, which is the output function of z.
    let predictedBoundary (loss: Loss) : float = if loss = Loss.Hinge then 0.0 else 0.5

    /// Whether what is predicted are probabilities of classes.
    let internal isProbability (loss: Loss) : bool =
        match output loss with
        | Output.Softmax
        | Output.Sigmoid -> true
        | Output.Linear
        | Output.Exponential -> false

    /// Whether predictions tell classes apart even if these have no names: probabilities and margins do, values do not.
    let internal isOfClasses (loss: Loss) : bool = isProbability loss || loss = Loss.Hinge

    /// The loss of a row is the sum over its outputs divided by this: 1 for a softmax cross-entropy, else their number.
    let terms (loss: Loss) (outputs: int) : int =
        match loss with
        | Loss.SoftmaxCrossEntropy
        | Loss.SmoothedCrossEntropy _ -> 1
        | _ -> outputs

    /// Where, as a function of z with target t, the first or the second derivative jumps.
    let kinks (loss: Loss) (t: float) : float list =
        match loss with
        | Loss.AbsoluteError -> [ t ]
        | Loss.Huber delta -> [ t - delta; t + delta ]
        | Loss.Hinge -> [ 1.0 / (t + t - 1.0) ]
        | _ -> []

    /// The one table of names, in the order of the documentation, each with the loss in its default form.
    let private table: (string * Loss) list =
        [ "cross-entropy", Loss.SoftmaxCrossEntropy
          "binary-cross-entropy", Loss.BinaryCrossEntropy
          "squared-error", Loss.SquaredError
          "absolute-error", Loss.AbsoluteError
          "huber", Loss.Huber Defaults.HuberDelta
          "log-cosh", Loss.LogCosh
          "poisson", Loss.Poisson
          "hinge", Loss.Hinge
          "focal", Loss.Focal Defaults.FocalGamma
          "balanced-focal", Loss.BalancedFocal(Defaults.FocalGamma, 0.25) ]

    /// Every loss in its default form and smoothed cross-entropy, in the order of the documentation.
    let all: Loss list = List.insertAt 1 (Loss.SmoothedCrossEntropy 0.1) (List.map snd table)

    /// Names as users write them; parameters follow colons, as in cross-entropy:0.1, huber:1.5, balanced-focal:2:0.25.
    let name (loss: Loss) : string =
        match loss with
        | Loss.SmoothedCrossEntropy smoothing -> $"cross-entropy:{Text.number smoothing}"
        | Loss.Huber delta -> $"huber:{Text.number delta}"
        | Loss.Focal gamma -> $"focal:{Text.number gamma}"
        | Loss.BalancedFocal(gamma, alpha) -> $"balanced-focal:{Text.number gamma}:{Text.number alpha}"
        | plain -> table |> List.find (fun (_, known) -> known = plain) |> fst

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Loss, string> =
        let positive x = x > 0.0 && x < infinity
        let share x = x > 0.0 && x < 1.0

        match Text.parameters text with
        | word, [] -> Text.choose "loss" table word
        | "cross-entropy", [ smoothing ] when share smoothing -> Ok(Loss.SmoothedCrossEntropy smoothing)
        | "cross-entropy", _ -> Error "the smoothing of cross-entropy must be a number above 0 and below 1"
        | "huber", [ delta ] when positive delta -> Ok(Loss.Huber delta)
        | "huber", _ -> Error "the delta of huber must be a number above 0"
        | "focal", [ gamma ] when positive gamma -> Ok(Loss.Focal gamma)
        | "focal", _ -> Error "the gamma of focal must be a number above 0"
        | "balanced-focal", [ gamma; alpha ] when positive gamma && share alpha -> Ok(Loss.BalancedFocal(gamma, alpha))
        | "balanced-focal", _ -> Error "balanced-focal takes a gamma above 0 and an alpha above 0 and below 1"
        | word, _ -> Error $"'{word}' takes no parameter"
