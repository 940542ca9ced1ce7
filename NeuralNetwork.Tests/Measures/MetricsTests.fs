/// Measures of predictions: what they must be whatever the rows, and what the papers' own examples say.
module NeuralNetwork.Tests.Measures.MetricsTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private network (loss: Loss) (outputs: int) =
    Network.input 1 |> Network.dense outputs Activation.Identity |> Network.withLoss loss

/// Labels and probabilities with many ties, all of them a function of the seed.
let private rowsOf (seed: int) =
    let random = Random seed
    let classes, rows = 2 + random.Next 7, 1 + random.Next 60
    let labels = Array.init rows (fun _ -> random.Next classes)

    let row _ =
        let shares = Array.init classes (fun _ -> float (1 + random.Next 4))
        Array.map (fun share -> share / Array.sum shares) shares

    classes, labels, Array.init rows row

let private report classes labels (rows: float[][]) =
    Metrics.report (network Loss.SoftmaxCrossEntropy classes) labels (Array.concat rows)

let private numbers (report: ClassReport) =
    let ofClass score = [| score.Precision; score.Recall; score.F1; float score.Support |]

    Array.concat
        [ [| report.Accuracy; report.TopFive; report.AUC; report.CalibrationError |]
          ofClass report.Macro
          Array.collect ofClass report.PerClass
          Array.concat report.Confusion |> Array.map float ]

let private close (expected: float[]) (actual: float[]) =
    let same a b = (Double.IsNaN a && Double.IsNaN b) || abs (a - b) <= 1e-12
    Expect.that (Array.forall2 same expected actual) $"%A{expected} and %A{actual}"

let private scoresOf (seed: int) =
    let random = Random seed
    let count = 2 + random.Next 50
    let isPositive = Array.init count (fun row -> row = 0 || (row > 1 && random.Next 2 = 0))
    isPositive, Array.init count (fun _ -> float (random.Next 12))

/// Whether answers are right, and how sure they are.
let private answers (seed: int) : bool[] * float[] =
    let random = Random seed
    let count = 1 + random.Next 80
    Array.init count (fun _ -> random.Next 2 = 0), Array.init count (fun _ -> random.NextDouble())

