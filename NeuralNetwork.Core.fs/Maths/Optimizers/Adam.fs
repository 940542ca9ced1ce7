namespace NeuralNetwork.Maths

open System.Runtime.CompilerServices

/// Adam: the mean gradient over the root of the mean square, both corrected for their beginning at 0:
/// m = β₁·m + (1 - β₁)·g; v = β₂·v + (1 - β₂)·g²; w -= α·m̂ / (√v̂ + ε) with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) (Kingma and Ba
/// 2015, algorithm 1). Keras adds ε before the correction, optax may add it under the root.
[<RequireQualifiedAccess>]
type Adam =
    {
        /// β₁, the share of the mean gradient that a step keeps, in [0, 1).
        Beta1: float
        /// β₂, the share of the mean square that a step keeps, in [0, 1).
        Beta2: float
        /// ε, above 0.
        Epsilon: float
        /// Where ε stands.
        Placement: EpsilonPlacement
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1
          "beta2 " + Text.number settings.Beta2
          "epsilon " + Text.number settings.Epsilon
          "epsilon " + string settings.Placement ]
        |> Text.listed "adam"

/// Rate = α / (1 - β₁ᵗ); Root knows 1 - β₂ᵗ.
[<Struct; RequireQualifiedAccess>]
type internal AdamRule<'T> =
    { Rate: Lane<'T>
      Mean: Average<'T>
      Square: Average<'T>
      Root: Denominator<'T> }

    static member At(settings: Adam, step: int, rate: float) : AdamRule<'T> =
        { Rate = Lane.create (rate / Rule.correction settings.Beta1 step)
          Mean = Average.Of settings.Beta1
          Square = Average.Of settings.Beta2
          Root = Denominator.Of(settings.Placement, settings.Epsilon, Rule.correction settings.Beta2 step) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mean.Next(m, g)
            let v = a.Square.Next(v, g * g)
            struct (a.Rate * m / a.Root.Of v, m, v, u)

module internal Adam =

    [<Literal>]
    let Beta1 = 0.9

    [<Literal>]
    let Beta2 = 0.999

    let defaults (convention: Convention) : Adam =
        let outside, hat = EpsilonPlacement.Outside, EpsilonPlacement.Hat

        { Beta1 = Beta1
          Beta2 = Beta2
          Epsilon = Denominator.epsilon convention
          Placement = Convention.pick convention outside hat hat outside }

    let private fields: Field<Adam> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.placement _.Placement (fun x settings -> { settings with Placement = x }) ]

    /// Its formula in words.
    let formula (settings: Adam) : string list =
        [ Moments.first
          Moments.second settings.Placement
          $"""w -= {Moments.over "m̂" "v" settings.Placement}""" ]

    let private note: OptimizerNote =
        { Name = "adam"
          Idea = "The mean gradient over the root of the mean square, both corrected for their beginning at 0."
          Paper = "Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1"
          Defaults = "α = 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-8 (the paper, PyTorch, optax); ε = 1e-7 (Keras)."
          OfferedBy = Convention.all
          Differences =
            [ "Keras divides by √v + ε before the correction (\"ε-hat\"): its ε acts like ε / √(1 - β₂ᵗ), 32 times as strong in the first step."
              "optax can also put an ε under the root." ] }

    let page: IOptimizerPage<Adam> =
        { new IOptimizerPage<Adam> with
            member _.Note = note
            // α = 10⁻³: the paper's.
            member _.Defaults convention = defaults convention, 1e-3
            member _.Fields = fields
            member _.Slots _ = Moments.slots
            member _.Formula settings = formula settings
            member _.Visit(settings, visitor) = visitor.Visit(fun step rate -> AdamRule<'T>.At(settings, step, rate)) }

type Adam with

    /// As the paper and PyTorch set it.
    static member standard: Adam = fst (Adam.page.Defaults Convention.Torch)
