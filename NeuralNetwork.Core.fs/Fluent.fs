namespace NeuralNetwork

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices

// Conveniences for C#: one line each, nothing that the modules do not say. C# writes the cases of a union with a value as
// NewX; here they have the names that everybody knows.

/// Schedules of the learning rate by name. A rate of your own for each step is an argument of `Trainer.Step`.
[<AbstractClass; Sealed>]
type Schedules =

    /// The same rate at every step.
    static member Constant(rate: float) : Schedule = Schedule.Constant rate

    /// From the rate down to 0 along half a cosine over so many steps.
    static member Cosine(rate: float, steps: int) : Schedule = Schedule.Cosine(rate, steps)

    /// Half cosines down to 0, the first over so many steps, each later one `growth` times as long.
    static member CosineRestarts
        (rate: float, steps: int, [<Optional; DefaultParameterValue(1.0)>] growth: float)
        : Schedule =
        Schedule.CosineRestarts(rate, steps, growth)

    /// The rate times a factor after every so many steps.
    static member Step(rate: float, factor: float, every: int) : Schedule = Schedule.Step(rate, factor, every)

    /// The rate times a factor for every so many steps, without jumps.
    static member Exponential(rate: float, factor: float, steps: int) : Schedule =
        Schedule.Exponential(rate, factor, steps)

    /// From the rate to a final one over so many steps, as a power of what is left; 1 is a line.
    static member Polynomial
        (rate: float, final: float, steps: int, [<Optional; DefaultParameterValue(1.0)>] power: float)
        : Schedule =
        Schedule.Polynomial(rate, final, steps, power)

    /// rate / (1 + decay·s / steps) after s steps.
    static member InverseTime(rate: float, decay: float, steps: int) : Schedule =
        Schedule.InverseTime(rate, decay, steps)

    /// Up to the rate over the first 30 % of the steps, then down, both along half a cosine (Smith and Topin 2018).
    static member OneCycle(rate: float, steps: int) : Schedule =
        Schedule.OneCycle(rate, steps, Defaults.OneCycleRise, Defaults.OneCycleStart, Defaults.OneCycleFinal)

    /// A tenth of the rate whenever the validation loss has not fallen for so many epochs.
    static member OnPlateau
        (
            rate: float,
            [<Optional; DefaultParameterValue(Defaults.PlateauPatience)>] patience: int,
            [<Optional; DefaultParameterValue(Defaults.PlateauFactor)>] factor: float
        ) : Schedule =
        Schedule.OnPlateau(rate, { Plateau.Torch with Patience = patience; Factor = factor })

    /// In a line up to the first rate of another schedule over so many steps, then that schedule.
    static member Warmup(steps: int, next: Schedule) : Schedule =
        ArgumentNullException.ThrowIfNull(box next, nameof next)
        Schedule.Warmup(steps, next)

/// Activations that have a parameter; `Activation` has the others.
[<AbstractClass; Sealed>]
type Activations =

    /// x for x > 0, slope·x elsewhere.
    static member LeakyReLU([<Optional; DefaultParameterValue(Defaults.LeakySlope)>] slope: float) : Activation =
        Activation.LeakyReLU slope

    /// x for x > 0, α·(eˣ - 1) elsewhere.
    static member ELU([<Optional; DefaultParameterValue(Defaults.ELUAlpha)>] alpha: float) : Activation =
        Activation.ELU alpha

/// Losses that have a parameter; `Loss` has the others.
[<AbstractClass; Sealed>]
type Losses =

    /// Cross-entropy with softmax, targets mixed with so much of the uniform distribution.
    static member SmoothedCrossEntropy(smoothing: float) : Loss = Loss.SmoothedCrossEntropy smoothing

    /// Squares near 0, absolute values beyond delta.
    static member Huber([<Optional; DefaultParameterValue(Defaults.HuberDelta)>] delta: float) : Loss = Loss.Huber delta

    /// Lin et al. 2017, without weights of the classes.
    static member Focal([<Optional; DefaultParameterValue(Defaults.FocalGamma)>] gamma: float) : Loss = Loss.Focal gamma

/// Penalties on weights.
[<AbstractClass; Sealed>]
type Penalties =

    /// l1·Σ|w|
    static member L1(l1: float) : Penalty = { L1 = l1; L2 = 0.0 }

    /// ½·l2·Σw²
    static member L2(l2: float) : Penalty = { L1 = 0.0; L2 = l2 }

/// Limits on gradients.
[<AbstractClass; Sealed>]
type Clippings =

    /// Every component into [-limit, limit].
    static member Value(limit: float) : Clipping = Clipping.Value limit

    /// Each tensor's gradient scaled down to a Euclidean norm of at most the limit.
    static member Norm(limit: float) : Clipping = Clipping.Norm limit

    /// The whole gradient scaled down to a Euclidean norm of at most the limit.
    static member GlobalNorm(limit: float) : Clipping = Clipping.GlobalNorm limit
