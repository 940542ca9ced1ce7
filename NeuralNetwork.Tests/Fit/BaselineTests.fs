/// What a network has to beat: constants and linear models, measured as networks are.
module NeuralNetwork.Tests.Fit.BaselineTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private networkOf (inputs: int) (outputs: int) (loss: Loss) =
    { (Network.input inputs |> Network.dense 3 Activation.ReLU |> Network.dense outputs Activation.Identity) with
        Loss = loss }

let private like (inputs: int) (outputs: int) (loss: Loss) (preprocessing: Preprocessing) =
    let network = networkOf inputs outputs loss
    Model<float>(network, Parameters.initialize<float> 1UL network, preprocessing, [||])

let private evaluate (model: Model<float>) (data: Dataset) = Fit.evaluate Machines.alone model data

/// Labels with these counts, and features that are no use.
let private labelled (counts: int list) : Dataset =
    let labels = counts |> List.mapi (fun label count -> Array.create count label) |> Array.concat
    Dataset.Of(Array.init labels.Length (fun row -> float (row * 7 % 5)), labels, counts.Length)

let private shares (counts: int list) = counts |> List.map (fun count -> float count / float (List.sum counts))

let private standardized (inputs: int) (outputs: int) =
    { Preprocessing.None with
        Shift = Array.create inputs 2.0
        Scale = Array.create inputs 3.0
        TargetShift = Array.create outputs 540.0
        TargetScale = Array.create outputs 12.0 }

/// A plane in the features, with some noise.
let private plane (seed: int) (rows: int) (inputs: int) (noise: float) : Dataset =
    let random = Random seed
    let features = Array.init (rows * inputs) (fun _ -> 2.0 + 3.0 * Generate.normal random)

    let height row =
        540.0
        + Seq.sum (seq { for column in 0 .. inputs - 1 -> float (column + 1) * features[row * inputs + column] })

    Dataset.Of(features, Array.init rows (fun row -> height row + noise * Generate.normal random), 1)

