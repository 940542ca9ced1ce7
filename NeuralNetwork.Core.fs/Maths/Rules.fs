namespace NeuralNetwork

open System
open System.Numerics
open System.Runtime.CompilerServices

// Update rules: what an optimizer does to one lane of weights. A rule sees the gradient and its own slots, never the
// weight itself: weight decay is done beside it. Everything that depends on the step alone (rates, bias corrections)
// is a scalar, worked out in double precision when the rule of a step is made by `At`. Every slot begins at 0; what
// begins elsewhere is added on the first step.
//
// Letters: g gradient, m v u the slots, α the learning rate, t the step (the first is 1), ε against division by 0.

/// What a rule gives back for a lane of weights: the step to subtract, and the slots' new values.
type Next<'T> = (struct (Lane<'T> * Lane<'T> * Lane<'T> * Lane<'T>))

/// An update rule on lanes: gradient g and slots m, v, u in; step and new slots out. A rule with fewer slots passes the
/// others through.
type IRule<'T> =
    abstract Next: g: Lane<'T> * m: Lane<'T> * v: Lane<'T> * u: Lane<'T> -> Next<'T>

/// An exponential moving average: β·old + (1 - β)·x.
[<Struct>]
type Average<'T> =
    { Keep: Lane<'T>
      Take: Lane<'T> }

    static member Of(beta: float) : Average<'T> = { Keep = Lane.create beta; Take = Lane.create (1.0 - beta) }
    member inline a.Next(old: Lane<'T>, x: Lane<'T>) : Lane<'T> = a.Keep * old + a.Take * x

/// √(v/c) with ε in any of its places: scale·√(v + inside) + outside.
[<Struct>]
type Denominator<'T> =
    { Scale: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    /// For a v whose bias correction is c = 1 - βᵗ, or 1 for a v that has none.
    static member Of(placement: EpsilonPlacement, epsilon: float, c: float) : Denominator<'T> =
        let inside, outside =
            match placement with
            | EpsilonPlacement.Outside -> 0.0, epsilon
            | EpsilonPlacement.Inside -> epsilon * c, 0.0
            | EpsilonPlacement.Hat -> 0.0, epsilon / sqrt c

        { Scale = Lane.create (1.0 / sqrt c); Inside = Lane.create inside; Outside = Lane.create outside }

    /// 1, whatever v is.
    static member One: Denominator<'T> = { Scale = Lane<'T>.Zero; Inside = Lane<'T>.Zero; Outside = Lane<'T>.One }

    member inline d.Of(v: Lane<'T>) : Lane<'T> = d.Scale * Vector.SquareRoot(v + d.Inside) + d.Outside

/// How the learning rate meets a momentum buffer: outside, m sums gradients and α·m is subtracted; inside, m sums
/// α·gradients and is subtracted. The same path while the rate is constant, another after every change of it.
[<Struct>]
type private Rates =
    { Inside: float
      Outside: float }

    static member Of(inBuffer: bool, rate: float) : Rates =
        if inBuffer then { Inside = rate; Outside = 1.0 } else { Inside = 1.0; Outside = rate }

module private Rule =

    /// 1 - βᵗ
    let correction (beta: float) (step: int) : float = 1.0 - Math.Pow(beta, float step)

    /// What is true of the first step alone.
    let onFirst (step: int) (value: float) : float = if step = 1 then value else 0.0

    /// Nadam's µₜ = β₁·(1 - ½·qᵗ), where q = 0.96^ψ.
    let mu (beta1: float) (q: float) (step: int) : float = beta1 * (1.0 - 0.5 * Math.Pow(q, float step))

    /// p·µₜ·…·µ of the last of so many steps, given qᵗ: followed no further than it can be seen in 1 - p.
    let rec product (beta1: float) (q: float) (steps: int) (power: float) (p: float) : float =
        if steps = 0 || p < 1e-17 then
            p
        else
            product beta1 q (steps - 1) (power * q) (p * beta1 * (1.0 - 0.5 * power))

    /// -1, 0 or 1; NaN stays NaN.
    let inline sign (x: Lane<'T>) : Lane<'T> =
        let ofSmaller = Lane.whereGreater Lane<'T>.Zero x -Lane<'T>.One x
        Lane.whereGreater x Lane<'T>.Zero Lane<'T>.One ofSmaller

/// w -= α·g
[<Struct>]
type SGDRule<'T> =
    { Rate: Lane<'T> }

    static member At(rate: float) : SGDRule<'T> = { Rate = Lane.create rate }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) = struct (a.Rate * g, m, v, u)

/// Polyak 1964: m = µ·m + (1 - d)·g; w -= α·m. The first gradient is not dampened, as in PyTorch.
[<Struct>]
type MomentumRule<'T> =
    { Mu: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    static member At(mu: float, dampening: float, rateInBuffer: bool, step: int, rate: float) : MomentumRule<'T> =
        let rates = Rates.Of(rateInBuffer, rate)
        let fresh = if step = 1 then 1.0 else 1.0 - dampening

        { Mu = Lane.create mu
          Inside = Lane.create (fresh * rates.Inside)
          Outside = Lane.create rates.Outside }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mu * m + a.Inside * g
            struct (a.Outside * m, m, v, u)

/// Nesterov 1983 in the form of Sutskever 2013, at the point where the gradient is known: m = µ·m + g; w -= α·(g + µ·m)
[<Struct>]
type NAGRule<'T> =
    { Mu: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    static member At(mu: float, rateInBuffer: bool, rate: float) : NAGRule<'T> =
        let rates = Rates.Of(rateInBuffer, rate)
        { Mu = Lane.create mu; Inside = Lane.create rates.Inside; Outside = Lane.create rates.Outside }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let g = a.Inside * g
            let m = a.Mu * m + g
            struct (a.Outside * (g + a.Mu * m), m, v, u)

/// Duchi, Hazan and Singer 2011, diagonal form: v = v + g²; w -= α·g / (√v + ε)
[<Struct>]
type AdagradRule<'T> =
    { Rate: Lane<'T>
      Initial: Lane<'T>
      Root: Denominator<'T> }

    static member At
        (initial: float, epsilon: float, placement: EpsilonPlacement, step: int, rate: float)
        : AdagradRule<'T> =
        { Rate = Lane.create rate
          Initial = Lane.create (Rule.onFirst step initial)
          Root = Denominator.Of(placement, epsilon, 1.0) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, m, u) =
            let v = (v + a.Initial) + g * g
            struct (a.Rate * g / a.Root.Of v, v, m, u)

/// Tieleman and Hinton 2012 (lecture 6.5): v = ρ·v + (1 - ρ)·g²; w -= α·g / (√v + ε).
/// With momentum m = µ·m + g / (√v + ε); w -= α·m. Without, µ = 0 and m is not stored.
[<Struct>]
type RMSpropRule<'T> =
    { Square: Average<'T>
      Root: Denominator<'T>
      Mu: Lane<'T>
      Inside: Lane<'T>
      Outside: Lane<'T> }

    static member At
        (rho: float, momentum: float, epsilon: float, placement: EpsilonPlacement, rateInBuffer: bool, rate: float)
        : RMSpropRule<'T> =
        let rates = Rates.Of(rateInBuffer, rate)

        { Square = Average.Of rho
          Root = Denominator.Of(placement, epsilon, 1.0)
          Mu = Lane.create momentum
          Inside = Lane.create rates.Inside
          Outside = Lane.create rates.Outside }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, m, u) =
            let v = a.Square.Next(v, g * g)
            let m = a.Mu * m + a.Inside * g / a.Root.Of v
            struct (a.Outside * m, v, m, u)

/// Graves 2013: RMSprop over the gradient's variance, v - u² with the mean gradient u = ρ·u + (1 - ρ)·g.
/// Rounding may put u² a little above v; the variance is then 0.
[<Struct>]
type CenteredRMSpropRule<'T> =
    { Plain: RMSpropRule<'T> }

    static member At
        (rho: float, momentum: float, epsilon: float, placement: EpsilonPlacement, rateInBuffer: bool, rate: float)
        : CenteredRMSpropRule<'T> =
        { Plain = RMSpropRule<'T>.At(rho, momentum, epsilon, placement, rateInBuffer, rate) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, u, m) =
            let a = a.Plain
            let v = a.Square.Next(v, g * g)
            let u = a.Square.Next(u, g)
            let variance = Vector.Max(v - u * u, Lane<'T>.Zero)
            let m = a.Mu * m + a.Inside * g / a.Root.Of variance
            struct (a.Outside * m, v, u, m)

/// Zeiler 2012, algorithm 1: v = ρ·v + (1 - ρ)·g²; d = √(u + ε) / √(v + ε)·g; u = ρ·u + (1 - ρ)·d²; w -= α·d.
/// The paper has no rate: α = 1.
[<Struct>]
type AdadeltaRule<'T> =
    { Rate: Lane<'T>
      Square: Average<'T>
      Epsilon: Lane<'T> }

    static member At(rho: float, epsilon: float, rate: float) : AdadeltaRule<'T> =
        { Rate = Lane.create rate; Square = Average.Of rho; Epsilon = Lane.create epsilon }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, v, u, m) =
            let v = a.Square.Next(v, g * g)
            let d = Vector.SquareRoot(u + a.Epsilon) / Vector.SquareRoot(v + a.Epsilon) * g
            let u = a.Square.Next(u, d * d)
            struct (a.Rate * d, v, u, m)

/// Kingma and Ba 2015, algorithm 1: m = β₁·m + (1 - β₁)·g; v = β₂·v + (1 - β₂)·g²; w -= α·m̂ / (√v̂ + ε)
/// with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ). Rate = α / (1 - β₁ᵗ); Root knows 1 - β₂ᵗ.
[<Struct>]
type AdamRule<'T> =
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
[<Struct>]
type AMSGradRule<'T> =
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
[<Struct>]
type AdamaxRule<'T> =
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
[<Struct>]
type NadamRule<'T> =
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

/// Chen et al. 2023, algorithm 2: w -= α·sign(β₁·m + (1 - β₁)·g); m = β₂·m + (1 - β₂)·g
[<Struct>]
type LionRule<'T> =
    { Rate: Lane<'T>
      Direction: Average<'T>
      Mean: Average<'T> }

    static member At(beta1: float, beta2: float, rate: float) : LionRule<'T> =
        { Rate = Lane.create rate; Direction = Average.Of beta1; Mean = Average.Of beta2 }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) = struct (a.Rate * Rule.sign (a.Direction.Next(m, g)), a.Mean.Next(m, g), v, u)

/// Riedmiller and Braun 1993 in the form iRprop⁻ of Igel and Hüsken 2000, PyTorch's: every weight has a step size u of
/// its own, ×η⁺ where the gradient keeps its sign and ×η⁻ where it changed, when the gradient counts as 0:
/// w -= u·sign g; m = g. The learning rate of the first step is the first step size; later rates are not looked at.
[<Struct>]
type RpropRule<'T> =
    { Initial: Lane<'T>
      Shrink: Lane<'T>
      Grow: Lane<'T>
      Least: Lane<'T>
      Greatest: Lane<'T> }

    static member At
        (etaMinus: float, etaPlus: float, least: float, greatest: float, step: int, rate: float)
        : RpropRule<'T> =
        { Initial = Lane.create (Rule.onFirst step rate)
          Shrink = Lane.create etaMinus
          Grow = Lane.create etaPlus
          Least = Lane.create least
          Greatest = Lane.create greatest }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, u, v) =
            let zero, one = Lane<'T>.Zero, Lane<'T>.One
            // The product of the signs: that of the gradients might underflow.
            let agreement = Rule.sign g * Rule.sign m
            let factor = Lane.whereGreater agreement zero a.Grow (Lane.whereGreater zero agreement a.Shrink one)
            let u = Vector.Min(Vector.Max((u + a.Initial) * factor, a.Least), a.Greatest)
            let g = Lane.whereGreater zero agreement zero g
            struct (u * Rule.sign g, g, u, v)
