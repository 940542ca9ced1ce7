/// What holds of rules exactly: in every bit, or but for rounding.
module NeuralNetwork.Tests.Maths.OptimizerIdentityTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases
open NeuralNetwork.Tests.Maths.OptimizerCases

let tests =
    group
        "Optimizer"
        (byEntry
            [ states
                  [ 48 ]
                  (eachNamed
                      "A gradient of zero leaves fresh weights as they are in every bit"
                      cases
                      (fun (optimizer: Optimizer) ->
                          let start = normals (Random 3) width
                          let descent = Descent<float>(optimizer, 0.0, start)

                          for t in 1..3 do
                              descent.Step(t, 0.1, Array.zeroCreate width)

                          Expect.sameBits "weights" start descent.Weights))
              states
                  [ 53 ]
                  (eachNamed
                      "Decoupled decay alone shrinks weights by the factor 1 - α·λ in every bit"
                      cases
                      (fun (optimizer: Optimizer) ->
                          let start, rate, decay = normals (Random 4) width, 0.05, 0.3
                          let descent = Descent<float>(optimizer, decay, start)
                          descent.Step(1, rate, Array.zeroCreate width)

                          Expect.sameBits
                              "weights"
                              (start |> Array.map (fun w -> (1.0 - rate * decay) * w))
                              descent.Weights))
              states
                  [ 53 ]
                  (test "AdamW brings its own decay, which is not a penalty in the gradient" (fun () ->
                      let start = normals (Random 4) width
                      let decayed = Descent<float>((Optimizer.AdamW AdamW.standard), start)
                      decayed.Step(1, 0.1, Array.zeroCreate width)
                      Expect.sameBits "weights" (start |> Array.map (fun w -> (1.0 - 0.1 * 0.01) * w)) decayed.Weights
                      let penalised = Descent<float>((Optimizer.Adam Adam.standard), start)
                      penalised.Step(1, 0.1, start |> Array.map (fun w -> 0.01 * w))
                      let step w = 0.1 * w / (abs w + 1e-6)
                      Array.iter2 (fun w after -> Expect.within 1e-12 (w - step w) after) start penalised.Weights))
              states
                  [ 52 ]
                  (eachNamed "Splitting a vector in two changes nothing in any bit" cases (fun (optimizer: Optimizer) ->
                      let random = Random 5
                      let left, right = 16 * (1 + random.Next 4), 16 * (1 + random.Next 4)
                      let start = normals random (left + right)
                      let whole = Descent<float32>(optimizer, start)

                      let parts =
                          [ Descent<float32>(optimizer, start[.. left - 1])
                            Descent<float32>(optimizer, start[left..]) ]

                      for t in 1..10 do
                          let g = normals random (left + right)
                          whole.Step(t, 0.01, g)

                          List.iter2
                              (fun (part: Descent<float32>) g -> part.Step(t, 0.01, g))
                              parts
                              [ g[.. left - 1]; g[left..] ]

                      Expect.sameBits "weights" whole.Weights (parts |> List.map _.Weights |> Array.concat)))
              states
                  [ 55 ]
                  (eachNamed "A gradient that is not a number is not hidden" cases (fun (optimizer: Optimizer) ->
                      let descent = Descent<float32>(optimizer, Array.create width 1.0)

                      for t in 1..2 do
                          descent.Step(
                              t,
                              0.01,
                              Array.init width (fun place -> if t = 2 && place = 3 then nan else 0.5)
                          )

                      descent.Weights
                      |> Array.indexed
                      |> Array.filter (snd >> Double.IsNaN)
                      |> Array.map fst
                      |> Expect.equal [| 3 |]))
              states
                  [ 49 ]
                  (lawTried 50 "Plain descent is linear in the rate and in the gradient" (fun (seed: int) ->
                      let random = Random seed
                      let g, zero = normals random width, Array.zeroCreate width

                      let step rate g =
                          let descent = Descent<float>(Optimizer.SGD, zero)
                          descent.Step(1, rate, g)
                          descent.Weights

                      Expect.sameBits "rate" (step 0.25 g |> Array.map (fun w -> 2.0 * w)) (step 0.5 g)

                      Expect.sameBits
                          "gradient"
                          (step 0.25 g |> Array.map (fun w -> 2.0 * w))
                          (step 0.25 (g |> Array.map (fun g -> 2.0 * g)))))
              states
                  [ 50 ]
                  (lawTried
                      30
                      "Momentum 0, Nesterov 0 and a mean over nothing are the plain rules in every bit"
                      (fun (seed: int) ->
                          let sgd = wander seed 5 0.01 1.0 Optimizer.SGD

                          Expect.sameBits
                              "momentum"
                              sgd
                              (wander
                                  seed
                                  5
                                  0.01
                                  1.0
                                  (Optimizer.Momentum { Momentum = 0.0; Dampening = 0.0; RateInBuffer = false }))

                          Expect.sameBits
                              "Nesterov"
                              sgd
                              (wander seed 5 0.01 1.0 (Optimizer.NAG { Momentum = 0.0; RateInBuffer = false }))

                          let adam =
                              Optimizer.Adam
                                  { Beta1 = 0.0; Beta2 = 0.99; Epsilon = 1e-8; Placement = EpsilonPlacement.Outside }

                          let nadam =
                              Optimizer.Nadam
                                  { Beta1 = 0.0; Beta2 = 0.99; Epsilon = 1e-8; Scheduled = false; Psi = 0.0 }

                          Expect.sameBits "Nadam" (wander seed 5 0.01 1.0 adam) (wander seed 5 0.01 1.0 nadam)))
              lawTried 30 "The rate inside or outside a buffer is the same while it is constant" (fun (seed: int) ->
                  let pairs =
                      [ Optimizer.Momentum { Momentum = 0.9; Dampening = 0.0; RateInBuffer = false },
                        Optimizer.Momentum { Momentum = 0.9; Dampening = 0.0; RateInBuffer = true }
                        Optimizer.NAG { Momentum = 0.9; RateInBuffer = false },
                        Optimizer.NAG { Momentum = 0.9; RateInBuffer = true } ]

                  for outside, inside in pairs do
                      let outside, inside = wander seed 50 0.01 1.0 outside, wander seed 50 0.01 1.0 inside
                      Array.iter2 (Expect.within 1e-13) outside inside)
              test
                  "Rprop grows a step by 1.2 where the sign stays, halves it where it turned, and then skips one"
                  (fun () ->
                      let descent = Descent<float>((Optimizer.Rprop Rprop.standard), Array.zeroCreate width)

                      let steps =
                          [ for t, g in List.indexed [ 1.0; 2.0; 0.1; -5.0; -1.0; -1.0; 0.0 ] do
                                let before = descent.Weights[0]
                                descent.Step(t + 1, (if t = 0 then 0.1 else 99.0), Array.create width g)
                                yield before - descent.Weights[0] ]

                      List.iter2 (Expect.within 1e-12) [ 0.1; 0.12; 0.144; 0.0; -0.072; -0.0864; 0.0 ] steps) ])
