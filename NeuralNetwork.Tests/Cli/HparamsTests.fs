/// What a search writes for TensorBoard's hparams plugin, read by the numbers of fields of its messages (tensorboard/plugins/hparams:
/// plugin_data.proto, api.proto) and of those around them (compat/proto/summary.proto, google/protobuf/struct.proto).
module NeuralNetwork.Tests.Cli.HparamsTests

open System
open System.IO
open System.Text
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private read (bytes: ReadOnlyMemory<byte>) : Field list = Protobuf.read "an event" bytes

/// The messages at a number.
let private messages (number: int) (fields: Field list) : Field list list =
    [ for field in fields do
          match field with
          | Field.Bytes(own, content) when own = number -> read content
          | _ -> () ]

let private text (number: int) (fields: Field list) : string =
    fields
    |> List.pick (fun field ->
        match field with
        | Field.Bytes(own, content) when own = number -> Some(Encoding.UTF8.GetString content.Span)
        | _ -> None)

let private whole (number: int) (fields: Field list) : uint64 =
    fields
    |> List.pick (fun field ->
        match field with
        | Field.Varint(own, value) when own = number -> Some value
        | _ -> None)

let private real (number: int) (fields: Field list) : float =
    fields
    |> List.pick (fun field ->
        match field with
        | Field.Fixed64(own, bits) when own = number -> Some(BitConverter.UInt64BitsToDouble bits)
        | _ -> None)

/// A google.protobuf.Value: number_value = 2, string_value = 3, bool_value = 4.
let private value (fields: Field list) : string =
    match fields with
    | [ Field.Fixed64(2, bits) ] -> string (BitConverter.UInt64BitsToDouble bits)
    | [ Field.Bytes(3, content) ] -> Encoding.UTF8.GetString content.Span
    | [ Field.Varint(4, flag) ] -> if flag = 1UL then "true" else "false"
    | other -> Expect.fail $"%A{other} is no value"

/// Tags and values of the summaries of a file: Event.summary = 5, Summary.value = 1, Value.tag = 1.
let private summaries (path: string) : (string * Field list) list =
    [ for record in TrainOptionTests.records (File.ReadAllBytes path) do
          for one in read (ReadOnlyMemory record) |> messages 5 |> List.collect (messages 1) do
              text 1 one, one ]

/// The message of the plugin's in a value: metadata = 9, plugin_data = 1, plugin_name = 1, content = 2. HParamsPluginData has one at the number.
let private ofPlugin (number: int) (summary: Field list) : Field list =
    let metadata = summary |> messages 9 |> List.exactlyOne
    let data = metadata |> messages 1 |> List.exactlyOne
    Expect.equal "hparams" (text 1 data)
    // Of a tensor, and there has to be one: dtype = 1, DT_FLOAT, tensor_shape = 2 with a dim = 2 of size = 1, float_val = 5.
    Expect.equal 2UL (whole 4 metadata)
    let tensor = summary |> messages 8 |> List.exactlyOne
    Expect.equal 1UL (whole 1 tensor)
    Expect.equal [ [ Field.Varint(1, 1UL) ] ] (tensor |> messages 2 |> List.collect (messages 2))
    Expect.equal (String('\000', 4)) (text 5 tensor)
    data |> messages 2 |> List.exactlyOne |> messages number |> List.exactlyOne

let private file folder = $"{folder}/events.out.tfevents.0.hparams.nn"

