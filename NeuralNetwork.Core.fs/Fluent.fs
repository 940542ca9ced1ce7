namespace NeuralNetwork

open System
open System.Runtime.InteropServices
open NeuralNetwork.Maths

// Conveniences for C#: one line each, nothing that the modules do not say. C# writes the cases of a union with a value as
// NewX; here they have the names that everybody knows.

/// What is made here is refused here, by the name of the argument and in the words of the file's reader.
module private Made =

    let loss (name: string) (x: float) (made: Loss) : Loss =
        Ranges.demand name x (Ranges.loss made)
        made

    let activation (name: string) (x: float) (made: Activation) : Activation =
        Ranges.demand name x (Ranges.activation made)
        made

    /// What files call by what it counts, as in every_steps, by its argument.
    let private argument (parameter: string) : string =
        match parameter with
        | "first_steps"
        | "warmup_steps" -> "steps"
        | _ -> parameter.Split('_')[0]

    let schedule (made: Schedule) : Schedule =
        for name, x, range in Option.toList (Schedule.defect made) do
            Ranges.demand (argument name) x (Some $"{Text.number x} (must be {range})")

        made

/// Schedules of the learning rate by name. A rate of your own for each step is an argument of `Trainer.Step`.
[<AbstractClass; Sealed>]
type Schedules =

    /// <summary>The same rate at every step.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member Constant(rate: float) : Schedule = Made.schedule (Schedule.Constant rate)

    /// <summary>From the rate down to 0 along half a cosine over so many steps.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member Cosine(rate: float, steps: int) : Schedule = Made.schedule (Schedule.Cosine(rate, steps))

    /// <summary>Half cosines down to 0, the first over so many steps, each later one `growth` times as long.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <param name="growth">How much longer each period is than the one before.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member CosineRestarts
        (rate: float, steps: int, [<Optional; DefaultParameterValue(1.0)>] growth: float)
        : Schedule =
        Made.schedule (Schedule.CosineRestarts(rate, steps, growth))

    /// <summary>The rate times a factor after every so many steps.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="factor">What the rate is multiplied with.</param>
    /// <param name="every">After so many steps.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member Step(rate: float, factor: float, every: int) : Schedule =
        Made.schedule (Schedule.Step(rate, factor, every))

    /// <summary>The rate times a factor for every so many steps, without jumps.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="factor">What the rate is multiplied with.</param>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member Exponential(rate: float, factor: float, steps: int) : Schedule =
        Made.schedule (Schedule.Exponential(rate, factor, steps))

    /// <summary>From the rate to a final one over so many steps, as a power of what is left; 1 is a line.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="final">The rate at the end.</param>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <param name="power">The power; 1 for a line.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member Polynomial
        (rate: float, final: float, steps: int, [<Optional; DefaultParameterValue(1.0)>] power: float)
        : Schedule =
        Made.schedule (Schedule.Polynomial(rate, final, steps, power))

    /// <summary>rate / (1 + decay·s / steps) after s steps.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="decay">How fast it falls.</param>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member InverseTime(rate: float, decay: float, steps: int) : Schedule =
        Made.schedule (Schedule.InverseTime(rate, decay, steps))

    /// <summary>Up to the rate over the first 30 % of the steps, then down, both along half a cosine (Smith and Topin
    /// 2018).</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member OneCycle(rate: float, steps: int) : Schedule =
        Made.schedule (Schedule.OneCycle(rate, steps, OneCycle.Rise, OneCycle.Start, OneCycle.Final))

    /// <summary>A tenth of the rate whenever the validation loss has not fallen for so many epochs.</summary>
    /// <param name="rate">The highest rate, finite and at least 0.</param>
    /// <param name="patience">Epochs without progress.</param>
    /// <param name="factor">What the rate is multiplied with.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member OnPlateau
        (
            rate: float,
            [<Optional; DefaultParameterValue(PlateauDefaults.Patience)>] patience: int,
            [<Optional; DefaultParameterValue(PlateauDefaults.Factor)>] factor: float
        ) : Schedule =
        Made.schedule (Schedule.OnPlateau(rate, { Plateau.Torch with Patience = patience; Factor = factor }))

    /// <summary>In a line up to the first rate of another schedule over so many steps, then that schedule.</summary>
    /// <param name="steps">The number of steps, 1 or more.</param>
    /// <param name="next">The schedule behind it.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate or a parameter is out of its range.</exception>
    static member Warmup(steps: int, next: Schedule) : Schedule =
        ArgumentNullException.ThrowIfNull(box next, nameof next)
        Made.schedule (Schedule.Warmup(steps, next))

