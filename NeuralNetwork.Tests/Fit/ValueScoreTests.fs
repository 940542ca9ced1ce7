/// R² and RMSE of an epoch are those of the predictions, in the units of the data, whatever is trained with.
module NeuralNetwork.Tests.Fit.ValueScoreTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private losses =
    [ Loss.SquaredError
      Loss.AbsoluteError
      Loss.Quantile 0.9
      Loss.Huber 0.3
      Loss.Huber 1.0
      Loss.LogCosh
      Loss.Poisson
      Loss.BinaryCrossEntropy ]

/// Targets that a loss can be given: counts, shares, or anything, here far from 0.
let private target (random: Random) (loss: Loss) (column: int) : float =
    match loss with
    | Loss.Poisson -> float (random.Next 6)
    | Loss.BinaryCrossEntropy -> random.NextDouble()
    | _ -> 500.0 + 10.0 ** float column * Generate.normal random

let private rowsOf (random: Random) (loss: Loss) (rows: int) (inputs: int) (outputs: int) : Dataset =
    let features = Array.init (rows * inputs) (fun _ -> Generate.normal random)
    Dataset.Of(features, Array.init (rows * outputs) (fun place -> target random loss (place % outputs)), outputs)

let private preprocessing (loss: Loss) (outputs: int) : Preprocessing =
    match Loss.output loss with
    | Output.Linear ->
        { Preprocessing.None with
            TargetShift = Array.create outputs 500.0
            TargetScale = Array.init outputs (fun column -> 10.0 ** float column) }
    | _ -> Preprocessing.None

/// What `Metrics` says of predictions: the mean R² and the root of the mean square over rows and outputs.
let private expected (model: Model<float>) (data: Dataset) (outputs: int) : float * float =
    let predicted = Fit.predict Machines.alone model data

    let values =
        match data.Targets with
        | Targets.Values(NumberArray.Doubles values, _) -> values
        | _ -> [||]

    let report = Metrics.meanValues outputs values predicted
    report.R2, report.RMSE

/// Sums of n terms in another order, and a shift by 500 there and back: some n roundings of numbers of that size.
let private same (what: string) (r2: float, rmse: float) (score: Score) =
    let isNear (a: float) (b: float) = abs (a - b) <= 1e-10 * max 1.0 (abs a)
    Expect.that (isNear r2 score.R2) $"{what}: R2 is {score.R2:R} instead of {r2:R}"
    Expect.that (isNear rmse score.RMSE) $"{what}: RMSE is {score.RMSE:R} instead of {rmse:R}"

let tests =
    group
        "ValueScore"
        [ lawTried 60 "R2 and RMSE of an epoch are those of its predictions, whatever the loss" (fun (seed: uint16) ->
              let random = Random(int seed)
              let loss = losses[random.Next losses.Length]
              let inputs, outputs = random.Next(1, 5), random.Next(1, 4)

              let data, other =
                  rowsOf random loss 23 inputs outputs, rowsOf random loss (random.Next(2, 30)) inputs outputs

              let network =
                  { (Network.input inputs
                     |> Network.dense 4 Activation.Tanh
                     |> Network.dense outputs Activation.Identity) with
                      Loss = loss }

              let model =
                  Model<float>(
                      network,
                      Parameters.initialize<float> (uint64 seed) network,
                      preprocessing loss outputs,
                      [||]
                  )

              // A single step an epoch: what it saw is the model that the epoch began with.
              let trainer = Trainer<float>(model, Blobs.training, data.Rows, Machines.alone)
              let state = FitState.start model (Optimizer.Adam Adam.standard)

              let after epochs =
                  let options = Blobs.options epochs data.Rows

                  (Fit.run
                      trainer
                      state
                      data
                      (Some other)
                      options
                      TimeProvider.System
                      Blobs.silent
                      CancellationToken.None)
                      .State

              let first, second = after 1, after 2
              let report = List.last second.History
              same "validation" (expected second.Model other outputs) report.Validation
              same "train" (expected first.Model data outputs) report.Train
              same "evaluate" (expected second.Best other outputs) (Fit.evaluate Machines.alone second.Best other)
              Expect.that (Double.IsNaN report.Validation.Accuracy) "values have no accuracy")
          test "The score of classes has no R2 and no RMSE" (fun () ->
              let model = Model.initialize<float32> 1UL Blobs.network
              let score = Fit.evaluate Machines.alone model (Blobs.blobs 1 20)
              Expect.that (Double.IsNaN score.R2 && Double.IsNaN score.RMSE) $"{score}")
          test "Targets that are all the same have an RMSE and no R2" (fun () ->
              let network = Network.input 1 |> Network.dense 1 Activation.Identity
              let data = Dataset.Of([| 1.0; 2.0; 3.0 |], [| 7.0; 7.0; 7.0 |], 1)
              let score = Fit.evaluate Machines.alone (Model<float>(network, Parameters.zeros network)) data
              Expect.that (Double.IsNaN score.R2) $"{score.R2}"
              Expect.equal 7.0 score.RMSE) ]
