namespace NeuralNetwork.Maths

open System.Runtime.CompilerServices

/// Nesterov's accelerated gradient: momentum whose gradient is taken a step ahead (Nesterov 1983), in the form of Sutskever,
/// Martens, Dahl and Hinton 2013, rewritten for the point where the gradient is known: m = µ·m + g; w -= α·(g + µ·m). Keras keeps
/// the rate in the buffer: m = µ·m + α·g; w -= α·g + µ·m.
[<RequireQualifiedAccess>]
type NAG =
    {
        /// µ, the share of the buffer that a step keeps, in [0, 1).
        Momentum: float
        /// Whether the learning rate is in the buffer, as in Keras, and not outside, as in PyTorch.
        RateInBuffer: bool
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "momentum " + Text.number settings.Momentum
          if settings.RateInBuffer then
              "rate in buffer" ]
        |> Text.listed "nag"

[<Struct; RequireQualifiedAccess>]
type internal NAGRule<'T> =
    { Mu: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    static member At(settings: NAG, rate: float) : NAGRule<'T> =
        let rates = Rates.Of(settings.RateInBuffer, rate)

        { Mu = Lane.create settings.Momentum
          Inside = Lane.create rates.Inside
          Outside = Lane.create rates.Outside }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let g = a.Inside * g
            let m = a.Mu * m + g
            struct (a.Outside * (g + a.Mu * m), m, v, u)

module internal NAG =

    let private defaults (convention: Convention) : NAG =
        { Momentum = Buffer.Momentum; RateInBuffer = Buffer.rateInBuffer convention }

    let private fields: Field<NAG> list =
        [ Field.momentum _.Momentum (fun x settings -> { settings with Momentum = x })
          Field.rateInBuffer _.RateInBuffer (fun x settings -> { settings with RateInBuffer = x }) ]

    let private formula (settings: NAG) : string list =
        if settings.RateInBuffer then
            [ "m = µ·m + α·g"; "w -= α·g + µ·m" ]
        else
            [ "m = µ·m + g"; "w -= α·(g + µ·m)" ]

    let private note: OptimizerNote =
        { Name = "nag"
          Idea = "Momentum whose gradient is taken a step ahead, rewritten for the point where it is known."
          Paper = "Nesterov 1983, in the form of Sutskever, Martens, Dahl and Hinton 2013"
          Defaults = "µ = 0.9 (Sutskever et al. 2013)."
          OfferedBy = Convention.all
          Differences = [ "α outside the buffer (PyTorch, optax) or inside (Keras), as in momentum." ] }

    let page: IOptimizerPage<NAG> =
        { new IOptimizerPage<NAG> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 1e-3 0.01 0.01 1e-3
            member _.Fields = fields
            member _.Slots _ = [ "momentum" ]
            member _.Formula settings = formula settings
            member _.Visit(settings, visitor) = visitor.Visit(fun _ rate -> NAGRule<'T>.At(settings, rate)) }

type NAG with

    /// As PyTorch sets it.
    static member standard: NAG = fst (NAG.page.Defaults Convention.Torch)