/// Activations that have a parameter; `Activation` has the others.
[<AbstractClass; Sealed>]
type Activations =

    /// <summary>x for x &gt; 0, slope·x elsewhere.</summary>
    /// <param name="slope">The slope left of 0, in [0, 1).</param>
    /// <returns>The activation.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The parameter is out of its range.</exception>
    static member LeakyReLU([<Optional; DefaultParameterValue(LeakyReLU.Slope)>] slope: float) : Activation =
        Made.activation (nameof slope) slope (Activation.LeakyReLU slope)

    /// <summary>x for x &gt; 0, α·(eˣ - 1) elsewhere.</summary>
    /// <param name="alpha">The value far left of 0 is -α; above 0.</param>
    /// <returns>The activation.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The parameter is out of its range.</exception>
    static member ELU([<Optional; DefaultParameterValue(ELU.Alpha)>] alpha: float) : Activation =
        Made.activation (nameof alpha) alpha (Activation.ELU alpha)

/// Losses that have a parameter; `Loss` has the others.
[<AbstractClass; Sealed>]
type Losses =

    /// <summary>Cross-entropy with softmax, targets mixed with so much of the uniform distribution.</summary>
    /// <param name="smoothing">The part of the uniform distribution, above 0 and below 1.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The parameter is out of its range.</exception>
    static member SmoothedCrossEntropy(smoothing: float) : Loss =
        Made.loss (nameof smoothing) smoothing (Loss.SmoothedCrossEntropy smoothing)

    /// <summary>The pinball loss, whose least mean is at a quantile of the targets (Koenker and Bassett 1978).</summary>
    /// <param name="tau">The share of the targets below the quantile, above 0 and below 1.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The parameter is out of its range.</exception>
    static member Quantile([<Optional; DefaultParameterValue(Quantile.Tau)>] tau: float) : Loss =
        Made.loss (nameof tau) tau (Loss.Quantile tau)

    /// <summary>Squares near 0, absolute values beyond delta.</summary>
    /// <param name="delta">Where squares end, above 0.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The parameter is out of its range.</exception>
    static member Huber([<Optional; DefaultParameterValue(Huber.Delta)>] delta: float) : Loss =
        Made.loss (nameof delta) delta (Loss.Huber delta)

    /// <summary>Lin et al. 2017, without weights of the classes.</summary>
    /// <param name="gamma">How much sure rows are left out, above 0.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The parameter is out of its range.</exception>
    static member Focal([<Optional; DefaultParameterValue(Focal.Gamma)>] gamma: float) : Loss =
        Made.loss (nameof gamma) gamma (Loss.Focal gamma)

/// Penalties on weights.
[<AbstractClass; Sealed>]
type Penalties =

    /// <summary>l1·Σ|w|</summary>
    /// <param name="l1">The factor of Σ|w|, at least 0.</param>
    /// <returns>The penalty.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The factor is negative or not finite.</exception>
    static member L1(l1: float) : Penalty =
        Ranges.demandIn Interval.atLeast0 (nameof l1) l1
        { L1 = l1; L2 = 0.0 }

    /// <summary>½·l2·Σw²</summary>
    /// <param name="l2">The factor of ½·Σw², at least 0.</param>
    /// <returns>The penalty.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The factor is negative or not finite.</exception>
    static member L2(l2: float) : Penalty =
        Ranges.demandIn Interval.atLeast0 (nameof l2) l2
        { L1 = 0.0; L2 = l2 }

/// Limits on gradients.
[<AbstractClass; Sealed>]
type Clippings =

    /// <summary>Every component into [-limit, limit].</summary>
    /// <param name="limit">The limit, above 0.</param>
    /// <returns>The limit.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The limit is not above 0.</exception>
    static member Value(limit: float) : Clipping =
        Ranges.demandIn Interval.above0 (nameof limit) limit
        Clipping.Value limit

    /// <summary>Each tensor's gradient scaled down to a Euclidean norm of at most the limit.</summary>
    /// <param name="limit">The limit, above 0.</param>
    /// <returns>The limit.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The limit is not above 0.</exception>
    static member Norm(limit: float) : Clipping =
        Ranges.demandIn Interval.above0 (nameof limit) limit
        Clipping.Norm limit

    /// <summary>The whole gradient scaled down to a Euclidean norm of at most the limit.</summary>
    /// <param name="limit">The limit, above 0.</param>
    /// <returns>The limit.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The limit is not above 0.</exception>
    static member GlobalNorm(limit: float) : Clipping =
        Ranges.demandIn Interval.above0 (nameof limit) limit
        Clipping.GlobalNorm limit
