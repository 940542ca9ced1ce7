namespace NeuralNetwork.Maths

open NeuralNetwork

// Gated activations: y = x·gate(x) with a gate that rises from 0 to 1. The formulas, in double precision, are in
// `GatedFunctions`.

/// f(x) = x·Φ(x) with the normal distribution function Φ. Hendrycks and Gimpel 2016.
module internal GELU =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "gelu"
              Idea = "The number times the chance that a normal number is smaller."
              Formula = [ "f(x) = x·Φ(x)"; "f'(x) = Φ(x) + x·φ(x)" ]
              Source = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units"
              Differences = [ "Exact in PyTorch and Keras 3; JAX's default is the approximation, gelu-tanh here." ] } }

[<Struct>]
type internal GELUFormula<'T> =
    interface IActivation<'T> with
        member _.Page = GELU.page
        member _.Kinks = []
        member _.IsFromOutput = false

        member _.Value x = Lane.throughDouble (fun d -> GatedFunctions.gelu d) x
        member _.Derivative(x, _) = Lane.throughDouble (fun d -> GatedFunctions.geluDerivative d) x

/// GELU's approximation with a tanh, of the same paper.
module internal GELUTanh =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "gelu-tanh"
              Idea = "GELU with a tanh in place of the normal distribution."
              Formula =
                [ "u = √(2/π)·(x + 0.044715·x³)"
                  "f(x) = ½x·(1 + tanh u)"
                  "f'(x) = ½(1 + tanh u) + ½x·(1 - tanh² u)·√(2/π)·(1 + 0.134145·x²)" ]
              Source = "Hendrycks and Gimpel 2016"
              Differences =
                [ "approximate=\"tanh\" in PyTorch, approximate=True in Keras and JAX; up to 5e-4 from gelu." ] } }

[<Struct>]
type internal GELUTanhFormula<'T> =
    interface IActivation<'T> with
        member _.Page = GELUTanh.page
        member _.Kinks = []
        member _.IsFromOutput = false

        member _.Value x = Lane.throughDouble (fun d -> GatedFunctions.geluTanh d) x
        member _.Derivative(x, _) = Lane.throughDouble (fun d -> GatedFunctions.geluTanhDerivative d) x

/// f(x) = x·σ(x), also known as swish. Elfwing, Uchibe and Doya 2017; Ramachandran, Zoph and Le 2017.
module internal SiLU =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "silu"
              Idea = "The number times its own sigmoid; also called swish."
              Formula = [ "f(x) = x·σ(x)"; "f'(x) = σ(x)·(1 + x·(1 - σ(x)))" ]
              Source = "Elfwing, Uchibe and Doya 2017; Ramachandran, Zoph and Le 2017"
              Differences = [ "The same everywhere." ] } }

[<Struct>]
type internal SiLUFormula<'T> =
    interface IActivation<'T> with
        member _.Page = SiLU.page
        member _.Kinks = []
        member _.IsFromOutput = false

        member _.Value x = Lane.throughDouble (fun d -> GatedFunctions.silu d) x
        member _.Derivative(x, _) = Lane.throughDouble (fun d -> GatedFunctions.siluDerivative d) x

/// f(x) = x·tanh(softplus x). Misra 2019.
module internal Mish =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "mish"
              Idea = "The number times the tanh of its softplus."
              Formula = [ "t = tanh(log(1 + eˣ))"; "f(x) = x·t"; "f'(x) = t + x·(1 - t²)·σ(x)" ]
              Source = "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function"
              Differences = [ "The same everywhere." ] } }

[<Struct>]
type internal MishFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Mish.page
        member _.Kinks = []
        member _.IsFromOutput = false

        member _.Value x = Lane.throughDouble (fun d -> GatedFunctions.mish d) x
        member _.Derivative(x, _) = Lane.throughDouble (fun d -> GatedFunctions.mishDerivative d) x
