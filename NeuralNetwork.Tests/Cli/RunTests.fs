/// The command line from end to end, on a slice of MNIST.
module NeuralNetwork.Tests.Cli.RunTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private train (data: string) (out: string) more =
    [ "train"; data; "--hidden"; "16"; "--epochs"; "2"; "--out"; out ] @ more

let private prepare (place: Workplace) =
    CommandLine.writeData (place.At "data")
    CommandLine.succeed place.Folder (train "data" "run" [ "--threads"; "1" ]) |> ignore

let private json (text: string) = JsonDocument.Parse(text).RootElement
let private lines (text: string) = text.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray
let private number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

let private model (place: Workplace) name =
    match ModelFile.read (File.ReadAllBytes(place.At name)) with
    | Ok(AnyModel.Single model) -> model
    | Ok(AnyModel.Double _) -> Expect.fail ("a float64 model")
    | Error defect -> Expect.fail (string defect)

/// The test part as the library reads it.
let private testData (place: Workplace) () =
    let idx name =
        match Idx.read (File.ReadAllBytes(place.At $"data/{name}")) with
        | Ok idx -> idx
        | Error defect -> Expect.fail (string defect)

    let images, labels = idx "t10k-images-idx3-ubyte", idx "t10k-labels-idx1-ubyte"

    match labels.Values with
    | NumberArray.Bytes labels ->
        { Rows = images.Rows
          Cols = images.Cols
          Inputs = images.Values
          Targets = Targets.Labels(Array.map int labels, 10)
          Weights = [||]
          Folds = [||] }
    | _ -> Expect.fail ("labels that are no bytes")

/// A copy of the data with one file changed.
let private spoil (place: Workplace) (name: string) (file: string) (change: byte[] -> byte[]) =
    Directory.CreateDirectory(place.At name) |> ignore

    for path in Directory.GetFiles(place.At "data") do
        let bytes = File.ReadAllBytes path
        let bytes = if Path.GetFileName path = file then change bytes else bytes
        File.WriteAllBytes(Path.Combine(place.At name, string (Path.GetFileName path)), bytes)

/// Copies of the data with something wrong.
let private badData: (string * (string * string list)) list =
    [ "a truncated file", ("truncated", [ "train-images-idx3-ubyte"; "length" ])
      "a wrong magic", ("magic", [ "train-labels-idx1-ubyte"; "magic" ])
      "labels for other rows", ("rows", [ "train-"; "599"; "600" ])
      "a missing file", ("missing", [ "t10k-labels-idx1-ubyte" ]) ]

/// A clock that stands still at an hour.
[<Sealed>]
type private Stopped(hour: int) =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset(2026, 1, 2, hour, 0, 0, TimeSpan.Zero)
    override _.GetTimestamp() = 0L

