namespace NeuralNetwork

open System.Numerics
open System.Runtime.CompilerServices

// The rules, one struct each, in the order of their ancestry; Adam and its relatives have a file of their own.

/// w -= α·g
[<Struct; RequireQualifiedAccess>]
type internal SGDRule<'T> =
    { Rate: Lane<'T> }

    static member At(rate: float) : SGDRule<'T> = { Rate = Lane.create rate }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) = struct (a.Rate * g, m, v, u)

/// Polyak 1964: m = µ·m + (1 - d)·g; w -= α·m. The first gradient is not dampened, as in PyTorch.
[<Struct; RequireQualifiedAccess>]
type internal MomentumRule<'T> =
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
[<Struct; RequireQualifiedAccess>]
type internal NAGRule<'T> =
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
[<Struct; RequireQualifiedAccess>]
type internal AdagradRule<'T> =
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
[<Struct; RequireQualifiedAccess>]
type internal RMSpropRule<'T> =
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
[<Struct; RequireQualifiedAccess>]
type internal CenteredRMSpropRule<'T> =
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
[<Struct; RequireQualifiedAccess>]
type internal AdadeltaRule<'T> =
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

/// Chen et al. 2023, algorithm 2: w -= α·sign(β₁·m + (1 - β₁)·g); m = β₂·m + (1 - β₂)·g
[<Struct; RequireQualifiedAccess>]
type internal LionRule<'T> =
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
[<Struct; RequireQualifiedAccess>]
type internal RpropRule<'T> =
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
