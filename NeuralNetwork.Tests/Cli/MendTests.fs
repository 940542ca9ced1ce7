/// What a kill between the last checkpoint and a file made from it leaves: files of an earlier state, or none. Going on
/// writes them again, and nothing that is right.
module NeuralNetwork.Tests.Cli.MendTests

open System.IO
open NeuralNetwork.Tests

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

let private train (place: Workplace) (out: string) =
    [ "train"; place.At "data"; "--out"; place.At out; "--tensorboard" ] @ Comparisons.small
    |> InProcess.succeed
    |> ignore

/// The record of a run but for the clock.
let private record (place: Workplace) (out: string) : (string * string) list =
    [ for field in (place.Json $"{out}/run.json").EnumerateObject() do
          if not (List.contains field.Name [ "started"; "seconds"; "resumed"; "data" ]) then
              field.Name, field.Value.GetRawText() ]

let private change (place: Workplace) (file: string) (before: string) (after: string) =
    let text = File.ReadAllText(place.At file)
    Expect.that (text.Contains before) $"{file} has no {before}"
    File.WriteAllText(place.At file, text.Replace(before, after))

/// What stands in a run's folder in the place of each file, and what is said of it.
let private damages (place: Workplace) : (string * string * (string -> unit)) list =
    let at = place.At

    [ "run.json",
      "interrupted",
      (fun run -> change place $"{run}/run.json" "\"interrupted\": false" "\"interrupted\": true")
      "run.json", "of an epoch before", (fun run -> change place $"{run}/run.json" "\"epochs\": 2" "\"epochs\": 1")
      "run.json", "no JSON", (fun run -> File.WriteAllText(at $"{run}/run.json", "{"))
      "run.json", "missing", (fun run -> File.Delete(at $"{run}/run.json"))
      "history.csv",
      "cut",
      (fun run ->
          File.WriteAllLines(at $"{run}/history.csv", Array.truncate 2 (File.ReadAllLines(at $"{run}/history.csv"))))
      "history.jsonl", "missing", (fun run -> File.Delete(at $"{run}/history.jsonl"))
      "model.safetensors", "missing", (fun run -> File.Delete(at $"{run}/model.safetensors"))
      "model.safetensors", "another", (fun run -> File.WriteAllText(at $"{run}/model.safetensors", "x"))
      "report.html", "missing", (fun run -> File.Delete(at $"{run}/report.html"))
      "events.out.tfevents.0.nn", "empty", (fun run -> File.WriteAllText(at $"{run}/events.out.tfevents.0.nn", "")) ]

let private kept = [ "checkpoint.safetensors"; "config.json"; "history.csv"; "history.jsonl"; "model.safetensors" ]

