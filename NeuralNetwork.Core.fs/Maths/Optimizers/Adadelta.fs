namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.CompilerServices

/// Adadelta: steps in the unit of the weights, the root mean square of recent steps over that of recent gradients:
/// v = ρ·v + (1 - ρ)·g²; d = √(u + ε) / √(v + ε)·g; u = ρ·u + (1 - ρ)·d²; w -= α·d (Zeiler 2012, algorithm 1). The paper has no rate:
/// α = 1.
[<RequireQualifiedAccess>]
type Adadelta =
    {
        /// ρ, the share of either mean square that a step keeps, in [0, 1).
        Rho: float
        /// ε, above 0.
        Epsilon: float
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "rho " + Text.number settings.Rho; "epsilon " + Text.number settings.Epsilon ]
        |> Text.listed "adadelta"

[<Struct; RequireQualifiedAccess>]
type internal AdadeltaRule<'T> =
    { Rate: Lane<'T>
      Square: Average<'T>
      Epsilon: Lane<'T> }

    static member At(settings: Adadelta, rate: float) : AdadeltaRule<'T> =
        { Rate = Lane.create rate
          Square = Average.Of settings.Rho
          Epsilon = Lane.create settings.Epsilon }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, u, m) =
            let v = a.Square.Next(v, g * g)
            let d = Vector.SquareRoot(u + a.Epsilon) / Vector.SquareRoot(v + a.Epsilon) * g
            let u = a.Square.Next(u, d * d)
            struct (a.Rate * d, v, u, m)

module internal Adadelta =

    [<Literal>]
    let Rho = 0.9

    [<Literal>]
    let Epsilon = 1e-6

    let private defaults (convention: Convention) : Adadelta =
        { Rho = Convention.pick convention Rho 0.95 0.95 0.9
          Epsilon = Convention.pick convention Epsilon 1e-7 1e-7 1e-6 }

    let private fields: Field<Adadelta> list =
        [ Field.rho _.Rho (fun x settings -> { settings with Rho = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x }) ]

    let private note: OptimizerNote =
        { Name = "adadelta"
          Idea = "Steps in the unit of the weights: the root mean square of recent steps over that of recent gradients."
          Paper = "Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, algorithm 1"
          Defaults = "α = 1 (the paper has none), ρ = 0.9, ε = 1e-6 (PyTorch); ρ = 0.95, ε = 1e-7 (Keras)."
          OfferedBy = Convention.all
          Differences =
            [ "The formula is the same everywhere; u does not contain α."
              "Keras 3 sets α = 0.001, a thousandth of what the method is made for." ] }

    let page: IOptimizerPage<Adadelta> =
        { new IOptimizerPage<Adadelta> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 1.0 1.0 1e-3 1.0
            member _.Fields = fields
            member _.Slots _ = [ "mean_square"; "mean_square_step" ]

            member _.Formula _ =
                [ "v = ρ·v + (1 - ρ)·g²"; "d = √(u + ε) / √(v + ε)·g"; "u = ρ·u + (1 - ρ)·d²"; "w -= α·d" ]

            member _.Visit(settings, visitor) = visitor.Visit(fun _ rate -> AdadeltaRule<'T>.At(settings, rate)) }

type Adadelta with

    /// As PyTorch sets it.
    static member standard: Adadelta = fst (Adadelta.page.Defaults Convention.Torch)
