/// Files changed at random: each is read or refused, and never anything else.
module NeuralNetwork.Tests.Cli.MutationTests

open System
open System.Diagnostics
open System.IO
open System.IO.Compression
open System.Text
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Engine
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private labels = [| 0uy; 0uy; 8uy; 1uy; 0uy; 0uy; 0uy; 3uy; 0uy; 1uy; 0uy |]
let private targets = Npy.write { Shape = [| 4 |]; Values = NumberArray.Bytes [| 0uy; 1uy; 0uy; 1uy |] }

let private prepare (place: Workplace) =
    File.WriteAllBytes(place.At "train-labels-idx1-ubyte", labels)
    File.WriteAllBytes(place.At "y.npy", targets)

/// One to eight changes: a byte, a bit, bytes cut out, doubled, or swapped for those that mean something.
let private mutate (random: Random) (bytes: byte[]) : byte[] =
    let telling =
        [| 0uy
           1uy
           9uy
           10uy
           13uy
           34uy
           39uy
           40uy
           44uy
           45uy
           58uy
           59uy
           127uy
           128uy
           0xC3uy
           255uy |]

    let change (bytes: byte[]) _ =
        let place = random.Next(max 1 bytes.Length)
        let length = min (random.Next 9) (bytes.Length - place)

        match random.Next 6 with
        | _ when bytes.Length = 0 -> [| byte (random.Next 256) |]
        | 0 -> Array.updateAt place (byte (random.Next 256)) bytes
        | 1 -> Array.updateAt place (bytes[place] ^^^ (1uy <<< random.Next 8)) bytes
        | 2 -> Array.updateAt place telling[random.Next telling.Length] bytes
        | 3 -> Array.removeManyAt place (max 0 length) bytes
        | 4 -> Array.insertManyAt place bytes[place .. place + length - 1] bytes
        | _ -> Array.truncate place bytes

    Seq.fold change bytes (seq { 0 .. random.Next 8 })

let private csv =
    let rows = [ for row in 1..12 -> $"{row}.5,\"k, {row % 2}\",{row % 3},{1e-3 * float row}" ]
    Encoding.UTF8.GetBytes("x,colour,n,\"käse\"\n" + String.Join('\n', rows) + "\n")

let private npy = Npy.write { Shape = [| 4; 3 |]; Values = NumberArray.Singles [| 1f .. 12f |] }

let private gzip (bytes: byte[]) =
    use stream = new MemoryStream()
    using (new GZipStream(stream, CompressionLevel.Optimal, true)) (fun zip -> zip.Write(bytes, 0, bytes.Length))
    stream.ToArray()

let private npz =
    use stream = new MemoryStream()

    using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun zip ->
        for name, values in [ "x.npy", npy; "y.npy", targets ] do
            use entry = zip.CreateEntry(name).Open()
            entry.Write(values, 0, values.Length))

    stream.ToArray()

let private idx = Array.append [| 0uy; 0uy; 8uy; 2uy; 0uy; 0uy; 0uy; 3uy; 0uy; 0uy; 0uy; 2uy |] [| 1uy .. 6uy |]
let private svm = Encoding.UTF8.GetBytes "1 1:0.5 3:2 # one\n-1 2:1e2\n1 1:3 2:4 3:5\n"

let private traveller: NeuralNetwork.Model<float32> =
    let activation = NeuralNetwork.Activation.GELU
    let network = NeuralNetwork.Network.input 2 |> NeuralNetwork.Network.dense 3 activation
    NeuralNetwork.Model.initialize 1UL (NeuralNetwork.Network.dense 2 NeuralNetwork.Activation.Identity network)

let private reading: StateDictReading =
    { Order = []
      Activations = [ NeuralNetwork.Layer.Softmax ]
      NormsAfter = None
      Norm = NeuralNetwork.BatchNorm.standard
      Loss = None
      Preprocessing = NeuralNetwork.Preprocessing.None
      Labels = [||] }

let private onnx = Onnx.write traveller

/// Reads a graph and runs it on two rows.
let private runs (bytes: byte[]) : bool =
    Onnx.read bytes |> Result.bind (Onnx.evaluate "output" [| 1.0; -1.0; 0.5; 2.0 |]) |> Result.isOk

let private imports (bytes: byte[]) : bool = ModelImport.read reading bytes |> Result.isOk

