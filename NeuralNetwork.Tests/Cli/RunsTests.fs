/// nn runs: what a folder of runs looks like side by side.
module NeuralNetwork.Tests.Cli.RunsTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

/// Runs on two tables, one of them twice under the same name, a comparison, a run with folds, one that was never begun and a broken one.
let private prepare (place: Workplace) =
    let write name (lines: string list) =
        let path = place.At name
        Directory.CreateDirectory(Path.GetDirectoryName path |> nonNull) |> ignore
        File.WriteAllLines(path, lines)

    write "kinds.csv" ("x,\"c, d\",e,kind" :: [ for row in 1..60 -> $"{row},1,{row % 7},k{row / 31}" ])
    write "values.csv" ("x,y" :: [ for row in 1..60 -> $"{row},{2 * row}.5" ])

    let train data out options =
        InProcess.succeed (
            [ "train"; place.At data; "--out"; place.At out; "--members"; "1"; "--blas"; "managed" ] @ options
        )
        |> ignore

    train "kinds.csv" "all/a" [ "--epochs"; "1"; "--hidden"; "4" ]
    train "kinds.csv" "all/b" [ "--epochs"; "60"; "--hidden"; "16,8" ]
    train "kinds.csv" "all/deep/er/c" [ "--epochs"; "2"; "--hidden"; "4"; "--folds"; "2" ]
    train "values.csv" "all/d" [ "--epochs"; "3" ]
    Directory.CreateDirectory(place.At "all/empty") |> ignore
    Directory.CreateDirectory(place.At "all/never") |> ignore
    File.Copy(place.At "all/a/config.json", place.At "all/never/config.json")
    Directory.CreateDirectory(place.At "all/torn") |> ignore
    File.Copy(place.At "all/a/config.json", place.At "all/torn/config.json")
    File.WriteAllText(place.At "all/torn/run.json", "{ \"results\":")
    // A field that comes twice, options that are damaged beside a model, and a folder with a link to itself.
    let twice = File.ReadAllText(place.At "all/a/config.json").TrimEnd().TrimEnd('}') + ",\"seed\":43}"
    Directory.CreateDirectory(place.At "all/twice") |> ignore
    File.WriteAllText(place.At "all/twice/config.json", twice)
    Directory.CreateDirectory(place.At "all/broken") |> ignore
    File.Copy(place.At "all/a/model.safetensors", place.At "all/broken/model.safetensors")
    File.WriteAllText(place.At "all/broken/config.json", "{ \"schema\": 1, ")

    train
        "kinds.csv"
        "all/learned"
        [ "--epochs"; "60"; "--hidden"; "16"; "--validation"; "none"; "--ignore"; "\"c, d\",e" ]

    write "all/stranger/config.json" [ "{}" ]
    write "all/.hidden/config.json" (List.ofArray (File.ReadAllLines(place.At "all/a/config.json")))

