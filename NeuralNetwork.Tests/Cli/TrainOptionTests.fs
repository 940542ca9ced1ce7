/// Options of nn train that change what is trained, when it ends, or what is written.
module NeuralNetwork.Tests.Cli.TrainOptionTests

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text
open System.Text.Json
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private train (place: Workplace) out more =
    CommandLine.succeed place.Folder ([ "train"; "data"; "--hidden"; "5"; "--out"; out ] @ more)

let private refused (place: Workplace) more =
    let outcome = CommandLine.run place.Folder ([ "train"; "data"; "--hidden"; "5"; "--out"; "none" ] @ more)
    Expect.that (not (Directory.Exists(place.At "none"))) "a run"
    outcome

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

let private tensors (place: Workplace) name =
    match Safetensors.read (File.ReadAllBytes(place.At name)) with
    | Ok file -> file.Tensors
    | Error defect -> Expect.fail (string defect)

let private floats (tensor: Tensor) =
    [| for place in 0..4 .. tensor.Bytes.Length - 1 -> BitConverter.ToSingle(tensor.Bytes.Span.Slice place) |]

/// The tensors as an archive of NumPy's, with one change to what is written.
let private writeNpz
    (place: Workplace)
    (name: string)
    (change: (string * Npy) list -> (string * Npy) list)
    (tensors: Tensor list)
    =
    use stream = File.Create(place.At name)
    use archive = new ZipArchive(stream, ZipArchiveMode.Create)

    for key, array in
        tensors
        |> List.map (fun tensor ->
            tensor.Name,
            { Shape = tensor.Shape |> List.map int |> Array.ofList
              Values = NumberArray.Singles(floats tensor) })
        |> change do
        use entry = archive.CreateEntry($"{key}.npy").Open()
        entry.Write(ReadOnlySpan(Npy.write array))

/// A step that changes nothing: what was begun with is what is saved.
let private standing = [ "--optimizer"; "sgd"; "--lr"; "1e-30"; "--steps"; "1"; "--seed"; "7"; "--batch-norm" ]

let private source (place: Workplace) () =
    if not (Directory.Exists(place.At "source")) then
        train place "source" [ "--epochs"; "1"; "--batch-norm" ] |> ignore

    tensors place "source/model.safetensors"

let private trainable (tensors: Tensor list) =
    [ for tensor in tensors do
          if not (tensor.Name.Contains "running") then
              tensor.Name, floats tensor ]

/// CRC-32C bit by bit, and the mask of the record format.
let private masked (bytes: byte[]) : uint32 =
    let bit (crc: uint32) _ = if crc &&& 1u = 1u then (crc >>> 1) ^^^ 0x82F63B78u else crc >>> 1
    let next crc (one: byte) = List.fold bit (crc ^^^ uint32 one) [ 1..8 ]
    let crc = ~~~(Array.fold next UInt32.MaxValue bytes)
    ((crc >>> 15) ||| (crc <<< 17)) + 0xa282ead8u

/// The payloads of a file of records, whose sums are checked.
let rec records (bytes: byte[]) : byte[] list =
    if bytes.Length = 0 then
        []
    else
        let length = int (BitConverter.ToUInt64(bytes, 0))
        let payload = bytes[12 .. 11 + length]
        Expect.equal (masked bytes[..7]) (BitConverter.ToUInt32(bytes, 8))
        Expect.equal (masked payload) (BitConverter.ToUInt32(bytes, 12 + length))
        payload :: records bytes[16 + length ..]

/// The fields of a message: its numbers, and what each holds.
let rec private fields (bytes: byte[]) : (int * byte[]) list =
    let rec varint place shift total =
        let total = total ||| (uint64 (bytes[place] &&& 0x7Fuy) <<< shift)
        if bytes[place] < 0x80uy then total, place + 1 else varint (place + 1) (shift + 7) total

    if bytes.Length = 0 then
        []
    else
        let key, start = varint 0 0 0UL

        let content, rest =
            match int key &&& 7 with
            | 0 ->
                let number, stop = varint start 0 0UL
                BitConverter.GetBytes number, stop
            | 1 -> bytes[start .. start + 7], start + 8
            | 5 -> bytes[start .. start + 3], start + 4
            | _ ->
                let length, start = varint start 0 0UL
                bytes[start .. start + int length - 1], start + int length

        (int key >>> 3, content) :: fields bytes[rest..]

