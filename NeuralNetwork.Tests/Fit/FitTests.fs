/// Training over epochs: history, the best model, and every way to end.
module NeuralNetwork.Tests.Fit.FitTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

type private Watcher() =
    let steps, epochs = ResizeArray<StepReport>(), ResizeArray<EpochReport>()
    member val OnStep: StepReport -> unit = ignore with get, set
    member _.Steps = List.ofSeq steps
    member _.Epochs = List.ofSeq epochs

    interface IFitObserver<float32> with
        member watcher.Stepped report =
            steps.Add report
            watcher.OnStep report

        member _.IsDue _ = false
        member _.Save _ = ()
        member _.Finished report = epochs.Add report

let private fit (training: Training) (data: Dataset) validation (options: FitOptions) =
    let trainer = trainerOn Machines.alone training options.BatchSize
    run trainer data validation options TimeProvider.System silent CancellationToken.None

let private weights (model: Model<float32>) = model.Parameters.Values

/// A clock that asks for the end of the run when it is read for the second time: when the first epoch's steps are done.
type private Alarm(cancel: CancellationTokenSource) =
    inherit TimeProvider()
    let mutable readings = 0

    override _.GetTimestamp() =
        readings <- readings + 1

        if readings = 2 then
            cancel.Cancel()

        int64 readings

