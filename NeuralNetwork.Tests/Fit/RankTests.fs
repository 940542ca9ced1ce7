/// Several ranks that train one model, as threads of this process: what MPI moves between processes is moved between them.
module NeuralNetwork.Tests.Fit.RankTests

open System
open System.IO
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// What each rank makes of the same work, on a thread of its own, or what it ends with.
let private outcomes (count: int) (work: Ranks -> 'Result) : Result<'Result, exn>[] =
    let results = Array.create count (Error(InvalidOperationException "it did not end" :> exn))

    let threads =
        ThreadExchange.Of count
        |> Array.map (fun exchange ->
            let ranks = new Ranks(exchange, null)

            Thread(fun () ->
                results[ranks.Rank] <-
                    try
                        Ok(work ranks)
                    with error ->
                        Error error))

    threads |> Array.iter _.Start()
    threads |> Array.iter _.Join()
    results

let private asRanks (count: int) (work: Ranks -> 'Result) : 'Result[] =
    outcomes count work
    |> Array.mapi (fun rank outcome ->
        match outcome with
        | Ok result -> result
        | Error error -> Expect.fail $"rank {rank}: {error}")

/// A run whose batches are cut into some shards, and some ranks to compute them.
let private drawn (case: Case) (optimizer: Optimizer) (seed: int) : Run * int =
    let run, random = Run.make case optimizer seed, Random(seed + 1)
    let shards = 1 + random.Next(Training.mostShards run.Case.Network run.Options.BatchSize)
    { run with Training = run.Training.WithShards shards }, 1 + random.Next(min shards 4)

/// A run whose rows stay in a stream, which each rank reads for itself.
let private streamed (run: Run) : Run =
    let stream = new MemoryStream((ColumnStatistics.bytesOf run.Data.Inputs).ToArray())
    let inputs = NumberArray.Stored(stream, TypeCode.Double, run.Data.Cols, [| 0 .. run.Data.Rows - 1 |])
    { run with Data = { run.Data with Inputs = inputs } }

let private from (run: Run) (state: FitState<float>) (ranks: Ranks) (watcher: Watcher) cancel : FitResult<float> =
    let run = if run.Training.Seed % 3UL = 0UL then streamed run else run
    Run.fromOn (Machines.alone.Over ranks) run state watcher cancel

let private finish (run: Run) (state: FitState<float>) (ranks: Ranks) : FitResult<float> =
    use cancel = new CancellationTokenSource()
    from run state ranks (Watcher(-1, -1, cancel)) cancel.Token

/// Stops one of the ranks after some steps, and so all of them.
let private stopped (run: Run) (state: FitState<float>) (stopAt: int) (who: int) (ranks: Ranks) : FitResult<float> =
    use cancel = new CancellationTokenSource()
    let stopAt = if ranks.Rank = who then stopAt else -1
    from run state ranks (Watcher(stopAt, -1, cancel)) cancel.Token

let private network: Network = Network.input 3 |> Network.dense 4 Activation.Tanh |> Network.dense 2 Activation.Identity

let private trainerOf (ranks: Ranks) (seed: uint64) (training: Training) : Trainer<float> =
    Trainer<float>(Model.initialize<float> seed network, training, 8, Machines.alone.Over ranks)

let private steps (trainer: Trainer<float>) (rows: int list) : unit =
    for rows in rows do
        let x, labels = Array.init (3 * rows) (fun place -> float (place % 7)), Array.init rows (fun row -> row % 2)
        trainer.Step(ReadOnlySpan x, labels = ReadOnlySpan labels) |> ignore

let private inShards (shards: int) : Training = Training.Default.WithShards shards

/// For batches of 8 rows.
let private executorOf (ranks: Ranks) (shards: int) : Executor<float> =
    let plan, product = Plan.compile network (inShards shards) 8, Backend.Managed.Product<float>()
    Executor<float>(plan, product, Machines.alone.Team, ranks.Exchange, "managed")

/// What every rank ends with where they do not do the same.
let private refusals<'Error when 'Error :> exn> (count: int) (work: Ranks -> unit) : string list =
    [ for outcome in outcomes count work do
          match outcome with
          | Error(:? 'Error as error) -> error.Message
          | other -> Expect.fail $"{other}" ]

let tests =
    group
        "Rank"
        [ states
              [ 107 ]
              (law "What ranks make of a sum over shards, and what is added then, are its tree" (fun (seed: int) ->
                  let random = Random seed
                  let shards, ranks = 1 + random.Next 40, 1 + random.Next 40
                  let deal = Dealing.deal ranks shards

                  let rec tree (first: int) (count: int) : string =
                      if count = 1 then
                          string first
                      else
                          let powers = Seq.initInfinite (fun power -> 1 <<< power)
                          let left = powers |> Seq.takeWhile (fun power -> power < count) |> Seq.last
                          $"({tree first left}+{tree (first + left) (count - left)})"

                  let sums = deal.Sums |> Array.map (fun (struct (first, count)) -> tree first count)

                  for struct (first, second) in deal.Additions do
                      sums[first] <- $"({sums[first]}+{sums[second]})"

                  Expect.equal (tree 0 shards) sums[0]

                  // Every sum is of shards that one rank has, and the sums of a rank are all of its shards.
                  for rank in 0 .. ranks - 1 do
                      let own = deal.Sums[deal.SumsBefore[rank] .. deal.SumsBefore[rank + 1] - 1]
                      let has = own |> Array.collect (fun (struct (first, count)) -> [| first .. first + count - 1 |])
                      Expect.equal [| deal.Firsts[rank] .. deal.Firsts[rank + 1] - 1 |] has))
          states
              [ 108 ]
              (law
                  "Any number of ranks comes to the state of one process, in every bit, and each of them has it"
                  (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                      let run, count = drawn case optimizer (int seed)
                      let alone = finish run (Run.start run) Ranks.Alone

                      for result in asRanks count (finish run (Run.start run)) do
                          Expect.equal $"{alone.End}" $"{result.End}"
                          Run.same alone.State result.State))
          states
              [ 109 ]
              (law
                  "What one rank stops all stop after the same step, and any other number of them goes on to the same end"
                  (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                      let run, count = drawn case optimizer (int seed)
                      let random = Random(int seed)
                      let alone = finish run (Run.start run) Ranks.Alone
                      let all = asRanks count (stopped run (Run.start run) (1 + random.Next 8) (random.Next count))

                      for result in all do
                          Expect.equal $"{all[0].End}" $"{result.End}"
                          Run.same all[0].State result.State

                      if all[0].End.IsCancelled then
                          let others = 1 + random.Next(min run.Training.Shards 4)

                          for result in asRanks others (finish run all[0].State) do
                              Run.same alone.State result.State))
          test
              "More ranks than send each other their parts directly come to the same bits, too, and allocate nothing"
              (fun () ->
                  // Of 128 ranks each has one sum of the tree, or two of 256 shards make it; 100 ranks or 200 shards do not fit it.
                  for ranks, shards in [ 128, 128; 128, 256; 100, 256; 128, 200 ] do
                      let plan = Plan.compile network (inShards shards) 256

                      let gradient (ranks: Ranks) =
                          let product = Backend.Managed.Product<float>()
                          let executor = Executor<float>(plan, product, Machines.alone.Team, ranks.Exchange, "managed")
                          Parameters.load executor (Model.initialize<float> 5UL network).Parameters

                          for slice, f in [ plan.Input, sin; plan.Target, cos ] do
                              let numbers = executor.Span slice

                              for place in 0 .. numbers.Length - 1 do
                                  numbers[place] <- f (float place)

                          // A short batch of 130 rows has no power of two of shards.
                          let step rows = executor.Step(rows, 1, 0.01) |> ignore
                          List.iter step [ 256; 130; 256 ]
                          let rounds = Expect.allocated (fun () -> step 256)
                          executor.Span(plan.Gradient).ToArray(), rounds

                      let alone, _ = gradient Ranks.Alone

                      for own, rounds in asRanks ranks gradient do
                          Expect.sameBits $"{ranks} ranks, {shards} shards" alone own
                          Expect.that (Expect.isSteady rounds) $"%A{rounds} bytes")
          test "A step with ranks allocates nothing" (fun () ->
              let work (ranks: Ranks) =
                  let executor = executorOf ranks 3
                  Parameters.load executor (Model.initialize<float> 5UL network).Parameters
                  let step rows = executor.Step(rows, 1, 0.01) |> ignore
                  List.iter step [ 8; 5; 8 ]

                  Expect.allocated (fun () ->
                      step 8
                      step 5)

              for rounds in asRanks 2 work do
                  Expect.that (Expect.isSteady rounds) $"%A{rounds} bytes")
          test "A rank loads the rows of its own shards for a step, and all rows for anything else" (fun () ->
              let data: Dataset =
                  { Rows = 8
                    Cols = 3
                    Inputs = NumberArray.Doubles(Array.init 24 float)
                    Targets = Targets.Values(NumberArray.Doubles(Array.init 16 float), 2)
                    Weights = [||]
                    Folds = [||] }

              let work (ranks: Ranks) =
                  let executor = executorOf ranks 2
                  let plan = executor.Plan

                  use feed =
                      new Feed<float>(executor, Machines.alone, network.Loss, Preprocessing.None, data, false, 1)

                  let loaded (load: int * int -> unit) =
                      executor.Span(plan.Input).Fill nan
                      executor.Span(plan.Target).Fill nan
                      load (1, 6)
                      [ executor.Span(plan.Input).ToArray(); executor.Span(plan.Target).ToArray() ]

                  loaded feed.LoadStep, loaded feed.Load

              let rowsOf cols first behind =
                  Array.init (8 * cols) (fun place ->
                      if first * cols <= place && place < behind * cols then float (place + cols) else nan)

              let expected first behind = [ rowsOf 3 first behind; rowsOf 2 first behind ]

              for rank, (ofStep, ofAll) in Array.indexed (asRanks 2 work) do
                  List.iter2 (Expect.sameBits "step") (expected (3 * rank) (3 * rank + 3)) ofStep
                  List.iter2 (Expect.sameBits "all") (expected 0 6) ofAll)
          test
              "Rows to validate with are dealt out in batches, and every rank has the score of all and what each row misses by"
              (fun () ->
                  let data: Dataset =
                      { Rows = 11
                        Cols = 3
                        Inputs = NumberArray.Doubles(Array.init 33 (fun place -> sin (float place)))
                        Targets =
                          Targets.Values(NumberArray.Doubles(Array.init 22 (fun place -> cos (float place))), 2)
                        Weights = [||]
                        Folds = [||] }

                  // Four batches, the last one of two rows.
                  let executor = executorOf Ranks.Alone 3
                  Expect.equal 3 executor.Plan.Room

                  let evaluated (firstRow: int) (behindRow: int) (ranks: Ranks) =
                      let executor = executorOf ranks 3
                      Parameters.load executor (Model.initialize<float> 5UL network).Parameters
                      // Of the other rows a rank knows nothing.
                      let known place = place / 3 >= firstRow && place / 3 < behindRow
                      let inputs = Array.init 33 (fun place -> if known place then data.Inputs.At place else nan)
                      let data = { data with Inputs = NumberArray.Doubles inputs }

                      use feed =
                          new Feed<float>(executor, Machines.alone, network.Loss, Preprocessing.None, data, false, 1)

                      let struct (score, misses) = feed.Misses(ranks, CancellationToken.None)
                      let again = feed.Evaluate(ranks, CancellationToken.None)
                      [ [| score.Loss; score.R2; score.RMSE |]; [| again.Loss; again.R2; again.RMSE |]; misses ]

                  let alone = evaluated 0 11 Ranks.Alone
                  let rows = [| 0, 3; 3, 6; 6, 11 |]

                  for all in asRanks 3 (fun ranks -> evaluated (fst rows[ranks.Rank]) (snd rows[ranks.Rank]) ranks) do
                      List.iter2 (Expect.sameBits "validation") alone all)
          test "Every rank has the numbers of each, however many and how unevenly" (fun () ->
              for starts in [ [| 0; 0; 3; 5_000_000 |]; [| 0; 1; 1; 2 |]; [| 0; 0; 0; 0 |] ] do
                  let share (ranks: Ranks) =
                      let own place = starts[ranks.Rank] <= place && place < starts[ranks.Rank + 1]
                      let numbers = Array.init starts[3] (fun place -> if own place then float place else nan)
                      ranks.Share(numbers, starts)
                      numbers

                  for all in asRanks 3 share do
                      Expect.sameBits "numbers" (Array.init starts[3] float) all)
          test "There are no more ranks than shards" (fun () ->
              for said in refusals<ArgumentException> 3 (fun ranks -> trainerOf ranks 1UL (inShards 2) |> ignore) do
                  Expect.mentions [ "3 ranks"; "2 shards" ] said)
          test
              "Ranks that train with other options, or on another number of rows, are refused in the first step"
              (fun () ->
                  let other (ranks: Ranks) =
                      let training = inShards 2
                      let training = if ranks.Rank = 1 then training.With Optimizer.SGD else training
                      steps (trainerOf ranks 1UL training) [ 8 ]

                  Expect.mentions [ "rank 1"; "options" ] (List.head (refusals<InvalidOperationException> 2 other))
                  let fewer (ranks: Ranks) = steps (trainerOf ranks 1UL (inShards 2)) [ 8 - ranks.Rank ]
                  Expect.mentions [ "7 rows"; "8 rows" ] (List.head (refusals<InvalidOperationException> 2 fewer)))
          test "Ranks that begin with other parameters are refused before the first step" (fun () ->
              let run = Run.make { Network = network; Rows = 9; Scale = 1.0; Seed = 3 } Optimizer.SGD 4
              let run = { run with Training = run.Training.WithShards 2 }

              let work (ranks: Ranks) =
                  let state = Run.start run
                  let parameters = state.Model.Parameters
                  let values = parameters.Values |> Array.map (fun value -> value + float ranks.Rank)
                  let model = state.Model.With { parameters with Values = values }
                  finish run { state with Model = model } ranks |> ignore

              for said in refusals<IOException> 2 work do
                  Expect.mentions [ "rank 1"; "parameters" ] said)
          test "Every rank hears what each says, however long" (fun () ->
              let words = [| ""; "größer"; String('x', 100000) |]
              let heard = asRanks 3 (fun ranks -> ranks.Gather words[ranks.Rank])

              for all in heard do
                  Expect.equal words all)
          test "A process that no launcher of MPI has started is alone" (fun () ->
              use ranks = Ranks.Join()
              Expect.equal (1, 0, true, "") (ranks.Count, ranks.Rank, ranks.IsAlone, ranks.Library)
              Expect.equal [| "alone" |] (ranks.Gather "alone")) ]
