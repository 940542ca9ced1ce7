namespace NeuralNetwork.Maths

open NeuralNetwork
open Elementary

// Losses of counts: targets are whole numbers from 0 on, and z is the logarithm of a rate.

/// The negative log-likelihood of a Poisson distribution without log t!, which no weight changes: L = eᶻ - t·z,
/// ∂L/∂z = eᶻ - t, which is infinite where eᶻ is.
module internal Poisson =

    let page: LossPage =
        { Parameters = []
          Output = Output.Exponential
          Boundary = 0.5
          IsOfClasses = false
          Note =
            { Name = "poisson"
              Idea = "Counts, whose rate is the exponential of the output."
              Formula = [ "L = eᶻ - t·z, mean over rows and outputs"; "derivative: eᶻ - t" ]
              Source = "the likelihood of a Poisson distribution without log t!"
              Differences = [ "As PyTorch's PoissonNLLLoss. Keras's Poisson takes the rate itself." ] } }

[<Struct>]
type internal PoissonFormula<'T> =
    interface ILoss<'T> with
        member _.Page = Poisson.page
        member _.Kinks _ = []
        member _.Value(z, t) = Lane.throughDouble2 (fun z t -> exp z - t * z) z t
        member _.Derivative(z, t) = Lane.throughDouble2 (fun z t -> exp z - t) z t
