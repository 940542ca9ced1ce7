namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.CompilerServices

/// Adamax: Adam in the infinity norm, the mean gradient over its decaying maximum: m = β₁·m + (1 - β₁)·g; u = max(β₂·u, |g|);
/// w -= α/(1 - β₁ᵗ)·m / u (Kingma and Ba 2015, algorithm 2). The paper has no ε; it is added to |g| (PyTorch) or to u (Keras).
[<RequireQualifiedAccess>]
type Adamax =
    {
        /// β₁, the share of the mean gradient that a step keeps, in [0, 1).
        Beta1: float
        /// β₂, the share of the maximum that a step keeps, in [0, 1).
        Beta2: float
        /// ε, above 0.
        Epsilon: float
        /// Whether ε is added to |g|, as in PyTorch, and not to u, as in Keras.
        EpsilonInMaximum: bool
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1
          "beta2 " + Text.number settings.Beta2
          "epsilon " + Text.number settings.Epsilon
          if settings.EpsilonInMaximum then
              "epsilon in maximum" ]
        |> Text.listed "adamax"

[<Struct; RequireQualifiedAccess>]
type internal AdamaxRule<'T> =
    { Rate: Lane<'T>
      Mean: Average<'T>
      Beta2: Lane<'T>
      InMaximum: Lane<'T>
      After: Lane<'T> }

    static member At(settings: Adamax, step: int, rate: float) : AdamaxRule<'T> =
        let inMaximum, after = if settings.EpsilonInMaximum then settings.Epsilon, 0.0 else 0.0, settings.Epsilon

        { Rate = Lane.create (rate / Rule.correction settings.Beta1 step)
          Mean = Average.Of settings.Beta1
          Beta2 = Lane.create settings.Beta2
          InMaximum = Lane.create inMaximum
          After = Lane.create after }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, u, v) =
            let m = a.Mean.Next(m, g)
            let u = Vector.Max(a.Beta2 * u, Vector.Abs g + a.InMaximum)
            struct (a.Rate * m / (u + a.After), m, u, v)

module internal Adamax =

    [<Literal>]
    let EpsilonInMaximum = true

    let private defaults (convention: Convention) : Adamax =
        { Beta1 = Adam.Beta1
          Beta2 = Adam.Beta2
          Epsilon = Denominator.epsilon convention
          EpsilonInMaximum = Convention.pick convention EpsilonInMaximum false false true }

    let private fields: Field<Adamax> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.flag "epsilon-in-maximum" "Whether epsilon enters the maximum" _.EpsilonInMaximum (fun x settings ->
              { settings with EpsilonInMaximum = x }) ]

    let private formula (settings: Adamax) : string list =
        if settings.EpsilonInMaximum then
            [ Moments.first; "u = max(β₂·u, |g| + ε)"; "w -= α·m̂ / u" ]
        else
            [ Moments.first; "u = max(β₂·u, |g|)"; "w -= α·m̂ / (u + ε)" ]

    let private note: OptimizerNote =
        { Name = "adamax"
          Idea = "Adam in the infinity norm: the mean gradient over its decaying maximum."
          Paper = "Kingma and Ba 2015, algorithm 2"
          Defaults = "α = 0.002, β₁ = 0.9, β₂ = 0.999 (the paper); ε = 1e-8 (PyTorch). Keras 3: α = 0.001, ε = 1e-7."
          OfferedBy = Convention.all
          Differences = [ "The paper has no ε; Keras adds it to u instead. Only gradients near 0 tell the two apart." ] }

    let page: IOptimizerPage<Adamax> =
        { new IOptimizerPage<Adamax> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 2e-3 2e-3 1e-3 2e-3
            member _.Fields = fields
            member _.Slots _ = [ "first_moment"; "infinity_norm" ]
            member _.Formula settings = formula settings

            member _.Visit(settings, visitor) = visitor.Visit(fun step rate -> AdamaxRule<'T>.At(settings, step, rate)) }

type Adamax with

    /// As PyTorch sets it.
    static member standard: Adamax = fst (Adamax.page.Defaults Convention.Torch)
