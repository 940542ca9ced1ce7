namespace NeuralNetwork.Maths

open System

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

/// Does something with a rule whose type the compiler knows. `at` gives the rule of a step (the first is 1) and rate.
type internal IRuleVisitor<'T, 'Result> =
    abstract Visit<'Rule when 'Rule: struct and 'Rule :> IRule<'T>> : at: Func<int, float, 'Rule> -> 'Result

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

module internal Rule =

    /// 1 - βᵗ: how much of an average that began at 0 is made of values.
    let correction (beta: float) (step: int) : float = 1.0 - Scalar.power beta (float step)

    /// What is true of the first step alone.
    let onFirst (step: int) (value: float) : float = if step = 1 then value else 0.0