/// Weights with names and no description.
let private weights: byte[] =
    let tensor (name: string) (shape: int64 list) : Tensor =
        { Name = name
          Type = "F16"
          Shape = shape
          Bytes = ReadOnlyMemory(Array.zeroCreate (2 * int (List.reduce (*) shape))) }

    Safetensors.write
        { Metadata = []
          Tensors =
            [ for name, shape in
                  [ "fc1.weight", [ 3L; 2L ]
                    "fc1.bias", [ 3L ]
                    "bn1.running_mean", [ 3L ]
                    "fc2.weight", [ 2L; 3L ] ] -> tensor name shape ] }

/// Reads a file in memory: read or refused.
let private inMemory: (string * byte[] * (byte[] -> bool)) list =
    [ "IDX", idx, Idx.read >> Result.isOk
      "NPY", npy, Npy.read >> Result.isOk
      "NPZ", npz, Npz.read [ "x"; "y" ] >> Result.isOk
      "ONNX", onnx, runs
      "NPZ of a model", NpzModel.write traveller, imports
      "weights", weights, imports
      "LIBSVM", svm, LibSvm.read >> Result.isOk ]

/// Reads data from the disk as training does, with a file of them changed.
let private fromDisk (place: Workplace) (name: string) (data: string) (bytes: byte[]) : bool =
    File.WriteAllBytes(place.At name, bytes)

    try
        DataSource.Find(data, CsvFormat.Auto).Train TableOrder.Usual |> ignore
        true
    with :? Failure as failure ->
        Expect.equal 3 failure.Code
        Expect.that (failure.Message.Contains name) $"'{failure.Message}' does not name the file"
        false

let private file (place: Workplace) (name: string) = fromDisk place name (place.At name)

let private images =
    Array.append [| 0uy; 0uy; 8uy; 3uy; 0uy; 0uy; 0uy; 3uy; 0uy; 0uy; 0uy; 2uy; 0uy; 0uy; 0uy; 1uy |] [| 1uy .. 6uy |]

let private onDisk (place: Workplace) : (string * byte[] * (byte[] -> bool)) list =
    [ "CSV", csv, file place "mutant.csv"
      "CSV packed", gzip csv, file place "mutant.csv.gz"
      "NPZ on disk", npz, file place "mutant.npz"
      "LIBSVM on disk", svm, file place "mutant.svm"
      "LIBSVM packed", gzip svm, file place "mutant.svm.gz"
      "NPY packed",
      gzip npy,
      fromDisk place "mutant.npy.gz" (String.Join(',', place.At "mutant.npy.gz", place.At "y.npy"))
      "IDX packed", gzip images, fromDisk place "train-images-idx3-ubyte.gz" place.Folder ]

/// Reads or refuses a mutant: 1 if it is refused, and the bytes taken meanwhile.
let private outcome (name: string) (trial: int) (read: byte[] -> bool) (mutant: byte[]) : struct (int * int64) =
    let before = GC.GetAllocatedBytesForCurrentThread()

    try
        let refused = if read mutant then 0 else 1
        struct (refused, GC.GetAllocatedBytesForCurrentThread() - before)
    with error ->
        let bytes = Convert.ToHexString mutant
        Expect.fail ($"{name}, mutant {trial}: {error.GetType().Name}: {error.Message}: {bytes}")

/// Reads or refuses so many mutants of each file, and none of them takes more room than a table of a few rows is worth.
let private sweep (count: int) (loaders: (string * byte[] * (byte[] -> bool)) list) =
    for name, bytes, read in loaders do
        let random = Random 2026
        Expect.that (read bytes) $"{name}: the file itself is refused"
        let clock = Stopwatch.StartNew()

        let outcomes =
            Array.init count (fun trial ->
                let started = clock.Elapsed
                let struct (refused, taken) = outcome name trial read (mutate random bytes)
                struct (refused, taken, clock.Elapsed - started))

        let refused = outcomes |> Array.sumBy (fun struct (refused, _, _) -> refused)
        let taken = outcomes |> Array.map (fun struct (_, taken, _) -> taken) |> Array.max
        let slowest = outcomes |> Array.map (fun struct (_, _, time) -> time) |> Array.max

        note
            $"{name}: {refused} of {count} refused, at most {taken} bytes, the slowest {slowest.TotalMilliseconds:F1} ms"

        Expect.that (refused > count / 4) $"{name}: only {refused} of {count} mutants were refused"
        Expect.that (taken < 100_000_000L) $"{name}: {taken} bytes for a mutant of {bytes.Length}"

