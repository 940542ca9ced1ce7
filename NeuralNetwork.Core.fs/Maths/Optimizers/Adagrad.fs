namespace NeuralNetwork.Maths

open System.Runtime.CompilerServices

/// Adagrad: every weight's rate falls with the squares of its gradients so far, v = v + g²; w -= α·g / (√v + ε), where v begins
/// at v₀ (Duchi, Hazan and Singer 2011, diagonal form). Keras 3 and optax begin at 0.1 and divide by √(v + ε).
[<RequireQualifiedAccess>]
type Adagrad =
    {
        /// v₀, where the sum of squares begins, at least 0.
        InitialAccumulator: float
        /// ε, above 0.
        Epsilon: float
        /// Where ε stands. v has no bias correction: `Outside` and `Hat` are the same.
        Placement: EpsilonPlacement
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "initial accumulator " + Text.number settings.InitialAccumulator
          "epsilon " + Text.number settings.Epsilon
          "epsilon " + string settings.Placement ]
        |> Text.listed "adagrad"

[<Struct; RequireQualifiedAccess>]
type internal AdagradRule<'T> =
    { Rate: Lane<'T>
      Initial: Lane<'T>
      Root: Denominator<'T> }

    static member At(settings: Adagrad, step: int, rate: float) : AdagradRule<'T> =
        { Rate = Lane.create rate
          Initial = Lane.create (Rule.onFirst step settings.InitialAccumulator)
          Root = Denominator.Of(settings.Placement, settings.Epsilon, 1.0) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, m, u) =
            let v = (v + a.Initial) + g * g
            struct (a.Rate * g / a.Root.Of v, v, m, u)

module internal Adagrad =

    [<Literal>]
    let InitialAccumulator = 0.0

    [<Literal>]
    let Epsilon = 1e-10

    let private defaults (convention: Convention) : Adagrad =
        { InitialAccumulator = Convention.pick convention InitialAccumulator 0.0 0.1 0.1
          Epsilon = Convention.pick convention Epsilon 1e-7 1e-7 1e-7
          Placement = EpsilonPlacement.uncorrected convention }

    let private fields: Field<Adagrad> list =
        [ Field.number
              "initial-accumulator"
              "Where the sum of squares begins"
              Interval.atLeast0
              _.InitialAccumulator
              (fun x settings -> { settings with InitialAccumulator = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.placement _.Placement (fun x settings -> { settings with Placement = x }) ]

    let private formula (settings: Adagrad) : string list =
        [ $"v = v + g², beginning at {Text.number settings.InitialAccumulator}"
          $"""w -= α·g / {Denominator.words "v" settings.Placement}""" ]

    let private note: OptimizerNote =
        { Name = "adagrad"
          Idea = "Every weight's rate falls with the squares of its gradients so far."
          Paper = "Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods, diagonal form"
          Defaults = "α = 0.01, v₀ = 0, ε = 1e-10 (PyTorch)."
          OfferedBy = Convention.all
          Differences =
            [ "Keras 3 and optax begin at v₀ = 0.1 and divide by √(v + ε), ε = 1e-7: first steps are short for small gradients."
              "PyTorch's option to let α fall as α / (1 + (t-1)·decay) is a schedule here." ] }

    let page: IOptimizerPage<Adagrad> =
        { new IOptimizerPage<Adagrad> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 0.01 0.01 1e-3 0.01
            member _.Fields = fields
            member _.Slots _ = [ "sum_of_squares" ]
            member _.Formula settings = formula settings

            member _.Visit(settings, visitor) = visitor.Visit(fun step rate -> AdagradRule<'T>.At(settings, step, rate)) }

type Adagrad with

    /// As PyTorch sets it.
    static member standard: Adagrad = fst (Adagrad.page.Defaults Convention.Torch)
