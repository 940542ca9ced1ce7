/// Thresholds between two classes: that none is better than the one chosen, and that it holds wherever a class is answered.
module NeuralNetwork.Tests.Fit.ThresholdTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

let private criteria =
    [ Criterion.F1
      Criterion.Youden
      Criterion.Accuracy
      Criterion.Cost(1.0, 5.0)
      Criterion.Cost(2.5, 0.5) ]

/// Labels of both classes and a probability for each; of few different ones, 0 and 1 among them, where they are coarse.
let private drawn (seed: int) (isCoarse: bool) : int[] * float[] =
    let random = Random seed
    let rows = random.Next(2, 30)
    let labels = Array.init rows (fun row -> if row < 2 then row else random.Next 2)

    let p (label: int) =
        let p = 0.6 * random.NextDouble() + (if label = 1 then 0.4 else 0.0)
        if isCoarse then round (8.0 * p) / 8.0 else float (float32 p)

    labels, Array.map p labels

/// What rows come to that are said to be of the second class, by the words of the criterion: more is better.
let private worth (criterion: Criterion) (labels: int[]) (isSaid: bool[]) : float =
    let report = Metrics.classes 2 labels (isSaid |> Array.map (fun said -> if said then 1 else 0))

    match criterion with
    | Criterion.F1 -> report.PerClass[1].F1
    | Criterion.Youden -> report.PerClass[1].Recall + report.PerClass[0].Recall - 1.0
    | Criterion.Cost(falsePositive, falseNegative) ->
        Array.map2
            (fun label said ->
                match label, said with
                | 0, true -> -falsePositive
                | 1, false -> -falseNegative
                | _ -> 0.0)
            labels
            isSaid
        |> Array.average
    | Criterion.Accuracy
    | Criterion.Loss -> report.Accuracy

/// Two classes that are not apart, the second one rare.
let private rare (seed: int) (rows: int) : Dataset =
    let random = Random seed
    let labels = Array.init rows (fun row -> if row % 5 = 0 then 1 else 0)

    let features =
        labels
        |> Array.collect (fun label -> [| Generate.normal random + 1.2 * float label; Generate.normal random |])

    Dataset.Of(features, labels, 2)

let private network (outputs: int) : Network =
    Network.input 2
    |> Network.dense 5 Activation.Tanh
    |> Network.dense outputs Activation.Identity
    |> Network.withLoss (if outputs = 1 then Loss.BinaryCrossEntropy else Loss.SoftmaxCrossEntropy)

let private fit<'T> network (data: Dataset) validation (options: FitOptions) : FitState<'T> =
    let training = if data.Folds.Length > 0 then training.Weighted() else training
    let model = Model.initialize<'T> 3UL network
    let trainer = Trainer<'T>(model, training.With(Schedule.Constant 0.02), 8, Machines.alone)
    let start = FitState.start model trainer.Training.Optimizer
    (Fit.run trainer start data validation options TimeProvider.System silent CancellationToken.None).State

let private labelsOf (data: Dataset) : int[] =
    match data.Targets with
    | Targets.Labels(labels, _) -> labels
    | Targets.Values _ -> [||]

