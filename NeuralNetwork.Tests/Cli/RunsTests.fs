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
              Expect.mentions [ "kinds.csv"; "%"; "validation"; "--hidden 16,8" ] line
              let none = InProcess.succeed [ "runs"; place.At "all/empty" ]
              Expect.equal "" none.Out
              Expect.mentions [ "no run in" ] none.Error
              // A run is a folder of runs with itself alone.
              Expect.mentions [ "finished" ] (InProcess.succeed [ "runs"; place.At "all/a" ]).Out
              let outcome = InProcess.run [ "runs"; place.At "nowhere" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "no such folder" ] outcome.Error) ])