let tests =
    workplaceWith "Runs" prepare (fun place ->
        let list options =
            JsonDocument.Parse(InProcess.succeed ([ "runs"; place.At "all"; "--json" ] @ options) |> _.Out).RootElement

        let runs options = [ for run in (list options).GetProperty("runs").EnumerateArray() -> run ]
        let text (name: string) (run: JsonElement) = string (run.GetProperty name)
        let names options = runs options |> List.map (text "run")

        let byName = lazy (runs [] |> List.map (fun run -> text "run" run, run) |> Map.ofList)

        [ test "Every run below is there once, those of folds and what is none are not" (fun () ->
              Expect.equal
                  [ "a"; "b"; "broken"; "d"; "deep/er/c"; "learned"; "never"; "torn"; "twice" ]
                  (names [ "--sort"; "folder" ]))
          test
              "On each data the best comes first, scores of rows that were learned behind, and what has none last"
              (fun () ->
                  let of' (data: string) = runs [] |> List.filter (fun run -> text "data" run = data)
                  let kinds = of' "kinds.csv"

                  let scored, others =
                      kinds |> List.partition (fun run -> run.GetProperty("loss").ValueKind = JsonValueKind.Number)

                  Expect.equal (kinds |> List.map (text "run")) (scored @ others |> List.map (text "run"))
                  Expect.equal [ "never"; "torn"; "twice" ] (others |> List.map (text "run") |> List.sort)
                  Expect.equal "learned" (text "run" (List.last scored))
                  Expect.equal "training rows" (text "of" (List.last scored))
                  let accuracies = [ for run in List.take 3 scored -> run.GetProperty("accuracy").GetDouble() ]
                  Expect.equal (List.sortDescending accuracies) accuracies
                  Expect.equal [ "d" ] (of' "values.csv" |> List.map (text "run"))
                  // A run whose options nobody can read has no data.
                  Expect.equal [ "broken" ] (of' "" |> List.map (text "run")))
          test "Losses, times and moments sort runs, too" (fun () ->
              let numbers name options =
                  [ for run in runs options do
                        let value: JsonElement = run.GetProperty(name: string)

                        if value.ValueKind = JsonValueKind.Number then
                            value.GetDouble() ]

              let seconds = numbers "seconds" [ "--sort"; "time" ]
              Expect.that (seconds.Length >= 5) $"%A{seconds}"
              Expect.equal (List.sort seconds) seconds

              let started =
                  runs [ "--sort"; "started" ] |> List.map (fun run -> run.GetProperty("started").GetDateTime())

              Expect.equal (List.sortDescending started) started

              let losses =
                  [ for run in runs [ "--sort"; "loss" ] do
                        if text "of" run = "validation" && text "data" run = "kinds.csv" then
                            run.GetProperty("loss").GetDouble() ]

              Expect.equal (List.sort losses) losses)
          test "A run has the scores, epochs and times of its own record" (fun () ->
              let record = JsonDocument.Parse(File.ReadAllText(place.At "all/b/run.json")).RootElement
              let results = record.GetProperty "results"
              let run = byName.Value["b"]

              for name in [ "accuracy"; "loss"; "r2" ] do
                  Expect.equal (text name (results.GetProperty "validation")) (text name run)

              Expect.equal "validation" (text "of" run)
              Expect.equal (text "epochs" results) (text "epochs" run)
              Expect.equal (text "best_epoch" results) (text "best_epoch" run)
              Expect.equal (text "training_seconds" record) (text "seconds" run)
              Expect.equal "kinds.csv" (text "data" run)
              Expect.that (List.contains (text "status" run) [ "finished"; "stopped early" ]) (text "status" run)
              Expect.equal "unfinished" (text "status" byName.Value["never"])
              Expect.equal "unreadable" (text "status" byName.Value["torn"])
              Expect.equal "unreadable" (text "status" byName.Value["broken"])
              Expect.equal "unfinished" (text "status" byName.Value["twice"])
              Expect.that (byName.Value["d"].GetProperty("r2").ValueKind = JsonValueKind.Number) "no R2")
          test "The options are those in which the runs on the same data differ" (fun () ->
              let options (name: string) =
                  [ for one in byName.Value[name].GetProperty("options").EnumerateObject() ->
                        one.Name, string one.Value ]

              let has name option =
                  let found = options name
                  Expect.that (List.contains option found) $"{name}: %A{found}"

              has "b" ("--hidden", "16,8")
              has "a" ("--hidden", "4")
              has "deep/er/c" ("--folds", "2")
              // As it is typed: a name with a comma in quotes.
              has "learned" ("--ignore", "\"c, d\",e")
              Expect.that (options "b" |> List.forall (fun (name, _) -> name <> "--blas")) "all have --blas managed"
              // Alone on its data, it differs from none.
              Expect.equal [] (options "d"))
          test "A filter looks at folders, data, states and options" (fun () ->
              Expect.equal [ "d" ] (names [ "--filter"; "values" ])
              Expect.equal [ "b" ] (names [ "--filter"; "--hidden 16,8" ])
              Expect.equal [ "broken"; "torn" ] (names [ "--filter"; "Unreadable" ] |> List.sort)
              Expect.equal [] (names [ "--filter"; "nothing of all that" ]))
          test "Data of the same name in two places are two" (fun () ->
              for folder in [ "one"; "two" ] do
                  Directory.CreateDirectory(place.At $"data-{folder}") |> ignore
                  File.Copy(place.At "kinds.csv", place.At $"data-{folder}/t.csv", true)

                  InProcess.succeed
                      [ "train"
                        place.At $"data-{folder}/t.csv"
                        "--out"
                        place.At $"twice/{folder}"
                        "--epochs"
                        "1"
                        "--force" ]
                  |> ignore

              let document = JsonDocument.Parse(InProcess.succeed [ "runs"; place.At "twice"; "--json" ] |> _.Out)

              let data = [ for run in document.RootElement.GetProperty("runs").EnumerateArray() -> text "data" run ]

              Expect.equal [ place.At "data-one/t.csv"; place.At "data-two/t.csv" ] data)
          test "The table has a line for each run, and a folder without runs says so" (fun () ->
              let lines = (InProcess.succeed [ "runs"; place.At "all" ]).Out.TrimEnd().Split('\n')
              Expect.equal 10 lines.Length
              Expect.mentions [ "run"; "score"; "options" ] lines[0]
              let line = lines |> Array.find (fun line -> line.StartsWith "b ")
              let layers = if Elsewhere.isWindows then CommandLine.typed "16,8" else "16,8"
              Expect.mentions [ "kinds.csv"; "%"; "validation"; $"--hidden {layers}" ] line
              let none = InProcess.succeed [ "runs"; place.At "all/empty" ]
              Expect.equal "" none.Out
              Expect.mentions [ "no run in" ] none.Error
              // A run is a folder of runs with itself alone.
              Expect.mentions [ "finished" ] (InProcess.succeed [ "runs"; place.At "all/a" ]).Out
              let outcome = InProcess.run [ "runs"; place.At "nowhere" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "no such folder" ] outcome.Error)
          test "Two runs differ in the options that were said, and a run in nothing from itself" (fun () ->
              let document first second =
                  let words = [ "compare-runs"; place.At $"all/{first}"; place.At $"all/{second}"; "--json" ]
                  JsonDocument.Parse((InProcess.succeed words).Out).RootElement

              let differences (document: JsonElement) =
                  [ for one in document.GetProperty("differences").EnumerateArray() ->
                        text "kind" one, text "name" one, text "first" one, text "second" one ]

              Expect.equal
                  [ "option", "--hidden", "4", "16,8"; "option", "--epochs", "1", "60" ]
                  (differences (document "a" "b"))

              Expect.equal [] (differences (document "a" "a"))
              let other = differences (document "a" "d")

              Expect.that
                  (other |> List.exists (fun (kind, name, _, _) -> (kind, name) = ("data", "kinds.csv")))
                  $"%A{other}"

              Expect.mentions
                  [ "the same options" ]
                  (InProcess.succeed [ "compare-runs"; place.At "all/a"; place.At "all/a" ]).Out)
          test "The answers that changed are those of predict" (fun () ->
              let data = place.At "kinds.csv"

              let predicted run =
                  let told = (InProcess.succeed [ "predict"; place.At $"all/{run}"; data; "--json" ]).Out

                  [ for one in JsonDocument.Parse(told).RootElement.GetProperty("predictions").EnumerateArray() ->
                        text "prediction" one ]

              let right run =
                  List.zip (predicted run) [ for row in 1..60 -> $"k{row / 31}" ]
                  |> List.map (fun (said, is) -> said = is)

              let words = [ "compare-runs"; place.At "all/a"; place.At "all/b"; data; "--json" ]
              let answers = (JsonDocument.Parse((InProcess.succeed words).Out).RootElement).GetProperty "answers"
              let count (name: string) = (answers.GetProperty name).GetInt32()
              let pairs = List.zip (predicted "a") (predicted "b")
              let changed = pairs |> List.indexed |> List.filter (fun (_, (first, second)) -> first <> second)
              Expect.that (changed.Length > 0) "both say the same"
              Expect.equal (60, changed.Length) (count "rows", count "changed")
              let better = List.zip (right "a") (right "b")
              let only = better |> List.filter (fun (first, second) -> first && not second) |> List.length
              let onlyToo = better |> List.filter (fun (first, second) -> second && not first) |> List.length
              Expect.equal (only, onlyToo) (count "better_first", count "better_second")
              let share run = (right run |> List.filter id |> List.length |> float) / 60.0
              Expect.within 1e-12 (share "a") ((answers.GetProperty "first").GetDouble())
              Expect.within 1e-12 (share "b") ((answers.GetProperty "second").GetDouble())

              Expect.within
                  1e-12
                  (NeuralNetwork.Metrics.signTest only onlyToo)
                  ((answers.GetProperty "p").GetDouble())

              Expect.equal
                  (changed |> List.truncate 20 |> List.map (fun (row, (first, second)) -> row, first, second))
                  [ for one in answers.GetProperty("examples").EnumerateArray() ->
                        (one.GetProperty "row").GetInt32(), text "first" one, text "second" one ])
          test "Of values those rows are told whose predictions are furthest apart" (fun () ->
              let words = [ "compare-runs"; place.At "all/d"; place.At "all/d"; place.At "values.csv" ]
              let same = (InProcess.succeed words).Out
              Expect.mentions [ "60 rows"; "RMSE"; "Nearer in"; "0 answers differ"; "p = 1.0000" ] same)
          test "What cannot be compared is said" (fun () ->
              let refused code words (arguments: string list) =
                  let outcome = InProcess.run ("compare-runs" :: arguments)
                  Expect.equal (code, "") (outcome.Code, outcome.Out)
                  Expect.mentions words outcome.Error

              let at = place.At
              refused 3 [ "all/empty"; "no run" ] [ at "all/a"; at "all/empty" ]
              refused 3 [ "all/torn"; "cannot be read"; "model verify" ] [ at "all/torn"; at "all/a" ]

              let both = "x,\"c, d\",e,kind,y" :: [ for row in 1..60 -> $"{row},1,{row % 7},k{row / 31},{2 * row}" ]
              File.WriteAllLines(at "both.csv", both)
              refused 3 [ "classes"; "values" ] [ at "all/a"; at "all/d"; at "both.csv" ]
              refused 2 [ "B: missing" ] [ at "all/a" ]
              refused 2 [ "--split"; "needs DATA" ] [ at "all/a"; at "all/b"; "--split"; "test" ]

              refused
                  2
                  [ "--out"; "in a run that is compared" ]
                  [ at "all/a"; at "all/b"; "--out"; at "all/b/run.json"; "--force" ])
          test "A page of two runs has their curves and is written once" (fun () ->
              let page = place.At "pair.html"
              let words = [ "compare-runs"; place.At "all/a"; place.At "all/b"; place.At "kinds.csv"; "--out"; page ]
              InProcess.succeed words |> ignore
              Expect.mentions [ "<svg"; "--hidden"; "McNemar"; "Curves"; "Accuracy" ] (File.ReadAllText page)
              let again = InProcess.run words
              Expect.equal 2 again.Code
              Expect.mentions [ "--force" ] again.Error) ])
