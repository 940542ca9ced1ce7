/// What a trainer refuses while it trains: numbers that are none, and a second thread.
module NeuralNetwork.Tests.TrainerGuardTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Maths

/// A small network in training, and the rows of a batch.
let private lesson () =
    let network = Network.input 3 |> Network.dense 4 Activation.Tanh |> Network.dense 2 Activation.Identity
    let training = { Training.Default with IsWeighted = true }
    let trainer = Trainer<float32>(Model.initialize<float32> 3UL network, training, 5, Machines.alone)
    let random = Random 4
    let numbers count = Array.init count (fun _ -> float32 (Generate.real random))
    trainer, numbers 15, numbers 10, Array.create 5 1.0f

let tests =
    group
        "TrainerGuard"
        [ each
              "A number that is not finite is refused by its place, and nothing has changed"
              [ Single.NaN; Single.PositiveInfinity; Single.NegativeInfinity ]
              (fun (bad: float32) ->
                  let trainer, x, t, weights = lesson ()

                  let step (x: float32[]) (t: float32[]) (weights: float32[]) =
                      trainer.Step(ReadOnlySpan x, ReadOnlySpan t, ReadOnlySpan weights) |> ignore

                  step x t weights
                  let before, slots = trainer.Snapshot(), trainer.Slots

                  let refused (name: string) (place: string) (action: unit -> unit) =
                      let error = Expect.raises<ArgumentException> action
                      Expect.equal name (string error.ParamName)
                      Expect.mentions [ place; Text.number (float bad) ] error.Message
                      Expect.sameBits "parameters" before.Parameters.Values (trainer.Snapshot()).Parameters.Values
                      List.iter2 (Expect.sameBits "slot") slots trainer.Slots
                      Expect.equal 1 trainer.Steps

                  let with' place (numbers: float32[]) = Array.updateAt place bad numbers

                  for place in 0..14 do
                      refused "features" $"row {place / 3} has" (fun () -> step (with' place x) t weights)

                  for place in 0..9 do
                      refused "values" $"row {place / 2} has" (fun () -> step x (with' place t) weights)

                  refused "weights" "row 4 has" (fun () -> step x t (with' 4 weights))

                  refused "features" "row 1 has" (fun () ->
                      trainer.Step(ReadOnlySpan(with' 3 x), ReadOnlySpan t) |> ignore)

                  refused "features" "row 1 has" (fun () ->
                      trainer.Step(ReadOnlySpan(with' 3 x), ReadOnlySpan t, 0.1) |> ignore)

                  refused "features" "row 4 has" (fun () ->
                      trainer.Step(ReadOnlySpan(with' 14 x), ReadOnlySpan [| 0; 1; 0; 1; 0 |]) |> ignore)

                  // The windows filled by the caller.
                  (ReadOnlySpan(with' 0 x)).CopyTo(trainer.Executor.Span trainer.CompiledPlan.Input)
                  refused "features" "row 0 has" (fun () -> trainer.StepLoaded 2 |> ignore)
                  step x t weights
                  Expect.equal 2 trainer.Steps)
          test "Steps on rows of any width look at every number and at no other" (fun () ->
              for width in Generate.widths do
                  let network = Network.input width |> Network.dense 1 Activation.Identity

                  let trainer =
                      Trainer<float>(Model.initialize<float> 3UL network, Training.Default, 3, Machines.alone)

                  let x, t = Array.create (2 * width) 1.0, [| 1.0; 2.0 |]
                  // Behind the rows of this step there is one that is not part of it.
                  (trainer.Executor.Span trainer.CompiledPlan.Input).Fill nan

                  for place in 0 .. x.Length - 1 do
                      Expect.raises<ArgumentException>(fun () ->
                          trainer.Step(ReadOnlySpan(Array.updateAt place nan x), ReadOnlySpan t) |> ignore)
                      |> ignore

                  trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore)
          // What other members say while a thread is in the middle of a training.
          test "A second thread that uses a trainer meanwhile is told so, and changes nothing" (fun () ->
              let trainer, x, t, weights = lesson ()
              let parameters, slots = (trainer.Snapshot()).Parameters, trainer.Slots
              use inside = new ManualResetEventSlim(false)
              use away = new ManualResetEventSlim(false)

              let observer =
                  { new IFitObserver<float32> with
                      member _.Stepped _ =
                          inside.Set()
                          away.Wait()

                      member _.Finished _ = ()
                      member _.IsDue _ = false
                      member _.Save _ = () }

              let data: Dataset =
                  { Rows = 5
                    Cols = 3
                    Inputs = NeuralNetwork.Engine.NumberArray.Singles x
                    Targets = Targets.Values(NeuralNetwork.Engine.NumberArray.Singles t, 2)
                    Weights = Array.map float weights
                    Folds = [||] }

              let state = FitState.start (trainer.Snapshot()) Training.Default.Optimizer
              let options: FitOptions = { FitOptions.Default with Epochs = 2; BatchSize = 5 }

              let train () =
                  Fit.run trainer state data None options TimeProvider.System observer CancellationToken.None

              let training = Tasks.Task.Run train
              inside.Wait()

              try
                  let actions: (unit -> unit) list =
                      [ fun () -> trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore
                        fun () -> trainer.Step(ReadOnlySpan x, ReadOnlySpan t, 0.1) |> ignore
                        fun () -> trainer.Step(ReadOnlySpan x, ReadOnlySpan t, ReadOnlySpan weights) |> ignore
                        fun () -> trainer.Step(ReadOnlySpan x, ReadOnlySpan [| 0; 1; 0; 1; 0 |]) |> ignore
                        fun () -> trainer.StepLoaded 5 |> ignore
                        fun () -> trainer.Predict(ReadOnlySpan x, Span(Array.zeroCreate 10))
                        fun () -> trainer.Evaluate(ReadOnlySpan x, ReadOnlySpan t) |> ignore
                        fun () -> trainer.Restore(parameters, slots, 0, [])
                        fun () -> trainer.EndEpoch 1.0
                        fun () -> trainer.Snapshot() |> ignore
                        fun () -> trainer.Slots |> ignore ]

                  for action in actions do
                      let error = Expect.raises<InvalidOperationException> action
                      Expect.mentions [ "thread"; "trainer" ] error.Message
              finally
                  away.Set()

              let alone, _, _, _ = lesson ()
              let expected = Fit.run alone state data None options TimeProvider.System observer CancellationToken.None

              Expect.sameBits
                  "parameters"
                  expected.State.Model.Parameters.Values
                  training.Result.State.Model.Parameters.Values)
          // Whatever the threads do at whatever time: what they did is what so many steps in a row do.
          test "Steps of many threads are steps or exceptions" (fun () ->
              let trainer, x, t, _ = lesson ()
              use start = new Barrier(4)

              let work () =
                  start.SignalAndWait()
                  let mutable made = 0

                  for _ in 1..2000 do
                      try
                          trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore
                          made <- made + 1
                      with :? InvalidOperationException ->
                          ()

                  made

              let made = Array.init 4 (fun _ -> Tasks.Task.Run work) |> Array.sumBy _.Result
              Expect.equal made trainer.Steps
              let alone, _, _, _ = lesson ()

              for _ in 1..made do
                  alone.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

              Expect.sameBits "parameters" (alone.Snapshot()).Parameters.Values (trainer.Snapshot()).Parameters.Values)
          each
              "A rate that would learn nothing, or the wrong way round, is refused"
              [ Double.NaN; Double.PositiveInfinity; -1.0 ]
              (fun (rate: float) ->
                  let trainer, x, t, _ = lesson ()
                  let before = trainer.Snapshot()

                  let error =
                      Expect.raises<ArgumentOutOfRangeException>(fun () ->
                          trainer.Step(ReadOnlySpan x, ReadOnlySpan t, rate) |> ignore)

                  Expect.equal "rate" (string error.ParamName)
                  Expect.mentions [ Text.number rate; "at least 0" ] error.Message
                  Expect.sameBits "parameters" before.Parameters.Values (trainer.Snapshot()).Parameters.Values) ]
