/// Every optimizer against trajectories that others published, and a scalar statement of its paper.
module NeuralNetwork.Tests.Maths.OptimizerTrajectoryTests

open System
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases
open NeuralNetwork.Tests.Maths.GoldenTrajectories
open NeuralNetwork.Tests.Maths.OptimizerCases

let private follow<'T> (bound: float) (golden: Golden) =
    let descent = Descent<'T>(golden.Optimizer, Array.create width 1.0)

    for step, (g, expected) in List.indexed (List.zip golden.Gradients golden.Weights) do
        descent.Step(step + 1, golden.Rate(step + 1), descent.Weights |> Array.map (fun w -> g + golden.Penalty * w))
        descent.Weights |> Array.iter (closeTo bound $"step {step + 1}" expected)

let tests =
    group
        "Optimizer"
        (byEntry
            [ states
                  [ 47 ]
                  (each
                      "A rule follows its golden trajectory in float64"
                      GoldenTrajectories.all
                      (fun (golden: Golden) -> follow<float> 1e-13 golden))
              states
                  [ 47 ]
                  (each
                      "A rule follows its golden trajectory in float32"
                      GoldenTrajectories.all
                      (fun (golden: Golden) -> follow<float32> 2e-6 golden))
              states
                  [ 47 ]
                  (eachNamed
                      "A thousand steps agree with a scalar statement of the paper"
                      cases
                      (fun (optimizer: Optimizer) ->
                          let random = Random 7
                          let start = Array.init width (fun _ -> 1.0 + random.NextDouble())
                          let descent = Descent<float>(optimizer, start)
                          let scalar = start |> Array.map (fun _ -> ScalarOptimizers.start optimizer)
                          let mutable weights = start

                          for t in 1..1000 do
                              let rate = 0.003 * (1.0 + 0.5 * sin (0.01 * float t))
                              // Gradients of sizes from 10⁻³ to 10 in one vector, some of them 0.
                              let gradient =
                                  Array.init width (fun place ->
                                      if random.Next 20 = 0 then
                                          0.0
                                      else
                                          Generate.normal random * Math.Pow(10.0, float (place % 5) - 3.0))

                              descent.Step(t, rate, gradient)

                              weights <-
                                  Array.map3
                                      (fun (rule: ScalarOptimizers.Stepping) w g -> rule.Invoke(t, rate, w, g))
                                      scalar
                                      weights
                                      gradient

                          Array.iter2 (closeTo 1e-13 (text optimizer)) weights descent.Weights)) ])
