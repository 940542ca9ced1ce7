/// nn train --threshold: what it chooses, where that is told, and what has no threshold.
module NeuralNetwork.Tests.Cli.ThresholdTests

open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// Two kinds that are not apart, the second one rare.
let private kind row = if row % 4 = 0 && row * 37 % 100 > 20 || row * 53 % 29 = 0 then "yes" else "no"

let private line row = $"{row * 37 % 100},{row * 11 % 17},{kind row}"

let private prepare (place: Workplace) =
    File.WriteAllLines(place.At "train.csv", "x,z,kind" :: List.map line [ 1..200 ])
    File.WriteAllLines(place.At "test.csv", "x,z,kind" :: List.map line [ 201..300 ])
    File.WriteAllLines(place.At "three.csv", "x,kind" :: [ for row in 1..40 -> $"{row},k{row % 3}" ])
    File.WriteAllLines(place.At "values.csv", "x,y" :: [ for row in 1..40 -> $"{row},{row * row}.5" ])
    // All but the last rows are of one class.
    File.WriteAllLines(place.At "sorted.csv", "x,kind" :: [ for row in 1..40 -> $"{row},k{row / 30}" ])

let private train (place: Workplace) (out: string) (more: string list) =
    [ "train"
      place.At "train.csv"
      "--out"
      place.At out
      "--epochs"
      "10"
      "--blas"
      "managed"
      "--members"
      "1" ]
    @ [ "--validation"; "0.3"; "--test"; place.At "test.csv" ]
    @ more
    |> InProcess.run

let private read (path: string) = JsonDocument.Parse(File.ReadAllText path)

