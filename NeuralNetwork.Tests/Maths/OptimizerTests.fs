/// Update rules: golden trajectories of one weight, exact identities, independence of place.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.OptimizerTests

open System
open NeuralNetwork
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.NUnit

/// One weight and one bias; only the weight is looked at.
let private line = Network.input 1 |> Network.dense 1 Activation.Identity

let private start<'T> (network: Network) (weights: float) : Parameters<'T> =
    let layout = Layout.ofNetwork network
    { Parameters.zeros<'T> network with Values = Array.create layout.Length (Lane.ofFloat<'T> weights) }

/// The parameters after each of the given gradients, every parameter getting the same one.
let private trajectory<'T> optimizer (rate: int -> float) (gradients: float list) : float[] list =
    let advance (parameters: Parameters<'T>, slots, step) g =
        let gradient = Array.create parameters.Values.Length (Lane.ofFloat<'T> g)
        let struct (parameters, slots) = Model.update line optimizer step (rate step) parameters slots gradient
        parameters, slots, step + 1

    gradients
    |> List.scan advance (start<'T> line 1.0, Model.zeroSlots<'T> line optimizer, 1)
    |> List.tail
    |> List.map (fun (parameters, _, _) -> Generate.floats parameters.Values)

type Golden =
    { Title: string
      Optimizer: Optimizer
      Rate: int -> float
      Gradients: float list
      Weights: float list }

    override golden.ToString() = golden.Title

let private mixed = [ 0.1; -0.2; 0.3; 0.05; -0.1 ]
let private fading = [ 1.0; 0.01; 0.02; -0.01; 0.03 ]

/// The trajectories of one weight that begins at 1, computed with 60-digit decimals from the papers' formulas.
let private goldens =
    [ { Title = "SGD"
        Optimizer = Optimizer.SGD
        Rate = fun _ -> 0.01
        Gradients = mixed
        Weights = [ 0.999; 1.001; 0.998; 0.9975; 0.9985 ] }
      { Title = "momentum 0.9"
        Optimizer = Optimizer.Momentum 0.9
        Rate = fun _ -> 0.01
        Gradients = mixed
        Weights = [ 0.999; 1.0001; 0.99809; 0.995781; 0.9947029 ] }
      { Title = "momentum 0.9 with the rate a tenth from step 4, outside the buffer"
        Optimizer = Optimizer.Momentum 0.9
        Rate = fun step -> if step < 4 then 0.01 else 0.001
        Gradients = mixed
        Weights = [ 0.999; 1.0001; 0.99809; 0.9978591; 0.99775129 ] }
      { Title = "Nesterov 0.9"
        Optimizer = Optimizer.NAG 0.9
        Rate = fun _ -> 0.01
        Gradients = mixed
        Weights = [ 0.9981; 1.00109; 0.996281; 0.9937029; 0.99373261 ] }
      { Title = "Nesterov 0.9 with the rate a tenth from step 4, outside the buffer"
        Optimizer = Optimizer.NAG 0.9
        Rate = fun step -> if step < 4 then 0.01 else 0.001
        Gradients = mixed
        Weights = [ 0.9981; 1.00109; 0.996281; 0.99602319; 0.996026161 ] }
      { Title = "Adam, algorithm 1"
        Optimizer = Optimizer.Adam(0.9, 0.999, 1e-8)
        Rate = fun _ -> 0.01
        Gradients = mixed
        Weights = [ 0.990000001000000; 0.993661036038849; 0.990228625394774; 0.986671547096806; 0.985163905365168 ] }
      { Title = "Adam with the defaults of its paper"
        Optimizer = Optimizer.adam
        Rate = fun _ -> 0.001
        Gradients = mixed
        Weights = [ 0.999000000100000; 0.999366103603885; 0.999022862539477; 0.998667154709681; 0.998516390536517 ] }
      { Title = "Adam on gradients that fade"
        Optimizer = Optimizer.Adam(0.9, 0.999, 1e-8)
        Rate = fun _ -> 0.01
        Gradients = fading
        Weights = [ 0.990000000100000; 0.983225305802645; 0.977861637951456; 0.973526450467858; 0.969700030587557 ] } ]

[<TestCaseSource(nameof goldens)>]
let ``A rule follows its golden trajectory in float64`` (golden: Golden) =
    trajectory<float> golden.Optimizer golden.Rate golden.Gradients
    |> List.iter2 (fun expected weights -> Array.iter (Expect.within 1e-13 expected) weights) golden.Weights

[<TestCaseSource(nameof goldens)>]
let ``A rule follows its golden trajectory in float32`` (golden: Golden) =
    // Five steps of a few roundings at 1: well under 32·2⁻²⁴.
    trajectory<float32> golden.Optimizer golden.Rate golden.Gradients
    |> List.iter2 (fun expected weights -> Array.iter (Expect.within 2e-6 expected) weights) golden.Weights

/// Steps on the network of a case with random gradients.
let private wander<'T> (optimizer: Optimizer) (rate: float) (case: Case) : Parameters<'T> =
    let random = Random case.Seed
    let parameters: Parameters<'T> = Parameters.convert (Case.parameters case)

    let advance (parameters: Parameters<'T>, slots) step =
        let gradient = Generate.convert<'T>(Generate.reals random parameters.Values.Length)
        let struct (parameters, slots) = Model.update case.Network optimizer step rate parameters slots gradient
        parameters, slots

    List.fold advance (parameters, Model.zeroSlots<'T> case.Network optimizer) [ 1..3 ] |> fst

[<Law 30>]
let ``Momentum 0 and Nesterov 0 are plain descent in every bit`` (case: Case) =
    let sgd = (wander<float32> Optimizer.SGD 0.01 case).Values
    Expect.sameBits "momentum" sgd (wander<float32> (Optimizer.Momentum 0.0) 0.01 case).Values
    Expect.sameBits "Nesterov" sgd (wander<float32> (Optimizer.NAG 0.0) 0.01 case).Values

[<Law 30>]
let ``A gradient of zero leaves the parameters as they are in every bit`` (optimizer: Optimizer) (case: Case) =
    let parameters = Case.parameters case
    let slots, gradient = Model.zeroSlots<float> case.Network optimizer, Array.zeroCreate parameters.Values.Length
    let struct (after, _) = Model.update case.Network optimizer 1 0.01 parameters slots gradient
    Expect.sameBits "parameters" parameters.Values after.Values

[<Law>]
let ``Adam's first step is the rate times the sign, but for epsilon`` (Real g) (Real scale) =
    let g, rate, epsilon = g * exp (4.0 * scale), 0.01, 1e-8
    let parameters = start<float> line 1.0
    let slots, gradient = Model.zeroSlots<float> line Optimizer.adam, Array.create parameters.Values.Length g
    let struct (after, _) = Model.update line Optimizer.adam 1 rate parameters slots gradient
    // m̂ = g and √v̂ = |g|; ten roundings of the step, one of each difference at 1.
    let bound = Math.ScaleB(10.0 * rate + 2.0, -53)
    Expect.within bound (1.0 - rate * g / (abs g + epsilon)) after.Values[0]

[<Law>]
let ``A step of plain descent is the rate times the gradient, rounded once each`` (Real g) (Real w) (Real rate) =
    let parameters = start<float> line w

    let struct (after, _) =
        Model.update line Optimizer.SGD 1 rate parameters [] (Array.create parameters.Values.Length g)

    Expect.sameBits "w" [| w - rate * g |] [| after.Values[0] |]

[<Law 40>]
let ``What happens to a weight does not depend on its place in the vector``
    (optimizer: Optimizer)
    (shift: uint16)
    (seed: int)
    =
    let wide = Network.input 33 |> Network.dense 7 Activation.Identity
    let random = Random seed
    let length = (Layout.ofNetwork wide).Length
    let shift = int shift % length
    let turn (values: 'V[]) = Array.append (Array.skip shift values) (Array.take shift values)
    let weights, gradient = Generate.reals random length, Generate.reals random length

    let slots =
        Model.zeroSlots<float> wide optimizer
        |> List.map (fun _ -> Array.map abs (Generate.reals random length))

    let step (weights: float[]) slots gradient =
        let parameters = { Parameters.zeros<float> wide with Values = weights }
        let struct (after, slots) = Model.update wide optimizer 3 0.01 parameters slots gradient
        after.Values :: slots

    let here = step weights slots gradient
    let there = step (turn weights) (List.map turn slots) (turn gradient)
    List.iter2 (Expect.sameBits "turned") (List.map turn here) there

[<Law>]
let ``A name reads back as the same optimizer`` (optimizer: Optimizer) =
    Optimizer.parse (Optimizer.name optimizer) = Ok optimizer

[<TestCase("adm", "adam")>]
[<TestCase("sgdd", "sgd")>]
[<TestCase("momentun", "momentum")>]
let ``A mistyped optimizer is answered with the nearest`` (typed: string, meant: string) =
    match Optimizer.parse typed with
    | Ok optimizer -> Expect.fail $"{typed} was read as {optimizer}"
    | Error message -> Expect.mentions [ typed; $"did you mean '{meant}'" ] message

[<Law>]
let ``An optimizer has as many slots as the vectors that begin it`` (optimizer: Optimizer) =
    List.length (Model.zeroSlots<float> line optimizer) = List.length (Optimizer.slots optimizer)
