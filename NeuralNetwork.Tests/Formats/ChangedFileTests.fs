/// Files with models in them, changed in what they say: each is read or refused by a defect, in little memory, and what is read
/// goes wherever models go.
module NeuralNetwork.Tests.Formats.ChangedFileTests

open System
open System.Diagnostics
open System.IO
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let private reading (random: Random) : StateDictReading =
    { Order = []
      Activations = [ Layer.Activate Activation.Tanh ]
      NormsAfter = (if random.Next 2 = 0 then None else Some(random.Next 2 = 0))
      Norm = BatchNorm.standard
      Loss = None
      Preprocessing = Preprocessing.None
      Labels = [||] }

/// A model that was read is predicted with, exported, and written to the same again.
let private goThrough<'T> (model: Model<'T>) : unit =
    let network = model.Network
    let written = ModelFile.write model

    let again =
        match Expect.ok (ModelFile.read written) with
        | AnyModel.Single read -> ModelFile.write read
        | AnyModel.Double read -> ModelFile.write read

    Expect.that (written.AsSpan().SequenceEqual(ReadOnlySpan again)) "it is written otherwise than it was read"

    if network.Layers.Length < 200 && (Layout.ofNetwork network).Length < 20_000 then
        let rows = Array.create (9 * network.Inputs) (Lane.ofFloat<'T> 0.5)
        model.Predict(ReadOnlySpan rows) |> ignore
        model.Predict(ReadOnlySpan(rows, 0, network.Inputs)) |> ignore
        Plan.explain (Plan.compile network Training.Default 2) |> ignore
        let features = Array.create (2 * network.Inputs) 0.5

        let graph = Expect.ok (Onnx.read (Onnx.write model))
        Expect.ok (Onnx.evaluate graph.Outputs.Head.Name features graph) |> ignore

        Expect.ok (CSharpSource.write "Space" "Changed" model) |> ignore
        let plain = { reading (Random 1) with Order = [] }
        Expect.ok (ModelImport.read plain (NpzModel.write model)) |> ignore

        if network.Members = 1 then
            Expect.ok (ModelImport.read plain (Sequential.write model)) |> ignore

let private goThroughAny (isWanted: bool) (outcome: Result<AnyModel, Defect>) : bool =
    match outcome with
    | Ok(AnyModel.Single model) when isWanted -> goThrough model
    | Ok(AnyModel.Double model) when isWanted -> goThrough model
    | _ -> ()

    outcome.IsOk

/// Each kind of file: how it is changed, and how it is read.
let private kinds: (string * (Random -> byte[]) * (Random -> byte[] -> bool)) list =
    let isWanted (random: Random) = random.Next 8 = 0
    let imported random bytes = ModelImport.read (reading random) bytes |> goThroughAny (isWanted random)

    let loaded random bytes =
        let read = ModelFile.read bytes |> goThroughAny (isWanted random)

        // The same through the face of apps, which knows one exception.
        try
            use stream = new MemoryStream(bytes: byte[])
            Model.Load<float32> stream |> ignore
        with :? InvalidDataException as error ->
            Expect.that (not (error.Message.Contains '\n')) error.Message

        read

    let resumed (random: Random) bytes =
        match Checkpoint.read bytes with
        | Ok(AnyCheckpoint.Single checkpoint) when isWanted random ->
            Expect.that (Checkpoint.read (Checkpoint.write checkpoint)).IsOk "it cannot be read again"
            true
        | outcome -> outcome.IsOk

    [ "model", ChangedFiles.model', loaded
      "checkpoint", ChangedFiles.checkpoint', resumed
      "checkpoint as a model", ChangedFiles.checkpoint', loaded
      "state_dict", ChangedFiles.stateDict, imported
      "Sequential", ChangedFiles.sequential', imported
      "NPZ", ChangedFiles.npz, imported ]

/// Reads so many changed files of each kind; an exception says which of them it was.
let private sweep (seed: int) (count: int) : unit =
    for name, change, read in kinds do
        let mutable accepted, largest, slowest = 0, 0L, 0.0

        for trial in 0 .. count - 1 do
            let random = Random(seed * 1_000_003 + trial)
            let bytes = change random
            let before, began = GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp()

            try
                if read random bytes then
                    accepted <- accepted + 1
            with error ->
                let place = Path.Combine(Path.GetTempPath(), $"changed-{name.Replace(' ', '-')}-{trial}")
                File.WriteAllBytes(place, bytes)
                Expect.fail ($"{name}, seed {seed}, trial {trial} ({place}): {error}")

            largest <- max largest (GC.GetAllocatedBytesForCurrentThread() - before)
            slowest <- max slowest (Stopwatch.GetElapsedTime(began).TotalMilliseconds)

        note $"{name}: {accepted} of {count} read, at most {largest} bytes allocated, the slowest {slowest:F0} ms"

        // A sweep in which nothing is read, or nothing refused, tries nothing.
        Expect.that (accepted > count / 50 && accepted < count * 49 / 50) $"{name}: {accepted} of {count} were read"
        Expect.that (largest < 300_000_000L) $"{name}: {largest} bytes for a file"

let tests = group "ChangedFile" [ test "Files changed in what they say are read or refused" (fun () -> sweep 1 300) ]

/// Minutes and hours.
let deep =
    group
        "ChangedFile"
        [
          // NN_TEST_SCALE is the seed's, so that another number is another sweep.
          test "A million files changed in what they say are read or refused" (fun () ->
              sweep (1 + Trials.scale) 170_000) ]