let tests =
    workplaceWith "Run" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let read (name: string) = File.ReadAllText(at name)
        let model = model place
        let testData = testData place
        let spoil = spoil place

        [ test "A run folder holds its files, and each of them can be read" (fun () ->
              Expect.equal
                  [ "checkpoint.safetensors"
                    "config.json"
                    "history.csv"
                    "history.jsonl"
                    "model.safetensors"
                    "report.html"
                    "run.json" ]
                  (CommandLine.content (at "run") |> List.map fst)

              json (read "run/config.json") |> ignore
              let results = (json (read "run/run.json")).GetProperty "results"
              Expect.equal 2 ((results.GetProperty "epochs").GetInt32())
              let model = model "run/model.safetensors"
              Expect.equal (784, 10) (model.Network.Inputs, model.Network.Outputs)
              Expect.equal 255.0 model.Preprocessing.Divisor
              Expect.equal 10 model.Labels.Length)
          test "History has a row for every epoch, the same in both of its files" (fun () ->
              let rows = lines (read "run/history.csv")
              let names = rows[0].Split ','

              Expect.equal
                  [| "epoch"; "step"; "learning_rate"; "train_loss"; "train_penalty"; "train_accuracy" |]
                  names[..5]

              Expect.equal [| "validation_loss"; "validation_accuracy"; "seconds" |] names[6..8]
              Expect.equal [| "train_r2"; "train_rmse"; "validation_r2"; "validation_rmse" |] names[9..]
              let documents = lines (read "run/history.jsonl") |> List.map json
              Expect.equal 3 rows.Length
              Expect.equal 2 documents.Length

              for row, document in List.zip (List.tail rows) documents do
                  for name, value in Array.zip names (row.Split ',') do
                      let other = document.GetProperty name

                      // Classes have no R2.
                      if value = "" then
                          Expect.equal System.Text.Json.JsonValueKind.Null other.ValueKind
                      else
                          Expect.equal (number value) (other.GetDouble()))
          test "The same seed gives the same bytes on one thread and on two, another seed others" (fun () ->
              CommandLine.succeed folder (train "data" "two" [ "--threads"; "2" ]) |> ignore
              CommandLine.succeed folder (train "data" "seven" [ "--seed"; "7" ]) |> ignore
              let bytes run = Convert.ToBase64String(File.ReadAllBytes(at $"{run}/model.safetensors"))
              Expect.equal (bytes "run") (bytes "two")
              Expect.that (bytes "run" <> bytes "seven") "another seed, the same bytes")
          test "By the same clock a run has the same files, to the byte" (fun () ->
              let run hour =
                  let outcome =
                      [ "--tensorboard"; "--blas"; "managed"; "--force" ]
                      |> train (at "data") (at "noon")
                      |> InProcess.runBy (Stopped hour)

                  Expect.that (outcome.Code = 0) outcome.Error
                  outcome, CommandLine.content (at "noon")

              let said, files = run 12
              Expect.that (files.Length > 6) "hardly a file"
              Expect.equal said (fst (run 12))
              let differing others = List.zip files others |> List.filter (fun (one, other) -> one <> other)
              Expect.equal [] (differing (snd (run 12)) |> List.map (fst >> fst))
              // An hour later nothing else is said than the hour.
              Expect.equal
                  [ "events.out.tfevents.0.nn"; "report.html"; "run.json" ]
                  (differing (snd (run 13)) |> List.map (fst >> fst)))
          test "Evaluate says what the library says" (fun () ->
              let report = json (CommandLine.succeed folder [ "evaluate"; "run"; "data"; "--json" ]).Out
              let score = Fit.evaluate Machines.alone (model "run/model.safetensors") (testData ())
              // The library that multiplies may be another one: float32 sums of 784 terms.
              Expect.within (1e-4 * score.Loss) score.Loss ((report.GetProperty "loss").GetDouble())
              Expect.within 0.005 score.Accuracy ((report.GetProperty "accuracy").GetDouble())

              let model = model "run/model.safetensors"

              match (testData ()).Targets with
              | Targets.Values _ -> Expect.fail "no labels"
              | Targets.Labels(labels, _) ->
                  let said = Metrics.report model.Network labels (Fit.predict Machines.alone model (testData ()))
                  let within name value = Expect.within 0.005 value ((report.GetProperty(name: string)).GetDouble())
                  within "top_5_accuracy" said.TopFive
                  within "auc" said.AUC
                  within "calibration_error" said.CalibrationError
                  Expect.within 0.01 said.Macro.F1 ((report.GetProperty "macro").GetProperty("f1").GetDouble())

              let confusion =
                  [ for row in (report.GetProperty "confusion_matrix").EnumerateArray() ->
                        [ for cell in row.EnumerateArray() -> cell.GetInt32() ] ]

              Expect.equal 200 (List.sumBy List.sum confusion)
              let trace = List.mapi (fun place (row: int list) -> row[place]) confusion |> List.sum
              Expect.equal (float trace / 200.0) ((report.GetProperty "accuracy").GetDouble()))
          test
              "Predict writes a row for every row, with the probabilities of the library, and agrees with evaluate"
              (fun () ->
                  let rows = lines (CommandLine.succeed folder [ "predict"; "run"; "data"; "--probabilities" ]).Out
                  let names = List.init 10 (fun label -> $"probability_{label}")
                  Expect.equal ("row" :: "prediction" :: names) (List.ofArray (rows[0].TrimEnd('\r').Split ','))
                  let cells = [ for row in List.tail rows -> List.ofArray (row.Split ',') |> List.map number ]
                  Expect.equal [ 0.0 .. 199.0 ] (List.map List.head cells)
                  let data = testData ()
                  let expected = Fit.predict Machines.alone (model "run/model.safetensors") data |> Generate.floats
                  let found = cells |> List.collect (List.skip 2) |> Array.ofList
                  Array.iter2 (Expect.within 1e-5) expected found

                  for row in cells do
                      let probabilities = List.skip 2 row
                      Expect.equal (List.max probabilities) probabilities[int row[1]]

                  match data.Targets with
                  | Targets.Values _ -> Expect.fail "no labels"
                  | Targets.Labels(labels, _) ->
                      let hits =
                          List.zip cells (List.ofArray labels)
                          |> List.filter (fun (row, label) -> int row[1] = label)
                          |> List.length

                      let report = json (CommandLine.succeed folder [ "evaluate"; "run"; "data"; "--json" ]).Out
                      Expect.equal (float hits / 200.0) ((report.GetProperty "accuracy").GetDouble()))
          test "Predict writes to a file what it would print" (fun () ->
              let printed = (CommandLine.succeed folder [ "predict"; "run"; "data" ]).Out
              CommandLine.succeed folder [ "predict"; "run"; "data"; "--out"; "predictions.csv" ] |> ignore
              Expect.equal printed (read "predictions.csv"))
          test "Predictions go to files whose names say CSV or NPY, or nothing" (fun () ->
              let predict (name: string) = CommandLine.run folder [ "predict"; "run"; "data"; "--out"; name ]
              Expect.equal 0 (predict "said").Code)
          test "Commands to go on with are quoted where a shell would split them" (fun () ->
              let outcome = CommandLine.succeed folder (train "data" "it's a run" [])
              let typed = if Elsewhere.isWindows then "\"it's a run\"" else @"'it'\''s a run'"
              Expect.mentions [ $"nn evaluate {typed} data" ] outcome.Out)
          test "With --json the manifest is the only thing on standard output" (fun () ->
              let outcome = CommandLine.succeed folder (train "data" "manifest" [ "--json"; "--quiet" ])
              Expect.equal JsonValueKind.Object (json outcome.Out).ValueKind
              Expect.equal "" outcome.Error)
          test "Quiet training says nothing at all, and the record how long the data took to read" (fun () ->
              let outcome = CommandLine.succeed folder (train "data" "quiet" [ "--quiet" ])
              Expect.equal ("", "") (outcome.Out, outcome.Error)
              let outcome = CommandLine.succeed folder (train "data" "talking" [])

              let reading (megabytes: int) (seconds: float) =
                  TrainReport.Reading(int64 megabytes * 1_000_000L, TimeSpan.FromSeconds seconds)

              let line = Option.ofObj (reading 200 2.5)
              Expect.equal (Some "200.0 MB read in 2.50 s (80 MB/s)") line
              Expect.that (isNull (reading 200 0.9) && isNull (reading 0 2.5)) "said of little"
              Expect.mentions [ "best epoch"; "saved in" ] outcome.Out
              let data = (json (read "talking/run.json")).GetProperty "data"
              let bytes = Directory.GetFiles(at "data") |> Array.sumBy (fun file -> FileInfo(file).Length)
              Expect.equal bytes ((data.GetProperty "bytes").GetInt64())
              Expect.that ((data.GetProperty "seconds").GetDouble() > 0.0) "no time")
          test "An existing run is replaced with --force, and then only" (fun () ->
              CommandLine.succeed folder (train "data" "forced" [ "--seed"; "1" ]) |> ignore
              let before = CommandLine.content (at "forced")
              let refused = CommandLine.run folder (train "data" "forced" [ "--seed"; "2" ])
              Expect.equal 2 refused.Code
              Expect.equal before (CommandLine.content (at "forced"))
              CommandLine.succeed folder (train "data" "forced" [ "--seed"; "2"; "--force" ]) |> ignore
              Expect.that (before <> CommandLine.content (at "forced")) "nothing was replaced")
          eachNamed
              "Data that cannot be used end with 3 and one line, and nothing is touched"
              badData
              (fun (data: string, words: string list) ->
                  if not (Directory.Exists(at "magic")) then
                      spoil "truncated" "train-images-idx3-ubyte" (fun bytes -> bytes[.. bytes.Length - 2])
                      spoil "magic" "train-labels-idx1-ubyte" (Array.updateAt 0 7uy)

                      spoil "rows" "train-labels-idx1-ubyte" (fun bytes ->
                          Array.updateAt 7 0x57uy bytes[.. bytes.Length - 2])

                      spoil "missing" "" id
                      File.Delete(at "missing/t10k-labels-idx1-ubyte")

                  Mistakes.refusal place (train (at data) (at "x") []) 3 |> Expect.mentions words)
          test "Training that diverges ends with 5 and one line" (fun () ->
              let outcome =
                  CommandLine.run
                      folder
                      (train "data" "diverged" [ "--optimizer"; "sgd"; "--lr"; "1e30"; "--loss"; "squared-error" ])

              Expect.equal 5 outcome.Code
              Expect.that ((List.last (lines outcome.Error)).StartsWith "nn: error: ") outcome.Error)
          test "A library that is none leads to the next choice, one line of warning and a run" (fun () ->
              File.WriteAllText(at "library.so", "no library at all")
              let outcome = CommandLine.succeed folder (train "data" "warned" [ "--blas"; at "library.so" ])
              Expect.mentions [ "library.so" ] outcome.Error
              Expect.that (File.Exists(at "warned/model.safetensors")) "no model")
          test "Help and version are asked for without an error" (fun () ->
              for arguments in [ [ "--help" ]; [ "train"; "--help" ]; [ "--version" ] ] do
                  let outcome = CommandLine.succeed folder arguments
                  Expect.that (outcome.Out.Length > 0 && outcome.Error = "") outcome.Error) ])