let private small = [ "--hidden"; "4"; "--preset"; "none"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

let private prepare (place: Workplace) =
    let rows = [ for row in 0..59 -> $"{row * row % 61},k{row * 7 % 5 % 2}" ]
    File.WriteAllLines(place.At "rows.csv", "x,y" :: rows)

let private varied =
    [ "learning-rate=0.001..0.1:log"
      "optimizer=adam|nadam"
      "batch-norm=true|false"
      "batch-size=8|16" ]

let tests =
    workplaceWith "Hparams" prepare (fun place ->
        let at = place.At

        let search out more =
            InProcess.succeed ([ "search"; at "rows.csv"; "--out"; at out; "--trials"; "6" ] @ small @ more)
            |> ignore

        let flags = varied |> List.collect (fun one -> [ "--vary"; one ])

        [ test "The folder of a search says what was varied, and which curves there are to compare by" (fun () ->
              search "all" ("--tensorboard" :: flags)
              let tag, summary = summaries (at (file "all")) |> List.exactlyOne
              Expect.equal "_hparams_/experiment" tag
              // Experiment: hparam_infos = 4, metric_infos = 5. HParamInfo: name = 1, type = 4, domain_discrete = 5, domain_interval = 6.
              let experiment = ofPlugin 2 summary
              let infos = messages 4 experiment
              let options = [ "learning-rate"; "optimizer"; "batch-norm"; "batch-size" ]
              Expect.equal options (List.map (text 1) infos)
              // A number, a string, true or false, a number.
              Expect.equal [ 3UL; 1UL; 2UL; 3UL ] (List.map (whole 4) infos)
              let interval = infos.Head |> messages 6 |> List.exactlyOne
              Expect.equal (0.001, 0.1) (real 1 interval, real 2 interval)

              let values =
                  [ for info in infos.Tail -> info |> messages 5 |> List.collect (messages 1) |> List.map value ]

              Expect.equal [ [ "adam"; "nadam" ]; [ "true"; "false" ]; [ "8"; "16" ] ] values
              // MetricInfo: name = 1. MetricName: tag = 2; without a group it is a curve of the trial itself.
              let metrics = experiment |> messages 5 |> List.collect (messages 1)
              let curves = summaries (at "all/trial-001/events.out.tfevents.0.nn") |> List.map fst
              Expect.equal [ "accuracy/validation"; "loss/validation" ] (List.map (text 2) metrics)

              for metric in metrics do
                  Expect.that (List.contains (text 2 metric) curves) $"%A{metric} is not drawn")
          test "The folder of a trial says what was drawn for it, and whether it came to its end" (fun () ->
              search "each" ("--tensorboard" :: flags)
              let table = place.Rows "each/trials.csv"
              let column name = List.findIndex ((=) name) table.Head

              for row in table.Tail do
                  let number = row[column "trial"]
                  let trial = $"each/trial-00{number}"
                  let first, last = Seq.head (summaries (at (file trial))), Seq.last (summaries (at (file trial)))
                  Expect.equal ("_hparams_/session_start_info", "_hparams_/session_end_info") (fst first, fst last)
                  // SessionStartInfo: hparams = 1, a map: key = 1, value = 2. SessionEndInfo: status = 1, STATUS_SUCCESS.
                  let drawn =
                      [ for entry in snd first |> ofPlugin 3 |> messages 1 ->
                            (text 1 entry).Replace('-', '_'), entry |> messages 2 |> List.exactlyOne |> value ]

                  for name, value in drawn do
                      Expect.equal row[column name] value

                  Expect.equal 4 drawn.Length
                  Expect.equal 1UL (snd last |> ofPlugin 4 |> whole 1))
          test "A trial that diverged is a failure, and nothing is written where nobody asked" (fun () ->
              search
                  "wild"
                  [ "--tensorboard"
                    "--vary"
                    "learning-rate=1e30|0.01"
                    "--optimizer"
                    "sgd"
                    "--loss"
                    "squared-error" ]

              let table = place.Rows "wild/trials.csv"
              let status = table.Tail |> List.map (fun row -> row[1], row[2])
              Expect.that (status |> List.exists (fun (_, one) -> one = "diverged")) $"%A{status}"

              // A trial without an epoch has no curves, and nothing to say beside them.
              for trial, one in status do
                  Expect.equal (one = "finished") (File.Exists(at (file $"wild/trial-00{trial}")))

              // STATUS_FAILURE is 2.
              HparamsFile.WriteSession(at "failed", [], false, TimeProvider.System)
              let _, last = Seq.last (summaries (at "failed"))
              Expect.equal 2UL (last |> ofPlugin 4 |> whole 1)
              search "none" flags
              Expect.equal [||] (Directory.GetFiles(at "none", "*tfevents*", SearchOption.AllDirectories)))
          test "A search that is begun again leaves nothing of the old one for TensorBoard" (fun () ->
              search "twice" ("--tensorboard" :: flags)
              search "twice" ("--force" :: flags)
              Expect.equal [||] (Directory.GetFiles(at "twice", "*tfevents*", SearchOption.AllDirectories))) ])