let private find number message = message |> List.find (fun (field, _) -> field = number) |> snd

let tests =
    workplaceWith "TrainOption" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let train = train place
        let refused = refused place
        let bytes name = Convert.ToBase64String(File.ReadAllBytes(at $"{name}/model.safetensors"))
        let labels () = (File.ReadAllBytes(at "data/train-labels-idx1-ubyte"))[8..] |> Array.map int
        let tensors = tensors place
        let writeNpz = writeNpz place
        let source = source place

        [ test "A batch is cut into the shards that are asked for, and the run says so; one is no other run" (fun () ->
              let asked = [ "--batch-norm"; "--steps"; "3"; "--batch-size"; "50"; "--blas"; "managed" ]

              let number out file (name: string) =
                  use document = JsonDocument.Parse(File.ReadAllText(at $"{out}/{file}.json"))
                  document.RootElement.GetProperty(name).GetInt32()

              let cut = train "cut" (asked @ [ "--shards"; "3" ])
              Expect.mentions [ "batches in 3 shards" ] (cut.Error + cut.Out)
              Expect.equal (3, 3) (number "cut" "run" "shards", number "cut" "config" "shards")
              let whole = train "uncut" asked
              Expect.that (not ((whole.Error + whole.Out).Contains "shard")) "one shard is no news"
              train "one" (asked @ [ "--shards"; "1" ]) |> ignore
              Expect.equal (bytes "uncut") (bytes "one")
              Expect.that (bytes "uncut" <> bytes "cut") "shards change nothing")
          test "Without progress in validation the run ends after the epochs of patience" (fun () ->
              // A rate too small to change a float32: no epoch is better than the first.
              let still = [ "--optimizer"; "sgd"; "--lr"; "1e-30"; "--epochs"; "9"; "--json" ]
              use manifest = JsonDocument.Parse((train "still" ([ "--early-stopping"; "2" ] @ still)).Out)
              Expect.equal true (manifest.RootElement.GetProperty("stopped_early").GetBoolean())
              let results = manifest.RootElement.GetProperty "results"

              Expect.equal
                  (3, 1)
                  ((results.GetProperty "epochs").GetInt32(), (results.GetProperty "best_epoch").GetInt32()))
          test "Balanced weights are the rows over the classes times the rows of each class" (fun () ->
              let labels = labels ()
              let counts = Array.init 10 (fun label -> labels |> Array.filter ((=) label) |> Array.length)

              let weights =
                  counts |> Array.map (fun count -> Text.number (float labels.Length / (10.0 * float count)))

              let short = [ "--validation"; "none"; "--epochs"; "1" ]
              train "balanced" ([ "--class-weights"; "balanced" ] @ short) |> ignore
              train "written" ([ "--class-weights"; String.Join(',', weights) ] @ short) |> ignore
              train "equal" ([ "--class-weights"; "none" ] @ short) |> ignore
              train "plain" short |> ignore
              Expect.equal (bytes "written") (bytes "balanced")
              Expect.equal (bytes "plain") (bytes "equal")
              Expect.that (bytes "plain" <> bytes "balanced") "weights without an effect")
          test "Classes of weight 0 are not learned" (fun () ->
              train "two" [ "--class-weights"; "0,0,0,1,1,0,0,0,0,0"; "--epochs"; "8"; "--lr"; "0.01" ] |> ignore

              let rows =
                  (CommandLine.succeed folder [ "predict"; "two"; "data" ])
                      .Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)

              let found =
                  rows
                  |> Array.skip 1
                  |> Array.map (fun row -> (row.TrimEnd '\r').Split(',')[1])
                  |> Array.distinct
                  |> Array.sort

              Expect.equal [| "3"; "4" |] found)
          test "A run begins with the tensors of a model file, or of an archive of arrays with their names" (fun () ->
              let expected = trainable (source ())
              train "from-model" ([ "--init-from"; "source/model.safetensors" ] @ standing) |> ignore
              Expect.equal expected (trainable (tensors "from-model/model.safetensors"))
              // Statistics are not asked for.
              source () |> writeNpz "all.npz" (List.filter (fun (name, _) -> not (name.Contains "running")))
              train "from-npz" ([ "--init-from"; "all.npz" ] @ standing) |> ignore
              Expect.equal expected (trainable (tensors "from-npz/model.safetensors"))
              // What the library itself writes has the description in it.
              let export = [ "model"; "export"; at "source"; "--out"; at "export.npz" ]
              Expect.equal 0 (InProcess.run export).Code
              train "from-export" ([ "--init-from"; "export.npz" ] @ standing) |> ignore
              Expect.equal expected (trainable (tensors "from-export/model.safetensors")))
          test "Tensors that do not fit are refused by name" (fun () ->
              let rename (name, array: Npy) = (if name = "layers.0.weight" then "layers.0.wieght" else name), array
              let turn (name, array: Npy) = name, { array with Shape = Array.rev array.Shape }
              source () |> writeNpz "missing.npz" (List.filter (fun (name, _) -> name <> "layers.3.bias"))
              source () |> writeNpz "renamed.npz" (List.map rename)
              source () |> writeNpz "turned.npz" (List.map turn)
              File.WriteAllText(at "text.npz", "no archive")

              for file, words in
                  [ "missing.npz", [ "layers.3.bias"; "missing" ]
                    "renamed.npz", [ "layers.0.wieght"; "did you mean 'layers.0.weight'?" ]
                    "turned.npz", [ "layers.0.weight"; "784 x 5"; "5 x 784" ]
                    "text.npz", [ "header" ]
                    "nowhere.npz", [ "no such file" ] ] do
                  let outcome = refused ([ "--init-from"; file ] @ standing)
                  Expect.mentions ($"nn: error: {file}: " :: words) outcome.Error
                  Expect.equal 3 outcome.Code)
          test "The curves for TensorBoard are those of the history" (fun () ->
              train "curves" [ "--epochs"; "3"; "--tensorboard" ] |> ignore
              train "none-wanted" [ "--epochs"; "1" ] |> ignore
              let file name = at $"{name}/events.out.tfevents.0.nn"
              Expect.that (not (File.Exists(file "none-wanted"))) "nobody asked for it"
              let events = records (File.ReadAllBytes(file "curves")) |> List.map fields
              Expect.equal "brain.Event:2" (Encoding.UTF8.GetString(find 3 events.Head))

              let history =
                  [ for line in File.ReadAllLines(at "curves/history.jsonl") -> (JsonDocument.Parse line).RootElement ]

              let number (name: string) (row: JsonElement) = float32 (row.GetProperty(name).GetDouble())

              for event, row in List.zip events.Tail history do
                  Expect.equal (row.GetProperty("step").GetInt64()) (BitConverter.ToInt64(find 2 event, 0))

                  let values =
                      [ for _, value in fields (find 5 event) do
                            let value = fields value
                            Encoding.UTF8.GetString(find 1 value), BitConverter.ToSingle(find 2 value, 0) ]

                  for tag, column in
                      [ "loss/train", "train_loss"
                        "loss/validation", "validation_loss"
                        "accuracy/train", "train_accuracy"
                        "accuracy/validation", "validation_accuracy"
                        "training/learning_rate", "learning_rate" ] do
                      Expect.equal (number column row) (values |> List.find (fun (name, _) -> name = tag) |> snd))
          test "The sum of the records is CRC-32C, by its published check value" (fun () ->
              // "123456789" has the sum e3069283 (RFC 3720, appendix B.4, and every catalogue of CRCs).
              let crc = 0xe3069283u

              Expect.equal
                  (((crc >>> 15) ||| (crc <<< 17)) + 0xa282ead8u)
                  (masked (Encoding.ASCII.GetBytes "123456789")))
          // Its groups are lists of their own, in which an option may be missing.
          test "The help of nn train has every option of a training" (fun () ->
              let help = (InProcess.succeed [ "train"; "--help" ]).Out
              // A row begins with the names and the value of one option.
              let rows = RegularExpressions.Regex.Matches(help, @"(?m)^  (?:-\w, )?(--[\w-]+)")
              let listed = List.sort [ for row in rows -> row.Groups[1].Value ]
              Expect.that (NeuralNetwork.Cli.Options.SpecOptions.All.Count > 20) "no options"

              for option in NeuralNetwork.Cli.Options.SpecOptions.All do
                  let times = listed |> List.filter ((=) option.Name) |> List.length
                  Expect.that (times = 1) $"{option.Name} is there {times} times") ])
