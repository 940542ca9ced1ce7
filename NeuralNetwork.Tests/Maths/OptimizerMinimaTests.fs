/// Every optimizer comes to the minimum of a parabola and of a valley.
module NeuralNetwork.Tests.Maths.OptimizerMinimaTests

open System
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases

/// A rate for each optimizer that suits both functions below.
let private rates =
    [ "sgd", 1.2e-3
      "momentum", 3e-4
      "nag", 3e-4
      "adagrad", 1.0
      "rmsprop", 0.003
      "adadelta", 30.0
      "adam", 0.02
      "amsgrad", 0.1
      "adamw", 0.02
      "adamax", 0.02
      "nadam", 0.02
      "radam", 1e-3
      "lion", 0.003
      "rprop", 0.1 ]
    |> Map.ofList

/// 20 000 steps at a constant rate that falls to a thousandth over the last tenth; Adadelta, whose steps feed on
/// themselves, needs one that falls from the beginning.
let private descend (optimizer: Optimizer) (start: float[]) (gradient: float[] -> float[]) =
    let steps, first = 20_000, rates[Optimizer.name optimizer]
    let constant = if Optimizer.name optimizer = "adadelta" then 0.0 else 0.9
    let descent = Descent<float>(optimizer, 0.0, Array.append start (Array.zeroCreate (width - start.Length)))

    for t in 1..steps do
        let rate = first * Math.Pow(1e-3, max 0.0 (float t / float steps - constant) / (1.0 - constant))
        let g = gradient (Array.truncate start.Length descent.Weights)
        descent.Step(t, rate, Array.append g (Array.zeroCreate (width - start.Length)))

    Array.truncate start.Length descent.Weights

let private ours = Optimizer.all |> List.map (fun one -> Optimizer.name one, one)

let tests =
    group
        "Optimizer"
        (byEntry
            [ eachNamed "Every optimizer finds the minimum of a parabola" ours (fun (optimizer: Optimizer) ->
                  // Σ(w - target)², from (-1, 10, 1) to (1, -1, 1)
                  let target = [| 1.0; -1.0; 1.0 |]

                  let found =
                      descend optimizer [| -1.0; 10.0; 1.0 |] (Array.map2 (fun goal w -> 2.0 * (w - goal)) target)

                  Expect.within 1e-4 0.0 (Array.map2 (fun goal w -> (w - goal) * (w - goal)) target found |> Array.sum))
              eachNamed "Every optimizer finds the minimum of Rosenbrock's valley" ours (fun (optimizer: Optimizer) ->
                  // (1 - x)² + 100·(y - x²)², from (-1.2, 1) to (1, 1)
                  let gradient (w: float[]) =
                      let x, y = w[0], w[1]
                      [| -2.0 * (1.0 - x) - 400.0 * x * (y - x * x); 200.0 * (y - x * x) |]

                  let found = descend optimizer [| -1.2; 1.0 |] gradient
                  let x, y = found[0], found[1]
                  Expect.within 1e-4 0.0 ((1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x)))
              states
                  [ 58 ]
                  (lawTried
                      50
                      "Plain descent on a parabola shrinks the error by exactly 1 - α·λ a step"
                      (fun (seed: int) ->
                          let random = Random seed
                          let curvature = Array.init width (fun _ -> 0.1 + 10.0 * random.NextDouble())
                          let rate = 1.9 / Array.max curvature * random.NextDouble()
                          let start = normals random width
                          let descent = Descent<float>(Optimizer.SGD, start)
                          let loss (w: float[]) = Array.map2 (fun c w -> 0.5 * c * w * w) curvature w |> Array.sum

                          for t in 1..50 do
                              let before = descent.Weights
                              descent.Step(t, rate, Array.map2 (*) curvature before)
                              Expect.atMost (loss before) (loss descent.Weights)

                          Array.map2 (fun c w -> w * pown (1.0 - rate * c) 50) curvature start
                          |> Array.iter2 (Expect.within 1e-12) descent.Weights)) ])