/// The probability of the second class of each row.
let private second (outputs: int) (predictions: 'T[]) : float[] =
    Generate.floats predictions |> Array.chunkBySize outputs |> Array.map Array.last

let private refused<'Error when 'Error :> exn> (words: string) (act: unit -> unit) =
    Expect.mentions [ words ] (Expect.raises<'Error> act).Message

let tests =
    group
        "Threshold"
        [ states
              [ 97 ]
              (lawTried
                  300
                  "No way to part the rows by their probabilities is better than that of the threshold chosen"
                  (fun (seed: int) (isCoarse: bool) ->
                      let labels, p = drawn seed isCoarse
                      let at criterion threshold = worth criterion labels (p |> Array.map (fun p -> p > threshold))

                      for criterion in criteria do
                          let struct (chosen, value) = Metrics.threshold criterion labels p
                          let own = at criterion chosen
                          let shown = if criterion.IsCost then -value else value
                          Expect.that (abs (own - shown) < 1e-12) $"{value} is not {own}"
                          Expect.equal value (Metrics.atThreshold criterion chosen labels p)
                          Expect.that (chosen >= 0.0 && chosen <= 1.0) $"{chosen}"

                          for other in Array.concat [ p; [| 0.0; 1.0; 0.5 |]; p |> Array.map (fun p -> p - 1e-9) ] do
                              if other >= 0.0 then
                                  let found = at criterion other
                                  Expect.that (found <= own + 1e-12) $"{criterion}: {found} at {other}, not {own}"))
          states
              [ 97 ]
              (lawTried
                  200
                  "Of equally good thresholds the one nearest to one half is chosen, and of two the lower"
                  (fun (seed: int) ->
                      let labels, p = drawn seed true
                      // A threshold stands in the middle of a gap between two probabilities, or 0 and 1.
                      let ends = Array.distinct (Array.sort (Array.append [| 0.0; 1.0 |] p))
                      let middles = ends |> Array.pairwise |> Array.map (fun (low, high) -> (low + high) / 2.0)
                      let known = if Array.contains 1.0 p then Array.append middles [| 1.0 |] else middles

                      for criterion in criteria do
                          let struct (chosen, _) = Metrics.threshold criterion labels p
                          let said threshold = worth criterion labels (p |> Array.map (fun p -> p > threshold))
                          let best = known |> Array.filter (fun one -> abs (said one - said chosen) < 1e-12)
                          Expect.equal (best |> Array.minBy (fun one -> abs (one - 0.5), one)) chosen))
          each
              "Of four rows each criterion has its threshold"
              [ Criterion.Youden, 0.25, 0.5
                Criterion.F1, 0.25, 0.8
                Criterion.Accuracy, 0.25, 0.75
                Criterion.Cost(5.0, 1.0), 0.75, 0.25
                Criterion.Cost(1.0, 5.0), 0.25, 0.25
                Criterion.Cost(30.0, 0.1), 0.75, 0.025 ]
              (fun (criterion: Criterion, threshold: float, value: float) ->
                  let struct (chosen, found) = Metrics.threshold criterion [| 0; 0; 1; 1 |] [| 0.1; 0.6; 0.4; 0.9 |]

                  Expect.that (abs (chosen - threshold) < 1e-7) $"{chosen} instead of {threshold}"
                  Expect.that (abs (found - value) < 1e-12) $"{found} instead of {value}")
          test
              "Probabilities of 0 and 1 are parted as far as they can be, and what is beside each other by the lower"
              (fun () ->
                  let chosen criterion labels p =
                      let struct (threshold, _) = Metrics.threshold criterion labels p
                      threshold

                  // None is worth its cost: nothing is above 1.
                  Expect.equal 1.0 (chosen (Criterion.Cost(9.0, 1.0)) [| 0; 1; 0 |] [| 1.0; 1.0; 1.0 |])
                  // Nothing is below 0, and 0 is not above it.
                  Expect.equal 0.5 (chosen (Criterion.Cost(1.0, 9.0)) [| 0; 1 |] [| 0.0; 0.0 |])
                  let low = 0.3
                  Expect.equal low (chosen Criterion.F1 [| 0; 1 |] [| low; Math.BitIncrement low |])

                  Expect.that
                      (Double.IsNaN(Metrics.atThreshold Criterion.Youden 0.5 [| 1; 1 |] [| 0.2; 0.7 |]))
                      "J of one class"

                  Expect.equal 0.0 (Metrics.atThreshold Criterion.F1 0.5 [| 0; 0 |] [| 0.2; 0.4 |]))
          each
              "The best model of a run has the threshold of its predictions, and its epoch the accuracy at it"
              [ for outputs in [ 1; 2 ] do
                    for isCalibrated in [ false; true ] do
                        for criterion in [ Criterion.F1; Criterion.Cost(1.0, 3.0) ] -> outputs, isCalibrated, criterion ]
              (fun (outputs: int, isCalibrated: bool, criterion: Criterion) ->
                  let validation = rare 2 60
                  let options = ((options 4 8).Calibrated isCalibrated).WithThreshold criterion
                  let state = fit<float32> (network outputs) (rare 1 60) (Some validation) options
                  let predicted = Fit.predict Machines.alone state.Best validation

                  let struct (expected, _) =
                      Metrics.threshold criterion (labelsOf validation) (second outputs predicted)

                  Expect.that (abs (expected - state.Best.Threshold) < 1e-6) $"{state.Best.Threshold}, not {expected}"
                  Expect.that (Double.IsNaN state.Model.Threshold) "the model in training has a threshold"
                  let score = Fit.evaluate Machines.alone state.Best validation
                  Expect.equal (FitState.bestScore state).Accuracy score.Accuracy

                  let report = Metrics.reportAt state.Best.Threshold state.Best.Network (labelsOf validation) predicted

                  Expect.equal report.Accuracy score.Accuracy)
          test
              "Where members leave out rows, it is chosen by what the member says that has not learned from a row"
              (fun () ->
                  let data = rare 1 60
                  let data = data.WithFolds(Array.init 60 (fun row -> row % 3))
                  let options = (options 3 8).WithThreshold Criterion.Youden
                  let state = fit<float> (network 1 |> Network.withMembers 3) data None options

                  let whole = data.WithFolds [||]
                  let said = Ensemble.split state.Best |> Array.map (fun one -> Fit.predict Machines.alone one whole)

                  let p = Array.init 60 (fun row -> said[row % 3][row])
                  let struct (expected, _) = Metrics.threshold Criterion.Youden (labelsOf data) p
                  Expect.that (abs (expected - state.Best.Threshold) < 1e-6) $"{state.Best.Threshold}, not {expected}")
          lawTried
              100
              "A row is of the second class where its probability is above the threshold, whoever is asked"
              (fun (seed: uint16) ->
                  let random = Random(int seed)
                  let outputs = 1 + random.Next 2
                  let threshold = random.NextDouble()
                  let preprocessing = Preprocessing.Named(Column.Number("a", nan), Column.Number("b", nan))

                  let model =
                      (Model.initialize<float32> (uint64 seed) (network outputs))
                          .With(preprocessing, [| "no"; "yes" |])
                          .WithThreshold
                          threshold

                  let x = [| float32 (Generate.normal random); float32 (Generate.normal random) |]
                  let p = float (Array.last (model.Predict(ReadOnlySpan x)))
                  let expected = if p > threshold then "yes" else "no"
                  let found = model.Classify(ReadOnlySpan x)
                  Expect.equal expected found.Label
                  let given = if expected = "yes" then p else 1.0 - p
                  Expect.that (abs (found.Probability - given) < 1e-6) $"{found.Probability}, not {given}"
                  let row = dict [ "a", RowCell.Of(float x[0]); "b", RowCell.Of(float x[1]) ]
                  let row = Collections.ObjectModel.ReadOnlyDictionary row
                  Expect.equal found (model.Classify row)
                  let learner = OnlineLearner<float32>(model, Training.Default, 4)
                  Expect.equal expected (learner.Classify(ReadOnlySpan x)).Label
                  Expect.equal threshold learner.Model.Threshold)
          test "A threshold that nothing could have is refused with a sentence" (fun () ->
              let run network validation criterion () =
                  let options = { options 1 8 with Threshold = criterion }
                  fit<float> network (rare 1 20) validation options |> ignore

              let usual = Some(rare 2 20)
              refused<ArgumentException> "no rows to validate" (run (network 1) None Criterion.F1)

              refused<ArgumentException>
                  "parts two classes"
                  (run (network 1 |> Network.withLoss Loss.Hinge) usual Criterion.F1)

              refused<ArgumentException> "above 0" (run (network 1) usual (Criterion.Cost(1.0, 0.0)))
              let alike = { rare 2 20 with Targets = Targets.Labels(Array.zeroCreate 20, 2) }
              refused<ArgumentException> "one class" (run (network 1) (Some alike) Criterion.F1)
              let values = { rare 2 20 with Targets = Targets.Values(NumberArray.Doubles(Array.zeroCreate 20), 1) }
              refused<ArgumentException> "values" (run (network 1) (Some values) Criterion.F1)

              refused<ArgumentException> "by loss" (fun () ->
                  FitOptions.Default.WithThreshold Criterion.Loss |> ignore)

              let ofBest () = fit<float> (network 1) (rare 1 20) usual ((options 1 8).With Criterion.F1) |> ignore

              refused<ArgumentException> "the best model by f1" ofBest
              let model = Model.initialize<float> 1UL (network 2)
              refused<ArgumentException> "threshold" (fun () -> model.WithThreshold 1.5 |> ignore)
              refused<ArgumentException> "threshold" (fun () -> model.WithThreshold -0.1 |> ignore)

              refused<InvalidOperationException> "two classes" (fun () ->
                  (Model.initialize<float> 1UL Blobs.network).WithThreshold 0.5 |> ignore))
          test "Other parameters have no threshold, and it can be taken away" (fun () ->
              let model = (Model.initialize<float> 1UL (network 2)).WithThreshold 0.25
              Expect.equal 0.25 model.Threshold
              Expect.that (Double.IsNaN (model.With model.Parameters).Threshold) "other parameters"
              Expect.that (Double.IsNaN (model.WithThreshold nan).Threshold) "none"
              let other = model.WithThreshold 0.5
              Expect.equal 0.25 (Ensemble.join [| model; model |]).Threshold
              Expect.that (Double.IsNaN (Ensemble.join [| model; other |]).Threshold) "two thresholds")
          test
              "A file keeps the threshold of a model in either precision, and another than it can have is refused"
              (fun () ->
                  let model = (Model.initialize<float> 1UL (network 2)).WithThreshold 0.3
                  let bytes = ModelFile.write model

                  match ModelFile.read bytes with
                  | Ok(AnyModel.Double read) ->
                      Expect.equal 0.3 read.Threshold
                      Expect.equal (List.ofArray bytes) (List.ofArray (ModelFile.write read))
                  | other -> Expect.fail $"%A{other}"

                  use stream = new IO.MemoryStream(bytes)
                  Expect.equal 0.3 (NeuralNetwork.Model.Load<float32> stream).Threshold
                  let file = Expect.ok (Safetensors.read bytes)

                  for before, after, words in
                      [ "\"threshold\":0.3", "\"threshold\":1.5", "threshold: 1.5 (from 0 to 1)"
                        "\"threshold\":0.3", "\"threshold\":\"half\"", "threshold"
                        "\"cross-entropy\"", "\"squared-error\"", "parts two classes" ] do
                      let changed (name: string, value: string) = name, value.Replace(before, after)
                      let other = { file with Metadata = file.Metadata |> List.map changed }

                      match ModelFile.read (Safetensors.write other) with
                      | Ok _ -> Expect.fail $"{after} was read"
                      | Error defect -> Expect.mentions [ words ] (string defect))
          test "A checkpoint keeps the threshold of its best model" (fun () ->
              let options = (options 2 8).WithThreshold Criterion.F1
              let state = fit<float> (network 1) (rare 1 40) (Some(rare 2 40)) options
              let names = Optimizer.slots training.Optimizer
              let checkpoint = { State = state; Slots = names; Circumstances = [] }

              match Checkpoint.read (Checkpoint.write checkpoint) with
              | Ok(AnyCheckpoint.Double read) ->
                  Expect.equal state.Best.Threshold read.State.Best.Threshold
                  Expect.that (Double.IsNaN read.State.Model.Threshold) "the model in training"
              | other -> Expect.fail $"%A{other}") ]
