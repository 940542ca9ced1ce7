/// Every optimizer in a plan and in a trainer.
module NeuralNetwork.Tests.Maths.OptimizerPlanTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases
open NeuralNetwork.Tests.Maths.OptimizerCases

let private network = Network.input 5 |> Network.dense 7 Activation.Tanh |> Network.dense 3 Activation.Identity

let tests =
    group
        "Optimizer"
        (byEntry
            [ eachNamed "A step of training allocates nothing" cases (fun (optimizer: Optimizer) ->
                  use machine = new Machine(Backend.Managed, 1)
                  let training = { Training.Default with Optimizer = optimizer }

                  let x, t =
                      Array.init 20 (fun place -> 0.1f * float32 place),
                      Array.init 12 (fun place -> float32 (place % 2))

                  let loss = ref nan

                  // Of the second hundred steps of a fresh trainer.
                  let bytes () =
                      let trainer = Trainer<float32>(Model.initialize<float32> 1UL network, training, 4, machine)

                      let run () =
                          for _ in 1..100 do
                              loss.Value <- trainer.Step(ReadOnlySpan x, ReadOnlySpan t)

                      run ()
                      Expect.bytesOf run

                  Expect.noBytes bytes
                  Expect.that (Double.IsFinite loss.Value) "the loss is not finite")
              eachNamed "A plan for an optimizer has its slots and its decay" cases (fun (optimizer: Optimizer) ->
                  let plan = Plan.compile network (Training.Default.With optimizer) 4
                  let names = Optimizer.slots optimizer
                  Expect.equal names (plan.Slots |> List.map _.Name)
                  Expect.atMost 3 names.Length
                  Expect.equal names (List.distinct names)

                  let single op =
                      match op with
                      | Op.Together ops -> ops
                      | one -> [ one ]

                  for op in Plan.updates plan |> List.collect single do
                      match op with
                      | Op.Update(_, decay, _, _, slots) ->
                          // On weights alone: a bias is not decayed.
                          Expect.that (decay = 0.0 || decay = Optimizer.weightDecay optimizer) $"a decay of {decay}"

                          Expect.equal names.Length slots.Length
                      | other -> Expect.fail (OpText.explain other)) ])
