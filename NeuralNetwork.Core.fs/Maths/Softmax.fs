namespace NeuralNetwork.Maths

open System.Numerics

/// Softmax, the function that makes shares of 1 of a row of numbers:
/// pⱼ = eᶻʲ⁻ᵐ / Σᵢ eᶻⁱ⁻ᵐ, where the shift m = max z keeps every exponential in [0, 1] and changes nothing.
/// It couples the numbers of a row, and so is a layer and no activation. Bridle 1990.
module internal Softmax =

    /// What a reader wants to know.
    let note: FormulaNote =
        { Name = "softmax"
          Idea = "The row becomes shares of 1: a layer of its own, for its numbers depend on each other."
          Formula = [ "pⱼ = exp(zⱼ - m) / Σᵢ exp(zᵢ - m),  m = max z"; "gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ)" ]
          Source = "Bridle 1990; between layers as in mixtures of experts, Jacobs, Jordan, Nowlan and Hinton 1991"
          Differences = [ "The same everywhere. As an output it belongs into the loss: cross-entropy takes z itself." ] }

    /// eᶻ⁻ᵐ
    let inline mass (m: Lane<'T>) (z: Lane<'T>) : Lane<'T> = Lane.exp (z - m)

    /// a·b, and 0 where b is 0, even if a is infinite
    let inline weigh (a: Lane<'T>) (b: Lane<'T>) : Lane<'T> =
        Vector.ConditionalSelect(Vector.Equals(b, Lane<'T>.Zero), Lane<'T>.Zero, a * b)

/// eᶻ⁻ᵐ, the share of a number before it is divided by the sum of the row
[<Struct; RequireQualifiedAccess>]
type internal SoftmaxMass<'T> =
    { Shift: Lane<'T> }

    interface IMap1<'T> with
        member f.Of z = Softmax.mass f.Shift z

/// p·gp, summed over the row, and 0 where gp is 0
[<Struct>]
type internal SoftmaxDot<'T> =
    interface IMap2<'T> with
        member _.Of(p, gp) = Softmax.weigh p gp

/// gz = p·(gp - Σ gp·p)
[<Struct; RequireQualifiedAccess>]
type internal SoftmaxDerivative<'T> =
    { Dot: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(p, gp) =
            let direct = gp
            let throughSum = f.Dot
            p * (direct - throughSum)