let tests =
    group
        "Baseline"
        [ each
              "The constant of classes is the greatest, and its loss the entropy of their shares"
              [ 3, 9, 4; 5, 5, 1; 1, 2, 30 ]
              (fun (a: int, b: int, c: int) ->
                  let counts = [ a; b; c ]
                  let data = labelled counts

                  let score =
                      evaluate (Baseline.constant (like 1 3 Loss.SoftmaxCrossEntropy Preprocessing.None) data) data

                  Expect.within 1e-12 (List.max (shares counts)) score.Accuracy
                  Expect.within 1e-12 (-(shares counts |> List.sumBy (fun share -> share * log share))) score.Loss)
          each
              "With one output for two classes it is the same, and a hinge has the greater class, too"
              [ 3, 9; 8, 2 ]
              (fun (a: int, b: int) ->
                  let data = labelled [ a; b ]
                  let constant loss = evaluate (Baseline.constant (like 1 1 loss Preprocessing.None) data) data
                  let entropy = -(shares [ a; b ] |> List.sumBy (fun share -> share * log share))
                  Expect.within 1e-12 entropy (constant Loss.BinaryCrossEntropy).Loss
                  Expect.within 1e-12 (float (max a b) / float (a + b)) (constant Loss.BinaryCrossEntropy).Accuracy
                  Expect.within 1e-12 (float (max a b) / float (a + b)) (constant Loss.Hinge).Accuracy)
          test "A class without rows leaves the loss of the constant finite" (fun () ->
              let data = labelled [ 4; 0; 3 ]
              let model = Baseline.constant (like 1 3 Loss.SoftmaxCrossEntropy Preprocessing.None) data
              let score = evaluate model (labelled [ 1; 1; 1 ])
              Expect.that (Double.IsFinite score.Loss) $"{score.Loss}")
          lawTried 20 "The constant of values is their mean: R2 is 0, and RMSE the deviation" (fun (seed: uint16) ->
              let data = plane (int seed) 40 2 1.0

              for loss in [ Loss.SquaredError; Loss.Huber 1.0; Loss.AbsoluteError ] do
                  let score = evaluate (Baseline.constant (like 2 1 loss (standardized 2 1)) data) data
                  Expect.within 1e-9 0.0 score.R2

                  let targets =
                      (match data.Targets with
                       | Targets.Values(NumberArray.Doubles values, _) -> values
                       | _ -> [||])

                  let mean = Array.average targets
                  let deviation = targets |> Array.averageBy (fun t -> (t - mean) * (t - mean)) |> sqrt
                  Expect.within (1e-9 * deviation) deviation score.RMSE)
          // Of many rows the penalty of a single one is nothing.
          lawTried
              20
              "The linear model of values finds a plane, and more rows than it takes change nothing"
              (fun (seed: uint16) ->
                  let data = plane (int seed) 4000 3 0.0

                  for loss in [ Loss.SquaredError; Loss.LogCosh ] do
                      match Baseline.tryLinear (like 3 1 loss (standardized 3 1)) data with
                      | None -> Expect.fail "no linear model"
                      | Some linear ->
                          Expect.that ((evaluate linear data).R2 > 1.0 - 1e-6) $"R2 {(evaluate linear data).R2:R}")
          // The gradient of the penalised loss is 0 where logistic regression ends: Σ (t - p)·[1; x] = α·[0; w].
          lawTried 15 "The linear model of classes is where its penalised loss is least" (fun (seed: uint16) ->
              let data = Blobs.blobs (int seed) 120

              match Baseline.tryLinear (like 2 3 Loss.SoftmaxCrossEntropy Preprocessing.None) data with
              | None -> Expect.fail "no linear model"
              | Some linear ->
                  let p = Fit.predict Machines.alone linear data
                  let weights = linear.Parameters

                  match data.Targets, data.Inputs with
                  | Targets.Labels(labels, _), NumberArray.Singles x ->
                      for label in 0..2 do
                          let miss row = (if labels[row] = label then 1.0 else 0.0) - p[row * 3 + label]
                          let sum of' = Seq.sum (seq { for row in 0 .. data.Rows - 1 -> miss row * of' row })
                          Expect.within 0.05 0.0 (sum (fun _ -> 1.0))

                          for column in 0..1 do
                              let weight = weights.Values[label * 2 + column]
                              Expect.within 0.05 weight (sum (fun row -> float x[row * 2 + column]))
                  | _ -> Expect.fail "other data")
          test "One output for two classes has the linear model of both" (fun () ->
              let random = Random 5
              let features = Array.init 400 (fun _ -> Generate.normal random)

              let data =
                  Dataset.Of(
                      features,
                      Array.init 200 (fun row -> if features[2 * row] + features[2 * row + 1] > 0.0 then 1 else 0),
                      2
                  )

              for outputs, loss in [ 1, Loss.BinaryCrossEntropy; 1, Loss.Hinge; 2, Loss.SoftmaxCrossEntropy ] do
                  match Baseline.tryLinear (like 2 outputs loss Preprocessing.None) data with
                  | None -> Expect.fail "no linear model"
                  | Some linear ->
                      Expect.that ((evaluate linear data).Accuracy > 0.95) $"{Loss.name loss}: {evaluate linear data}")
          test "There is no linear model of images, of wide tables and of counts" (fun () ->
              let isNone inputs loss (data: Dataset) =
                  Expect.that
                      (Option.isNone (Baseline.tryLinear (like inputs 2 loss Preprocessing.None) data))
                      $"{data}"

              isNone
                  4
                  Loss.SoftmaxCrossEntropy
                  (Dataset.Of(Array.zeroCreate<byte> 40, Array.init 10 (fun row -> row % 2), 2))

              isNone
                  2000
                  Loss.SoftmaxCrossEntropy
                  (Dataset.Of(Array.zeroCreate<float32> 200000, Array.init 100 (fun row -> row % 2), 2))

              isNone 1 Loss.Poisson (Dataset.Of(Array.zeroCreate<float> 10, Array.zeroCreate<float> 20, 2))) ]
