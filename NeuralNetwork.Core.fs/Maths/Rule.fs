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
type internal Next<'T> = (struct (Lane<'T> * Lane<'T> * Lane<'T> * Lane<'T>))

/// An update rule on lanes: gradient g and slots m, v, u in; step and new slots out. A rule with fewer slots passes the
/// others through.
type internal IRule<'T> =
    abstract Next: g: Lane<'T> * m: Lane<'T> * v: Lane<'T> * u: Lane<'T> -> Next<'T>

/// An exponential moving average: β·old + (1 - β)·x.
[<Struct; RequireQualifiedAccess>]
type internal Average<'T> =
    {
        /// β
        Keep: Lane<'T>
        /// 1 - β
        Take: Lane<'T>
    }

    /// With the weight β of the old average.
    static member Of(beta: float) : Average<'T> = { Keep = Lane.create beta; Take = Lane.create (1.0 - beta) }

    /// β·old + (1 - β)·x
    member inline a.Next(old: Lane<'T>, x: Lane<'T>) : Lane<'T> = a.Keep * old + a.Take * x

/// √(v/c) with ε in any of its places: scale·√(v + inside) + outside.
[<Struct; RequireQualifiedAccess>]
type internal Denominator<'T> =
    {
        /// What the root is multiplied with.
        Scale: Lane<'T>
        /// ε under the root.
        Inside: Lane<'T>
        /// ε behind the root.
        Outside: Lane<'T>
    }

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
[<Struct; RequireQualifiedAccess>]
type internal Rates =
    { Inside: float
      Outside: float }

    static member Of(inBuffer: bool, rate: float) : Rates =
        if inBuffer then { Inside = rate; Outside = 1.0 } else { Inside = 1.0; Outside = rate }

module internal Rule =

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
