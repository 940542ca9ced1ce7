namespace NeuralNetwork.Maths

open System.Numerics
open NeuralNetwork

// Rectifiers: x itself, or nearly so, on the right side of 0, and little on the left. Those with a kink at 0 have there the
// derivative of the left side.

/// The rectifier: f(x) = max(x, 0), f'(x) = 1 for x > 0, else 0. Nair and Hinton 2010.
module internal ReLU =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "relu"
              Idea = "Negative numbers become 0."
              Formula = [ "f(x) = max(x, 0)"; "f'(x) = 1 for x > 0, else 0" ]
              Source = "Nair and Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines"
              Differences = [ "The derivative at 0 is 0, as in PyTorch, Keras and JAX." ] } }

[<Struct>]
type internal ReLUFormula<'T> =
    interface IActivation<'T> with
        member _.Page = ReLU.page
        member _.Kinks = [ 0.0 ]
        member _.IsFromOutput = true

        member _.Value x = Vector.Max(x, Lane<'T>.Zero)
        member _.Derivative(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One Lane<'T>.Zero

/// The leaky rectifier: f(x) = x for x > 0, else s·x; f'(x) = 1 for x > 0, else s. Maas, Hannun and Ng 2013.
module internal LeakyReLU =

    /// s of PyTorch and Flax; Keras has 0.2 or 0.3.
    [<Literal>]
    let Slope = 0.01

    let page: ActivationPage =
        { Parameters = [ { Name = "slope"; Range = "in [0, 1)"; Holds = fun x -> x >= 0.0 && x < 1.0 } ]
          Note =
            { Name = "leaky-relu"
              Idea = "ReLU that lets a share of negative numbers through, so that no unit dies."
              Formula = [ "f(x) = x for x > 0, else s·x"; "f'(x) = 1 for x > 0, else s" ]
              Source = "Maas, Hannun and Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models"
              Differences =
                [ "s = 0.01 in PyTorch and Flax; Keras 0.2 as a function, 0.3 as a layer. Here leaky-relu:0.2 says so." ] } }

[<Struct; RequireQualifiedAccess>]
type internal LeakyReLUFormula<'T> =
    { Leak: Lane<'T> }

    interface IActivation<'T> with
        member _.Page = LeakyReLU.page
        member _.Kinks = [ 0.0 ]
        member _.IsFromOutput = true // y > 0 where x > 0, for s = 0, too

        member a.Value x = Lane.whereGreater x Lane<'T>.Zero x (a.Leak * x)
        member a.Derivative(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One a.Leak

/// The exponential linear unit: f(x) = x for x > 0, else α·(eˣ - 1). Clevert, Unterthiner and Hochreiter 2015.
module internal ELU =

    /// α of every framework.
    [<Literal>]
    let Alpha = 1.0

    let page: ActivationPage =
        { Parameters = [ Parameter.positive "alpha" ]
          Note =
            { Name = "elu"
              Idea = "Smooth on the left, where it falls to -α."
              Formula = [ "f(x) = x for x > 0, else α·(eˣ - 1)"; "f'(x) = 1 for x > 0, else f(x) + α" ]
              Source = "Clevert, Unterthiner and Hochreiter 2015, Exponential Linear Units"
              Differences =
                [ "α = 1 in every framework. With another α the derivative at 0 has two sides; the left one counts." ] } }

/// f'(x) = α·eˣ = y + α on the left: exact to a rounding of α, and without another exponential.
[<Struct; RequireQualifiedAccess>]
type internal ELUFormula<'T> =
    { Alpha: float }

    interface IActivation<'T> with
        member _.Page = ELU.page
        member _.Kinks = [ 0.0 ]
        member _.IsFromOutput = true

        member a.Value x =
            let alpha = a.Alpha
            Lane.throughDouble (fun d -> Elementary.elu alpha d) x

        member a.Derivative(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One (y + Lane.create<'T> a.Alpha)

/// ELU scaled so that mean 0 and variance 1 are a fixed point. Klambauer, Unterthiner, Mayr and Hochreiter 2017.
module internal SELU =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "selu"
              Idea = "ELU scaled so that mean 0 and variance 1 reproduce themselves from layer to layer."
              Formula =
                [ "f(x) = λ·x for x > 0, else λ·α·(eˣ - 1)"
                  "f'(x) = λ for x > 0, else f(x) + λ·α"
                  "λ = 1.0507009873554805, α = 1.6732632423543772" ]
              Source = "Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-Normalizing Neural Networks"
              Differences = [ "The same everywhere. It wants LeCun's initializer, which --init auto gives." ] } }

/// As ELU, with λ and λ·α from the paper's appendix.
[<Struct>]
type internal SELUFormula<'T> =
    interface IActivation<'T> with
        member _.Page = SELU.page
        member _.Kinks = [ 0.0 ]
        member _.IsFromOutput = true

        member _.Value x = Lane.throughDouble (fun d -> Elementary.selu d) x

        member _.Derivative(_, y) =
            let left = y + Lane.create<'T> Elementary.SeluLeft
            Lane.whereGreater y Lane<'T>.Zero (Lane.create<'T> Elementary.SeluRight) left

/// The smooth rectifier: f(x) = log(1 + eˣ), f'(x) = σ(x). Dugas, Bengio, Bélisle, Nadeau and Garcia 2001.
module internal Softplus =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "softplus"
              Idea = "A smooth ReLU, always positive."
              Formula = [ "f(x) = log(1 + eˣ)"; "f'(x) = σ(x)" ]
              Source = "Dugas, Bengio, Bélisle, Nadeau and Garcia 2001"
              Differences = [ "PyTorch turns to x above its threshold of 20; here it is exact throughout." ] } }

/// f'(x) = σ(x) = 1 - e⁻ʸ, with no loss on either side.
[<Struct>]
type internal SoftplusFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Softplus.page
        member _.Kinks = []
        member _.IsFromOutput = true

        member _.Value x = Lane.softplus x
        member _.Derivative(_, y) = -(Lane.expm1 -y)
