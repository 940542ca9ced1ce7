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

    write "kinds.csv" ("x,kind" :: [ for row in 1..60 -> $"{row},k{row / 31}" ])
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
              Expect.equal [ "a"; "b"; "d"; "deep/er/c"; "never"; "torn" ] (names [ "--sort"; "folder" ]))
          test "The best on each data comes first, and what has no score last" (fun () ->
              let names = names []
              // After one epoch of four units all are told apart as after sixty of sixteen, or fewer, with a greater loss.
              Expect.equal "b" names.Head
              Expect.equal "d" (List.last names)
              Expect.equal (Set [ "never"; "torn" ]) (Set [ names[3]; names[4] ]))
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
              Expect.that (options "b" |> List.forall (fun (name, _) -> name <> "--blas")) "all have --blas managed"
              // Alone on its data, it differs from none.
              Expect.equal [] (options "d"))
          test "A filter looks at folders, data, states and options" (fun () ->
              Expect.equal [ "d" ] (names [ "--filter"; "values" ])
              Expect.equal [ "b" ] (names [ "--filter"; "--hidden 16" ])
              Expect.equal [ "torn" ] (names [ "--filter"; "Unreadable" ])
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
              Expect.equal 7 lines.Length
              Expect.mentions [ "run"; "score"; "options" ] lines[0]
              Expect.mentions [ "b"; "kinds.csv"; "%"; "--hidden 16,8" ] lines[1]
              let none = InProcess.succeed [ "runs"; place.At "all/empty" ]
              Expect.equal "" none.Out
              Expect.mentions [ "no run in" ] none.Error
              // A run is a folder of runs with itself alone.
              Expect.mentions [ "finished" ] (InProcess.succeed [ "runs"; place.At "all/a" ]).Out
              let outcome = InProcess.run [ "runs"; place.At "nowhere" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "no such folder" ] outcome.Error) ])
