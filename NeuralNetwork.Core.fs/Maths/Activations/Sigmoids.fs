namespace NeuralNetwork.Maths

open System.Numerics
open NeuralNetwork

// Sigmoids: rising between two bounds, straight or curved.

/// f(x) = x / (1 + |x|). Bergstra, Desjardins, Lamblin and Bengio 2009. Its second derivative jumps at 0.
module internal Softsign =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "softsign"
              Idea = "Between -1 and 1 like tanh, with slower tails."
              Formula = [ "f(x) = x / (1 + |x|)"; "f'(x) = 1 / (1 + |x|)²" ]
              Source = "Bergstra, Desjardins, Lamblin and Bengio 2009"
              Differences = [ "The same everywhere." ] } }

/// f'(x) = 1 / (1 + |x|)², squared after the division so that it cannot overflow.
[<Struct>]
type internal SoftsignFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Softsign.page
        member _.Kinks = [ 0.0 ]
        member _.IsFromOutput = false

        member _.Value x = Lane.throughDouble (fun d -> Elementary.softsign d) x

        member _.Derivative(x, _) =
            let r = Lane<'T>.One / (Lane<'T>.One + Vector.Abs x)
            r * r

/// The hyperbolic tangent, f'(x) = 1 - f(x)². LeCun, Bottou, Orr and Müller 1998.
module internal Tanh =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "tanh"
              Idea = "Between -1 and 1."
              Formula = [ "f(x) = tanh x"; "f'(x) = 1 - f(x)²" ]
              Source = "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, on its use"
              Differences = [ "The same everywhere." ] } }

[<Struct>]
type internal TanhFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Tanh.page
        member _.Kinks = []
        member _.IsFromOutput = true

        member _.Value x = Lane.tanh x
        member _.Derivative(_, y) = Lane<'T>.One - y * y

/// The logistic function 1 / (1 + e⁻ˣ), f'(x) = f(x)·(1 - f(x)). Verhulst 1845.
module internal Sigmoid =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "sigmoid"
              Idea = "Between 0 and 1."
              Formula = [ "f(x) = 1 / (1 + e⁻ˣ)"; "f'(x) = f(x)·(1 - f(x))" ]
              Source = "the logistic function, Verhulst 1845"
              Differences =
                [ "The same everywhere. As an output it belongs into the loss: binary-cross-entropy takes x itself." ] } }

[<Struct>]
type internal SigmoidFormula<'T> =
    interface IActivation<'T> with
        member _.Page = Sigmoid.page
        member _.Kinks = []
        member _.IsFromOutput = true

        member _.Value x = Lane.sigmoid x
        member _.Derivative(_, y) = y * (Lane<'T>.One - y)

/// f(x) = min(max(x + 3, 0), 6) / 6. Courbariaux, Bengio and David 2015; this form: Howard et al. 2019.
module internal HardSigmoid =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "hard-sigmoid"
              Idea = "A sigmoid of three straight lines."
              Formula = [ "f(x) = min(max(x + 3, 0), 6) / 6"; "f'(x) = 1/6 within ±3, else 0" ]
              Source = "Courbariaux, Bengio and David 2015; this form: Howard et al. 2019, MobileNetV3"
              Differences =
                [ "PyTorch and Keras 3 have this derivative of 1/6; Keras 1 and 2 had min(max(0.2·x + 0.5, 0), 1)." ] } }

[<Struct>]
type internal HardSigmoidFormula<'T> =
    interface IActivation<'T> with
        member _.Page = HardSigmoid.page
        member _.Kinks = [ -3.0; 3.0 ]
        member _.IsFromOutput = false

        member _.Value x =
            let six = Lane.create<'T> 6.0
            Vector.Min(Vector.Max(x + Lane.create<'T> 3.0, Lane<'T>.Zero), six) / six

        member _.Derivative(x, _) =
            let inside = Lane.create<'T>(1.0 / 6.0)
            Lane.whereGreater (Lane.create<'T> 3.0) (Vector.Abs x) inside Lane<'T>.Zero

/// f(x) = min(max(x, -1), 1). Collobert 2004.
module internal HardTanh =

    let page: ActivationPage =
        { Parameters = []
          Note =
            { Name = "hard-tanh"
              Idea = "The identity, cut at ±1."
              Formula = [ "f(x) = min(max(x, -1), 1)"; "f'(x) = 1 within ±1, else 0" ]
              Source = "Collobert 2004"
              Differences = [ "The same everywhere; the derivative at ±1 is 0, as in PyTorch." ] } }

[<Struct>]
type internal HardTanhFormula<'T> =
    interface IActivation<'T> with
        member _.Page = HardTanh.page
        member _.Kinks = [ -1.0; 1.0 ]
        member _.IsFromOutput = true

        member _.Value x = Vector.Min(Vector.Max(x, -Lane<'T>.One), Lane<'T>.One)
        member _.Derivative(_, y) = Lane.whereGreater Lane<'T>.One (Vector.Abs y) Lane<'T>.One Lane<'T>.Zero
