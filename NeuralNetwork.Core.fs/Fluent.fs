namespace NeuralNetwork

open System.Runtime.CompilerServices
open System.Runtime.InteropServices

/// Conveniences for C#: one line each, nothing that the modules do not say.
[<Extension; AbstractClass; Sealed>]
type Fluent =

    /// Fresh parameters for a description from a seed. T is float or double.
    [<Extension>]
    static member Init<'T>(network: Network, seed: uint64) : Model<'T> = Model.initialize<'T> seed network

/// Optimizers by name for C#, with the defaults of their papers. `Optimizer.ofConvention` has every other.
[<AbstractClass; Sealed>]
type Optimizers =

    /// w -= α·g
    static member SGD: Optimizer = Optimizer.SGD

    /// Polyak 1964.
    static member Momentum([<Optional; DefaultParameterValue(0.9)>] mu: float) : Optimizer =
        Optimizer.Momentum(mu, 0.0, false)

    /// Nesterov 1983.
    static member NAG([<Optional; DefaultParameterValue(0.9)>] mu: float) : Optimizer = Optimizer.NAG(mu, false)

    /// Kingma and Ba 2015, algorithm 1.
    static member Adam
        (
            [<Optional; DefaultParameterValue(0.9)>] beta1: float,
            [<Optional; DefaultParameterValue(0.999)>] beta2: float,
            [<Optional; DefaultParameterValue(1e-8)>] epsilon: float
        ) : Optimizer =
        Optimizer.Adam(beta1, beta2, epsilon, EpsilonPlacement.Outside)

    /// Loshchilov and Hutter 2019: Adam with decoupled decay of the weights.
    static member AdamW
        (
            [<Optional; DefaultParameterValue(0.01)>] weightDecay: float,
            [<Optional; DefaultParameterValue(0.9)>] beta1: float,
            [<Optional; DefaultParameterValue(0.999)>] beta2: float,
            [<Optional; DefaultParameterValue(1e-8)>] epsilon: float
        ) : Optimizer =
        Optimizer.AdamW(beta1, beta2, epsilon, EpsilonPlacement.Outside, weightDecay)

/// Schedules of the learning rate by name for C#.
[<AbstractClass; Sealed>]
type Schedules =

    /// The same rate at every step.
    static member Constant(rate: float) : Schedule = Schedule.Constant rate

    /// From the rate down to 0 along half a cosine over so many steps.
    static member Cosine(rate: float, steps: int) : Schedule = Schedule.Cosine(rate, steps)
