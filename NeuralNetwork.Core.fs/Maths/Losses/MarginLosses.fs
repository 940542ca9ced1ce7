namespace NeuralNetwork.Maths

open System.Numerics
open NeuralNetwork

// Losses of a margin: z is no probability, but its sign is the class.

/// The hinge: L = max(0, 1 - s·z), where s = 2t - 1 is -1 for the class 0 and +1 for the class 1; ∂L/∂z = -s where s·z < 1,
/// else 0. Cortes and Vapnik 1995.
module internal Hinge =

    let page: LossPage =
        { Parameters = []
          Output = Output.Linear
          Boundary = 0.0
          IsOfClasses = true
          Note =
            { Name = "hinge"
              Idea = "No loss for a margin of 1 on the right side."
              Formula =
                [ "s = 2t - 1"
                  "L = max(0, 1 - s·z), mean over rows and outputs"
                  "derivative: -s where s·z < 1, else 0" ]
              Source = "Cortes and Vapnik 1995, Support-Vector Networks"
              Differences =
                [ "Keras takes classes 0 and 1 or -1 and 1, as here 0 and 1; PyTorch's HingeEmbeddingLoss is another thing." ] } }

[<Struct>]
type internal HingeFormula<'T> =
    interface ILoss<'T> with
        member _.Page = Hinge.page
        // Halfway between the classes nothing depends on z.
        member _.Kinks t = if t = 0.5 then [] else [ 1.0 / (t + t - 1.0) ]
        member _.Value(z, t) = Vector.Max(Lane<'T>.Zero, Lane<'T>.One - (t + t - Lane<'T>.One) * z)

        member _.Derivative(z, t) =
            let side = t + t - Lane<'T>.One
            Lane.whereGreater Lane<'T>.One (side * z) -side Lane<'T>.Zero