let tests =
    group
        "Fit"
        [ lawTried 10 "History tells of every epoch and every step once, in order" (fun (seed: uint16) (batch: uint8) ->
              let data, batch = blobs (int seed) 50, 1 + int batch % 60
              let watcher = Watcher()
              let trainer = trainerOn Machines.alone (training.With(Schedule.Cosine(0.01, 30))) batch

              let result =
                  run
                      trainer
                      data
                      (Some(blobs 1 20))
                      (options 3 batch)
                      TimeProvider.System
                      watcher
                      CancellationToken.None

              let perEpoch = (50 + batch - 1) / batch
              Expect.equal FitEnd.Finished result.End
              Expect.equal [ 1; 2; 3 ] (result.State.History |> List.map _.Epoch)
              Expect.equal [ perEpoch; 2 * perEpoch; 3 * perEpoch ] (result.State.History |> List.map _.Step)
              Expect.equal [ 1 .. 3 * perEpoch ] (watcher.Steps |> List.map _.Step)
              Expect.equal (result.State.History |> List.map _.Epoch) (watcher.Epochs |> List.map _.Epoch)

              Expect.that
                  (watcher.Steps |> List.forall (fun step -> step.TotalSteps = 3 * perEpoch))
                  "the total changes"

              for epoch in result.State.History do
                  let first = (epoch.Epoch - 1) * perEpoch + 1
                  Expect.equal (Schedule.at first (Schedule.Cosine(0.01, 30))) epoch.LearningRate
                  // The last batch of an epoch may be short and counts by its rows.
                  let rows (step: StepReport) = if step.Step % perEpoch = 0 then 50 - (perEpoch - 1) * batch else batch
                  let steps = watcher.Steps |> List.filter (fun step -> step.Epoch = epoch.Epoch)
                  let mean = (steps |> List.sumBy (fun step -> step.Loss * float (rows step))) / 50.0
                  Expect.within (1e-13 * mean) mean epoch.Train.Loss)
          states
              [ 59 ]
              (lawTried
                  10
                  "The best epoch is the first with the lowest validation loss, or the highest accuracy and then the lowest loss, and its model is kept"
                  (fun (seed: uint16) (isByLoss: bool) ->
                      // So few rows that epochs often tie in accuracy.
                      let validation = blobs (int seed + 1) 8

                      let options =
                          { options 6 16 with Best = (if isByLoss then Criterion.Loss else Criterion.Accuracy) }

                      let result =
                          fit (training.With(Schedule.Constant 0.3)) (blobs (int seed) 60) (Some validation) options

                      let rank (report: EpochReport) =
                          let accuracy = if isByLoss then 0.0 else report.Validation.Accuracy
                          -accuracy, report.Validation.Loss, report.Epoch

                      let best = result.State.History |> List.minBy rank
                      Expect.equal best.Epoch result.State.BestEpoch
                      let score = Fit.evaluate Machines.alone result.State.Best validation

                      Expect.sameBits
                          "score"
                          [| best.Validation.Loss; best.Validation.Accuracy |]
                          [| score.Loss; score.Accuracy |]))
          lawTried 10 "Without validation the last model is the best" (fun (seed: uint16) ->
              let result = fit training (blobs (int seed) 40) None (options 2 8)
              Expect.sameBits "best" (weights result.State.Model) (weights result.State.Best)
              Expect.equal 2 result.State.BestEpoch

              Expect.that
                  (result.State.History |> List.forall (fun report -> Double.IsNaN report.Validation.Loss))
                  "a score from nowhere")
          states
              [ 70 ]
              (lawTried 10 "The same seed gives the same bits, another seed others" (fun (seed: uint16) ->
                  let train seed =
                      weights (fit (training.With(seed = seed)) (blobs 3 40) None (options 2 8)).State.Model

                  let first = train (uint64 seed)
                  Expect.sameBits "again" first (train (uint64 seed))
                  Expect.that (first <> train (uint64 seed + 1UL)) "another seed, the same bits"))
          states
              [ 69 ]
              (test "One, two and three threads give the same model" (fun () ->
                  let train threads =
                      use machine = Machines.managed threads
                      let trainer = trainerOn machine training 32
                      let data = blobs 3 100

                      weights
                          (run
                              trainer
                              data
                              (Some data)
                              (options 2 32)
                              TimeProvider.System
                              silent
                              CancellationToken.None)
                              .State.Best

                  let alone = train 1
                  Expect.sameBits "two" alone (train 2)
                  Expect.sameBits "three" alone (train 3)))
          test "Without shuffling an epoch is the steps on the rows in order" (fun () ->
              let data = blobs 3 21
              let result = fit training data None { options 1 8 with Shuffle = false }
              let trainer = trainerOn Machines.alone training 8

              let x, labels =
                  match data.Inputs, data.Targets with
                  | NumberArray.Singles x, Targets.Labels(labels, _) -> x, labels
                  | _ -> [||], [||]

              for start, rows in [ 0, 8; 8, 8; 16, 5 ] do
                  trainer.Step(ReadOnlySpan(x, 2 * start, 2 * rows), labels = ReadOnlySpan(labels, start, rows))
                  |> ignore

              Expect.sameBits "parameters" (weights (trainer.Snapshot())) (weights result.State.Model))
          lawTried 10 "Training ends after the given number of steps" (fun (limit: uint8) ->
              let limit = 1 + int limit % 20
              let result = fit training (blobs 3 40) None { options 3 8 with Steps = limit }
              Expect.equal (min limit 15) (List.last result.State.History).Step
              Expect.equal FitEnd.Finished result.End)
          lawTried 10 "A cancelled run ends after the batch in hand" (fun (stop: uint8) ->
              let stop = 1 + int stop % 15
              use cancel = new CancellationTokenSource()

              let watcher =
                  Watcher(
                      OnStep =
                          fun report ->
                              if report.Step = stop then
                                  cancel.Cancel()
                  )

              let trainer = trainerOn Machines.alone training 8
              let result = run trainer (blobs 3 40) None (options 3 8) TimeProvider.System watcher cancel.Token
              Expect.equal FitEnd.Cancelled result.End
              Expect.equal stop trainer.Steps
              Expect.equal stop watcher.Steps.Length
              Expect.sameBits "last" (weights (trainer.Snapshot())) (weights result.State.Model))
          test "A validation that is interrupted neither counts nor makes a model the best" (fun () ->
              use cancel = new CancellationTokenSource()
              let trainer = trainerOn Machines.alone training 8
              let result = run trainer (blobs 3 40) (Some(blobs 4 40)) (options 3 8) (Alarm cancel) silent cancel.Token
              Expect.equal FitEnd.Cancelled result.End
              Expect.equal 0 result.State.BestEpoch
              Expect.equal [] result.State.History
              Expect.equal 5 trainer.Steps)
          test "A rate beyond all reason is reported as divergence, at its step" (fun () ->
              let points = Array.init 40 float32

              let data =
                  { Rows = 40
                    Cols = 1
                    Inputs = NumberArray.Singles points
                    Targets = Targets.Values(NumberArray.Singles points, 1)
                    Weights = [||]
                    Folds = [||] }

              let line = Network.input 1 |> Network.dense 1 Activation.Identity
              let training = Training.Default.With(Optimizer.SGD).With(Schedule.Constant 1e30)
              let trainer = Trainer<float32>(Model.initialize<float32> 1UL line, training, 8, Machines.alone)
              let result = run trainer data None (options 5 8) TimeProvider.System silent CancellationToken.None

              match result.End with
              | FitEnd.Diverged(epoch, step, loss, _) ->
                  Expect.equal 1 epoch
                  Expect.equal trainer.Steps step
                  Expect.that (not (Double.IsFinite loss)) $"the loss is {loss}"
              | other -> Expect.fail $"the run ended with {other}")
          law
              "Rungs of successive halving end at powers of the rate, and one of so many goes on"
              (fun (trials: uint8) (epochs: uint16) (rate: uint8) ->
                  let trials, epochs, rate = 1 + int trials, 1 + int epochs, 2 + int rate % 9
                  let rungs = Fit.rungs trials epochs rate
                  let powers = Seq.initInfinite (fun k -> pown (int64 rate) (k + 1))

                  let earlier =
                      powers
                      |> Seq.takeWhile (fun power -> power <= int64 trials && power <= int64 epochs)
                      |> Seq.map (fun power -> int (int64 epochs / power))

                  Expect.equal [ yield! Seq.rev earlier; epochs ] [ for struct (_, last) in rungs -> last ]
                  let struct (first, _) = rungs[0]
                  Expect.equal trials first

                  for struct (before, _), struct (left, _) in Array.pairwise rungs do
                      Expect.that (left * rate >= before && (left - 1) * rate < before) $"{left} of {before} go on")
          each
              "Rungs of searches, from the numbers of trials, epochs and the rate"
              [ (27, 81, 3), [ struct (27, 3); struct (9, 9); struct (3, 27); struct (1, 81) ]
                (8, 4, 2), [ struct (8, 1); struct (4, 2); struct (2, 4) ]
                (5, 100, 3), [ struct (5, 33); struct (2, 100) ]
                (1, 100, 2), [ struct (1, 100) ]
                (16, 1, 4), [ struct (16, 1) ]
                (Int32.MaxValue, 9, 3), [ struct (Int32.MaxValue, 1); struct (715827883, 3); struct (238609295, 9) ] ]
              (fun ((trials, epochs, rate), expected) ->
                  Expect.equal expected (List.ofArray (Fit.rungs trials epochs rate)))
          test "There are no rungs without a trial or an epoch, or where all go on" (fun () ->
              for trials, epochs, rate in [ 0, 5, 2; 5, 0, 2; 5, 5, 1 ] do
                  Expect.raises<ArgumentOutOfRangeException>(fun () -> Fit.rungs trials epochs rate |> ignore)
                  |> ignore)
          test "Steps of a fit allocate nothing" (fun () ->
              let data = blobs 3 400
              let machine = Machines.alone

              let allocated steps =
                  let trainer = trainerOn machine training 8
                  let options = { options 1 8 with Steps = steps }
                  let before = GC.GetAllocatedBytesForCurrentThread()
                  run trainer data None options TimeProvider.System silent CancellationToken.None |> ignore
                  GC.GetAllocatedBytesForCurrentThread() - before

              allocated 20 |> ignore
              Expect.equal (allocated 20) (allocated 40))
          test "Three clear classes are learned" (fun () ->
              let result = fit training (blobs 3 600) (Some(blobs 4 300)) (options 20 32)
              // Bayes' rule for centres 3.6 apart and deviation 1.5 errs on about one point in five.
              Expect.that
                  ((Fit.evaluate Machines.alone result.State.Best (blobs 5 300)).Accuracy > 0.7)
                  "too little was learned")
          lawTried
              10
              "Evaluation and prediction agree: accuracy counts the rows whose greatest prediction is the label"
              (fun (seed: uint16) ->
                  let data = blobs (int seed) 300
                  let model = (fit training (blobs 3 60) None (options 2 8)).State.Model
                  let predictions = Fit.predict Machines.alone model data |> Generate.floats |> Array.chunkBySize 3

                  match data.Targets with
                  | Targets.Labels(labels, _) ->
                      let argmax (row: float[]) = Array.findIndex (fun p -> p = Array.max row) row

                      let hits =
                          Array.zip labels predictions
                          |> Array.filter (fun (label, row) -> argmax row = label)
                          |> Array.length

                      let score = Fit.evaluate Machines.alone model data
                      Expect.equal (float hits / 300.0) score.Accuracy
                      let losses = Array.map2 (fun label (row: float[]) -> -log row[label]) labels predictions
                      Expect.within (1e-5 * score.Loss) (Array.average losses) score.Loss
                  | Targets.Values _ -> Expect.fail "no labels") ]
