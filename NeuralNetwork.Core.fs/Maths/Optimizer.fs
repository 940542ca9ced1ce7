namespace NeuralNetwork

open System
open System.Numerics

/// How a gradient becomes a step. The learning rate comes from the schedule and stands outside every buffer,
/// as in the papers and in PyTorch.
[<RequireQualifiedAccess>]
type Optimizer =
    /// w -= α·g
    | SGD
    /// Polyak 1964: m = µ·m + g; w -= α·m
    | Momentum of Mu: float
    /// Nesterov 1983 in the form of Sutskever 2013: m = µ·m + g; w -= α·(g + µ·m)
    | NAG of Mu: float
    /// Kingma and Ba 2014, algorithm 1: w -= α·m̂ / (√v̂ + ε), with bias-corrected moments m̂ and v̂
    | Adam of Beta1: float * Beta2: float * Epsilon: float

/// What a rule gives back for a lane of weights: the step to subtract, and the slots' new values.
type Next<'T> = (struct (Lane<'T> * Lane<'T> * Lane<'T>))

/// An update rule on lanes: gradient g and slots m, v in; step and new slots out. A rule with fewer slots passes the
/// others through.
type IRule<'T> =
    abstract Next: g: Lane<'T> * m: Lane<'T> * v: Lane<'T> -> Next<'T>

[<Struct>]
type SGDRule<'T> =
    { Rate: Lane<'T> }

    interface IRule<'T> with
        member a.Next(g, m, v) = struct (a.Rate * g, m, v)

[<Struct>]
type MomentumRule<'T> =
    { Rate: Lane<'T>
      Mu: Lane<'T> }

    interface IRule<'T> with
        member a.Next(g, m, v) =
            let m = a.Mu * m + g
            struct (a.Rate * m, m, v)

[<Struct>]
type NAGRule<'T> =
    { Rate: Lane<'T>
      Mu: Lane<'T> }

    interface IRule<'T> with
        member a.Next(g, m, v) =
            let m = a.Mu * m + g
            struct (a.Rate * (g + a.Mu * m), m, v)

/// Rate = α / (1 - β₁ᵗ) and Scale = 1 / √(1 - β₂ᵗ) carry the bias corrections: scalars of the step, not of the weight.
[<Struct>]
type AdamRule<'T> =
    { Rate: Lane<'T>
      Scale: Lane<'T>
      Beta1: Lane<'T>
      Beta2: Lane<'T>
      Epsilon: Lane<'T> }

    interface IRule<'T> with
        member a.Next(g, m, v) =
            let m = a.Beta1 * m + (Lane<'T>.One - a.Beta1) * g
            let v = a.Beta2 * v + (Lane<'T>.One - a.Beta2) * (g * g)
            struct (a.Rate * m / (a.Scale * Vector.SquareRoot v + a.Epsilon), m, v)

/// Does something with a rule whose type the compiler knows. `at` gives the rule of a step (the first is 1) and rate.
type IRuleVisitor<'T, 'Result> =
    abstract Visit<'Rule when 'Rule: struct and 'Rule :> IRule<'T>> : at: Func<int, float, 'Rule> -> 'Result

module Optimizer =

    /// µ = 0.9: Sutskever, Martens, Dahl and Hinton 2013, and every framework's tutorial.
    let momentum = Optimizer.Momentum 0.9
    let nag = Optimizer.NAG 0.9

    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸: the paper's, and PyTorch's.
    let adam = Optimizer.Adam(0.9, 0.999, 1e-8)

    /// The one table from the name of an optimizer to its rule.
    let visit<'T, 'Result> (visitor: IRuleVisitor<'T, 'Result>) (optimizer: Optimizer) : 'Result =
        let lane (x: float) = Lane.create<'T> x

        match optimizer with
        | Optimizer.SGD -> visitor.Visit(fun _ rate -> ({ Rate = lane rate }: SGDRule<'T>))
        | Optimizer.Momentum mu -> visitor.Visit(fun _ rate -> ({ Rate = lane rate; Mu = lane mu }: MomentumRule<'T>))
        | Optimizer.NAG mu -> visitor.Visit(fun _ rate -> ({ Rate = lane rate; Mu = lane mu }: NAGRule<'T>))
        | Optimizer.Adam(beta1, beta2, epsilon) ->
            visitor.Visit(fun step rate ->
                { Rate = lane (rate / (1.0 - Math.Pow(beta1, float step)))
                  Scale = lane (1.0 / sqrt (1.0 - Math.Pow(beta2, float step)))
                  Beta1 = lane beta1
                  Beta2 = lane beta2
                  Epsilon = lane epsilon })

    /// The number of numbers an optimizer keeps for every weight, by the names they have in a checkpoint.
    let slots (optimizer: Optimizer) : string list =
        match optimizer with
        | Optimizer.SGD -> []
        | Optimizer.Momentum _
        | Optimizer.NAG _ -> [ "momentum" ]
        | Optimizer.Adam _ -> [ "first_moment"; "second_moment" ]

    /// The hyper-parameters of an optimizer, by the names of the command line's options.
    let hyperparameters (optimizer: Optimizer) : (string * float) list =
        match optimizer with
        | Optimizer.SGD -> []
        | Optimizer.Momentum mu
        | Optimizer.NAG mu -> [ "momentum", mu ]
        | Optimizer.Adam(beta1, beta2, epsilon) -> [ "beta1", beta1; "beta2", beta2; "epsilon", epsilon ]

    /// Names as users write them.
    let name (optimizer: Optimizer) : string =
        match optimizer with
        | Optimizer.SGD -> "sgd"
        | Optimizer.Momentum _ -> "momentum"
        | Optimizer.NAG _ -> "nag"
        | Optimizer.Adam _ -> "adam"

    /// Every optimizer with its default hyper-parameters, in the order of the documentation.
    let all: Optimizer list = [ Optimizer.SGD; momentum; nag; adam ]

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Optimizer, string> =
        Text.choose "optimizer" (all |> List.map (fun optimizer -> name optimizer, optimizer)) text
