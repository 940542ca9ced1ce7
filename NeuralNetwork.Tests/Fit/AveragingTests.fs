/// Averaged weights: what they are, what looks at them, and that training does not.
module NeuralNetwork.Tests.Fit.AveragingTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// Every state of a run: after each step, and at the end of each epoch.
type private Keeper() =
    let states = ResizeArray<FitState<float>>()
    member _.States = List.ofSeq states

    interface IFitObserver<float> with
        member _.Stepped _ = ()
        member _.IsDue _ = true
        member _.Save state = states.Add state
        member _.Finished _ = ()

/// The run of a case with another average, and without what ends it early or keeps something else than what is averaged.
let private runOf (case: Case) (optimizer: Optimizer) (seed: int) (average: FitOptions -> FitOptions) : Run =
    let run = Run.make case optimizer seed

    let plain =
        { run.Options with
            Calibrate = false
            Coverage = 0.0
            Threshold = Criterion.Loss
            Patience = 0
            EMA = 0.0
            SWA = 1.0 }

    { run with Options = average plain }

let private watched (run: Run) : FitResult<float> * FitState<float> list =
    let keeper = Keeper()
    let start = Run.start run
    let trainer = Trainer<float>(start.Model, run.Training, run.Options.BatchSize, Machines.alone)
    let clock = TimeProvider.System
    let result = Fit.run trainer start run.Data run.Validation run.Options clock keeper CancellationToken.None
    result, keeper.States

/// All numbers of a model.
let private numbers (model: Model<float>) : float[] = Array.append model.Parameters.Values model.Parameters.Statistics

/// The states after each step, each once.
let private steps (states: FitState<float> list) : FitState<float> list =
    states |> List.filter (fun state -> state.Row > 0) |> List.distinctBy _.Step

/// Σ weightᵢ·wᵢ / Σ weightᵢ, number by number.
let private weightedMean (weights: float list) (models: float[] list) : float[] =
    let total = List.sum weights

    Array.init models.Head.Length (fun place ->
        (List.map2 (fun weight (model: float[]) -> weight * model[place]) weights models |> List.sum)
        / total)

/// Of n numbers up to `most` the recurrence is off by five roundings a term at most, and the sum by three.
let private near (what: string) (most: float) (count: int) (expected: float[]) (actual: float[]) =
    let bar = 8.0 * float count * 2.0 ** -53.0 * most

    Array.iteri2
        (fun place expected actual ->
            Expect.that (abs (expected - actual) <= bar) $"{what}: {actual} at {place}, {expected} by the definition")
        expected
        actual

let private greatest (models: float[] list) : float = models |> List.map (Array.map abs >> Array.max) |> List.max

/// The weights that are in the mean of a state, with how much each counts, from the weights after each step.
let private expectMeans
    (weightsOf: FitState<float> list -> (float * FitState<float>) list)
    (states: FitState<float> list)
    =
    let made = steps states

    for state in states do
        let before = made |> List.filter (fun one -> one.Step <= state.Step)
        let within = weightsOf before
        Expect.equal within.Length state.Averaged

        if within.IsEmpty then
            Expect.sameBits "no average yet" (numbers state.Model) (numbers state.Average)
        else
            let models = within |> List.map (snd >> _.Model >> numbers)
            let expected = weightedMean (List.map fst within) models
            near "mean" (greatest models) models.Length expected (numbers state.Average)

let private isOfNumbers (result: FitResult<float>) = not result.End.IsDiverged

let private networkOf (random: Random) : Network =
    Network.input 5
    |> Network.dense (random.Next(1, 40)) Activation.ReLU
    |> Network.batchNorm BatchNorm.standard
    |> Network.dense 3 Activation.Identity
    |> Network.withLoss Loss.SoftmaxCrossEntropy

