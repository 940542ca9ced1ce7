/// nn compare from end to end, on a slice of MNIST.
module NeuralNetwork.Tests.Cli.CompareTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Xml.Linq
open NeuralNetwork.Tests

let private succeed = InProcess.succeed

let private field (name: string) (element: JsonElement) = element.GetProperty name

let tests =
    workplaceWith "Compare" Comparisons.two (fun place ->
        let at, json, bytes, rows = place.At, place.Json, place.Bytes, place.Rows
        let compare = Comparisons.words place
        let config run = json $"{run}/config.json"

        [ test "A comparison leaves a run folder for every variant and seed, tables and pictures" (fun () ->
              let names =
                  Directory.GetFileSystemEntries(at "two")
                  |> Array.map (fun path -> string (Path.GetFileName path))
                  |> Array.sort

              Expect.equal
                  [| "accuracy.svg"
                     "adam"
                     "adam-seed-43"
                     "comparison.json"
                     "curves.csv"
                     "gap.svg"
                     "loss.svg"
                     "report.html"
                     "results.csv"
                     "results.json"
                     "sgd"
                     "sgd-seed-43" |]
                  names

              for picture in [ "two/loss.svg"; "two/accuracy.svg" ] do
                  let words = (XDocument.Load(at picture)).ToString()
                  Expect.mentions [ "adam"; "sgd"; "mean and range of 2 seeds"; "polygon" ] words)
          test "A variant is the run that nn train makes of the same options" (fun () ->
              succeed (
                  [ "train"; at "data"; "--out"; at "alone"; "--optimizer"; "sgd"; "--seed"; "43" ]
                  @ Comparisons.small
              )
              |> ignore

              Expect.equal (bytes "alone/model.safetensors") (bytes "two/sgd-seed-43/model.safetensors"))
          test "The curves are the histories of the runs, and the results their best models'" (fun () ->
              let header = [ "variant"; "seed"; "epoch"; "step"; "train_loss"; "train_accuracy" ]
              let curves = rows "two/curves.csv"
              Expect.equal (header @ [ "validation_loss"; "validation_accuracy"; "seconds" ]) curves.Head

              let expected =
                  [ for variant, seed, run in
                        [ "adam", "42", "adam"
                          "adam", "43", "adam-seed-43"
                          "sgd", "42", "sgd"
                          "sgd", "43", "sgd-seed-43" ] do
                        for row in (rows $"two/{run}/history.csv").Tail do
                            [ variant; seed; row[0]; row[1]; row[3]; row[5]; row[6]; row[7]; row[8] ] ]

              Expect.equal expected curves.Tail
              let adam = (json "two/results.json" |> field "variants")[0]

              let test run =
                  json $"two/{run}/run.json" |> field "results" |> field "test" |> field "accuracy" |> _.GetDouble()

              let first, second = test "adam", test "adam-seed-43"
              let found name = adam |> field name |> field "test_accuracy" |> _.GetDouble()
              Expect.within 1e-12 ((first + second) / 2.0) (found "mean")
              Expect.within 1e-12 (abs (first - second) / sqrt 2.0) (found "standard_deviation")

              let column = List.findIndex ((=) "test_accuracy") (rows "two/results.csv").Head
              let cells = (rows "two/results.csv").Tail |> List.map (List.item column)

              Expect.equal
                  [ first; second ]
                  (cells |> List.take 2 |> List.map (fun cell -> Double.Parse(cell, CultureInfo.InvariantCulture))))
          test "With --json the results are the only thing on standard output" (fun () ->
              let outcome =
                  succeed (
                      compare
                          "optimizers"
                          "two"
                          [ "--values"; "adam,sgd"; "--seeds"; "2"; "--resume"; "--json"; "--quiet" ]
                  )

              Expect.equal "" outcome.Error

              let names =
                  [ for one in (JsonDocument.Parse outcome.Out).RootElement.GetProperty("variants").EnumerateArray() ->
                        string (field "name" one) ]

              Expect.equal [ "adam"; "sgd" ] names)
          test "The best variant is the one that validates best" (fun () ->
              let report = File.ReadAllText(at "two/report.html")
              let results = rows "two/results.csv"
              let score = List.findIndex ((=) "validation_accuracy") results.Head

              let best, _ =
                  results.Tail
                  |> List.groupBy List.head
                  |> List.maxBy (fun (_, runs) ->
                      runs |> List.averageBy (fun run -> Double.Parse(run[score], CultureInfo.InvariantCulture)))

              let words = report.IndexOf "best variant by validation"
              Expect.that (words > 0) "no best variant"
              // The name stands right beside it, whichever of the two comes first.
              let near = report.Substring(max 0 (words - 200), 400)
              Expect.mentions [ $">{best}<" ] near
              let other = if best = "adam" then "sgd" else "adam"
              Expect.that (not (near.Contains $">{other}<")) near)
          test "Rates that differ have a column, and rates that do not have none" (fun () ->
              let rates = succeed (compare "optimizers" "rates" [ "--values"; "adam,adagrad" ])
              Expect.mentions [ "learning rate"; "0.001"; "0.01 " ] rates.Out
              Expect.mentions [ "but their learning rates" ] (File.ReadAllText(at "rates/report.html"))
              let same = succeed (compare "activations" "same" [ "--values"; "relu,tanh" ])
              Expect.that (not (same.Out.Contains "learning rate")) same.Out)
          test "A variant that diverges is reported, and the others are trained" (fun () ->
              let outcome =
                  succeed (compare "optimizers" "wild" [ "--values"; "sgd@1e30,adam"; "--loss"; "squared-error" ])

              Expect.mentions [ "warning: sgd@1e30"; "adam (2 of 2)" ] outcome.Error
              Expect.equal [ "diverged"; "finished" ] ((rows "wild/results.csv").Tail |> List.map (List.item 2))

              let alone =
                  InProcess.run (compare "optimizers" "wilder" [ "--values"; "sgd@1e30"; "--loss"; "squared-error" ])

              Expect.equal 5 alone.Code)
          test "The original preset has the settings of the study, but for what is compared or given" (fun () ->
              succeed (compare "conventions" "study" [ "--preset"; "original"; "--values"; "keras2,keras3" ])
              |> ignore

              for run in [ "keras2"; "keras3" ] do
                  let config = config $"study/{run}"
                  Expect.equal run (string (field "convention" config))
                  Expect.equal "he-normal" (string (field "init" config))

                  let numbers =
                      [ for name in [ "learning_rate"; "batch_size"; "validation"; "epochs" ] ->
                            (field name config).GetDouble() ]

                  Expect.equal [ 0.002; 128.0; 0.2; 2.0 ] numbers)
          test "A regularised variant has its parts and no others, as strong as the user says" (fun () ->
              let values = "none,l2+dropout,batch-norm"
              let more = [ "--values"; values; "--preset"; "original"; "--l2"; "0.01" ]
              succeed (compare "regularization" "regular" more) |> ignore
              let runs = [ "none"; "l2+dropout"; "batch-norm" ]

              Expect.equal
                  [ "0"; "0.01"; "0" ]
                  (runs |> List.map (fun run -> string (field "l2" (config $"regular/{run}"))))

              let rate run = (field "dropout" (config $"regular/{run}"))[0]
              Expect.equal [ "0"; "0.2"; "0" ] (runs |> List.map (rate >> string))
              let isNormalised run = (field "batch_norm" (config $"regular/{run}")).GetBoolean()
              Expect.equal [ false; false; true ] (List.map isNormalised runs))
          test "Where all diverge the table says so, and the exit code, too" (fun () ->
              let more = [ "--values"; "sgd@1e30,sgd@1e31"; "--loss"; "squared-error" ]
              let outcome = InProcess.run (compare "optimizers" "all" more)
              Expect.equal 5 outcome.Code
              Expect.mentions [ "sgd@1e30"; "sgd@1e31"; "diverged" ] outcome.Out
              Expect.mentions [ "runs finished"; "0 of 2" ] (File.ReadAllText(at "all/report.html"))) ])
