/// Rows that stay in a stream: the order they are gone through in, and that all else is as of rows in memory.
module NeuralNetwork.Tests.Fit.WindowTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

// Sixteen rows are a mebibyte of float32, and sixty-four one of bytes.
[<Literal>]
let private Cols = 16384

let private blockRows (kind: TypeCode) = (1 <<< 20) / (Cols * Store.size kind)

let private numbersOf (kind: TypeCode) (rows: int) (seed: int) : NumberArray =
    let random = Random seed

    match kind with
    | TypeCode.Byte ->
        let bytes = Array.zeroCreate<byte>(rows * Cols)
        random.NextBytes bytes
        NumberArray.Bytes bytes
    | TypeCode.Single -> NumberArray.Singles(Array.init (rows * Cols) (fun _ -> random.NextSingle() - 0.5f))
    | _ -> NumberArray.Doubles(Array.init (rows * Cols) (fun _ -> random.NextDouble() - 0.5))

let private streamOf (numbers: NumberArray) : Stream = new MemoryStream((ColumnStatistics.bytesOf numbers).ToArray())

let private classes (rows: int) = Array.init rows (fun row -> (row * 7 + row / 3) % 3)

/// The same rows in memory and in a stream.
let private both (kind: TypeCode) (rows: int) (seed: int) : Dataset * Dataset =
    let numbers = numbersOf kind rows seed

    let memory =
        { Rows = rows
          Cols = Cols
          Inputs = numbers
          Targets = Targets.Labels(classes rows, 3)
          Weights = [||]
          Folds = [||] }

    memory, Dataset.Of(streamOf numbers, kind, classes rows, 3)

/// Some of the rows of data, the first ones of each few.
let private some (every: int) (data: Dataset) : Dataset =
    let rows = [| 0 .. data.Rows - 1 |] |> Array.filter (fun row -> row % every < every / 2 + 1)

    { data with
        Rows = rows.Length
        Inputs = data.Inputs.Rows(data.Cols, rows)
        Targets = Targets.Labels(rows |> Array.map (Array.get (classes data.Rows)), 3) }

let private network =
    Network.input Cols
    |> Network.dense 3 Activation.Identity
    |> Network.withLoss Loss.SoftmaxCrossEntropy

let private model: Model<float32> =
    let parameters = (Model.initialize<float32> 1UL network).Parameters
    Model<float32>(network, parameters, { Preprocessing.None with Divisor = 4.0 }, [||])

/// Of batches in one to four shards.
let private trainerOf (batch: int) (seed: uint64) =
    let shards = min batch (1 + int seed % 4)

    Trainer<float32>(
        model,
        ((Training.Default.With(Schedule.Constant 0.001)).With(seed = seed)).WithShards shards,
        batch,
        Machines.alone
    )

