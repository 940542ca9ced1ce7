namespace NeuralNetwork.Tests.Fit

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// Everything a run needs, all of it a function of a case, an optimizer and a seed.
type Run = { Case: Case; Training: Training; Data: Dataset; Validation: Dataset option; Options: FitOptions }

/// Remembers every report and state, and asks for the end of the run, or for a save, after some steps.
type Watcher(cancelAt: int, saveAt: int, cancel: CancellationTokenSource) =
    let states = ResizeArray<FitState<float>>()
    let reports = ResizeArray<StepReport>()
    let mutable due = None
    member _.States = List.ofSeq states
    member _.Reports = List.ofSeq reports

    /// The state saved because it was due.
    member _.Due: FitState<float> option = due

    interface IFitObserver<float> with
        member _.Stepped report =
            reports.Add report

            if report.Step = cancelAt then
                cancel.Cancel()

        member _.IsDue report = report.Step = saveAt

        member _.Save state =
            states.Add state

            if state.Step = saveAt && due.IsNone then
                due <- Some state

        member _.Finished _ = ()

module Run =

    /// Rows of a case: for even seeds with values of the kind that its loss is for, for odd ones with labels.
    let rowsOf (case: Case) (rows: int) (seed: int) : Dataset =
        let case, outputs = { case with Rows = rows; Seed = seed }, Network.outputs case.Network

        let targets =
            if seed % 2 = 0 then
                Targets.Values(NumberArray.Doubles(Case.targets case), outputs)
            else
                // A single output tells two classes apart.
                let classes = max 2 outputs
                Targets.Labels(Array.init rows (fun row -> (row * 7 + seed) % classes), classes)

        { Rows = rows
          Cols = case.Network.Inputs
          Inputs = NumberArray.Doubles(Case.inputs case)
          Targets = targets
          Weights = [||]
          Folds = [||] }

    let private schedules (random: Random) (steps: int) =
        // No epoch after the first falls by so much: every one of them halves the rate.
        let plateau =
            Schedule.OnPlateau(
                0.02,
                { Plateau.Torch with Patience = 0; Factor = 0.5; Threshold = 1e6; IsRelative = false }
            )

        let listed = Schedule.all |> List.map (fun (_, make) -> make 0.02 steps)

        match random.Next 3 with
        | 0 -> plateau
        | 1 -> Schedule.Warmup(3, listed[random.Next listed.Length])
        | _ -> listed[random.Next listed.Length]

    /// What a threshold is chosen by, where there can be one: the rows to validate with are of both classes.
    let thresholdOf (network: Network) (validation: Dataset option) (seed: int) : Criterion =
        let all = [| Criterion.F1; Criterion.Youden; Criterion.Accuracy; Criterion.Cost(1.0, 4.0) |]

        match validation |> Option.map _.Targets with
        | Some(Targets.Labels(labels, _)) when Classes.haveThreshold network && Array.length (Array.distinct labels) = 2 ->
            all[seed / 2 % all.Length]
        | _ -> Criterion.Loss

    /// A run of a few epochs on a few rows.
    let make (case: Case) (optimizer: Optimizer) (seed: int) : Run =
        let random = Random seed
        let case = Case.multiply (Case.enrich { case with Rows = random.Next(3, 20) })
        let batch = random.Next(2, 9)

        let options =
            { Epochs = random.Next(1, 5)
              BatchSize = batch
              Steps = (if random.Next 4 = 0 then random.Next(1, 8) else 0)
              Shuffle = random.Next 4 > 0
              Patience = random.Next 3
              Calibrate = (seed % 3 = 0)
              Coverage = 0.0
              Threshold = Criterion.Loss
              EMA = (if seed % 4 = 1 then 0.8 else 0.0)
              SWA = (if seed % 4 = 2 then 0.4 else 1.0)
              Pause = 0
              Window = 1 + seed % 3
              Best = (if seed % 2 = 0 then Criterion.Loss else Criterion.Accuracy) }

        let validation = if random.Next 3 = 0 then None else Some(rowsOf case (random.Next(1, 9)) (seed + 1))
        let options = if validation.IsNone then { options with Patience = 0 } else options
        // The rows to validate with have values where those of the training have none.
        let hasMargins = validation.IsSome && seed % 2 = 1 && Margins.suits case.Network
        let options = if hasMargins then { options with Coverage = 0.5 } else options
        let options = { options with Threshold = thresholdOf case.Network validation seed }
        let steps = Fit.totalSteps case.Network options case.Rows

        let training = Case.trainingOf case optimizer
        let data = rowsOf case case.Rows seed
        let weights = if training.IsWeighted then Array.init case.Rows (fun _ -> 2.0 * random.NextDouble()) else [||]

        { Case = case
          Training =
            { training with
                Rate = schedules random steps
                Seed = uint64 seed
                Shards = min training.Shards (Training.mostShards case.Network batch) }
          Data = { data with Weights = weights }
          Validation = validation
          Options = options }

    /// The state before the first step.
    let start (run: Run) : FitState<float> =
        FitState.start (Model<float>(run.Case.Network, Case.parameters run.Case)) run.Training.Optimizer

    /// Goes on from a state in a trainer on a machine, which has done other things before.
    let fromOn (machine: Machine) (run: Run) (state: FitState<float>) (watcher: Watcher) (cancel: CancellationToken) =
        let model = Model.initialize<float> 99UL run.Case.Network
        let trainer = Trainer<float>(model, run.Training, run.Options.BatchSize, machine)
        let x, t = Case.inputs run.Case, Case.targets run.Case
        let rows = min run.Options.BatchSize run.Case.Rows
        let inputs, outputs = run.Case.Network.Inputs, run.Case.Network.Outputs

        trainer.Step(ReadOnlySpan(x, 0, rows * inputs), values = ReadOnlySpan(t, 0, rows * outputs))
        |> ignore

        Fit.run trainer state run.Data run.Validation run.Options TimeProvider.System watcher cancel

    /// The same on one thread.
    let from (run: Run) (state: FitState<float>) (watcher: Watcher) (cancel: CancellationToken) : FitResult<float> =
        fromOn Machines.alone run state watcher cancel

    /// Goes on from a state to the end.
    let finish (run: Run) (state: FitState<float>) : FitResult<float> =
        use cancel = new CancellationTokenSource()
        from run state (Watcher(-1, -1, cancel)) cancel.Token

    let private numbers (report: EpochReport) =
        [| report.LearningRate
           report.Train.Loss
           report.Train.Accuracy
           report.Train.R2
           report.Train.RMSE
           report.Penalty
           report.Validation.Loss
           report.Validation.Accuracy
           report.Validation.R2
           report.Validation.RMSE |]

    /// The same state in every bit, seconds aside.
    let same (expected: FitState<float>) (actual: FitState<float>) : unit =
        let place (state: FitState<float>) =
            state.Epoch, state.Row, state.Step, state.BestEpoch, List.map (fun r -> r.Epoch, r.Step) state.History

        let sums (state: FitState<float>) =
            [| state.Loss; state.Penalty; state.Hits; state.Residuals.Squares; state.Residuals.Shares |]

        Expect.equal (place expected) (place actual)
        Expect.sameBits "sums" (sums expected) (sums actual)
        Expect.sameBits "parameters" expected.Model.Parameters.Values actual.Model.Parameters.Values
        Expect.sameBits "statistics" expected.Model.Parameters.Statistics actual.Model.Parameters.Statistics
        Expect.equal expected.Averaged actual.Averaged
        Expect.sameBits "average" expected.Average.Parameters.Values actual.Average.Parameters.Values

        Expect.sameBits
            "averaged statistics"
            expected.Average.Parameters.Statistics
            actual.Average.Parameters.Statistics

        Expect.sameBits "best" expected.Best.Parameters.Values actual.Best.Parameters.Values
        Expect.equal expected.Best.Coverage actual.Best.Coverage
        Expect.sameBits "best margins" expected.Best.Margins actual.Best.Margins
        Expect.sameBits "best threshold" [| expected.Best.Threshold |] [| actual.Best.Threshold |]
        Expect.sameBits "best statistics" expected.Best.Parameters.Statistics actual.Best.Parameters.Statistics
        List.iter2 (Expect.sameBits "slot") expected.Slots actual.Slots
        List.iter2 (fun a b -> Expect.sameBits "history" (numbers a) (numbers b)) expected.History actual.History
