namespace NeuralNetwork

open System
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
        | Loss.Huber delta -> $"huber:{Text.number delta}"
        | Loss.LogCosh -> "log-cosh"
        | Loss.Poisson -> "poisson"
        | Loss.Hinge -> "hinge"
        | Loss.Focal gamma -> $"focal:{Text.number gamma}"
        | Loss.BalancedFocal(gamma, alpha) -> $"balanced-focal:{Text.number gamma}:{Text.number alpha}"

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

    /// One word: linear, sigmoid, softmax, exponential.
    override output.ToString() =
        match output with
        | Output.Linear -> "linear"
        | Output.Sigmoid -> "sigmoid"
        | Output.Softmax -> "softmax"
        | Output.Exponential -> "exponential"

/// All that is known of a loss besides its formula.
type internal LossPage =
    {
        /// The numbers behind its name.
        Parameters: Parameter list
        /// The loss with these numbers, as many as there are parameters.
        Make: float list -> Loss
        /// The output function that belongs to it.
        Output: Output
        /// The prediction of a single output above which it stands for the second of two classes, whose targets are 0 and 1.
        Boundary: float
        /// Whether predictions tell classes apart even if these have no names: probabilities and margins do, values do not.
        IsOfClasses: bool
        /// What a reader wants to know; its name is that of the loss.
        Note: FormulaNote
    }

/// What every loss says of itself.
type internal ILossPage =
    /// All that is known of it besides its formula.
    abstract Page: LossPage
    /// Where, as a function of an output z with target t, the first or the second derivative jumps.
    abstract Kinks: t: float -> float list

/// A loss that is a mean over outputs, as formulas on lanes.
type internal ILoss<'T> =
    inherit ILossPage
    /// The loss of one output.
    abstract Value: z: Lane<'T> * t: Lane<'T> -> Lane<'T>
    /// Its derivative with respect to z.
    abstract Derivative: z: Lane<'T> * t: Lane<'T> -> Lane<'T>

/// A loss that couples the outputs of a row, as formulas on lanes and on the sums of a row. m is the greatest z of the row.
type internal IRowLoss<'T> =
    inherit ILossPage
    /// The mass of an output, summed over the row.
    abstract Mass: m: Lane<'T> * z: Lane<'T> -> Lane<'T>
    /// What an output adds to the loss besides what it adds to the mass, summed over the row.
    abstract Gap: m: Lane<'T> * z: Lane<'T> * t: Lane<'T> -> Lane<'T>
    /// The loss of the row, from the sums of masses, targets and gaps.
    abstract Value: masses: float * targets: float * gaps: float -> float
    /// What the derivative multiplies each mass with.
    abstract Factor: masses: float * targets: float -> float
    /// The derivative of the loss with respect to z.
    abstract Derivative: m: Lane<'T> * factor: Lane<'T> * z: Lane<'T> * t: Lane<'T> -> Lane<'T>

/// Does something with the formula of a loss whose type the compiler knows, so that loops are specialised to it.
type internal ILossVisitor<'T, 'Result> =
    /// For a loss that is a mean over outputs.
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> : formula: 'Formula -> 'Result

    /// For a loss that couples the outputs of a row: its formula for so many outputs.
    abstract VisitRow<'Formula when 'Formula: struct and 'Formula :> IRowLoss<'T>> :
        ofOutputs: Func<int, 'Formula> -> 'Result