let tests =
    workplaceWith "Threshold" prepare (fun place ->
        let at = place.At

        [ test "What a training chooses is told, kept with the model, and every answer is by it" (fun () ->
              let outcome = train place "run" [ "--threshold"; "f1" ]
              Expect.equal 0 outcome.Code

              Expect.mentions
                  [ "threshold"; "'yes' above 0."; ", by f1: "; " on the test rows ("; " at 0.5)" ]
                  outcome.Out

              Expect.mentions [ "f1 on the test rows"; "'yes' above 0." ] (File.ReadAllText(at "run/report.html"))
              let model = Model.Load<float32>(at "run/model.safetensors")
              use record = read (at "run/run.json")
              let results = record.RootElement.GetProperty "results"
              let found = results.GetProperty "threshold"
              Expect.equal model.Threshold (found.GetProperty("above").GetDouble())

              for name, value in [ "class", "yes"; "by", "f1"; "rows", "test" ] do
                  Expect.equal value (nonNull (found.GetProperty(name).GetString()))

              InProcess.succeed [ "predict"; at "run"; at "test.csv"; "--probabilities"; "--out"; at "said.csv" ]
              |> ignore

              let rows = File.ReadAllLines(at "said.csv") |> Array.map _.Split(',') |> Array.tail

              Expect.that
                  (rows |> Array.exists (fun row -> row[1] = "yes"))
                  "nothing is said to be of the second class"

              for row in rows do
                  Expect.equal (if float row[3] > model.Threshold then "yes" else "no") row[1]

              let labels = [| for row in 201..300 -> if kind row = "yes" then 1 else 0 |]
              let p = rows |> Array.map (fun row -> float (float32 row[3]))
              let measure threshold = Metrics.atThreshold Criterion.F1 threshold labels p
              Expect.equal (measure model.Threshold) (found.GetProperty("measure").GetDouble())
              Expect.equal (measure 0.5) (found.GetProperty("measure_at_half").GetDouble())
              let evaluated = InProcess.succeed [ "evaluate"; at "run"; at "test.csv"; "--json" ]
              use document = JsonDocument.Parse evaluated.Out
              let root = document.RootElement
              let said = rows |> Array.map (fun row -> if row[1] = "yes" then 1 else 0)
              let expected = Metrics.classes 2 labels said
              Expect.equal expected.Accuracy (root.GetProperty("accuracy").GetDouble())
              Expect.equal expected.Accuracy (results.GetProperty("test").GetProperty("accuracy").GetDouble())
              let second = (root.GetProperty "per_class")[1]
              Expect.equal expected.PerClass[1].F1 (second.GetProperty("f1").GetDouble())
              Expect.equal model.Threshold (root.GetProperty("threshold").GetProperty("above").GetDouble())
              let shown = InProcess.succeed [ "evaluate"; at "run"; at "test.csv" ]
              Expect.mentions [ "threshold 'yes' above 0." ] shown.Out
              Expect.mentions [ ", threshold 0." ] (InProcess.succeed [ "model"; "show"; at "run" ]).Out)
          test
              "A run that has come to its end keeps its threshold when it is resumed, and another one is not its own"
              (fun () ->
                  Expect.equal 0 (train place "ended" [ "--threshold"; "cost:1,4" ]).Code
                  let before = CommandLine.content (at "ended")
                  File.Delete(at "ended/model.safetensors")
                  InProcess.succeed [ "resume"; at "ended" ] |> ignore
                  Expect.equal before (CommandLine.content (at "ended"))
                  let path = at "ended/model.safetensors"
                  let model = Model.Load<float32> path
                  File.WriteAllBytes(path, ModelFile.write (model.WithThreshold 0.875))
                  let outcome = InProcess.run [ "model"; "verify"; at "ended" ]
                  Expect.equal 3 outcome.Code
                  Expect.mentions [ "not the best model of the checkpoint" ] outcome.Error)
          test "An ensemble whose members leave out rows has a threshold, too" (fun () ->
              let outcome =
                  [ "train"; at "train.csv"; "--out"; at "members"; "--epochs"; "5"; "--blas"; "managed" ]
                  @ [ "--members"; "3"; "--validation"; "folds"; "--threshold"; "youden" ]
                  |> InProcess.run

              Expect.equal 0 outcome.Code
              // No rows are left to measure it on.
              Expect.mentions [ "'yes' above 0."; ", by youden\n" ] outcome.Out
              use record = read (at "members/run.json")
              let found = record.RootElement.GetProperty("results").GetProperty "threshold"
              Expect.equal JsonValueKind.Null (found.GetProperty "measure").ValueKind)
          test "One that parts no rows is told" (fun () ->
              let outcome = train place "one-sided" [ "--threshold"; "cost:1000000,1" ]
              Expect.equal 0 outcome.Code
              Expect.mentions [ "at the threshold, 'yes' above 0"; "all test rows are of one class" ] outcome.Error
              let parting = train place "parting" [ "--threshold"; "youden" ]
              Expect.that (not (parting.Error.Contains "of one class")) parting.Error)
          test "Without the option there is none" (fun () ->
              Expect.equal 0 (train place "plain" []).Code
              use record = read (at "plain/run.json")
              let none = record.RootElement.GetProperty("results").GetProperty "threshold"
              Expect.equal JsonValueKind.Null none.ValueKind)
          each
              "What has no threshold is refused with a sentence"
              [ "train.csv", [ "f2" ], "--threshold: f2 (did you mean f1?)"
                "train.csv", [ "loss" ], "--threshold: loss (must be one of: f1, youden, accuracy, cost:A,B)"
                "train.csv",
                [ "cost:1" ],
                "--threshold: cost:1 (must be two costs above 0 behind cost:, as in cost:1,5)"
                "train.csv", [ "cost:0,1" ], "--threshold: cost:0,1 (must be two costs above 0"
                "train.csv", [ "cost:A,B" ], "--threshold: cost:A,B (must be two costs above 0"
                "train.csv",
                [ "f1"; "--validation"; "none" ],
                "--threshold: no rows to validate with (needs --validation)"
                "train.csv", [ "f1"; "--loss"; "hinge" ], "--threshold: --loss hinge gives no probabilities"
                "three.csv", [ "f1" ], "--threshold: 'kind' has 3 classes, and a threshold parts two"
                "values.csv", [ "f1" ], "--threshold: 'y' is taken for a value, and a threshold parts two classes"
                "sorted.csv",
                [ "f1"; "--validation"; "last:0.2" ],
                "--threshold: all 8 rows to validate with are 'k1' (it is chosen on rows of both classes)" ]
              (fun (data: string, words: string list, expected: string) ->
                  let outcome =
                      [ "train"; at data; "--out"; at "never"; "--members"; "1"; "--threshold" ] @ words
                      |> InProcess.run

                  Expect.equal 2 outcome.Code
                  Expect.mentions [ expected ] outcome.Error
                  Expect.that (not (Directory.Exists(at "never"))) "something was written")
          each
              "A study refuses what none of its runs can have before the first of them"
              [ "three.csv", [ "--threshold"; "f1" ], "--threshold: 'kind' has 3 classes, and a threshold parts two"
                "three.csv", [ "--interval"; "0.9" ], "--interval: 'kind' is taken for classes" ]
              (fun (data: string, words: string list, expected: string) ->
                  for study in [ [ "search"; at data; "--trials"; "3" ]; [ "compare"; "optimizers"; at data ] ] do
                      let outcome = InProcess.run (study @ [ "--out"; at "never" ] @ words)
                      Expect.equal 2 outcome.Code
                      Expect.equal 1 (outcome.Error.TrimEnd().Split('\n').Length)
                      Expect.mentions [ expected ] outcome.Error
                      Expect.that (not (Directory.Exists(at "never"))) "something was written") ])
