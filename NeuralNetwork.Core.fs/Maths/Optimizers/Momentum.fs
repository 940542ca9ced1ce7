namespace NeuralNetwork.Maths

open System.Runtime.CompilerServices

/// Momentum: gradients add up in a buffer that forgets slowly, m = µ·m + (1 - d)·g; w -= α·m (Polyak 1964). The first gradient
/// is not dampened, as in PyTorch, which alone has a dampening d. Keras keeps the rate in the buffer: m = µ·m + α·g; w -= m.
[<RequireQualifiedAccess>]
type Momentum =
    {
        /// µ, the share of the buffer that a step keeps, in [0, 1).
        Momentum: float
        /// d, the share of a gradient that is left out of the buffer, in [0, 1).
        Dampening: float
        /// Whether the learning rate is in the buffer, as in Keras, and not outside, as in PyTorch.
        RateInBuffer: bool
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "momentum " + Text.number settings.Momentum
          "dampening " + Text.number settings.Dampening
          if settings.RateInBuffer then
              "rate in buffer" ]
        |> Text.listed "momentum"

[<Struct; RequireQualifiedAccess>]
type internal MomentumRule<'T> =
    { Mu: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    static member At(settings: Momentum, step: int, rate: float) : MomentumRule<'T> =
        let rates = Rates.Of(settings.RateInBuffer, rate)
        let fresh = if step = 1 then 1.0 else 1.0 - settings.Dampening

        { Mu = Lane.create settings.Momentum
          Inside = Lane.create (fresh * rates.Inside)
          Outside = Lane.create rates.Outside }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mu * m + a.Inside * g
            struct (a.Outside * m, m, v, u)

module internal Momentum =

    [<Literal>]
    let Dampening = 0.0

    let private defaults (convention: Convention) : Momentum =
        { Momentum = Buffer.Momentum; Dampening = Dampening; RateInBuffer = Buffer.rateInBuffer convention }

    let private fields: Field<Momentum> list =
        [ Field.momentum _.Momentum (fun x settings -> { settings with Momentum = x })
          Field.number
              "dampening"
              "Share of the gradient that the momentum leaves out"
              Interval.share
              _.Dampening
              (fun x settings -> { settings with Dampening = x })
          Field.rateInBuffer _.RateInBuffer (fun x settings -> { settings with RateInBuffer = x }) ]

    let private formula (settings: Momentum) : string list =
        if settings.Dampening = 0.0 then
            Buffer.lines settings.RateInBuffer "g"
        else
            let first = if settings.RateInBuffer then "α·g" else "g"
            Buffer.lines settings.RateInBuffer "(1 - d)·g" @ [ $"but m = {first} in the first step" ]

    let private note: OptimizerNote =
        { Name = "momentum"
          Idea = "Gradients add up in a buffer that forgets slowly."
          Paper = "Polyak 1964, Some methods of speeding up the convergence of iteration methods"
          Defaults = "µ = 0.9 (Sutskever et al. 2013), dampening d = 0."
          OfferedBy = Convention.all
          Differences =
            [ "PyTorch and optax keep α outside the buffer, Keras inside: m = µ·m + α·g; w -= m. The paths part when α changes."
              "Dampening d is PyTorch's alone: m = µ·m + (1 - d)·g, but m = g in the first step." ] }

    let page: IOptimizerPage<Momentum> =
        { new IOptimizerPage<Momentum> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 1e-3 0.01 0.01 1e-3
            member _.Fields = fields
            member _.Slots _ = [ "momentum" ]
            member _.Formula settings = formula settings

            member _.Visit(settings, visitor) =
                visitor.Visit(fun step rate -> MomentumRule<'T>.At(settings, step, rate)) }

type Momentum with

    /// As PyTorch sets it.
    static member standard: Momentum = fst (Momentum.page.Defaults Convention.Torch)