/// The order of an epoch by its definition: blocks of the stream in a random order, so many of them a window, and the rows of each window
/// in a random order.
let private orderOf (kind: TypeCode) (rows: int[]) (mebibytes: int) (seed: uint64) (epoch: int) : int list =
    let shuffled (key: Key) (things: 'Thing list) : 'Thing list =
        let order = Array.zeroCreate<int> things.Length
        Random.shuffleInto key order
        [ for place in order -> things[place] ]

    let key = Random.fold (Random.key seed Purpose.Shuffle) (uint64 epoch)

    [ 0 .. rows.Length - 1 ]
    |> List.groupBy (fun place -> rows[place] / blockRows kind)
    |> List.map snd
    |> shuffled key
    |> List.chunkBySize mebibytes
    |> List.mapi (fun window blocks -> shuffled (Random.fold key (uint64 window + 1UL)) (List.concat blocks))
    |> List.concat

let private rowsOf (data: Dataset) =
    match data.Inputs with
    | NumberArray.Stored(_, _, _, rows) -> rows
    | _ -> [| 0 .. data.Rows - 1 |]

let private kinds = [| TypeCode.Byte; TypeCode.Single; TypeCode.Double |]

let private labelsOf (data: Dataset) =
    match data.Targets with
    | Targets.Labels(labels, _) -> labels
    | Targets.Values _ -> [||]

/// Trains by hand in the order of the definition, on rows in memory.
let private byHand (memory: Dataset) (orders: int list list) (batch: int) (seed: uint64) : Model<float32> =
    let trainer = trainerOf batch seed
    let labels = labelsOf memory

    for order in orders do
        for rows in List.chunkBySize batch order do
            let x = memory.Inputs.Rows(Cols, Array.ofList rows)
            let x = Array.init x.Length (fun place -> float32 (x.At place))
            let t = rows |> List.map (Array.get labels) |> Array.ofList
            trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

    trainer.Snapshot()

let private fit (trainer: Trainer<float32>) (data: Dataset) (validation: Dataset option) (options: FitOptions) =
    run trainer data validation options TimeProvider.System silent CancellationToken.None

let private optionsOf (batch: int) (mebibytes: int) = { options 2 batch with Window = mebibytes }

/// A stream that fails from a place on.
type private Broken(content: byte[], from: int64) =
    inherit MemoryStream(content)

    override stream.Read(buffer: Span<byte>) : int =
        if stream.Position + int64 buffer.Length > from then
            raise (InvalidDataException "block 3 is damaged")

        base.Read buffer

let tests =
    group
        "Windows"
        [ states
              [ 105 ]
              (lawTried
                  6
                  "Rows of a stream are gone through by blocks, windows and rows, as seed and epoch say"
                  (fun (seed: uint16) (size: uint8) ->
                      let kind, mebibytes, batch = kinds[int seed % 3], 1 + int size % 3, 1 + int size % 50
                      let memory, stored = both kind (40 + int size % 60) (int seed)
                      let isPart = int seed % 2 = 0
                      let memory, stored = if isPart then some 5 memory, some 5 stored else memory, stored
                      let rows = rowsOf stored
                      let orders = [ for epoch in 1..2 -> orderOf kind rows mebibytes (uint64 seed) epoch ]

                      for order in orders do
                          Expect.equal [ 0 .. stored.Rows - 1 ] (List.sort order)

                      let by = trainerOf batch (uint64 seed)
                      let result = fit by stored None (optionsOf batch mebibytes)
                      let expected = byHand memory orders batch (uint64 seed)
                      Expect.sameBits "weights" expected.Parameters.Values result.State.Model.Parameters.Values))
          states
              [ 106 ]
              (lawTried
                  6
                  "Rows of a stream are judged, predicted and described as they are in memory"
                  (fun (seed: uint16) (size: uint8) ->
                      let kind = kinds[int seed % 3]
                      let memory, stored = both kind (30 + int size % 150) (int seed)
                      let memory, stored = if int seed % 2 = 0 then some 3 memory, some 3 stored else memory, stored
                      let machine = Machines.alone
                      Expect.equal (Fit.evaluate machine model memory) (Fit.evaluate machine model stored)
                      Expect.equal (Fit.predict machine model memory) (Fit.predict machine model stored)
                      Expect.equal memory.Inputs (stored.Inputs.InMemory())
                      Expect.equal (memory.Inputs.Ranges Cols) (stored.Inputs.Ranges Cols)

                      Expect.equal
                          (memory.Inputs.Standardization(Cols, 2.0))
                          (stored.Inputs.Standardization(Cols, 2.0))

                      let place = int seed * 31 % memory.Inputs.Length
                      Expect.equal (memory.Inputs.At place) (stored.Inputs.At place)
                      let column = int seed % Cols

                      Expect.equal
                          (memory.Inputs.Middle(Cols, column, false))
                          (stored.Inputs.Middle(Cols, column, false))
                      // In an order of their own they come into memory.
                      let turned = [| memory.Rows - 1 .. -2 .. 0 |]
                      Expect.equal (memory.Inputs.Rows(Cols, turned)) (stored.Inputs.Rows(Cols, turned))
                      Expect.equal memory.Inputs.Length stored.Inputs.Length))
          test "A run over a stream goes on in the middle of a window to the same bits" (fun () ->
              let _, stored = both TypeCode.Single 70 3
              let validation = Some(some 4 stored)
              let options = optionsOf 6 2
              let whole = fit (trainerOf 6 5UL) stored validation options

              let goOn (state: FitState<float32>) observer cancel =
                  Fit.run (trainerOf 6 5UL) state stored validation options TimeProvider.System observer cancel

              for steps in [ 1; 5; 9; 14; 20 ] do
                  use cancel = new CancellationTokenSource()

                  let ending =
                      { new IFitObserver<float32> with
                          member _.Stepped report =
                              if report.Step = steps then
                                  cancel.Cancel()

                          member _.IsDue _ = false
                          member _.Save _ = ()
                          member _.Finished _ = () }

                  let half = goOn (FitState.start model Training.Default.Optimizer) ending cancel.Token
                  Expect.equal (FitEnd.Cancelled, steps) (half.End, half.State.Step)
                  let rest = goOn half.State silent CancellationToken.None
                  Expect.sameBits "weights" whole.State.Model.Parameters.Values rest.State.Model.Parameters.Values)
          test "A step on rows of a stream allocates nothing" (fun () ->
              let _, stored = both TypeCode.Single 64 3
              let trainer = trainerOf 4 1UL

              use feed =
                  new Feed<float32>(
                      trainer.Executor,
                      trainer.Machine,
                      network.Loss,
                      model.Preprocessing,
                      stored,
                      false,
                      2
                  )

              feed.Arrange(true, 1UL, 1)

              // Two windows of thirty-two rows; the second one is read in the meantime.
              let step row =
                  feed.Load(row, 4)
                  trainer.Advance 4 |> ignore

              step 0
              step 4
              let before = GC.GetAllocatedBytesForCurrentThread()

              for row in 8..4..24 do
                  step row

              Expect.equal 0L (GC.GetAllocatedBytesForCurrentThread() - before))
          test "What goes wrong with a stream ends a training, and is said" (fun () ->
              let numbers = numbersOf TypeCode.Single 70 3
              let bytes = (ColumnStatistics.bytesOf numbers).ToArray()

              for from in [ 3L <<< 20; 1L ] do
                  let broken = Dataset.Of(new Broken(bytes, from), TypeCode.Single, classes 70, 3)

                  let found =
                      Expect.raises<InvalidDataException>(fun () ->
                          fit (trainerOf 6 1UL) broken None (optionsOf 6 1) |> ignore)

                  Expect.mentions [ "damaged" ] found.Message)
          test "Rows that a stream does not have are refused" (fun () ->
              let stream = streamOf (numbersOf TypeCode.Single 8 1)

              let refuse (make: unit -> Dataset) (words: string) =
                  let found =
                      Expect.raises<ArgumentException>(fun () ->
                          fit (trainerOf 4 1UL) (make ()) None (options 1 4) |> ignore)

                  Expect.mentions [ words ] found.Message

              refuse (fun () -> Dataset.Of(stream, TypeCode.Int32, classes 8, 3)) "Int32"
              refuse (fun () -> Dataset.Of(stream, TypeCode.Single, classes 7, 3)) "7 rows"

              refuse
                  (fun () ->
                      Dataset.Of(
                          new Compression.GZipStream(stream, Compression.CompressionMode.Decompress),
                          TypeCode.Single,
                          classes 8,
                          3
                      ))
                  "sought"

              let data = Dataset.Of(stream, TypeCode.Single, classes 8, 3)
              let other rows = { data with Inputs = NumberArray.Stored(stream, TypeCode.Single, Cols, rows) }
              refuse (fun () -> other [| 0; 1; 2; 3; 4; 5; 6; 8 |]) "in a stream of 8"
              refuse (fun () -> other [| 0; 1; 2; 3; 4; 5; 6; 6 |]) "each row after the one before"
              refuse (fun () -> { data with Targets = Targets.Values(data.Inputs, 3) }) "in memory") ]
