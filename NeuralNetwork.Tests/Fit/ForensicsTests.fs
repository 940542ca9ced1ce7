/// Training that leaves the finite numbers says where, to the number.
module NeuralNetwork.Tests.Fit.ForensicsTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private diagnosisOf (result: FitResult<float>) : Diagnosis =
    match result.End with
    | FitEnd.Diverged(_, step, _, diagnosis) ->
        Expect.equal result.State.Step step
        diagnosis
    | other -> Expect.fail ($"the run ended with {other}")

let private spoil (place: int) (value: float) (table: NumberArray) =
    match table with
    | NumberArray.Doubles values -> NumberArray.Doubles(Array.updateAt place value values)
    | other -> other

/// A run whose numbers stay small.
let private tame (case: Case) (seed: int) : Run =
    let run = Run.make (Case.ordinary case) Optimizer.SGD (2 * seed)

    { run with
        Training = { run.Training with Rate = Schedule.Constant 1e-4 }
        Options = { run.Options with Steps = 0; Epochs = 2; Shuffle = true } }

let private line = Network.input 1 |> Network.dense 1 Activation.Identity

let private points =
    { Rows = 40
      Cols = 1
      Inputs = NumberArray.Doubles(Array.init 40 float)
      Targets = Targets.Values(NumberArray.Doubles(Array.init 40 float), 1)
      Weights = [||]
      Folds = [||] }

let private options = { FitOptions.Default with Epochs = 3; BatchSize = 8; Shuffle = false }

let private runOn
    (network: Network)
    (training: Training)
    (change: float[] -> unit)
    (data: Dataset)
    (options: FitOptions)
    =
    let model = Model.initialize<float> 1UL network
    change model.Parameters.Values
    let case = { Network = network; Rows = data.Rows; Scale = 1.0; Seed = 1 }
    let run = { Case = case; Training = training; Data = data; Validation = None; Options = options }
    Run.finish run (FitState.start model training.Optimizer)

let private descent rate = Training.Default.With(Optimizer.SGD).With(Schedule.Constant rate)