/// The mean of an executor's numbers after some of them, in a team of so many threads.
let private meanOf<'T> (threads: int) (length: int) (taken: 'T[] list) (weight: int -> float) : 'T[] =
    use team = new Team(threads)
    let network = Network.input length |> Network.dense 1 Activation.Identity
    let plan = Plan.compile network Training.Default 1
    let executor = Executor<'T>(plan, Backend.Managed.Product<'T>(), team)
    let average = WeightAverage<'T>(executor, team)

    taken
    |> List.iteri (fun place (values: 'T[]) ->
        values.AsSpan().CopyTo(executor.Span executor.Plan.Parameters)
        average.Add(weight (place + 1)))

    average.Parameters.ToArray()

let tests =
    group
        "Averaging"
        [ lawTried
              60
              "The exponential average is the mean of the weights of all steps, each counting a factor less by age"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  let decay = float (int seed % 99 + 1) / 100.0
                  let result, states = watched (runOf case optimizer (int seed) _.WithEMA(decay))

                  if isOfNumbers result then
                      states
                      |> expectMeans (fun before ->
                          before |> List.map (fun one -> decay ** float (before.Length - one.Step), one)))
          lawTried
              60
              "The average of epochs is the plain mean of the weights at the ends of those behind its start"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  let start = float (int seed % 10) / 10.0
                  let run = runOf case optimizer (int seed) _.WithSWA(start)
                  let all = Fit.totalSteps run.Case.Network run.Options run.Data.Rows
                  let result, states = watched run
                  let isEnd (state: FitState<float>) = state.Row = run.Data.Rows || state.Step = all

                  if isOfNumbers result then
                      states
                      |> expectMeans (fun before ->
                          [ for one in before do
                                if isEnd one && float one.Step > start * float all then
                                    1.0, one ]))
          lawTried
              30
              "Training does not see the average: its weights are those of a training without, in every bit"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  // What validation comes to is another matter, and a plateau would listen to it.
                  let blind (run: Run) : Run = { run with Validation = None }
                  let plain, _ = watched (blind (runOf case optimizer (int seed) id))

                  let averages: (FitOptions -> FitOptions) list = [ _.WithEMA(0.9); _.WithSWA(0.3) ]

                  for average in averages do
                      let averaged, _ = watched (blind (runOf case optimizer (int seed) average))
                      Expect.sameBits "weights" (numbers plain.State.Model) (numbers averaged.State.Model)
                      List.iter2 (Expect.sameBits "slot") plain.State.Slots averaged.State.Slots)
          lawTried
              30
              "A decay of 0 is no average, in every bit"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  let plain, _ = watched (runOf case optimizer (int seed) id)
                  let zero, _ = watched (runOf case optimizer (int seed) _.WithEMA(0.0))
                  Expect.equal 0 zero.State.Averaged
                  Run.same plain.State zero.State)
          lawTried
              30
              "Validation and the best model are those of the average once there is one, of the weights before"
              (fun (case: Case) (seed: uint16) ->
                  let average: FitOptions -> FitOptions = if seed % 2us = 0us then _.WithEMA(0.7) else _.WithSWA(0.5)
                  let run = runOf case (Optimizer.Adam Adam.standard) (int seed) average
                  let run = { run with Validation = Some(Run.rowsOf run.Case 5 (int seed)) }
                  let result, states = watched run

                  if isOfNumbers result then
                      let ends = states |> List.filter (fun state -> state.Row = 0)
                      Expect.equal result.State.History.Length ends.Length

                      for state in ends do
                          let judged = if state.Averaged > 0 then state.Average else state.Model
                          let score = Fit.evaluate Machines.alone judged run.Validation.Value
                          let found = state.Newest.Head.Validation.Loss
                          // The rows are summed up in other batches.
                          let isSame = score.Loss.Equals found || abs (score.Loss - found) <= 1e-12 * (1.0 + abs found)
                          Expect.that isSame $"{found} was found, {score.Loss} is that of the model judged"

                          if state.BestEpoch = state.Epoch - 1 then
                              Expect.sameBits "best" (numbers judged) (numbers state.Best))
          lawTried
              20
              "A pause changes no bit of what comes behind it, where epochs begin to be averaged neither"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  let run = Run.make case optimizer (int seed)
                  let paused = { run with Options = run.Options.Until(1 + int seed % 3) }
                  let whole = Run.finish run (Run.start run)
                  let first = Run.finish paused (Run.start paused)

                  if not first.End.IsDiverged then
                      Run.same whole.State (Run.finish run first.State).State)
          test "A longer training begins to average epochs later, and forgets those of its old end" (fun () ->
              let case = { Network = networkOf (Random 3); Rows = 12; Scale = 1.0; Seed = 4 }
              let options = { FitOptions.Default with Epochs = 4; BatchSize = 4; SWA = 0.5 }

              let run =
                  { Case = case
                    Training = Training.Default
                    Data = Run.rowsOf case 12 1
                    Validation = None
                    Options = options }

              let longer = { run with Options = { options with Epochs = 8 } }
              let first = Run.finish run (Run.start run)
              Expect.equal 2 first.State.Averaged
              let whole, rest = Run.finish longer (Run.start longer), Run.finish longer first.State
              Expect.equal 4 rest.State.Averaged
              Run.same whole.State rest.State)
          law "Averaging goes element by element, in the same bits on any number of threads" (fun (seed: int) ->
              let random = Random seed
              // Beyond the length of a tile.
              let length = random.Next(1, 40000)
              let layout = Layout.ofNetwork (Network.input length |> Network.dense 1 Activation.Identity)
              let taken = List.init 3 (fun _ -> Array.init layout.Length (fun _ -> float32 (Generate.normal random)))
              let decay = random.NextDouble()
              let weight = Averaging.weight (Averaging.EMA decay)

              let expected =
                  taken
                  |> List.indexed
                  |> List.fold
                      (fun mean (place, values) ->
                          let tau = float32 (weight (place + 1))
                          Array.map2 (fun (a: float32) w -> a + tau * (w - a)) mean values)
                      (Array.zeroCreate<float32> layout.Length)

              for threads in 1..3 do
                  Expect.sameBits "mean" expected (meanOf threads length taken weight))
          test "A mean of equal weights stays what it is, a thousand steps long" (fun () ->
              let length = (Layout.ofNetwork (Network.input 20 |> Network.dense 1 Activation.Identity)).Length
              let values = Array.init length (fun place -> float32 (sin (float (place + 1))))

              for averaging in [ Averaging.EMA 0.999; Averaging.SWA 0.0 ] do
                  let mean = meanOf 1 20 (List.replicate 1000 values) (Averaging.weight averaging)
                  Expect.sameBits "mean" values mean)
          test "Taking weights into an average allocates nothing" (fun () ->
              let network = networkOf (Random 1)
              let plan = Plan.compile network Training.Default 4
              let executor = Machines.executor plan (Model.initialize<float> 1UL network).Parameters
              let average = WeightAverage<float>(executor, Machines.alone.Team)

              Expect.nothingAllocated (fun () ->
                  for step in 1..100 do
                      average.Add(1.0 / float step)))
          each
              "What no average is, is refused"
              [ { FitOptions.Default with EMA = 1.0 }, "decay of averaged weights of 1: at least 0 and below 1"
                { FitOptions.Default with EMA = nan }, "decay of averaged weights of NaN"
                { FitOptions.Default with SWA = -0.5 }, "averaged from -0.5 of the steps on: from 0 to 1"
                { FitOptions.Default with EMA = 0.5; SWA = 0.5 }, "one of EMA and SWA"
                { FitOptions.Default with Pause = -1 }, "a pause after -1 epochs" ]
              (fun (options, words) ->
                  let model = Model.initialize<float> 1UL (Network.input 2 |> Network.dense 1 Activation.Identity)
                  let data = Dataset.Of([| 1.0; 2.0 |], [| 1.0 |], 1)
                  let fit () = model.Fit(data, Training.Default, options) |> ignore
                  Expect.mentions [ words ] (Expect.raises<ArgumentException> fit).Message) ]