let tests =
    workplaceWith "Mend" prepare (fun place ->
        let at, bytes = place.At, place.Bytes
        let train = train place
        let record = record place
        let change = change place
        let damages = damages place
        let without (name: string) (study: string) : string list list = place.Timeless $"{study}/{name}"

        [ test "A finished run whose files are not of its end has them again after resume, which names them" (fun () ->
              train "whole"
              let before = [ for name in kept -> bytes $"whole/{name}" ], record "whole"

              for name, how, damage in damages do
                  Expect.that (File.Exists(at $"whole/{name}")) $"no {name}"
                  damage "whole"
                  let outcome = InProcess.succeed [ "resume"; at "whole" ]
                  Expect.mentions [ "nothing is left to do"; $"{name} was" ] outcome.Error
                  Expect.equal before ([ for name in kept -> bytes $"whole/{name}" ], record "whole")
                  Expect.that (File.Exists(at "whole/report.html")) $"{name} {how}: no report")
          test "What is right is left alone by resume" (fun () ->
              train "right"

              let times () =
                  [ for file in Directory.GetFiles(at "right") -> Path.GetFileName file, File.GetLastWriteTimeUtc file ]

              let before = times ()
              let outcome = InProcess.succeed [ "resume"; at "right" ]
              Expect.that (not (outcome.Error.Contains "written again")) outcome.Error
              Expect.equal before (times ()))
          test
              "A comparison whose run says that it was interrupted, though it came to its end, goes on to its own"
              (fun () ->
                  InProcess.succeed (
                      Comparisons.words place "optimizers" "two" [ "--values"; "adam,sgd"; "--tensorboard" ]
                  )
                  |> ignore

                  let before = without "results.csv" "two", bytes "two/sgd/model.safetensors"

                  for name, how, damage in damages do
                      Expect.that (File.Exists(at $"two/sgd/{name}")) $"no {name}"
                      damage "two/sgd"
                      File.Delete(at "two/results.csv")

                      let outcome =
                          InProcess.succeed (
                              Comparisons.words
                                  place
                                  "optimizers"
                                  "two"
                                  [ "--values"; "adam,sgd"; "--tensorboard"; "--resume" ]
                          )

                      Expect.that (not (outcome.Error.Contains "interrupted")) $"{name} {how}: {outcome.Error}"
                      Expect.equal before (without "results.csv" "two", bytes "two/sgd/model.safetensors")

                      Expect.that
                          ((File.ReadAllText(at "two/sgd/run.json")).Contains "\"interrupted\": false")
                          $"{name} {how}")
          test
              "A search whose trial says that it was interrupted, though it came to its end, goes on to its own"
              (fun () ->
                  let search more =
                      // Three rungs: trials that pause on each of them, and one that comes to its end.
                      [ "search"; at "data"; "--out"; at "search"; "--trials"; "4"; "--halving"; "2" ]
                      @ [ "--epochs"; "4"; "--hidden"; "8"; "--blas"; "managed"; "--threads"; "1" ]
                      @ more

                  InProcess.succeed (search []) |> ignore
                  let before = bytes "search/model.safetensors"
                  let isPaused trial = (File.ReadAllText(at $"search/{trial}/run.json")).Contains "\"paused\": true"
                  let trials = [ for number in 1..4 -> $"trial-00{number}" ]
                  Expect.that (List.exists isPaused trials && not (List.forall isPaused trials)) "no rungs"

                  for trial in trials do
                      change $"search/{trial}/run.json" "\"interrupted\": false" "\"interrupted\": true"
                      File.Delete(at "search/model.safetensors")
                      let outcome = InProcess.succeed (search [ "--resume" ])
                      Expect.that (not (outcome.Error.Contains "interrupted")) $"{trial}: {outcome.Error}"
                      Expect.equal before (bytes "search/model.safetensors")

                      Expect.that
                          ((File.ReadAllText(at $"search/{trial}/run.json")).Contains "\"interrupted\": false")
                          trial)
          test "A clock that was set back since a run was trained does not make it unfinished" (fun () ->
              InProcess.succeed (Comparisons.words place "optimizers" "clock" [ "--values"; "adam,sgd" ])
              |> ignore

              let before = without "results.csv" "clock"
              let started run = (place.Json $"clock/{run}/run.json").GetProperty("started").GetRawText()

              for run in [ "adam"; "sgd" ] do
                  change $"clock/{run}/run.json" (started run) "\"2999-01-01T00:00:00+00:00\""

              change "clock/sgd/run.json" "\"interrupted\": false" "\"interrupted\": true"

              let outcome =
                  InProcess.succeed (
                      Comparisons.words
                          place
                          "optimizers"
                          "clock"
                          [ "--values"; "adam,sgd"; "--tensorboard"; "--resume" ]
                  )

              Expect.that (not (outcome.Error.Contains "interrupted")) outcome.Error
              Expect.equal before (without "results.csv" "clock")
              Expect.equal "\"2999-01-01T00:00:00+00:00\"" (started "adam"))
          test "A run that begins again keeps its options as they were, with where each comes from" (fun () ->
              File.WriteAllLines(at "rows.csv", "x,y" :: [ for row in 1..40 -> $"{row}.5,k{row % 2}" ])

              InProcess.succeed [ "train"; at "rows.csv"; "--out"; at "first"; "--epochs"; "2"; "--threads"; "1" ]
              |> ignore

              Directory.CreateDirectory(at "begun") |> ignore
              File.Copy(at "first/config.json", at "begun/config.json")
              let outcome = InProcess.succeed [ "resume"; at "begun" ]
              Expect.mentions [ "beginning again from the start" ] outcome.Error
              Expect.equal (bytes "first/config.json") (bytes "begun/config.json")
              Expect.equal (bytes "first/model.safetensors") (bytes "begun/model.safetensors")
              // The page says where values come from, too, and the score of rows that were left out.
              for run in [ "first"; "begun" ] do
                  let page = File.ReadAllText(at $"{run}/report.html")
                  Expect.mentions [ "preset table: 40 rows, 1 feature"; "<dt>validation accuracy</dt>" ] page) ])
