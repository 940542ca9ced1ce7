/// Files with models in them, changed again wherever a change reached code that nothing reached before.
///
///     dotnet build build/guided -c Release
///     dotnet build/guided/bin/Release/net10.0/Guided.dll instrument
///     dotnet build/guided/bin/Release/net10.0/Guided.dll run SECONDS SEED
module Guided.Program

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Reflection
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests.Formats

let private core = Path.Combine(AppContext.BaseDirectory, "NeuralNetwork.Core.dll")

/// How a file is read, and what is done with a model that was read.
type private Reader = byte[] -> unit

let private predicted<'T> (model: Model<'T>) : unit =
    if model.Network.Layers.Length < 100 && (Layout.Of model.Network).Length < 5000 then
        model.Predict(ReadOnlySpan(Array.create (3 * model.Network.Inputs) Unchecked.defaultof<'T>))
        |> ignore

let private any (outcome: Result<AnyModel, Defect>) : unit =
    match outcome with
    | Ok(AnyModel.Single model) -> predicted model
    | Ok(AnyModel.Double model) -> predicted model
    | Error defect ->
        if (string defect).Contains '\n' then
            failwith $"two lines: {defect}"

let private plain: StateDictReading =
    { Order = []
      Activations = [ Layer.Activate Activation.Tanh ]
      NormsAfter = None
      Norm = BatchNorm.Standard
      Loss = None
      Preprocessing = Preprocessing.None
      Labels = [||] }

let private readers: (string * Reader * (Random -> byte[])) list =
    [ "model", ModelFile.read >> any, ChangedFiles.model'
      "checkpoint", (fun bytes -> Checkpoint.read bytes |> ignore), ChangedFiles.checkpoint'
      "state_dict", ModelImport.read plain >> any, ChangedFiles.stateDict
      "Sequential", ModelImport.read plain >> any, ChangedFiles.sequential'
      "NPZ", ModelImport.read plain >> any, ChangedFiles.npz ]

// Changes -------------------------------------------------------------------------------------------------------------

let private numbers =
    [| 0L
       1L
       -1L
       7L
       127L
       128L
       255L
       65535L
       65536L
       2147483647L
       2147483648L
       4294967295L
       Int64.MaxValue
       Int64.MinValue |]

/// What JSON is made of.
let private signs = "0123456789{}[]\",:-e.tfn"

/// One change of bytes, wherever they stand.
let private bytesChanged (random: Random) (other: byte[]) (bytes: byte[]) : byte[] =
    let place = random.Next bytes.Length

    match random.Next 8 with
    | 0 -> Array.updateAt place (bytes[place] ^^^ (1uy <<< random.Next 8)) bytes
    | 1 -> Array.updateAt place (byte (random.Next 256)) bytes
    | 2 ->
        let changed = Array.copy bytes
        let number = BitConverter.GetBytes numbers[random.Next numbers.Length]
        let length = min (1 <<< random.Next 4) (bytes.Length - place)
        Array.blit number 0 changed place (min length 8)
        changed
    | 3 -> Array.truncate place bytes
    | 4 ->
        let length = min (random.Next 64) (bytes.Length - place)
        Array.concat [ bytes[.. place - 1]; bytes[place .. place + length - 1]; bytes[place..] ]
    | 5 ->
        let length = min (random.Next 64) (bytes.Length - place)
        Array.append bytes[.. place - 1] bytes[place + length ..]
    | 6 when other.Length > 0 ->
        let from = random.Next other.Length
        let length = min (random.Next 128) (other.Length - from)
        Array.concat [ bytes[.. place - 1]; other[from .. from + length - 1]; bytes[place..] ]
    | _ -> Array.updateAt place (byte signs[random.Next signs.Length]) bytes

/// A safetensors file changed in what its header says, the length in front right again.
let private headerChanged (random: Random) (bytes: byte[]) : byte[] =
    try
        let length = 8 + int (BitConverter.ToInt64(bytes, 0))
        let header = Tree.read (Text.Encoding.UTF8.GetString(bytes, 8, length - 8))
        let json = Text.Encoding.UTF8.GetBytes(Tree.write (Tree.changed random 2 header))
        Array.concat [ BitConverter.GetBytes(int64 json.Length); json; bytes[length..] ]
    with _ ->
        bytes

/// A model file or checkpoint changed in the texts of its metadata, with the checksum that belongs to it.
let private metadataChanged (random: Random) (bytes: byte[]) : byte[] =
    match Safetensors.Read bytes with
    | Ok file when not file.Metadata.IsEmpty ->
        let place = random.Next file.Metadata.Length
        let key, text = file.Metadata[place]

        try
            let changed = Tree.write (Tree.changed random 2 (Tree.read text))
            Safetensors.write { file with Metadata = List.updateAt place (key, changed) file.Metadata }
        with _ ->
            bytes
    | _ -> bytes

let private changed (random: Random) (other: byte[]) (bytes: byte[]) : byte[] =
    let once bytes =
        match random.Next 4 with
        | 0 -> headerChanged random bytes
        | 1 -> metadataChanged random bytes
        | _ when Array.isEmpty bytes -> [| byte (random.Next 256) |]
        | _ -> bytesChanged random other bytes

    Seq.fold (fun bytes _ -> once bytes) bytes (seq { 1 .. 1 + random.Next 3 })

// The loop ------------------------------------------------------------------------------------------------------------

/// The marks of the instrumented core.
let private marks () : byte[] =
    let field =
        match typeof<Network>.Assembly.GetType Instrument.TypeName with
        | null -> null
        | holder -> holder.GetField Instrument.FieldName

    match field with
    | null -> failwith "the core is not instrumented: say `instrument` first"
    | field -> nonNull (field.GetValue null) :?> byte[]

let private run (seconds: float) (seed: int) : int =
    let hits, random = marks (), Random seed
    let reached = Array.zeroCreate<bool> hits.Length
    let corpus = readers |> List.map (fun (_, _, fresh) -> List(Seq.init 20 (fun _ -> fresh random))) |> Array.ofList
    let watch = Stopwatch.StartNew()
    let mutable inputs, largest = 0L, 0L
    let mutable places = 0
    let mutable slowest, told = 0.0, 0.0

    let tell () =
        let kept = corpus |> Array.sumBy _.Count

        printfn
            $"guided: {watch.Elapsed.TotalSeconds:F0} s, {inputs} files, {places} of {hits.Length} places reached, {kept} files kept, at most {slowest:F0} ms and {largest / 1_000_000L} MB for one"

    while watch.Elapsed.TotalSeconds < seconds do
        let kind = random.Next readers.Length
        let name, read, fresh = readers[kind]
        let files = corpus[kind]

        let file =
            if random.Next 16 = 0 then
                fresh random
            else
                let pick () =
                    files[if random.Next 2 = 0 then
                              random.Next files.Count
                          else
                              files.Count - 1 - random.Next(min 50 files.Count)]

                changed random (pick ()) (pick ())

        Array.Clear hits
        let before, began = GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp()

        try
            read file
        with error ->
            let place = Path.Combine(Path.GetTempPath(), $"guided-{name}-{inputs}")
            File.WriteAllBytes(place, file)
            printfn $"guided: FAILED: {name}, kept in {place}: {error}"
            exit 1

        let took, allocated =
            Stopwatch.GetElapsedTime(began).TotalMilliseconds, GC.GetAllocatedBytesForCurrentThread() - before

        slowest <- max slowest took
        largest <- max largest allocated

        if took > 20_000.0 || allocated > 500_000_000L then
            let place = Path.Combine(Path.GetTempPath(), $"guided-{name}-{inputs}")
            File.WriteAllBytes(place, file)
            printfn $"guided: FAILED: {name}: {took:F0} ms, {allocated} bytes, kept in {place}"
            exit 1

        let mutable isNew = false

        for place in 0 .. hits.Length - 1 do
            if hits[place] <> 0uy && not reached[place] then
                reached[place] <- true
                places <- places + 1
                isNew <- true

        if isNew && file.Length < 100_000 then
            files.Add file

        inputs <- inputs + 1L

        if watch.Elapsed.TotalSeconds > told + 60.0 then
            told <- watch.Elapsed.TotalSeconds
            tell ()

    tell ()
    0

[<EntryPoint>]
let main (arguments: string[]) : int =
    match List.ofArray arguments with
    | [ "instrument" ] ->
        let isWanted (one: Mono.Cecil.TypeDefinition) =
            let whole = one.FullName
            let isOf (name: string) = whole.StartsWith("NeuralNetwork." + name, StringComparison.Ordinal)

            List.exists
                isOf
                [ "Formats"
                  "Layout"
                  "Limits"
                  "Network"
                  "Preprocessing"
                  "Description"
                  "Stages"
                  "Rewrite"
                  "Plan" ]

        printfn $"guided: {Instrument.file core isWanted} places are marked"
        0
    | [ "run"; seconds; seed ] -> run (float seconds) (int seed)
    | _ ->
        eprintfn "Guided instrument | Guided run SECONDS SEED"
        2