let tests =
    group
        "Forensics"
        [ lawTried
              40
              "A feature that is no number is found in its row and column"
              (fun (case: Case) (seed: uint16) (value: bool) ->
                  let run, random = tame case (int seed), Random(int seed)
                  let row, column = random.Next run.Data.Rows, random.Next run.Data.Cols
                  let value = if value then nan else infinity
                  let data = { run.Data with Inputs = spoil (row * run.Data.Cols + column) value run.Data.Inputs }
                  // A ReLU may hide an infinity, and dropout anything.
                  let isHidden = Double.IsInfinity value || run.Case.Network.Layers |> List.exists _.IsDropout
                  let result = Run.finish { run with Data = data } (Run.start run)

                  if result.End.IsDiverged then
                      let found = diagnosisOf result
                      Expect.equal ("inputs", row, column) (found.Tensor, found.Row, found.Column)
                      Expect.equal -1 found.Layer
                      Expect.mentions [ "data" ] (string found)
                      Expect.sameBits "value" [| value |] [| found.Value |]
                      // The replay begins with the epoch.
                      Expect.equal
                          (min 5 (found.Step - 1 - FitState.stepsBefore result.State))
                          found.GradientNorms.Length
                  else
                      Expect.that isHidden "a NaN went by unseen")
          test "A target that is no number is found in its row" (fun () ->
              let targets = Array.init 40 (fun row -> if row = 17 then nan else float row)
              let data = { points with Targets = Targets.Values(NumberArray.Doubles targets, 1) }
              let found = diagnosisOf (runOn line (descent 1e-5) ignore data options)
              Expect.equal (3, "targets", 17, 0) (found.Step, found.Tensor, found.Row, found.Column))
          test "A parameter that never was a number is found by its name" (fun () ->
              let found = diagnosisOf (runOn line (descent 1e-5) (fun values -> values[0] <- nan) points options)
              Expect.equal (1, 0, "layers.0.weight") (found.Step, found.Layer, found.Tensor)
              Expect.mentions [ "before the step" ] found.Cause)
          test "A rate beyond all reason is an overflow, with the gradients that led to it" (fun () ->
              let found = diagnosisOf (runOn line (descent 1e3) ignore points { options with BatchSize = 1 })
              Expect.mentions [ "overflow"; "rate" ] found.Cause
              Expect.equal 5 found.GradientNorms.Length
              Expect.equal (List.sort found.GradientNorms) found.GradientNorms)
          test "An exponential that overflows is named as the activation it is" (fun () ->
              let network =
                  Network.input 1 |> Network.dense 2 Activation.Exponential |> Network.dense 1 Activation.Identity

              let network = Network.withLoss Loss.AbsoluteError network
              let large (values: float[]) = values[1] <- 20.0

              for shards in [ 1; 3 ] do
                  let training = (descent 0.0).WithShards shards
                  let found = diagnosisOf (runOn network training large { points with Rows = 40 } options)
                  // Row 36 is the first with e^(20·row) above the greatest double, about e^709.8.
                  Expect.equal (5, 1, "y of layer 1") (found.Step, found.Layer, found.Tensor)
                  Expect.equal (36, 1) (found.Row, found.Column)
                  Expect.equal infinity found.Value)
          test "A square that overflows is found in the loss" (fun () ->
              let far = Array.init 40 (fun row -> if row = 3 then 1e200 else 0.0)
              let data = { points with Targets = Targets.Values(NumberArray.Doubles far, 1) }

              for shards in [ 1; 4 ] do
                  let found = diagnosisOf (runOn line ((descent 0.0).WithShards shards) ignore data options)
                  Expect.equal (1, "the loss", 3) (found.Step, found.Tensor, found.Row)
                  Expect.mentions [ "loss"; "squared-error" ] found.Cause)
          test "An update that overflows in the last step of all is seen, and named" (fun () ->
              let result = runOn line (descent 1e308) ignore points { options with Steps = 1 }
              let found = diagnosisOf result
              Expect.equal 1 found.Step
              Expect.mentions [ "layers.0." ] found.Tensor
              Expect.mentions [ "update"; "1E+308" ] found.Cause
              Expect.equal [] result.State.History)
          lawTried
              20
              "After a diagnosis the state and the trainer are those of the failure"
              (fun (case: Case) (seed: uint16) ->
                  let run = tame case (int seed)
                  let data = { run.Data with Inputs = spoil 0 nan run.Data.Inputs }
                  let start = Run.start run
                  let trainer = Trainer<float>(start.Model, run.Training, run.Options.BatchSize, Machines.alone)
                  use cancel = new Threading.CancellationTokenSource()
                  let watcher = Watcher(-1, -1, cancel)
                  let clock = TimeProvider.System

                  let result =
                      Fit.run
                          trainer
                          start
                          data
                          None
                          { run.Options with Patience = 0; Threshold = Criterion.Loss }
                          clock
                          watcher
                          cancel.Token

                  Expect.equal trainer.Steps result.State.Step
                  Expect.equal (List.last watcher.Reports).Step result.State.Step
                  let values (model: Model<float>) = model.Parameters.Values
                  Expect.sameBits "parameters" (values result.State.Model) (values (trainer.Snapshot()))
                  List.iter2 (Expect.sameBits "slot") result.State.Slots trainer.Slots

                  for state in watcher.States do
                      Expect.that (Parameters.isFinite state.Model.Parameters) "a broken state was saved")
          test "A rate that is no number is refused before anything is trained" (fun () ->
              for rate in
                  [ Schedule.Constant nan
                    Schedule.Cosine(infinity, 3)
                    Schedule.Constant -1.0
                    Schedule.Step(0.1, nan, 3) ] do
                  let training = { Training.Default with Rate = rate }
                  let make () = Trainer<float>(Model.initialize<float> 1UL line, training, 8, Machines.alone) |> ignore
                  Expect.raises<ArgumentException> make |> ignore

              let parameters = Parameters.initialize<float> 1UL line
              let slots = Model.zeroSlots<float> line Optimizer.SGD

              let update () =
                  Model.update line Optimizer.SGD 1 nan parameters slots (Array.zeroCreate parameters.Values.Length)
                  |> ignore

              Expect.mentions [ "NaN" ] (Expect.raises<ArgumentException> update).Message) ]
