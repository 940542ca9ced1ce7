/// Three classes in the plane, and runs that learn them.
module NeuralNetwork.Tests.Fit.Blobs

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Tests

/// Points around three centres in the plane, some of them on the wrong side.
let blobs (seed: int) (rows: int) : Dataset =
    let random = Random seed
    let labels = Array.init rows (fun _ -> random.Next 3)
    let centre label = [| [| 0.0; 2.0 |]; [| 2.0; -1.0 |]; [| -2.0; -1.0 |] |][label]
    let point label = centre label |> Array.map (fun c -> float32 (c + 1.5 * Generate.normal random))

    { Rows = rows
      Cols = 2
      Inputs = NumberArray.Singles(Array.collect point labels)
      Targets = Targets.Labels(labels, 3)
      Weights = [||]
      Folds = [||] }

/// Two numbers in, three classes out.
let network: Network =
    Network.input 2
    |> Network.dense 8 Activation.Tanh
    |> Network.dense 3 Activation.Identity
    |> Network.withLoss Loss.SoftmaxCrossEntropy

/// A trainer of that network from the beginning of a seed.
let trainerOn (machine: Machine) (training: Training) (batch: int) : Trainer<float32> =
    Trainer<float32>(Model.initialize<float32> training.Seed network, training, batch, machine)

/// Training at a constant rate.
let training: Training = Training.Default.With(Schedule.Constant 0.01)

/// Hears of nothing.
let silent<'T> : IFitObserver<'T> =
    { new IFitObserver<'T> with
        member _.Stepped _ = ()
        member _.IsDue _ = false
        member _.Save _ = ()
        member _.Finished _ = () }

/// A run from the beginning.
let run (trainer: Trainer<'T>) data validation options clock observer cancel =
    let state = FitState.start (trainer.Snapshot()) trainer.Training.Optimizer
    Fit.run trainer state data validation options clock observer cancel

/// So many epochs of batches of this size.
let options (epochs: int) (batch: int) : FitOptions = { FitOptions.Default with Epochs = epochs; BatchSize = batch }
