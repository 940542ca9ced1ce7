/// Networks that cannot learn, told from their numbers.
module NeuralNetwork.Tests.Fit.SymptomTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let private data (rows: int) : Dataset =
    { Rows = rows
      Cols = 3
      Inputs = NumberArray.Doubles(Array.init (3 * rows) (fun place -> sin (float place)))
      Targets = Targets.Labels(Array.init rows (fun row -> row % 2), 2)
      Weights = [||]
      Folds = [||] }

let private network (activation: Activation) (initializer: Initializer) =
    Network.input 3
    |> Network.denseWith initializer 5
    |> Network.activate activation
    |> Network.denseWith initializer 4
    |> Network.activate activation
    |> Network.denseWith initializer 2
    |> Network.withLoss Loss.SoftmaxCrossEntropy

let private silent =
    { new IFitObserver<float> with
        member _.Stepped _ = ()
        member _.IsDue _ = false
        member _.Save _ = ()
        member _.Finished _ = () }

/// The model after so many epochs of ten steps.
let private trained (epochs: int) (network: Network) : Model<float> =
    let training = Training.Default.With(Schedule.Constant 0.05)
    let trainer = Trainer<float>(Model.initialize<float> 5UL network, training, 4, Machines.alone)
    let state = FitState.start (Model.initialize<float> 5UL network) training.Optimizer
    let options = { FitOptions.Default with Epochs = epochs; BatchSize = 4 }
    let result = Fit.run trainer state (data 40) None options TimeProvider.System silent CancellationToken.None
    result.State.Model

let private find model = Symptoms.find Machines.alone model (data 40)

let tests =
    group
        "Symptom"
        [ test
              "From zeros, hidden layers never get a gradient: their units stay alike, and every row gets the same output"
              (fun () ->
                  for activation in [ Activation.ReLU; Activation.Tanh ] do
                      for epochs in [ 1; 3 ] do
                          let model = trained epochs (network activation Initializer.Zeros)

                          Expect.equal
                              { ConstantOutputs = true; AlikeUnits = [ 0; 2 ]; ZeroGradient = [ 0; 2 ] }
                              (find model))
          test "Units with the same weights are alike, whatever these are" (fun () ->
              let network = network Activation.Tanh Initializer.Zeros
              let begun = Model.initialize<float> 1UL network
              let values = Array.create begun.Parameters.Values.Length 0.3
              let symptoms = find (begun.With { begun.Parameters with Values = values })
              Expect.equal (false, [ 0; 2 ]) (symptoms.ConstantOutputs, symptoms.AlikeUnits))
          lawTried 20 "A network that begins at random has none of them" (fun (seed: int) ->
              let model =
                  Model.initialize<float> (uint64 (abs (int64 seed))) (network Activation.Tanh Initializer.heNormal)

              Expect.equal Symptoms.None (find model))
          test "Units that are off for every row have no gradient, though they differ" (fun () ->
              let network = network Activation.ReLU Initializer.heNormal
              let model = Model.initialize<float> 1UL network
              let bias = (Layout.tryFind 2 Role.Bias model.Parameters.Layout).Value
              let values = Array.copy model.Parameters.Values
              Array.fill values bias.Offset bias.Length -1e3
              let symptoms = find (model.With { model.Parameters with Values = values })
              Expect.equal { ConstantOutputs = true; AlikeUnits = []; ZeroGradient = [ 0; 2 ] } symptoms)
          test
              "Units that are alike in one member of an ensemble are seen, and so is a gradient of zero in it"
              (fun () ->
                  let members =
                      network Activation.Tanh Initializer.glorotUniform
                      |> Network.withMembers 3
                      |> Model.initialize<float> 5UL

                  Expect.equal Symptoms.None (find members)
                  let parts = Ensemble.split members
                  let changed values = parts[1].With { parts[1].Parameters with Values = values }
                  let alike = changed (Array.create parts[1].Parameters.Values.Length 0.3)
                  let symptoms = find (Ensemble.join [| parts[0]; alike; parts[2] |])
                  Expect.equal { Symptoms.None with AlikeUnits = [ 0; 2 ] } symptoms
                  let silent = changed (Array.zeroCreate parts[1].Parameters.Values.Length)
                  let symptoms = find (Ensemble.join [| parts[0]; silent; parts[2] |])
                  Expect.equal { Symptoms.None with AlikeUnits = [ 0; 2 ]; ZeroGradient = [ 0; 2 ] } symptoms) ]
