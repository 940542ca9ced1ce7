namespace NeuralNetwork.Maths

open NeuralNetwork

// What turns the outputs of a regression into its prediction: the canonical links, turned round.

/// f(x) = x
module internal Identity =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "identity"
              Idea = "Nothing: the layer stays linear."
              Formula = [ "f(x) = x"; "f'(x) = 1" ]
              Source = "-"
              Differences = [] } }

[<Struct>]
type internal IdentityFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Identity.page
        member _.Kinks = []
        member _.IsFromOutput = true

        member _.Value x = x
        member _.Derivative(_, _) = Lane<'T>.One

/// f(x) = eˣ: the rate of a Poisson regression.
module internal Exponential =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "exponential"
              Idea = "A positive rate from any number."
              Formula = [ "f(x) = eˣ"; "f'(x) = f(x)" ]
              Source = "the canonical link of a Poisson regression"
              Differences = [ "Keras has it by this name. With --loss poisson it is part of the loss already." ] } }

[<Struct>]
type internal ExponentialFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Exponential.page
        member _.Kinks = []
        member _.IsFromOutput = true

        member _.Value x = Lane.exp x
        member _.Derivative(_, y) = y
