/// Update rules: exact identities, independence of place. The catalogue has the golden trajectories.
module NeuralNetwork.Tests.Maths.OptimizerTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// One weight and one bias; only the weight is looked at.
let private line = Network.input 1 |> Network.dense 1 Activation.Identity

let private start<'T> (network: Network) (weights: float) : Parameters<'T> =
    let layout = Layout.ofNetwork network
    { Parameters.zeros<'T> network with Values = Array.create layout.Length (Lane.ofFloat<'T> weights) }

/// Steps on the network of a case with random gradients.
let private wander<'T> (optimizer: Optimizer) (rate: float) (case: Case) : Parameters<'T> =
    let random = Random case.Seed
    let parameters: Parameters<'T> = Parameters.convert (Case.parameters case)

    let advance (parameters: Parameters<'T>, slots) step =
        let gradient = Generate.convert<'T>(Generate.reals random parameters.Values.Length)
        let struct (parameters, slots) = Model.update case.Network optimizer step rate parameters slots gradient
        parameters, slots

    List.fold advance (parameters, Model.zeroSlots<'T> case.Network optimizer) [ 1..3 ] |> fst

let tests =
    group
        "Optimizer"
        (byEntry
            [ states
                  [ 50 ]
                  (lawTried 30 "Momentum 0 and Nesterov 0 are plain descent in every bit" (fun (case: Case) ->
                      let sgd = (wander<float32> Optimizer.SGD 0.01 case).Values

                      Expect.sameBits
                          "momentum"
                          sgd
                          (wander<float32>
                              (Optimizer.Momentum { Momentum = 0.0; Dampening = 0.0; RateInBuffer = false })
                              0.01
                              case)
                              .Values

                      Expect.sameBits
                          "Nesterov"
                          sgd
                          (wander<float32> (Optimizer.NAG { Momentum = 0.0; RateInBuffer = false }) 0.01 case).Values))
              law
                  "A step of plain descent is the rate times the gradient, rounded once each"
                  (fun (Real g) (Real w) (Real rate) ->
                      let parameters = start<float> line w

                      let struct (after, _) =
                          Model.update
                              line
                              Optimizer.SGD
                              1
                              rate
                              parameters
                              []
                              (Array.create parameters.Values.Length g)

                      Expect.sameBits "w" [| w - rate * g |] [| after.Values[0] |])
              states
                  [ 52 ]
                  (lawTried
                      40
                      "What happens to a weight does not depend on its place in the vector"
                      (fun (optimizer: Optimizer) (shift: uint16) (seed: int) ->
                          // Decay is for weights alone, and so knows the place.
                          let optimizer = if Optimizer.hasWeightDecay optimizer then Optimizer.SGD else optimizer
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
                          List.iter2 (Expect.sameBits "turned") (List.map turn here) there))
              law "An optimizer has as many slots as the vectors that begin it" (fun (optimizer: Optimizer) ->
                  List.length (Model.zeroSlots<float> line optimizer) = List.length (Optimizer.slots optimizer)) ])
