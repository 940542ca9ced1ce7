/// Going on from where a run stood: the bits of the run that was never interrupted.
module NeuralNetwork.Tests.Fit.ResumeTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// A clock that asks for the end of the run whenever an epoch's steps are done, which is when it is read again.
type private Alarm(cancel: CancellationTokenSource) =
    inherit TimeProvider()
    let mutable readings = 0L

    override _.GetTimestamp() =
        readings <- readings + 1L

        if readings = 2L then
            cancel.Cancel()

        readings

/// Ends a run again and again after a few more steps, each time going on from what was saved.
let rec private inPieces (random: Random) (run: Run) (pieces: int) (state: FitState<float>) : FitResult<float> =
    if pieces = 0 then
        Run.finish run state
    else
        use cancel = new CancellationTokenSource()
        let saveAt = state.Step + random.Next(1, 6)
        let watcher = Watcher(saveAt + random.Next 4, saveAt, cancel)
        let result = Run.from run state watcher cancel.Token

        match result.End, watcher.Due with
        | FitEnd.Cancelled, Some due when random.Next 2 = 0 ->
            // As if the process had died some steps after the save.
            inPieces random run (pieces - 1) due
        | FitEnd.Cancelled, _ ->
            Run.same result.State (List.last watcher.States)
            inPieces random run (pieces - 1) result.State
        | _ -> result

/// A clock that is set back by an hour at every look.
type private Backwards() =
    inherit TimeProvider()
    let mutable now = DateTimeOffset.UnixEpoch.AddYears 50

    override _.GetUtcNow() =
        now <- now.AddHours -1.0
        now

    override clock.GetTimestamp() = clock.GetUtcNow().Ticks
    override _.TimestampFrequency = TimeSpan.TicksPerSecond

let tests =
    group
        "Resume"
        [ states
              [ 71 ]
              (law
                  "A run interrupted anywhere and resumed in another trainer is the run never interrupted, in every bit"
                  (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                      let run, random = Run.make case optimizer (int seed), Random(int seed)
                      let whole = Run.finish run (Run.start run)
                      let pieces = inPieces random run (1 + random.Next 3) (Run.start run)
                      Expect.equal $"{whole.End}" $"{pieces.End}"
                      Run.same whole.State pieces.State))
          lawTried
              50
              "A clock that is set back changes no bit of a run but its seconds"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  let run = Run.make case optimizer (int seed)
                  use cancel = new CancellationTokenSource()
                  let model = (Run.start run).Model
                  let trainer = Trainer<float>(model, run.Training, run.Options.BatchSize, Machines.alone)
                  let watcher = Watcher(-1, -1, cancel)

                  let result =
                      Fit.run
                          trainer
                          (Run.start run)
                          run.Data
                          run.Validation
                          run.Options
                          (Backwards())
                          watcher
                          cancel.Token

                  Run.same (Run.finish run (Run.start run)).State result.State)
          states
              [ 71 ]
              (lawTried
                  20
                  "Every state that is saved leads to the same end"
                  (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                      let run = Run.make case optimizer (int seed)
                      use cancel = new CancellationTokenSource()
                      let watcher = Watcher(-1, 1 + int seed % 5, cancel)
                      let whole = Run.from run (Run.start run) watcher cancel.Token

                      for state in watcher.States do
                          let rest = Run.finish run state
                          Expect.equal $"{whole.End}" $"{rest.End}"
                          Run.same whole.State rest.State))
          states
              [ 71 ]
              (lawTried 20 "A run interrupted in a validation goes on with it" (fun (case: Case) (seed: uint16) ->
                  let run = Run.make case (Optimizer.Adam Adam.standard) (int seed)
                  let hasMargins = run.Data.Targets.IsValues && Margins.suits run.Case.Network

                  let options =
                      { run.Options with
                          Coverage = (if hasMargins then 0.5 else 0.0)
                          Threshold = Run.thresholdOf run.Case.Network (Some run.Data) (int seed) }

                  let run = { run with Validation = Some run.Data; Options = options }

                  use cancel = new CancellationTokenSource()

                  let trainer =
                      Trainer<float>((Run.start run).Model, run.Training, run.Options.BatchSize, Machines.alone)

                  let watcher = Watcher(-1, -1, cancel)
                  let clock = Alarm cancel

                  let result =
                      Fit.run trainer (Run.start run) run.Data run.Validation run.Options clock watcher cancel.Token

                  match result.End with
                  | FitEnd.Cancelled ->
                      Expect.equal 1 watcher.States.Length
                      Expect.equal 1 result.State.Epoch
                      Expect.equal [] result.State.History
                      Run.same (Run.finish run (Run.start run)).State (Run.finish run watcher.States.Head).State
                  | FitEnd.Diverged _ -> ()
                  | other -> Expect.fail $"the run ended with {other}"))
          states
              [ 71 ]
              (lawTried
                  20
                  "Going on from the end does nothing"
                  (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                      let run = Run.make case optimizer (int seed)
                      let whole = Run.finish run (Run.start run)

                      if not whole.End.IsDiverged then
                          let again = Run.finish run whole.State
                          Expect.equal whole.End again.End
                          Run.same whole.State again.State))
          states
              [ 71 ]
              (lawTried
                  20
                  "More epochs after the end are those of the longer run"
                  (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                      let run = Run.make case optimizer (int seed)

                      let run =
                          { run with
                              Training = { run.Training with Rate = Schedule.Constant 0.01 }
                              // Where the mean of epochs begins depends on the end, and so does what an epoch is judged by.
                              Options = { run.Options with Steps = 0; SWA = 1.0 } }

                      let longer = { run with Options = { run.Options with Epochs = run.Options.Epochs + 2 } }
                      let first = Run.finish run (Run.start run)

                      if not first.End.IsDiverged then
                          let whole, rest = Run.finish longer (Run.start longer), Run.finish longer first.State
                          Expect.equal $"{whole.End}" $"{rest.End}"
                          Run.same whole.State rest.State))
          test
              "A state of another network, another optimizer or outside the data is refused, and nothing is trained"
              (fun () ->
                  let network = Network.input 2 |> Network.dense 3 Activation.Identity
                  let case = { Network = network; Rows = 5; Scale = 1.0; Seed = 2 }
                  let run = { Run.make case (Optimizer.Adam Adam.standard) 1 with Case = case }
                  let start = Run.start run
                  let trainer = Trainer<float>(start.Model, run.Training, run.Options.BatchSize, Machines.alone)

                  let refused (words: string list) (state: FitState<float>) =
                      let watcher = Watcher(-1, -1, new CancellationTokenSource())

                      let go () =
                          Fit.run
                              trainer
                              state
                              run.Data
                              None
                              { run.Options with Patience = 0; Coverage = 0.0; Threshold = Criterion.Loss }
                              TimeProvider.System
                              watcher
                              CancellationToken.None
                          |> ignore

                      Expect.mentions words (Expect.raises<ArgumentException> go).Message
                      Expect.equal 0 trainer.Steps

                  refused
                      [ "network" ]
                      { start with Model = Model.initialize<float> 1UL (Network.dense 3 Activation.ReLU network) }

                  refused [ "slots"; "adam" ] { start with Slots = [] }

                  refused
                      [ "slot"; "7" ]
                      { start with Slots = List.map (fun _ -> Array.zeroCreate<float> 7) start.Slots }

                  refused [ "row 1000" ] { start with Row = 1000 }
                  refused [ "epoch 0" ] { start with Epoch = 0 }
                  refused [ "step -1" ] { start with Step = -1 }) ]
