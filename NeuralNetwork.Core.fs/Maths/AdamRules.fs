namespace NeuralNetwork

open System
open System.Numerics
open System.Runtime.CompilerServices

// Adam and its relatives: a bias-corrected mean of gradients over the root of a mean of squares.

/// Kingma and Ba 2015, algorithm 1: m = β₁·m + (1 - β₁)·g; v = β₂·v + (1 - β₂)·g²; w -= α·m̂ / (√v̂ + ε)
/// with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ). Rate = α / (1 - β₁ᵗ); Root knows 1 - β₂ᵗ.
[<Struct; RequireQualifiedAccess>]
type internal AdamRule<'T> =
    { Rate: Lane<'T>
      Mean: Average<'T>
      Square: Average<'T>
      Root: Denominator<'T> }

    static member At
        (beta1: float, beta2: float, epsilon: float, placement: EpsilonPlacement, step: int, rate: float)
        : AdamRule<'T> =
        { Rate = Lane.create (rate / Rule.correction beta1 step)
          Mean = Average.Of beta1
          Square = Average.Of beta2
          Root = Denominator.Of(placement, epsilon, Rule.correction beta2 step) }

    /// Liu et al. 2020, algorithm 2: Adam times r = √((ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ)), where
    /// ρ∞ = 2/(1 - β₂) - 1 and ρₜ = ρ∞ - 2t·β₂ᵗ/(1 - β₂ᵗ). While ρₜ <= 5 (4 in the paper) the variance of v̂ is beyond
    /// mending, and the step is α·m̂.
    static member Rectified
        (beta1: float, beta2: float, epsilon: float, placement: EpsilonPlacement, step: int, rate: float)
        : AdamRule<'T> =
        let adam = AdamRule<'T>.At(beta1, beta2, epsilon, placement, step, rate)
        let limit = 2.0 / (1.0 - beta2) - 1.0
        let length = limit - 2.0 * float step * Math.Pow(beta2, float step) / Rule.correction beta2 step

        if length > 5.0 then
            let grown, whole = (length - 4.0) * (length - 2.0) / length, (limit - 4.0) * (limit - 2.0) / limit
            { adam with Rate = adam.Rate * Lane.create (sqrt (grown / whole)) }
        else
            { adam with Root = Denominator.One }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mean.Next(m, g)
            let v = a.Square.Next(v, g * g)
            struct (a.Rate * m / a.Root.Of v, m, v, u)

/// Reddi, Kale and Kumar 2018: Adam whose denominator never shrinks, u = max(u, v), bias-corrected afterwards as in
/// PyTorch (the paper corrects nothing); or u = max(u, v̂), the maximum of the corrected moment.
[<Struct; RequireQualifiedAccess>]
type internal AMSGradRule<'T> =
    { Adam: AdamRule<'T>
      Correct: Lane<'T> }

    static member At
        (
            beta1: float,
            beta2: float,
            epsilon: float,
            placement: EpsilonPlacement,
            correctedMaximum: bool,
            step: int,
            rate: float
        ) : AMSGradRule<'T> =
        let rule = AdamRule<'T>.At(beta1, beta2, epsilon, placement, step, rate)

        if correctedMaximum then
            { Adam = { rule with Root = Denominator.Of(placement, epsilon, 1.0) }
              Correct = Lane.create (1.0 / Rule.correction beta2 step) }
        else
            { Adam = rule; Correct = Lane<'T>.One }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Adam.Mean.Next(m, g)
            let v = a.Adam.Square.Next(v, g * g)
            let u = Vector.Max(u, a.Correct * v)
            struct (a.Adam.Rate * m / a.Adam.Root.Of u, m, v, u)

/// Kingma and Ba 2015, algorithm 2: m = β₁·m + (1 - β₁)·g; u = max(β₂·u, |g|); w -= α/(1 - β₁ᵗ)·m / u.
/// The paper has no ε; it is added to |g| (PyTorch) or to u (Keras).
[<Struct; RequireQualifiedAccess>]
type internal AdamaxRule<'T> =
    { Rate: Lane<'T>
      Mean: Average<'T>
      Beta2: Lane<'T>
      InMaximum: Lane<'T>
      After: Lane<'T> }

    static member At
        (beta1: float, beta2: float, epsilon: float, inMaximum: bool, step: int, rate: float)
        : AdamaxRule<'T> =
        { Rate = Lane.create (rate / Rule.correction beta1 step)
          Mean = Average.Of beta1
          Beta2 = Lane.create beta2
          InMaximum = Lane.create (if inMaximum then epsilon else 0.0)
          After = Lane.create (if inMaximum then 0.0 else epsilon) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, u, v) =
            let m = a.Mean.Next(m, g)
            let u = Vector.Max(a.Beta2 * u, Vector.Abs g + a.InMaximum)
            struct (a.Rate * m / (u + a.After), m, u, v)

/// Dozat 2016: Adam with Nesterov's look ahead, w -= α·(µₜ₊₁·m / (1 - Pµₜ₊₁) + (1 - µₜ)·g / (1 - P)) / (√v̂ + ε)
/// where µₜ = β₁·(1 - ½·0.96^(ψt)) and P = µ₁·…·µₜ. Without the schedule µₜ = β₁, which is ψ = ∞.
[<Struct; RequireQualifiedAccess>]
type internal NadamRule<'T> =
    { Ahead: Lane<'T>
      Fresh: Lane<'T>
      Mean: Average<'T>
      Square: Average<'T>
      Root: Denominator<'T> }

    static member At
        (beta1: float, beta2: float, epsilon: float, scheduled: bool, psi: float, step: int, rate: float)
        : NadamRule<'T> =
        let pace = if scheduled then Math.Pow(0.96, psi) else 0.0
        let now, next = Rule.mu beta1 pace step, Rule.mu beta1 pace (step + 1)
        let p = Rule.product beta1 pace step pace 1.0

        { Ahead = Lane.create (rate * next / (1.0 - p * next))
          Fresh = Lane.create (rate * (1.0 - now) / (1.0 - p))
          Mean = Average.Of beta1
          Square = Average.Of beta2
          Root = Denominator.Of(EpsilonPlacement.Outside, epsilon, Rule.correction beta2 step) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mean.Next(m, g)
            let v = a.Square.Next(v, g * g)
            struct ((a.Ahead * m + a.Fresh * g) / a.Root.Of v, m, v, u)