/// Every reader behind a command: its name, the file that is changed, its bytes, and the words of the command.
let private behindCommands: (string * string * byte[] * string list) list =
    let inspect (data: string) = [ "data"; "inspect"; data; "--json" ]

    [ "IDX", "idx/train-images-idx3-ubyte", images, inspect "idx"
      "CSV", "m.csv", csv, [ "predict"; "model"; "m.csv"; "--blas"; "managed"; "--threads"; "1" ]
      "CSV packed", "m.csv.gz", gzip csv, inspect "m.csv.gz"
      "NPY", "m.npy", npy, inspect "m.npy,y.npy"
      "NPZ", "m.npz", npz, inspect "m.npz"
      "LIBSVM", "m.svm", svm, inspect "m.svm"
      "safetensors", "m.safetensors", [||], [ "model"; "verify"; "m.safetensors" ] ]

/// What the commands need besides the file that is changed.
let private prepareCommands (place: Workplace) () =
    let at = place.At
    Directory.CreateDirectory(at "idx") |> ignore
    File.WriteAllBytes(at "idx/train-labels-idx1-ubyte", labels)
    File.WriteAllBytes(at "whole.csv", csv)

    if not (Directory.Exists(at "model")) then
        [ "train"; "whole.csv"; "--out"; "model"; "--hidden"; "2"; "--epochs"; "1"; "--validation"; "none" ]
        |> CommandLine.succeed place.Folder
        |> ignore

/// The processor seconds that all children took that have ended, in steps of 10 ms: no matter how busy the machine is.
let private childSeconds () : float =
    let fields = File.ReadAllText("/proc/self/stat").Split(") ")[1]
    let ticks = fields.Split(' ')[13..14] |> Array.sumBy float
    ticks / 100.0

// All that .NET takes from its heap, the program's own few megabytes included.
let private room = [ "DOTNET_GCHeapHardLimit", "0x4000000" ]

/// Runs the program on a mutant: its code, and the processor seconds it took.
let private judge
    (place: Workplace)
    (name: string)
    (trial: int)
    (arguments: string list)
    (mutant: byte[])
    : struct (int * float) =
    let before = childSeconds ()
    let outcome = CommandLine.runWith room place.Folder arguments
    let seconds = childSeconds () - before
    let found = $"{name}, mutant {trial}: {outcome.Code}: {outcome.Error}: {Convert.ToHexString mutant}"
    Expect.that (outcome.Code = 0 || outcome.Code = 3) found
    Expect.that (outcome.Code = 0 || outcome.Error.TrimEnd().Split('\n').Length = 1) found
    Expect.that (outcome.Code = 0 || outcome.Out = "" && outcome.Error.StartsWith "nn: error: ") found
    Expect.that (seconds < 1.0) $"{seconds} s: {found}"
    struct (outcome.Code, seconds)

let private commandCases =
    behindCommands
    |> List.map (fun (name, file, bytes, arguments) -> (name, (name, file, bytes, arguments)))

let tests =
    workplaceWith "Mutation" prepare (fun place ->
        let onDisk = onDisk place

        [ test "A file changed at random is read or refused" (fun () ->
              sweep 500 inMemory
              sweep 125 onDisk) ])

/// Minutes and hours.
let deep =
    workplaceWith "Mutation" prepare (fun place ->
        let at = place.At
        let onDisk = onDisk place
        let prepareCommands = prepareCommands place
        let judge = judge place

        [ test "A hundred thousand files changed at random are read or refused" (fun () ->
              sweep 100_000 inMemory
              sweep 100_000 onDisk)
          eachNamed
              "Two thousand files changed at random end the program with 0 or 3, at most one line of error, within 64 MiB"
              commandCases
              (fun (name: string, file: string, bytes: byte[], arguments: string list) ->
                  prepareCommands ()
                  let whole = if bytes.Length > 0 then bytes else File.ReadAllBytes(at "model/model.safetensors")
                  let random = Random 7

                  let outcomes =
                      Array.init 2000 (fun trial ->
                          let mutant = mutate random whole
                          File.WriteAllBytes(at file, mutant)
                          judge name trial arguments mutant)

                  let refused = outcomes |> Array.sumBy (fun struct (code, _) -> if code = 3 then 1 else 0)
                  let slowest = outcomes |> Array.map (fun struct (_, seconds) -> seconds) |> Array.max
                  note $"{name}: {refused} of 2000 refused, the slowest {slowest:F2} s of processor time"
                  Expect.that (refused > 500) $"{name}: only {refused} mutants were refused")
          |> onLinux "processor time is read from /proc" ])
