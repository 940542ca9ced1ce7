/// What the layers give is what the network is made of.
module NeuralNetwork.Tests.Fit.TraceTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private network =
    Network.input 3
    |> Network.dense 5 Activation.ReLU
    |> Network.batchNorm BatchNorm.standard
    |> Network.dropout 0.5
    |> Network.dense 2 Activation.Identity

let private data (seed: int) =
    let random = Random seed
    let rows = random.Next(2, 40)

    { Rows = rows
      Cols = 3
      Inputs = NumberArray.Doubles(Generate.reals random (3 * rows))
      Targets = Targets.Values(NumberArray.Doubles(Generate.reals random (2 * rows)), 2)
      Weights = [||]
      Folds = [||] }

let tests =
    group
        "Trace"
        [ law "Each layer gives what it makes of the one before, and the last the prediction" (fun (seed: int) ->
              let data, model = data seed, Model.initialize<float> (uint64 (abs (int64 seed))) network
              let trace = Trace.run Machines.alone model data

              match trace.Layers with
              | [ z; y; normalized; dropped; output ] ->
                  Expect.equal (data.Rows * 5, data.Rows * 2) (z.Length, output.Length)
                  Expect.sameBits "relu" (Array.map (max 0.0) z) y
                  // Fresh statistics are mean 0 and variance 1: no more than the epsilon is done.
                  Array.iter2 (fun y x -> Expect.within (1e-4 * abs y) y x) y normalized
                  Expect.sameBits "dropout at inference" normalized dropped
                  let predicted = Fit.predict Machines.alone model data
                  Array.iter2 (fun y x -> Expect.within (1e-12 * (1.0 + abs y)) y x) predicted output
              | other -> Expect.fail $"{other.Length} layers")
          law "The gradient is that of the pure face" (fun (seed: int) ->
              let data, model = data seed, Model.initialize<float> (uint64 (abs (int64 seed))) network

              match data.Inputs, data.Targets with
              | NumberArray.Doubles x, Targets.Values(NumberArray.Doubles t, _) ->
                  let struct (_, expected) = Model.gradient network model.Parameters x t
                  let found = (Trace.run Machines.alone model data).Gradient

                  Expect.that
                      (Expect.distance expected found <= 1e-12 * (1.0 + Expect.norm expected))
                      "another gradient"
              | _ -> Expect.fail "other tables")
          lawTried
              40
              "A layer of an ensemble gives in each row what it gives in each of the members"
              (fun (seed: int) ->
                  let data = data seed
                  let model = Model.initialize<float> (uint64 (abs (int64 seed))) (Network.withMembers 3 network)
                  let alone = Ensemble.split model |> Array.map (fun one -> (Trace.run Machines.alone one data).Layers)
                  let together = (Trace.run Machines.alone model data).Layers
                  Expect.equal alone[0].Length together.Length

                  for layer, numbers in List.indexed together do
                      let rows = alone |> Array.map (fun layers -> Array.splitInto data.Rows layers[layer])
                      let expected = Array.init data.Rows (fun row -> rows |> Array.collect (fun rows -> rows[row]))
                      Expect.normWithin $"layer {layer}" 1e-12 1.0 (Array.concat expected) numbers) ]
