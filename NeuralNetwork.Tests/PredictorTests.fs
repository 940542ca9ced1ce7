/// Predictions: the bits of the managed product, shared parameters, any number of rows and callers.
module NeuralNetwork.Tests.PredictorTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Plans

let private rowsOf (width: int) (values: 'T[]) = Array.chunkBySize width values

let private predictRow (model: Model<'T>) (row: 'T[]) =
    let predictions = Array.zeroCreate<'T> model.Network.Outputs
    model.Predict(ReadOnlySpan row, Span predictions)
    predictions

/// All rows at once on the managed product.
let private together (model: Model<'T>) (x: 'T[]) =
    let rows = x.Length / model.Network.Inputs
    let executor = Machines.executor (Plan.forPrediction model.Network rows) model.Parameters
    x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
    executor.Predict rows
    executor.Span(executor.Plan.Prediction).ToArray()

let private isAlike (model: Model<'T>) (x: 'T[]) =
    let alone = rowsOf model.Network.Inputs x |> Array.map (predictRow model) |> Array.concat
    Expect.sameBits "prediction" (together model x) alone

/// Trains, saves and swaps models until told to end; gives how often.
let private swap (network: Network) (current: Model<float32> ref) (over: CancellationToken) =
    let trainer = Trainer<float32>(Model.initialize<float32> 2UL network, Training.Default, 4)
    let mutable swaps = 0

    while not over.IsCancellationRequested do
        trainer.Step(ReadOnlySpan(Array.create (4 * network.Inputs) 0.5f), ReadOnlySpan [| 0; 1; 2; 1 |])
        |> ignore

        let snapshot = trainer.Snapshot()
        let saved = ModelFile.write snapshot

        match ModelFile.read saved with
        | Ok(AnyModel.Single loaded) -> Volatile.Write(&current.contents, loaded)
        | other -> Expect.fail $"{other}"

        swaps <- swaps + 1

    swaps

/// So many threads predict rows of one model so often; gives the answers that were wrong in a bit, the bytes allocated, and
/// the threads that went on allocating.
let private call (model: Model<float32>) (rows: float32[][]) (callers: int) (predictions: int) =
    let expected = rows |> Array.map (predictRow model)
    let mismatches, bytes, wasteful = ref 0L, ref 0L, ref 0L
    use ready = new Barrier(callers)

    let work _ =
        let found = Array.zeroCreate<float32> model.Network.Outputs
        let wrong = ref 0L

        let predict () =
            for number in 0 .. predictions / 5 - 1 do
                let row = number % rows.Length
                model.Predict(ReadOnlySpan rows[row], Span found)

                if not (MemoryExtensions.SequenceEqual(ReadOnlySpan found, ReadOnlySpan expected[row])) then
                    wrong.Value <- wrong.Value + 1L

        model.Predict(ReadOnlySpan rows[0], Span found)
        ready.SignalAndWait()
        let rounds = Expect.allocated predict
        Interlocked.Add(&bytes.contents, Array.sum rounds) |> ignore
        Interlocked.Add(&mismatches.contents, wrong.Value) |> ignore

        if not (Expect.isSteady rounds) then
            Interlocked.Increment(&wasteful.contents) |> ignore

    Threads.together callers work
    struct (mismatches.Value, bytes.Value, wasteful.Value)

let private underSwaps (network: Network) (callers: int) (predictions: int) =
    let model, random = Model.initialize<float32> 1UL network, Random 3
    let rows = Array.init 50 (fun _ -> Array.init network.Inputs (fun _ -> random.NextSingle()))
    let current = ref model
    use over = new CancellationTokenSource()
    let swaps = ref 0
    let join = Threads.start (fun () -> swaps.Value <- swap network current over.Token)

    let struct (mismatches, bytes, wasteful) =
        try
            call model rows callers predictions
        finally
            over.Cancel()

    join ()
    Expect.equal 0L mismatches
    Expect.equal 0L wasteful
    Expect.that (swaps.Value > 0) "no model was swapped"
    note $"{callers} x {predictions}: {mismatches} mismatches, {bytes} bytes, {swaps.Value} swaps"

let private classifier (inputs: int) (units: int) (classes: int) =
    Network.input inputs
    |> Network.dense units Activation.ReLU
    |> Network.dense classes Activation.Identity
    |> Network.withLoss Loss.SoftmaxCrossEntropy

let tests =
    group
        "Predictor"
        [ states
              [ 65 ]
              (lawTried
                  60
                  "A row alone has the bits that it has among others on the managed product"
                  (fun (case: Case) ->
                      let case = { case with Rows = 20 }
                      isAlike (Model<float>(case.Network, Case.parameters case)) (Case.inputs case)

                      isAlike
                          (Model<float32>(case.Network, Parameters.convert (Case.parameters case)))
                          (Array.map float32 (Case.inputs case))))
          // Beyond one round of the product, with panels full and not.
          each
              "Rows of any length have the bits that they have among others"
              [ 1, 1; 401, 32; 784, 129; 1201, 10 ]
              (fun (inputs: int, units: int) ->
                  let network =
                      Network.input inputs
                      |> Network.dense units Activation.Tanh
                      |> Network.dense 3 Activation.Identity

                  let random = Random 5

                  isAlike
                      (Model.initialize<float32> 3UL network)
                      (Array.init (9 * inputs) (fun _ -> random.NextSingle() - 0.5f))

                  isAlike
                      (Model.initialize<float> 3UL network)
                      (Array.init (9 * inputs) (fun _ -> random.NextDouble() - 0.5)))
          // As many as a caller computes alone, as a thread has room for, and as are handed to all cores; small networks and large.
          states
              [ 65 ]
              (each
                  "Rows have the bits that they have alone in batches of any size, whatever library there is"
                  [ 20, 7; 784, 100; 1500, 300 ]
                  (fun (inputs: int, units: int) ->
                      let model, random = Model.initialize<float32> 9UL (classifier inputs units 3), Random 7
                      let most = 2500
                      let x = Array.init (most * inputs) (fun _ -> random.NextSingle() - 0.5f)
                      let alone = rowsOf inputs x |> Array.map (predictRow model) |> Array.concat

                      for rows in [ 2; 8; 9; 48; 49; 97; 256; most ] do
                          let batch = Array.zeroCreate<float32>(rows * 3)
                          model.Predict(ReadOnlySpan(x, 0, rows * inputs), Span batch)
                          Expect.sameBits $"{rows} rows" (Array.truncate (rows * 3) alone) batch))
          states
              [ 72 ]
              (test "Batches from many threads have the bits that each has by itself" (fun () ->
                  let model, random = Model.initialize<float32> 4UL (classifier 784 100 3), Random 8
                  let x = Array.init (300 * 784) (fun _ -> random.NextSingle() - 0.5f)
                  let expected = model.Predict(ReadOnlySpan x)

                  Threads.together 8 (fun thread ->
                      let found = Array.zeroCreate<float32> expected.Length

                      for _ in 1..20 do
                          let rows = 300 - 7 * thread
                          model.Predict(ReadOnlySpan(x, 0, rows * 784), Span(found, 0, rows * 3))

                          Expect.sameBits
                              "batch"
                              (Array.truncate (rows * 3) expected)
                              (Array.truncate (rows * 3) found))))
          test "A batch that is predicted again allocates nothing on its caller's thread" (fun () ->
              let model = Model.initialize<float32> 4UL (classifier 784 100 3)
              let x, y = Array.zeroCreate<float32>(300 * 784), Array.zeroCreate<float32> 900
              let predict () = model.Predict(ReadOnlySpan x, Span y)
              predict ()
              Expect.nothingAllocated predict)
          states
              [ 72 ]
              (test
                  "64 callers get the bits that one gets and allocate nothing, while models are trained, saved and swapped"
                  (fun () -> underSwaps (classifier 20 16 3) 64 2000))
          // Threads that come and go: what a dropped thread held goes with it.
          test "Memory does not grow with the threads that have been" (fun () ->
              let model = Model.initialize<float32> 1UL (classifier 784 128 10)
              let features = Array.zeroCreate<float32> 784

              let visit count =
                  for _ in 1..count do
                      Threads.together 1 (fun _ -> predictRow model features |> ignore)

                  GC.Collect()
                  GC.WaitForPendingFinalizers()
                  GC.GetTotalMemory true

              let before = visit 50
              let after = visit 500
              // An executor has more than 8 rows of 784 features: had they all stayed, this would be 12 MB.
              Expect.that (after - before < 2_000_000L) $"{after - before} bytes more")
          |> alone ]

/// Minutes and hours.
let deep =
    group
        "Predictor"
        [ states
              [ 72 ]
              (test "64 callers get the bits that one gets in a million predictions each" (fun () ->
                  underSwaps (classifier 784 128 10) 64 1_000_000)) ]
