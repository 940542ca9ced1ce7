namespace NeuralNetwork.Maths

/// Which mean of the weights a model is. Training goes on from the weights themselves and never sees the mean. Running statistics
/// of batch norms are averaged as the weights are (timm; PyTorch's AveragedModel with use_buffers), and not found anew on the rows
/// (PyTorch's update_bn).
[<RequireQualifiedAccess>]
type internal Averaging =
    /// The weights as the last step left them.
    | None
    /// The exponential moving average of the weights after every step, β = Decay: a = Σ βᵗ⁻ⁱ·wᵢ / Σ βᵗ⁻ⁱ over the steps i = 1 … t. So it
    /// does not remember the weights before the first step, as optax.ema with debias; PyTorch begins with w₁ at its full weight.
    | EMA of Decay: float
    /// The mean of the weights at the ends of epochs, of those alone that end behind the share Start of all steps (Izmailov et al.
    /// 2018, stochastic weight averaging, at whatever rate the schedule has).
    | SWA of Start: float

/// The weights w of a step and their mean a so far.
module internal Averaging =

    /// β where none is said: that of PyTorch's get_ema_multi_avg_fn.
    [<Literal>]
    let Decay = 0.999

    /// From where on epochs are averaged where it is not said: Izmailov et al. 2018 begin after three quarters of the budget.
    [<Literal>]
    let Start = 0.75

    /// The start that never comes.
    [<Literal>]
    let Never = 1.0

    /// The mean by the two numbers of the options: β, 0 for none, and the start, 1 for none.
    let ofNumbers (decay: float) (start: float) : Averaging =
        if decay <> 0.0 then Averaging.EMA decay
        elif start <> Never then Averaging.SWA start
        else Averaging.None

    /// Whether the weights after so many steps of all are to be averaged, by whether they are those at the end of an epoch.
    let isDue (averaging: Averaging) (isEpochEnd: bool) (step: int) (totalSteps: int) : bool =
        match averaging with
        | Averaging.None -> false
        | Averaging.EMA _ -> true
        | Averaging.SWA start -> isEpochEnd && float step > start * float totalSteps

    /// Whether weights after so many steps of all are of a time before there is a mean.
    let isEarly (averaging: Averaging) (step: int) (totalSteps: int) : bool =
        match averaging with
        | Averaging.SWA start -> float step <= start * float totalSteps
        | Averaging.None
        | Averaging.EMA _ -> false

    /// τ, how much the n-th weights count in the mean of n, the first being n = 1:
    /// (1 - β) / (1 - βⁿ) of the exponential one, 1 / n of the plain one.
    let weight (averaging: Averaging) (n: int) : float =
        match averaging with
        | Averaging.None -> 1.0
        | Averaging.EMA beta -> (1.0 - beta) / Rule.correction beta n
        | Averaging.SWA _ -> 1.0 / float n

/// a = a + τ·(w - a). Written so, and not (1 - τ)·a + τ·w, a mean of equal weights stays what it is: the two factors, each rounded,
/// do not add up to 1, and a thousand steps of that are a part in 10⁵ of every float32 weight.
[<Struct; RequireQualifiedAccess>]
type internal Averaged<'T> =
    {
        /// τ
        Weight: Lane<'T>
    }

    interface IMap2<'T> with
        member f.Of(a, w) = a + f.Weight * (w - a)
