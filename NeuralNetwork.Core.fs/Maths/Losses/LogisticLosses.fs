namespace NeuralNetwork.Maths

open System.Numerics
open NeuralNetwork
open Elementary

// Losses of outputs that are yes or no each: the prediction is the probability p = σ(z), targets are 0 and 1. In double
// precision, as sums of terms of one sign, so that a small loss keeps all its digits.

module internal LogisticLoss =

    /// What all of them have in common.
    let page parameters note : LossPage =
        { Parameters = parameters
          Output = Output.Sigmoid
          Boundary = 0.5
          IsOfClasses = true
          Note = note }

    /// t·positive + (1 - t)·negative
    let inline mix (t: Vector<float>) positive negative = t * positive + (Vector<float>.One - t) * negative

/// Binary cross-entropy: L = -t·log p - (1 - t)·log(1 - p), ∂L/∂z = p - t.
/// As t·softplus(-z) + (1 - t)·softplus z: no logarithm of a probability is taken, and nothing cancels.
module internal BinaryCrossEntropy =

    let page =
        LogisticLoss.page
            []
            { Name = "binary-cross-entropy"
              Idea = "The same for outputs that are yes or no each."
              Formula =
                [ "p = σ(z)"
                  "L = -t·log p - (1 - t)·log(1 - p), mean over rows and outputs"
                  "∂L/∂z = (p - t) / (n·outputs)" ]
              Source = "maximum likelihood"
              Differences = [ "From z, as PyTorch's BCEWithLogitsLoss; Keras takes p unless from_logits is set." ] }

    /// t·softplus(-z) + (1 - t)·softplus z with softplus(±z) = max(±z, 0) + log1p(e^-|z|)
    let value (z: Vector<float>) (t: Vector<float>) : Vector<float> =
        let zero = Vector<float>.Zero
        log1p (exp (-Vector.Abs z)) + LogisticLoss.mix t (Vector.Max(-z, zero)) (Vector.Max(z, zero))

    /// σ(z) - t = (1 - t)·σ(z) - t·σ(-z)
    let derivative (z: Vector<float>) (t: Vector<float>) : Vector<float> = LogisticLoss.mix t -(sigmoid -z) (sigmoid z)

[<Struct>]
type internal BinaryCrossEntropyFormula<'T> =
    interface ILoss<'T> with
        member _.Page = BinaryCrossEntropy.page
        member _.Kinks _ = []
        member _.Value(z, t) = Lane.throughDouble2 (fun z t -> BinaryCrossEntropy.value z t) z t
        member _.Derivative(z, t) = Lane.throughDouble2 (fun z t -> BinaryCrossEntropy.derivative z t) z t

