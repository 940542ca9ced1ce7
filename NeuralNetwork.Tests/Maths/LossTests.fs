/// Losses: extremes, gradients by hand, names.
module NeuralNetwork.Tests.Maths.LossTests

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// The loss and the gradient of the logits of one row, through the engine.
let private measure<'T> (loss: Loss) (z: float[]) (t: float[]) : float * float[] =
    let network = Network.input z.Length |> Network.dense z.Length Activation.Identity |> Network.withLoss loss
    let layout = Layout.ofNetwork network
    let values = Array.zeroCreate<'T> layout.Length
    let window = layout.Windows[0]

    for unit in 0 .. z.Length - 1 do
        values[window.Offset + unit * z.Length + unit] <- Lane.ofFloat<'T> 1.0

    let parameters = { Parameters.zeros<'T> network with Values = values }
    let struct (loss, gradient) = Model.gradient network parameters (Generate.convert<'T> z) (Generate.convert<'T> t)
    let bias = layout.Windows[1]
    loss, Generate.floats (Array.sub gradient bias.Offset bias.Length)

let private softmax (z: float[]) =
    let e = Array.map (fun x -> exp (x - Array.max z)) z
    Array.map (fun x -> x / Array.sum e) e

/// Losses with logits of ten thousand, targets, and the gradient.
let private extremes =
    [ for extreme in [ 1e4; -1e4 ] do
          let isRight = extreme > 0.0

          $"cross-entropy, {extreme}",
          (Loss.SoftmaxCrossEntropy,
           [| extreme; 0.0 |],
           [| 1.0; 0.0 |],
           (if isRight then [ 0.0; 0.0 ] else [ -1.0; 1.0 ]))

          $"binary-cross-entropy, {extreme}",
          (Loss.BinaryCrossEntropy, [| extreme |], [| 1.0 |], [ (if isRight then 0.0 else -1.0) ]) ]

let tests =
    group
        "Loss"
        ([ group
               "cross-entropy"
               [ states
                     [ 9 ]
                     (law "The gradient of softmax cross-entropy is p - t" (fun (seed: int) (classes: uint8) ->
                         let random = Random seed
                         let n = 1 + int classes % 40
                         let z = Array.init n (fun _ -> 5.0 * Generate.normal random)
                         let label = random.Next n
                         let t = Array.init n (fun j -> if j = label then 1.0 else 0.0)
                         let loss, gradient = measure<float> Loss.SoftmaxCrossEntropy z t
                         let p = softmax z
                         // n roundings in the sum of exponentials, a few in each, all relative to p <= 1.
                         let bound = float (n + 16) * Math.ScaleB(1.0, -53) * (1.0 + Array.max (Array.map abs z))
                         Expect.within (bound * (1.0 + loss)) (-log p[label]) loss
                         Array.iteri (fun j g -> Expect.within bound (p[j] - t[j]) g) gradient))
                 states
                     [ 24 ]
                     (test "Logits as large as float32 holds give a finite softmax gradient" (fun () ->
                         let _, gradient =
                             measure<float32> Loss.SoftmaxCrossEntropy [| 3e38; -3e38; 0.0 |] [| 1.0; 0.0; 0.0 |]

                         Expect.that (Array.forall Double.IsFinite gradient) "the gradient is not finite"))
                 states
                     [ 25 ]
                     (law "Equal logits cost the logarithm of the number of classes" (fun (classes: uint8) (Real z) ->
                         let n = 1 + int classes % 40
                         let t = Array.init n (fun j -> if j = 0 then 1.0 else 0.0)
                         let loss, _ = measure<float> Loss.SoftmaxCrossEntropy (Array.create n z) t
                         Expect.within (2.0 * Math.ScaleB(1.0 + log (float n), -52)) (log (float n)) loss))
                 states
                     [ 20 ]
                     (law "Softmax cross-entropy does not change when all logits move together" (fun (seed: int) ->
                         let random = Random seed
                         let z = Array.init 7 (fun _ -> Generate.normal random)
                         let t = Array.init 7 (fun j -> if j = (seed &&& 3) then 1.0 else 0.0)
                         let shift = 1e4 * (2.0 * random.NextDouble() - 1.0)
                         let _, here = measure<float> Loss.SoftmaxCrossEntropy z t
                         let _, there = measure<float> Loss.SoftmaxCrossEntropy (Array.map ((+) shift) z) t
                         // The addition itself rounds each logit by |shift|·u, which moves p by as much, relatively.
                         let bound = Math.ScaleB(2.0 * abs shift + 24.0, -53)
                         Array.iter2 (Expect.within bound) here there)) ]
           group
               "binary-cross-entropy"
               [ states
                     [ 10 ]
                     (law "The gradient of binary cross-entropy is (p - t) over the outputs" (fun (Real z) (Real t) ->
                         let p = 1.0 / (1.0 + exp -z)
                         let loss, gradient = measure<float> Loss.BinaryCrossEntropy [| z; 0.0 |] [| t; 0.5 |]
                         Expect.within (4e-16 * (1.0 + abs t)) ((p - t) / 2.0) gradient[0]
                         Expect.within 0.0 0.0 gradient[1]

                         Expect.within
                             (1e-15 * (2.0 + abs (z * t) + abs z))
                             ((log (1.0 + exp z) - z * t + log 2.0) / 2.0)
                             loss)) ]
           group
               "squared-error"
               [ law
                     "Squared error is the mean square and its gradient twice the difference over the outputs"
                     (fun (Real a) (Real b) (Real t) ->
                         let loss, gradient = measure<float> Loss.SquaredError [| a; b |] [| t; t |]
                         Expect.within (4e-16 * (1.0 + loss)) (((a - t) ** 2.0 + (b - t) ** 2.0) / 2.0) loss
                         Expect.sameBits "gradient" [| a - t; b - t |] gradient) ] ]
         @ byEntry
             [ states
                   [ 24 ]
                   (eachNamed
                       "Logits of ten thousand give the exact losses and gradients"
                       extremes
                       (fun (loss: Loss, logits: float[], targets: float[], expected: float list) ->
                           for measure in [ measure<float>; measure<float32> ] do
                               let found, gradient = measure loss logits targets
                               Expect.equal (max 0.0 -logits[0]) found
                               Expect.equal expected (List.ofArray gradient))) ])
