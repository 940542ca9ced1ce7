namespace NeuralNetwork.Maths

open System.Runtime.CompilerServices

/// Lion: only the sign of a mean gradient counts, and every weight moves by α: w -= α·sign(β₁·m + (1 - β₁)·g);
/// m = β₂·m + (1 - β₂)·g (Chen et al. 2023, algorithm 2). The paper's decoupled decay is the training's weight decay here.
[<RequireQualifiedAccess>]
type Lion =
    {
        /// β₁, the share of the mean gradient in the direction of a step, in [0, 1).
        Beta1: float
        /// β₂, the share of the mean gradient that a step keeps, in [0, 1).
        Beta2: float
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1; "beta2 " + Text.number settings.Beta2 ]
        |> Text.listed "lion"

[<Struct; RequireQualifiedAccess>]
type internal LionRule<'T> =
    { Rate: Lane<'T>
      Direction: Average<'T>
      Mean: Average<'T> }

    static member At(settings: Lion, rate: float) : LionRule<'T> =
        { Rate = Lane.create rate; Direction = Average.Of settings.Beta1; Mean = Average.Of settings.Beta2 }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) = struct (a.Rate * Lane.sign (a.Direction.Next(m, g)), a.Mean.Next(m, g), v, u)

module internal Lion =

    [<Literal>]
    let Beta1 = 0.9

    [<Literal>]
    let Beta2 = 0.99

    let private paper: Lion = { Beta1 = Beta1; Beta2 = Beta2 }

    let private fields: Field<Lion> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x }) ]

    let private note: OptimizerNote =
        { Name = "lion"
          Idea = "Only the sign of a mean gradient counts: every weight moves by α."
          Paper = "Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, algorithm 2"
          Defaults = "α = 1e-4, β₁ = 0.9, β₂ = 0.99 (the paper). Keras 3: α = 0.001."
          OfferedBy = [ Convention.Keras3; Convention.Optax ]
          Differences = [ "The paper's decoupled decay is the training's weight decay here." ] }

    let page: IOptimizerPage<Lion> =
        { new IOptimizerPage<Lion> with
            member _.Note = note
            member _.Defaults convention = paper, Convention.pick convention 1e-4 1e-4 1e-3 1e-4
            member _.Fields = fields
            member _.Slots _ = [ "momentum" ]
            member _.Formula _ = [ "w -= α·sign(β₁·m + (1 - β₁)·g)"; "m = β₂·m + (1 - β₂)·g" ]
            member _.Visit(settings, visitor) = visitor.Visit(fun _ rate -> LionRule<'T>.At(settings, rate)) }

type Lion with

    /// As the paper sets it.
    static member standard: Lion = fst (Lion.page.Defaults Convention.Torch)
