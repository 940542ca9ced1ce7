namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.CompilerServices

/// RMSprop: the gradient over the root of its recent mean square, v = ρ·v + (1 - ρ)·g²; w -= α·g / (√v + ε) (Tieleman and Hinton
/// 2012, lecture 6.5). With momentum, m = µ·m + g / (√v + ε); w -= α·m. Centered (Graves 2013), the variance v - u² stands under
/// the root, with the mean gradient u = ρ·u + (1 - ρ)·g. Keras 3 and optax divide by √(v + ε).
[<RequireQualifiedAccess>]
type RMSprop =
    {
        /// ρ, the share of the mean square that a step keeps, in [0, 1).
        Rho: float
        /// µ, the share of the buffer that a step keeps, in [0, 1); 0 for no momentum.
        Momentum: float
        /// Whether the mean gradient is taken off.
        Centered: bool
        /// ε, above 0.
        Epsilon: float
        /// Where ε stands. v has no bias correction: `Outside` and `Hat` are the same.
        Placement: EpsilonPlacement
        /// Whether the learning rate is in the buffer, as in Keras and optax, and not outside, as in PyTorch.
        RateInBuffer: bool
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "rho " + Text.number settings.Rho
          "momentum " + Text.number settings.Momentum
          if settings.Centered then
              "centered"
          "epsilon " + Text.number settings.Epsilon
          "epsilon " + string settings.Placement
          if settings.RateInBuffer then
              "rate in buffer" ]
        |> Text.listed "rmsprop"

/// Without momentum µ = 0, and m is not stored.
[<Struct; RequireQualifiedAccess>]
type internal RMSpropRule<'T> =
    { Square: Average<'T>
      Root: Denominator<'T>
      Mu: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    static member At(settings: RMSprop, rate: float) : RMSpropRule<'T> =
        let rates = Rates.Of(settings.RateInBuffer, rate)

        { Square = Average.Of settings.Rho
          Root = Denominator.Of(settings.Placement, settings.Epsilon, 1.0)
          Mu = Lane.create settings.Momentum
          Inside = Lane.create rates.Inside
          Outside = Lane.create rates.Outside }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, m, u) =
            let v = a.Square.Next(v, g * g)
            let m = a.Mu * m + a.Inside * g / a.Root.Of v
            struct (a.Outside * m, v, m, u)

/// Rounding may put u² a little above v; the variance is then 0.
[<Struct; RequireQualifiedAccess>]
type internal CenteredRMSpropRule<'T> =
    { Plain: RMSpropRule<'T> }

    static member At(settings: RMSprop, rate: float) : CenteredRMSpropRule<'T> =
        { Plain = RMSpropRule<'T>.At(settings, rate) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, u, m) =
            let a = a.Plain
            let v = a.Square.Next(v, g * g)
            let u = a.Square.Next(u, g)
            let variance = Vector.Max(v - u * u, Lane<'T>.Zero)
            let m = a.Mu * m + a.Inside * g / a.Root.Of variance
            struct (a.Outside * m, v, u, m)

module internal RMSprop =

    [<Literal>]
    let Rho = 0.99

    [<Literal>]
    let Momentum = 0.0

    [<Literal>]
    let Centered = false

    let private defaults (convention: Convention) : RMSprop =
        { Rho = Convention.pick convention Rho 0.9 0.9 0.9
          Momentum = Momentum
          Centered = Centered
          Epsilon = Denominator.epsilon convention
          Placement = EpsilonPlacement.uncorrected convention
          RateInBuffer = Convention.pick convention Buffer.RateInBuffer true true true }

    let private fields: Field<RMSprop> list =
        [ Field.rho _.Rho (fun x settings -> { settings with Rho = x })
          Field.momentum _.Momentum (fun x settings -> { settings with Momentum = x })
          Field.flag "centered" "Whether the mean gradient is taken off" _.Centered (fun x settings ->
              { settings with Centered = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.placement _.Placement (fun x settings -> { settings with Placement = x })
          Field.rateInBuffer _.RateInBuffer (fun x settings -> { settings with RateInBuffer = x }) ]

    let private slots (settings: RMSprop) : string list =
        [ "mean_square"
          if settings.Centered then
              "mean_gradient"
          if settings.Momentum <> 0.0 then
              "momentum" ]

    let private formula (settings: RMSprop) : string list =
        let deviation = Denominator.words (if settings.Centered then "(v - u²)" else "v") settings.Placement

        [ "v = ρ·v + (1 - ρ)·g²"
          if settings.Centered then
              "u = ρ·u + (1 - ρ)·g"
          yield! Buffer.lines settings.RateInBuffer $"g / {deviation}" ]

    let private note: OptimizerNote =
        { Name = "rmsprop"
          Idea = "The gradient over the root of its recent mean square."
          Paper = "Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013"
          Defaults = "α = 0.01, ρ = 0.99, ε = 1e-8, µ = 0 (PyTorch); α = 0.001, ρ = 0.9, ε = 1e-7 (Keras)."
          OfferedBy = Convention.all
          Differences =
            [ "Keras 3 and optax divide by √(v + ε): at g = 1e-4 and ε = 1e-7 the first step is a tenth of PyTorch's."
              "Centered (Graves 2013): u = ρ·u + (1 - ρ)·g, and v - u² under the root. µ is 0 without momentum."
              "With momentum, PyTorch keeps α outside the buffer, Keras and optax inside." ] }

    let page: IOptimizerPage<RMSprop> =
        { new IOptimizerPage<RMSprop> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 0.01 1e-3 1e-3 0.01
            member _.Fields = fields
            member _.Slots settings = slots settings
            member _.Formula settings = formula settings

            member _.Visit(settings, visitor) =
                if settings.Centered then
                    visitor.Visit(fun _ rate -> CenteredRMSpropRule<'T>.At(settings, rate))
                else
                    visitor.Visit(fun _ rate -> RMSpropRule<'T>.At(settings, rate)) }

type RMSprop with

    /// As PyTorch sets it.
    static member standard: RMSprop = fst (RMSprop.page.Defaults Convention.Torch)