let tests =
    group
        "Metrics"
        [ states
              [ 73 ]
              (law
                  "A confusion matrix counts every row once, and accuracy is the share on its diagonal"
                  (fun (seed: int) ->
                      let classes, labels, rows = rowsOf seed
                      let report = report classes labels rows
                      Expect.equal labels.Length (Array.sumBy Array.sum report.Confusion)
                      let predicted = Metrics.classesOf (network Loss.SoftmaxCrossEntropy classes) (Array.concat rows)
                      let hits = Array.map2 (=) labels predicted |> Array.filter id |> Array.length
                      Expect.equal (float hits / float labels.Length) report.Accuracy
                      Expect.equal report.Accuracy (Metrics.topAccuracy 1 classes labels (Array.concat rows))
                      // Every row said to be of a class is of some class: the recall weighted by support is the accuracy.
                      let weighted = report.PerClass |> Array.sumBy (fun score -> score.Recall * float score.Support)
                      Expect.within 1e-12 report.Accuracy (weighted / float labels.Length)))
          states
              [ 73 ]
              (law "No order of the rows changes a measure" (fun (seed: int) ->
                  let classes, labels, rows = rowsOf seed
                  let order = Array.init labels.Length id
                  Random.shuffleInto (Random.key (uint64 (abs seed)) Purpose.Check) order
                  let permuted values = Array.map (fun place -> Array.item place values) order

                  close
                      (numbers (report classes labels rows))
                      (numbers (report classes (permuted labels) (permuted rows)))))
          states
              [ 73 ]
              (law "Counts of parts add up to the counts of the whole" (fun (seed: int) ->
                  let classes, labels, rows = rowsOf seed
                  let predicted = Metrics.classesOf (network Loss.SoftmaxCrossEntropy classes) (Array.concat rows)
                  let cut = labels.Length / 3
                  let part (labels: int[]) (predicted: int[]) = Metrics.confusion classes labels predicted
                  let first, rest = part labels[.. cut - 1] predicted[.. cut - 1], part labels[cut..] predicted[cut..]
                  Expect.equal (part labels predicted) (Array.map2 (Array.map2 (+)) first rest)))
          law "Renaming the classes renames their scores" (fun (seed: int) ->
              let classes, labels, rows = rowsOf seed
              // Ties go to the first class, and would change with the names.
              let rows = rows |> Array.map (Array.mapi (fun place p -> p + 1e-3 * float place / float classes))
              let turned label = (label + 1) % classes

              let turnedRows =
                  rows
                  |> Array.map (fun row -> Array.init classes (fun place -> row[(place + classes - 1) % classes]))

              let before, after = report classes labels rows, report classes (Array.map turned labels) turnedRows
              close [| before.Accuracy; before.AUC; before.Macro.F1 |] [| after.Accuracy; after.AUC; after.Macro.F1 |]

              for label in 0 .. classes - 1 do
                  Expect.equal before.PerClass[label] after.PerClass[turned label])
          law "More places can only raise the top accuracy, and all of them hold every label" (fun (seed: int) ->
              let classes, labels, rows = rowsOf seed
              let top k = Metrics.topAccuracy k classes labels (Array.concat rows)
              let all = List.init classes (fun k -> top (k + 1))
              Expect.equal (List.sort all) all
              Expect.equal 1.0 (List.last all))
          law "The area under the curve is the share of pairs in the right order, ties by half" (fun (seed: int) ->
              let isPositive, scores = scoresOf seed

              let pairs =
                  [ for high in 0 .. scores.Length - 1 do
                        for low in 0 .. scores.Length - 1 do
                            if isPositive[high] && not isPositive[low] then
                                0.5 * float (1 + sign (scores[high] - scores[low])) ]

              Expect.within 1e-12 (List.average pairs) (Metrics.auc isPositive scores))
          law "The area knows the order of the scores alone, and turns around with it" (fun (seed: int) ->
              let isPositive, scores = scoresOf seed
              let area = Metrics.auc isPositive scores

              Expect.within
                  1e-12
                  area
                  (Metrics.auc isPositive (Array.map (fun score -> exp (0.3 * score) - 7.0) scores))

              Expect.within 1e-12 (1.0 - area) (Metrics.auc isPositive (Array.map (~-) scores))
              Expect.within 1e-12 (1.0 - area) (Metrics.auc (Array.map not isPositive) scores))
          law "The area of two classes is that of either" (fun (seed: int) ->
              let isPositive, scores = scoresOf seed
              let p = Array.map (fun score -> (score + 1.0) / 14.0) scores
              let labels = Array.map (fun is -> if is then 1 else 0) isPositive
              let single = Metrics.report (network Loss.BinaryCrossEntropy 1) labels p
              Expect.within 1e-12 (Metrics.auc isPositive p) single.AUC
              let both = p |> Array.collect (fun p -> [| 1.0 - p; p |])
              let twice = Metrics.report (network Loss.SoftmaxCrossEntropy 2) labels both
              Expect.within 1e-12 single.AUC twice.AUC
              Expect.within 1e-12 single.CalibrationError twice.CalibrationError
              Expect.equal single.Confusion twice.Confusion)
          law "The calibration error lies between 0 and 1, and is no less than the gap of the means" (fun (seed: int) ->
              let isRight, confidence = answers seed
              let error = Metrics.calibrationError isRight confidence
              let accuracy = isRight |> Array.averageBy (fun right -> if right then 1.0 else 0.0)
              Expect.that (error <= 1.0) $"{error} is above 1"

              Expect.that
                  (error >= abs (accuracy - Array.average confidence) - 1e-12)
                  "the triangle inequality does not hold")
          law "The points of a reliability diagram have every row once, and its calibration error" (fun (seed: int) ->
              let isRight, confidence = answers seed
              let count = isRight.Length
              let points = Metrics.reliability isRight confidence
              Expect.equal count (points |> Array.sumBy (fun struct (_, _, rows) -> rows))

              let gap struct (confidence, share, rows) = float rows * abs (confidence - share) / float count

              Expect.within 1e-12 (Metrics.calibrationError isRight confidence) (Array.sumBy gap points)
              let mean weight = points |> Array.sumBy weight |> fun sum -> sum / float count
              let accuracy = isRight |> Array.averageBy (fun right -> if right then 1.0 else 0.0)
              Expect.within 1e-12 accuracy (mean (fun struct (_, share, rows) -> share * float rows))
              Expect.within 1e-12 (Array.average confidence) (mean (fun struct (sure, _, rows) -> sure * float rows))
              let sure = points |> Array.map (fun struct (confidence, _, _) -> confidence)
              Expect.equal (Array.sort sure) sure)
          test "Known measures have their known values" (fun () ->
              // Four rows in two bins: (0.9 right, 0.9 wrong) misses by 0.4, (0.6 right, 0.6 right) by 0.4.
              Expect.within 1e-15 0.4 (Metrics.calibrationError [| true; false; true; true |] [| 0.9; 0.9; 0.6; 0.6 |])
              // A bin holds its upper end: 0.2 = 3/15 is in the third, 0.21 in the fourth.
              Expect.within 1e-15 0.3 (Metrics.calibrationError [| true; false |] [| 0.6; 0.2 |])
              Expect.equal 0.75 (Metrics.auc [| false; false; true; true |] [| 0.1; 0.4; 0.35; 0.8 |])
              Expect.that (Double.IsNaN(Metrics.auc [| true; true |] [| 0.1; 0.4 |])) "an area under no curve"
              let values = Metrics.meanValues 1 [| 3.0; -0.5; 2.0; 7.0 |] [| 2.5; 0.0; 2.0; 8.0 |]
              Expect.within 1e-15 (1.0 - 1.5 / 29.1875) values.R2
              Expect.within 1e-15 (sqrt 0.375) values.RMSE
              Expect.within 1e-15 0.5 values.MAE)
          test "The boundary of a single output is that of its loss" (fun () ->
              let predicted loss p = Metrics.classesOf (network loss 1) p |> List.ofArray
              Expect.equal [ 0; 0; 1 ] (predicted Loss.BinaryCrossEntropy [| 0.4; 0.5; 0.6 |])
              Expect.equal [ 0; 0; 1 ] (predicted Loss.SquaredError [| -0.2; 0.5; 0.6 |])
              Expect.equal [ 0; 0; 1 ] (predicted Loss.Hinge [| -0.2; 0.0; 0.1 |]))
          lawTried
              30
              "Training, evaluation and measures agree on the class of a single output"
              (fun (case: Case) (loss: Loss) ->
                  if Loss.output loss <> Output.Softmax then
                      let network =
                          Network.input case.Network.Inputs
                          |> Network.dense 1 Activation.Identity
                          |> Network.withLoss loss

                      let case = { case with Network = network; Scale = 1.0 }
                      let model = Model<float>(network, Case.parameters case)
                      let labels = Array.init case.Rows (fun row -> row % 2)

                      let data =
                          { Rows = case.Rows
                            Cols = network.Inputs
                            Inputs = Engine.NumberArray.Doubles(Case.inputs case)
                            Targets = Targets.Labels(labels, 2)
                            Weights = [||]
                            Folds = [||] }

                      let report = Metrics.report network labels (Fit.predict Machines.alone model data)
                      Expect.equal (Fit.evaluate Machines.alone model data).Accuracy report.Accuracy)
          eachNamed
              "The sign test has the values of exact fractions"
              [ "without rows", (0, 0, 1.0)
                "even", (4, 5, 1.0)
                "one side alone", (0, 5, 0.0625)
                "lopsided", (9, 1, 0.021484375)
                "of twenty", (3, 17, 0.0025768280029296875)
                "of a thousand", (600, 400, 2.7284641560660184e-10)
                "beyond the smallest power of two", (1200, 1300, 0.047681865221043604) ]
              (fun (first, second, p) ->
                  Expect.within (1e-10 * p) p (Metrics.signTest first second)
                  Expect.equal (Metrics.signTest first second) (Metrics.signTest second first))
          law "Measures of values have the units and the invariances they are known for" (fun (seed: int) ->
              let random = Random seed
              let outputs, rows = 1 + random.Next 3, 2 + random.Next 20
              let reals () = Array.init (rows * outputs) (fun _ -> Generate.normal random)
              let targets, predicted = reals (), reals ()
              let plain = Metrics.meanValues outputs targets predicted
              let moved = Array.map (fun x -> 3.0 * x - 7.0)
              let scaled = Metrics.meanValues outputs (moved targets) (moved predicted)
              Expect.within (1e-10 * (1.0 + abs plain.R2)) plain.R2 scaled.R2
              Expect.within 1e-10 (3.0 * plain.RMSE) scaled.RMSE
              Expect.within 1e-10 (3.0 * plain.MAE) scaled.MAE
              Expect.that (plain.MAE <= plain.RMSE + 1e-12) "a mean above its root of squares"
              // All numbers as those of one output: the same misses, and as many of them.
              let flattened = Metrics.values targets predicted
              Expect.within 1e-10 flattened.RMSE plain.RMSE
              Expect.within 1e-10 flattened.MAE plain.MAE
              let perfect = Metrics.meanValues outputs targets targets
              Expect.equal (1.0, 0.0, 0.0) (perfect.R2, perfect.RMSE, perfect.MAE)
              // The mean of the targets as a prediction explains nothing.
              let means =
                  Array.init outputs (fun place ->
                      Seq.average (seq { for row in 0 .. rows - 1 -> targets[row * outputs + place] }))

              let flat = Array.init (rows * outputs) (fun place -> means[place % outputs])
              Expect.within 1e-10 0.0 (Metrics.meanValues outputs targets flat).R2) ]
