namespace NeuralNetwork.Maths

open System
open System.Runtime.CompilerServices

/// Nadam: Adam with Nesterov's look ahead, w -= α·(µₜ₊₁·m / (1 - P·µₜ₊₁) + (1 - µₜ)·g / (1 - P)) / (√v̂ + ε), where
/// µₜ = β₁·(1 - ½·0.96^(ψt)) and P = µ₁·…·µₜ (Dozat 2016). Without the schedule, as in optax, µₜ = β₁, which is ψ = ∞.
[<RequireQualifiedAccess>]
type Nadam =
    {
        /// β₁, the share of the mean gradient that a step keeps, in [0, 1).
        Beta1: float
        /// β₂, the share of the mean square that a step keeps, in [0, 1).
        Beta2: float
        /// ε, above 0.
        Epsilon: float
        /// Whether the share µₜ of the mean gradient warms up.
        Scheduled: bool
        /// ψ, the pace of that warm-up, at least 0.
        Psi: float
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1
          "beta2 " + Text.number settings.Beta2
          "epsilon " + Text.number settings.Epsilon
          if settings.Scheduled then
              "scheduled"
          "psi " + Text.number settings.Psi ]
        |> Text.listed "nadam"

module private Warming =

    /// µₜ = β₁·(1 - ½·qᵗ), where q = 0.96^ψ.
    let mu (beta1: float) (q: float) (step: int) : float = beta1 * (1.0 - 0.5 * Scalar.power q (float step))

    /// p·µₜ·…·µ of the last of so many steps, given qᵗ: followed no further than it can be seen in 1 - p.
    let rec product (beta1: float) (q: float) (steps: int) (power: float) (p: float) : float =
        if steps = 0 || p < 1e-17 then
            p
        else
            product beta1 q (steps - 1) (power * q) (p * beta1 * (1.0 - 0.5 * power))

[<Struct; RequireQualifiedAccess>]
type internal NadamRule<'T> =
    { Ahead: Lane<'T>
      Fresh: Lane<'T>
      Mean: Average<'T>
      Square: Average<'T>
      Root: Denominator<'T> }

    static member At(settings: Nadam, step: int, rate: float) : NadamRule<'T> =
        let beta1, q = settings.Beta1, (if settings.Scheduled then Scalar.power 0.96 settings.Psi else 0.0)
        let now, next = Warming.mu beta1 q step, Warming.mu beta1 q (step + 1)
        let p = Warming.product beta1 q step q 1.0

        { Ahead = Lane.create (rate * next / (1.0 - p * next))
          Fresh = Lane.create (rate * (1.0 - now) / (1.0 - p))
          Mean = Average.Of beta1
          Square = Average.Of settings.Beta2
          Root = Denominator.Of(EpsilonPlacement.Outside, settings.Epsilon, Rule.correction settings.Beta2 step) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mean.Next(m, g)
            let v = a.Square.Next(v, g * g)
            struct ((a.Ahead * m + a.Fresh * g) / a.Root.Of v, m, v, u)

module internal Nadam =

    [<Literal>]
    let Scheduled = true

    [<Literal>]
    let Psi = 0.004

    let private defaults (convention: Convention) : Nadam =
        { Beta1 = Adam.Beta1
          Beta2 = Adam.Beta2
          Epsilon = Denominator.epsilon convention
          Scheduled = Convention.pick convention Scheduled true true false
          Psi = Convention.pick convention Psi 0.004 1.0 0.0 }

    let private fields: Field<Nadam> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.flag "scheduled" "Whether the first decay warms up" _.Scheduled (fun x settings ->
              { settings with Scheduled = x })
          Field.number "psi" "Pace of that warm-up" Interval.atLeast0 _.Psi (fun x settings ->
              { settings with Psi = x }) ]

    let private formula (settings: Nadam) : string list =
        let moments = [ "m = β₁·m + (1 - β₁)·g"; Moments.second EpsilonPlacement.Outside ]

        if settings.Scheduled then
            moments
            @ [ "µₜ = β₁·(1 - ½·0.96^(ψ·t)),  P = µ₁·µ₂·…·µₜ"
                "w -= α·(µₜ₊₁·m / (1 - P·µₜ₊₁) + (1 - µₜ)·g / (1 - P)) / (√v̂ + ε)" ]
        else
            moments @ [ "w -= α·(β₁·m / (1 - β₁ᵗ⁺¹) + (1 - β₁)·g / (1 - β₁ᵗ)) / (√v̂ + ε)" ]

    let private note: OptimizerNote =
        { Name = "nadam"
          Idea = "Adam with Nesterov's look ahead and a momentum that warms up."
          Paper = "Dozat 2016, Incorporating Nesterov Momentum into Adam"
          Defaults = "α = 0.002, ψ = 0.004, ε = 1e-8 (PyTorch). Keras 3: α = 0.001, ψ = 1, ε = 1e-7."
          OfferedBy = Convention.all
          Differences =
            [ "With ψ = 0.004 µ reaches 0.83 after 11 725 steps; with ψ = 1 it is 0.89 after 100."
              "optax has no schedule: µₜ = β₁." ] }

    let page: IOptimizerPage<Nadam> =
        { new IOptimizerPage<Nadam> with
            member _.Note = note
            member _.Defaults convention = defaults convention, Convention.pick convention 2e-3 2e-3 1e-3 2e-3
            member _.Fields = fields
            member _.Slots _ = Moments.slots
            member _.Formula settings = formula settings
            member _.Visit(settings, visitor) = visitor.Visit(fun step rate -> NadamRule<'T>.At(settings, step, rate)) }

type Nadam with

    /// As PyTorch sets it.
    static member standard: Nadam = fst (Nadam.page.Defaults Convention.Torch)
