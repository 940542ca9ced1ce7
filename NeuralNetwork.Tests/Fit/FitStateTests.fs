/// What is derived from finished epochs: the best one, and the end of patience.
module NeuralNetwork.Tests.Fit.FitStateTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private model seed = Model.initialize<float> seed (Network.input 1 |> Network.dense 1 Activation.Identity)

/// The temperature that an epoch was validated at: many are 1.
let private temperatureOf (epoch: int) : float = [| 1.0; 1.0; 0.5; 1.0; 1.25 |][epoch % 5]

/// Its score with what that costs, of ten rows.
let private judged (epoch: int) (score: Score) : Score =
    { score with Loss = score.Loss + Temperature.cost 10 (temperatureOf epoch) }

/// Epochs with these validation scores, at these temperatures, everything else in them random.
let private after
    (temperatureOf: int -> float)
    (best: Criterion)
    (seed: int)
    (scores: Score list)
    : FitState<float> list =
    let random = Random seed

    let next (state: FitState<float>) (score: Score) =
        let report =
            { Epoch = state.Epoch
              Step = 10 * state.Epoch
              LearningRate = random.NextDouble()
              Train = Score.Of(random.NextDouble(), random.NextDouble())
              Penalty = random.NextDouble()
              Validation = score
              Temperature = temperatureOf state.Epoch
              Seconds = random.NextDouble() }

        FitState.finishEpoch best 10 id report { state with Model = model (uint64 (random.Next())) }

    List.scan next (FitState.start (model 1UL) (Optimizer.Adam Adam.standard)) scores

/// Scores with many ties, of classes or of values, now and then NaN.
let private scores (seed: int) : Score list =
    let random = Random seed
    let hasClasses = random.Next 2 = 0

    List.init (random.Next(1, 12)) (fun _ ->
        let loss = if random.Next 12 = 0 then nan else float (random.Next 5)
        Score.Of(loss, (if hasClasses then float (random.Next 3) / 2.0 else nan)))

/// The rows of every epoch in the order they were trained on: with a rate of 0 and single rows the loss of a step is the
/// square of its row's number.
let private orders (training: Training) (epochs: int) (rows: int) (from: FitState<float> option) =
    let network = Network.input 1 |> Network.dense 1 Activation.Identity
    let parameters = Parameters.zeros<float> network
    parameters.Values[0] <- 1.0
    let model = Model<float>(network, parameters)

    let data =
        { Rows = rows
          Cols = 1
          Inputs = NumberArray.Doubles(Array.init rows float)
          Targets = Targets.Values(NumberArray.Doubles(Array.zeroCreate<float> rows), 1)
          Weights = [||]
          Folds = [||] }

    use cancel = new CancellationTokenSource()
    let watcher = Watcher(-1, -1, cancel)
    let state = from |> Option.defaultWith (fun () -> FitState.start model training.Optimizer)
    let training = { training with Rate = Schedule.Constant 0.0 }
    let trainer = Trainer<float>(model, training, 1, Machines.alone)
    let options = { FitOptions.Default with Epochs = epochs; BatchSize = 1 }
    let result = Fit.run trainer state data None options TimeProvider.System watcher cancel.Token
    let rowOf (report: StepReport) = int (sqrt report.Loss)
    result.State, watcher.Reports |> List.map rowOf |> List.chunkBySize rows

let tests =
    group
        "FitState"
        [ states
              [ 59 ]
              (lawTried
                  200
                  "The best epoch and the end of patience depend on the validation scores alone"
                  (fun (best: Criterion) (seed: int) (other: int) ->
                      let scores = scores seed

                      let choice (state: FitState<float>) =
                          state.BestEpoch, List.map (fun p -> FitState.isPatienceOver p state) [ 1..4 ]

                      Expect.equal
                          (after temperatureOf best seed scores |> List.map choice)
                          (after temperatureOf best other scores |> List.map choice)))
          states
              [ 59 ]
              (lawTried
                  200
                  "The best epoch is the first that no other beats, and its model is kept"
                  (fun (by: Criterion) (seed: int) ->
                      let scores = scores seed |> List.filter (fun score -> not (Double.IsNaN score.Loss))

                      for state in List.tail (after temperatureOf by seed scores) do
                          let scoreOf epoch = judged epoch scores[epoch - 1]
                          let best = scoreOf state.BestEpoch

                          for epoch in 1 .. state.Epoch - 1 do
                              Expect.that
                                  (not ((scoreOf epoch).IsBetterThan(best, by)))
                                  $"epoch {epoch} is better than {state.BestEpoch}"

                              if epoch < state.BestEpoch then
                                  Expect.that
                                      (best.IsBetterThan(scoreOf epoch, by))
                                      $"epoch {epoch} is as good as {state.BestEpoch}"

                          if state.BestEpoch = state.Epoch - 1 then
                              Expect.sameBits "best" state.Model.Parameters.Values state.Best.Parameters.Values))
          states
              [ 59 ]
              (lawTried
                  40
                  "Patience ends a run at the first epoch that is so many behind the best"
                  (fun (case: Case) (seed: uint16) ->
                      let run, patience = Run.make case (Optimizer.Adam Adam.standard) (int seed), 1 + int seed % 3

                      let run =
                          { run with
                              Validation = Some(Run.rowsOf run.Case 6 (int seed + 1))
                              Options = { run.Options with Epochs = 10; Steps = 0; Patience = patience }
                              Training = { run.Training with Rate = Schedule.Constant 0.3 } }

                      let patient = Run.finish { run with Options = { run.Options with Patience = 0 } } (Run.start run)
                      let impatient = Run.finish run (Run.start run)
                      // What the patient run went through says where the other one has to end.
                      let validated = patient.State.History |> List.map _.Validation
                      let states = after (fun _ -> 1.0) run.Options.Best 1 validated

                      match states |> List.tryFindIndex (FitState.isPatienceOver patience) with
                      | Some epochs ->
                          Expect.equal FitEnd.Stopped impatient.End
                          Expect.equal epochs impatient.State.History.Length
                          Expect.equal (epochs - patience) impatient.State.BestEpoch
                      | None ->
                          Expect.equal $"{patient.End}" $"{impatient.End}"
                          Run.same patient.State impatient.State))
          states
              [ 67 ]
              (lawTried
                  50
                  "The order of an epoch is a permutation that depends on seed and epoch alone"
                  (fun (seed: uint16) (rows: uint8) ->
                      let rows = 12 + int rows % 40
                      let training = Training.Default.With(seed = uint64 seed)
                      let state, first = orders training 2 rows None
                      let _, all = orders (training.With(optimizer = Optimizer.SGD)) 4 rows None
                      Expect.equal first (List.truncate 2 all)
                      // A run that goes on after its end has never seen the orders before.
                      Expect.equal (List.skip 2 all) (snd (orders training 4 rows (Some state)))
                      Expect.equal 4 (List.distinct all).Length

                      Expect.that
                          (snd (orders (training.With(seed = uint64 seed + 1UL)) 2 rows None) <> first)
                          "another seed, one order"

                      for order in all do
                          Expect.equal [ 0 .. rows - 1 ] (List.sort order))) ]