/// Focal loss: L = α·t·f(z) + (1 - α)·(1 - t)·f(-z) with f(u) = -(1 - q)^γ·log q, q = σ(u), which leaves alone what is
/// already right. Without balance both factors are 1. Lin, Goyal, Girshick, He and Dollár 2017.
module internal Focal =

    /// γ of the paper and of Keras.
    [<Literal>]
    let Gamma = 2.0

    /// α of the paper, of Keras's apply_class_balancing and of torchvision.
    [<Literal>]
    let Alpha = 0.25

    let page =
        LogisticLoss.page
            [ Parameter.positive "gamma" ]
            { Name = "focal"
              Idea = "Binary cross-entropy that leaves alone what is already right."
              Formula =
                [ "q = p of the target's class"
                  "L = -(1 - q)^γ·log q, mean over rows and outputs"
                  "derivative in q's own z: (1 - q)^γ·(γ·q·log q - (1 - q)), turned round for t = 0" ]
              Source = "Lin, Goyal, Girshick, He and Dollár 2017, Focal Loss for Dense Object Detection"
              Differences = [ "γ = 2 as in the paper and in Keras; PyTorch has it in torchvision only." ] }

    /// The page of its α-balanced form, equation 5 of the paper.
    let balanced =
        LogisticLoss.page
            [ Parameter.positive "gamma"; Parameter.share "alpha" ]
            { Name = "balanced-focal"
              Idea = "Focal loss with a weight α for the class 1 and 1 - α for the class 0."
              Formula =
                [ "q = p of the target's class"
                  "L = -α·(1 - q)^γ·log q for t = 1, -(1 - α)·(1 - q)^γ·log q for t = 0, mean over rows and outputs"
                  "derivative: that of focal times α for t = 1, times 1 - α for t = 0" ]
              Source = "Lin et al. 2017, equation 5"
              Differences = [ "γ = 2, α = 0.25 as in the paper, in Keras's apply_class_balancing and in torchvision." ] }

    /// log1p(e^-|u|) and σ(-u)^γ = e^(-γ·softplus u), the exponent in two parts, as (1 + f)·2ⁿ.
    let inline private focus (gamma: float) (u: Vector<float>) =
        let log = log1p (exp (-Vector.Abs u))
        // Beyond 800 / γ the power is 0.
        let right = Vector.Min(Vector.Max(u, Vector<float>.Zero), number (800.0 / gamma))
        let struct (product, lost) = twoProduct (number gamma) right
        let struct (high, low) = twoSum product (number gamma * log)
        struct (log, power -high -(low + lost))

    /// f(u) = -(1 - q)^γ log q = σ(-u)^γ·softplus(-u), q = σ(u)
    let private ofClass (gamma: float) (u: Vector<float>) : Vector<float> =
        let struct (log, struct (n, f)) = focus gamma u
        scaled n ((Vector<float>.One + f) * (log + Vector.Max(-u, Vector<float>.Zero)))

    /// f'(u) = -σ(-u)^γ·(γ·σ(u)·softplus(-u) + σ(-u))
    let private derivativeOfClass (gamma: float) (u: Vector<float>) : Vector<float> =
        let struct (log, struct (n, f)) = focus gamma u
        let loss = log + Vector.Max(-u, Vector<float>.Zero)
        -(scaled n ((Vector<float>.One + f) * (number gamma * sigmoid u * loss + sigmoid -u)))

    /// positive·t·f(z) + negative·(1 - t)·f(-z)
    let value (gamma: float) (positive: float) (negative: float) (z: Vector<float>) (t: Vector<float>) =
        LogisticLoss.mix t (number positive * ofClass gamma z) (number negative * ofClass gamma -z)

    /// positive·t·f'(z) - negative·(1 - t)·f'(-z)
    let derivative (gamma: float) (positive: float) (negative: float) (z: Vector<float>) (t: Vector<float>) =
        LogisticLoss.mix t (number positive * derivativeOfClass gamma z) (number -negative * derivativeOfClass gamma -z)

/// Positive·t·f(z) + Negative·(1 - t)·f(-z), f(u) the loss of a class with logit u.
[<Struct; RequireQualifiedAccess>]
type internal FocalFormula<'T> =
    { Gamma: float
      Positive: float
      Negative: float
      IsBalanced: bool }

    /// Both classes alike.
    static member Of(gamma: float) : FocalFormula<'T> =
        { Gamma = gamma; Positive = 1.0; Negative = 1.0; IsBalanced = false }

    /// The class 1 with the weight alpha, the class 0 with the rest.
    static member Balanced(gamma: float, alpha: float) : FocalFormula<'T> =
        { Gamma = gamma; Positive = alpha; Negative = 1.0 - alpha; IsBalanced = true }

    interface ILoss<'T> with
        member a.Page = if a.IsBalanced then Focal.balanced else Focal.page
        member _.Kinks _ = []

        member a.Value(z, t) =
            let gamma, positive, negative = a.Gamma, a.Positive, a.Negative
            Lane.throughDouble2 (fun z t -> Focal.value gamma positive negative z t) z t

        member a.Derivative(z, t) =
            let gamma, positive, negative = a.Gamma, a.Positive, a.Negative
            Lane.throughDouble2 (fun z t -> Focal.derivative gamma positive negative z t) z t
