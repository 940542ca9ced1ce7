/// Cross-validation, groups and times at the command line, and tables written in parts.
module NeuralNetwork.Tests.Cli.FoldRunTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private patients = 20

/// Visits of patients, in no order of time: the patient says much of the answer.
let private prepare (place: Workplace) =
    let random = Random 5

    let visits =
        [ for patient in 1..patients do
              let level = 2.0 * random.NextDouble() - 1.0

              for _ in 1 .. 1 + patient % 6 do
                  let x = level + 0.4 * random.NextDouble()
                  let day = DateTime(2024, 1, 1).AddDays(float (random.Next 300)).ToString "yyyy-MM-dd"
                  let answer = if x + 0.5 * random.NextDouble() > 0.2 then "ill" else "well"
                  patient, $"p{patient},{number x},{number (random.NextDouble())},{day},{answer}" ]
        |> List.sortBy (fun _ -> random.Next())

    write place "visits.csv" ("patient,x,z,day,answer" :: List.map snd visits)

    write
        place
        "plane.csv"
        ("x,y"
         :: [ for row in 1..60 ->
                  $"{number (float (row * 37 % 60))},{number (3.0 * float (row * 37 % 60) + float (row % 5))}" ])

let private table (path: string) =
    let rows = File.ReadAllLines path |> Array.map (fun line -> line.Split ',')
    let at (name: string) = Array.IndexOf(rows[0], name)
    rows[1..], at

let private spread (values: float[]) =
    let mean = Array.average values
    mean, sqrt (Array.sumBy (fun value -> (value - mean) * (value - mean)) values / float (values.Length - 1))

let private numbers (element: JsonElement) = [| for one in element.EnumerateArray() -> one.GetDouble() |]

let tests =
    workplaceWith "FoldRun" prepare (fun place ->
        let at = place.At
        let train data run more = succeed (train place data run ([ "--blas"; "managed" ] @ more))
        let bytes name = File.ReadAllBytes(at name)

        let refused (code: int) (words: string list) (outcome: Outcome) =
            Expect.equal code outcome.Code
            Expect.mentions words outcome.Error

        let visits = lazy (File.ReadAllLines(at "visits.csv")[1..] |> Array.map (fun line -> line.Split ','))

        let scores (run: string) = (place.Json $"{run}/run.json").GetProperty "cross_validation"

        let isEachRowOnce (rows: string[][]) =
            Expect.equal [| 0 .. visits.Value.Length - 1 |] (rows |> Array.map (fun row -> int row[0]))

        [ states
              [ 91 ]
              (test "Folds have every row predicted once, and their scores are those of the predictions" (fun () ->
                  let outcome = train "visits.csv" "folds" [ "--folds"; "4" ]
                  Expect.mentions [ "rows not seen"; "±"; "(4 folds)"; "95 % interval" ] outcome.Out
                  let rows, column = table (at "folds/out-of-fold.csv")
                  isEachRowOnce rows
                  let isRight (row: string[]) = row[column "target"] = row[column "prediction"]
                  let share rows = rows |> Array.averageBy (fun row -> if isRight row then 1.0 else 0.0)
                  let probability (row: string[]) = float row[column "probability_ill"]
                  let isIll (row: string[]) = row[column "target"] = "ill"
                  let auc rows = Metrics.auc (Array.map isIll rows) (Array.map probability rows)

                  for row in rows do
                      Expect.equal visits.Value[int row[0]].[4] row[column "target"]

                  let byFold = rows |> Array.groupBy (fun row -> int row[column "fold"]) |> Array.sortBy fst
                  Expect.equal [| 1; 2; 3; 4 |] (Array.map fst byFold)

                  for name, measure in [ "accuracy", share; "auc", auc ] do
                      let found = (scores "folds").GetProperty("scores").GetProperty name
                      let each = byFold |> Array.map (snd >> measure)
                      let mean, deviation = spread each

                      for expected, actual in Array.zip each (numbers (found.GetProperty "each")) do
                          Expect.within 1e-12 expected actual

                      Expect.within 1e-12 mean (found.GetProperty("mean").GetDouble())
                      Expect.within 1e-12 deviation (found.GetProperty("deviation").GetDouble())

                  let pooled = (scores "folds").GetProperty "out_of_fold"
                  Expect.within 1e-12 (share rows) (pooled.GetProperty("accuracy").GetDouble())
                  Expect.within 1e-12 (auc rows) (pooled.GetProperty("auc").GetDouble())

                  match numbers (pooled.GetProperty "auc_interval") with
                  | [| low; high |] -> Expect.between low high (auc rows)
                  | other -> Expect.fail $"%A{other}"

                  Expect.mentions
                      [ "Cross-validation"; "mean ± deviation" ]
                      (File.ReadAllText(at "folds/report.html"))))
          test
              "A fold is a run like any other: nn train --fold makes the same model, and nn predict says the same"
              (fun () ->
                  train "visits.csv" "whole" [ "--folds"; "3"; "--seed"; "4" ] |> ignore
                  train "visits.csv" "second" [ "--folds"; "3"; "--seed"; "4"; "--fold"; "2" ] |> ignore
                  Expect.equal (bytes "whole/folds/2/model.safetensors") (bytes "second/model.safetensors")
                  succeed (predict place "whole/folds/2" "visits.csv" "second.csv") |> ignore
                  let said = table (at "second.csv") |> fst |> Array.map (fun row -> row[1])
                  let rows, column = table (at "whole/out-of-fold.csv")

                  for row in rows do
                      if row[column "fold"] = "2" then
                          Expect.equal said[int row[0]] row[column "prediction"])
          states
              [ 91 ]
              (test "A run that was interrupted in its folds goes on to the same bytes" (fun () ->
                  let options = [ "--folds"; "3"; "--seed"; "6" ]
                  train "visits.csv" "unbroken" options |> ignore
                  train "visits.csv" "broken" options |> ignore

                  for name in
                      [ "run.json"; "report.html"; "model.safetensors"; "checkpoint.safetensors"; "out-of-fold.csv" ] do
                      File.Delete(at $"broken/{name}")

                  Directory.Delete(at "broken/folds/3", true)
                  File.Delete(at "broken/folds/2/run.json")
                  let outcome = InProcess.succeed [ "resume"; at "broken" ]
                  Expect.mentions [ "fold 1 of 3"; "kept" ] outcome.Error

                  for name in [ "model.safetensors"; "out-of-fold.csv"; "folds/3/model.safetensors" ] do
                      Expect.equal (bytes $"unbroken/{name}") (bytes $"broken/{name}")

                  let again = InProcess.succeed [ "resume"; at "broken" ]
                  Expect.mentions [ "nothing is left to do" ] again.Error
                  refused 2 [ "--epochs"; "--folds" ] (InProcess.run [ "resume"; at "broken"; "--epochs"; "9" ])))
          test "A run that takes the place of one with folds leaves nothing of them" (fun () ->
              train "visits.csv" "taken" [ "--folds"; "2" ] |> ignore
              train "visits.csv" "taken" [ "--force" ] |> ignore
              Expect.that (not (Directory.Exists(at "taken/folds"))) "folds are there"
              Expect.that (not (File.Exists(at "taken/out-of-fold.csv"))) "predictions are there"
              Expect.equal JsonValueKind.Null (scores "taken").ValueKind)
          test "Patients stay together, and who they are is not learned" (fun () ->
              train "visits.csv" "grouped" [ "--folds"; "4"; "--group"; "patient"; "--ignore"; "day" ] |> ignore
              let rows, column = table (at "grouped/out-of-fold.csv")
              isEachRowOnce rows

              for patient, own in rows |> Array.groupBy (fun row -> visits.Value[int row[0]].[0]) do
                  let folds = own |> Array.map (fun row -> row[column "fold"]) |> Array.distinct
                  Expect.that (folds.Length = 1) $"{patient} is in folds %A{folds}"

              write place "strangers.csv" [ "x,z"; "0.5,0.1" ]
              succeed (predict place "grouped" "strangers.csv" "strangers-said.csv") |> ignore)
          test
              "With times every fold lies behind the rows it is measured by, and rows of the first stretch are not measured"
              (fun () ->
                  train "visits.csv" "timed" [ "--folds"; "3"; "--time"; "day" ] |> ignore
                  let rows, column = table (at "timed/out-of-fold.csv")
                  let day (row: string[]) = visits.Value[int row[0]].[3]
                  Expect.equal (3 * (visits.Value.Length / 4)) rows.Length

                  for fold in 2..3 do
                      let days fold =
                          rows |> Array.filter (fun row -> row[column "fold"] = string fold) |> Array.map day

                      Expect.atMost (Array.min (days fold)) (Array.max (days (fold - 1)))

                  train "visits.csv" "last" [ "--validation"; "last:0.1" ] |> ignore
                  Expect.equal "last:0.1" (string ((place.Json "last/config.json").GetProperty "validation")))
          each
              "What does not go together is refused"
              [ [ "--folds"; "1" ], [ "--folds"; "1" ]
                [ "--fold"; "2" ], [ "--fold"; "--folds" ]
                [ "--folds"; "3"; "--fold"; "4" ], [ "--fold"; "3 folds" ]
                [ "--folds"; "21"; "--group"; "patient" ], [ "--folds"; "group" ]
                [ "--group"; "patient"; "--time"; "day" ], [ "--time"; "--group" ]
                [ "--group"; "patient"; "--validation"; "last:0.2" ], [ "--validation"; "--group" ]
                [ "--time"; "day"; "--validation"; "folds" ], [ "--validation"; "--time" ]
                [ "--validation"; "last:2" ], [ "--validation"; "between 0 and 1" ]
                [ "--group"; "answer" ], [ "--group"; "target" ] ]
              (fun (options, words) ->
                  refused
                      2
                      words
                      (InProcess.run ([ "train"; at "visits.csv"; "--out"; at "never"; "--epochs"; "1" ] @ options)))
          test "Studies have no folds" (fun () ->
              let study = [ "compare"; "activations"; at "visits.csv"; "--values"; "relu,tanh"; "--folds"; "3" ]
              refused 2 [ "--folds"; "study" ] (InProcess.run (study @ [ "--out"; at "study" ])))
          test "A cell that says no group, or no time, is named" (fun () ->
              write place "gaps.csv" [ "g,t,x,y"; "a,1,1,k"; ",2,2,l"; "b,soon,3,k"; "c,4,4,l" ]
              let run option name = InProcess.run [ "train"; at "gaps.csv"; "--out"; at "gaps"; option; name ]
              refused 3 [ "gaps.csv"; "line 3"; "--group" ] (run "--group" "g")
              refused 3 [ "gaps.csv"; "line 4"; "--time" ] (run "--time" "t"))
          test "Rows that are measured on and learned from are worth a warning" (fun () ->
              write place "twice.csv" ("x,y" :: [ for row in 1..60 -> $"{row % 30},k{row % 2}" ])

              let outcome = train "twice.csv" "twice" [ "--validation"; "0.3"; "--preset"; "none" ]
              Expect.mentions [ "warning"; "validation rows are among the training rows"; "--group" ] outcome.Error
              let folds = train "twice.csv" "twice-folds" [ "--members"; "3"; "--validation"; "folds" ]
              Expect.mentions [ "warning"; "their member learns from" ] folds.Error)
          test "An evaluation has its doubt, and says where a model is no better than guessing" (fun () ->
              train "visits.csv" "judged" [ "--epochs"; "40"; "--ignore"; "day,patient" ] |> ignore

              let document =
                  JsonDocument.Parse((InProcess.succeed [ "evaluate"; at "judged"; at "visits.csv"; "--json" ]).Out)

              let found = document.RootElement

              for name in [ "accuracy"; "auc" ] do
                  match numbers (found.GetProperty $"{name}_interval") with
                  | [| low; high |] -> Expect.between low high (found.GetProperty(name).GetDouble())
                  | other -> Expect.fail $"%A{other}"

              let again = (InProcess.succeed [ "evaluate"; at "judged"; at "visits.csv"; "--json" ]).Out
              Expect.equal (string found) (string (JsonDocument.Parse(again).RootElement))
              write place "coins.csv" ("x,y" :: [ for row in 1..80 -> $"{row * 7919 % 80},k{row * row % 7 % 2}" ])
              train "coins.csv" "coins" [ "--epochs"; "1"; "--lr"; "1e-9"; "--preset"; "none" ] |> ignore
              let said = InProcess.succeed [ "evaluate"; at "coins"; at "coins.csv" ]
              Expect.mentions [ "warning"; "better than guessing" ] said.Error
              train "plane.csv" "values" [] |> ignore
              let values = InProcess.succeed [ "evaluate"; at "values"; at "plane.csv" ]
              Expect.mentions [ "R2"; "95 % interval" ] values.Out)
          test
              "A table is written in parts, each row in one of them, groups as a whole, and nothing is overwritten"
              (fun () ->
                  let split more =
                      InProcess.run (
                          [ "data"; "split"; at "visits.csv"; "--out"; at "parts"; "--group"; "patient" ] @ more
                      )

                  succeed (split []) |> ignore
                  let names = [ "train"; "validation"; "test" ]
                  let lines name = File.ReadAllLines(at $"parts/{name}.csv")
                  let all = names |> List.map (lines >> Array.skip 1)

                  Expect.equal
                      (File.ReadAllLines(at "visits.csv")[1..] |> Array.sort)
                      (Array.concat all |> Array.sort)

                  for name in names do
                      Expect.equal "patient,x,z,day,answer" (lines name).[0]
                      Expect.that ((lines name).Length > 1) $"{name} is empty"

                  let patients = all |> List.map (Array.map (fun line -> line.Split(',').[0]) >> Set.ofArray)
                  Expect.equal (Set.unionMany patients).Count (List.sumBy Set.count patients)
                  let before = bytes "parts/train.csv"
                  refused 2 [ "--out"; "train.csv"; "--force" ] (split [ "--seed"; "9" ])
                  Expect.equal before (bytes "parts/train.csv")
                  succeed (split [ "--force" ]) |> ignore
                  Expect.equal before (bytes "parts/train.csv")

                  refused
                      2
                      [ "--validation"; "no rows are left" ]
                      (split [ "--force"; "--test"; "0.5"; "--validation"; "0.5" ]))
          test "Of a split, no file of another one is left, and none is written where one may not be" (fun () ->
              let split out more =
                  InProcess.run ([ "data"; "split"; at "gaps.csv"; "--out"; at out; "--target"; "y" ] @ more)

              File.WriteAllLines(
                  at "gaps.csv",
                  "x,y" :: [ for row in 1..40 -> if row = 7 then ",1" else $"{row},{row % 2}" ]
              )

              succeed (split "again" []) |> ignore
              let rows name = File.ReadAllLines(at $"again/{name}.csv").Length - 1
              Expect.equal 40 (rows "train" + rows "validation" + rows "test")
              let outcome = split "again" [ "--test"; "none"; "--force" ]
              Expect.mentions [ "test.csv is removed" ] (succeed outcome).Error
              Expect.that (not (File.Exists(at "again/test.csv"))) "rows of the split before are there"
              Expect.equal 40 (rows "train" + rows "validation")
              Directory.CreateDirectory(at "taken/test.csv") |> ignore
              refused 2 [ "is a folder" ] (split "taken" [ "--force" ])
              Expect.that (not (File.Exists(at "taken/train.csv"))) "a part is written")
          test "A table in the order of time is written with its last rows apart" (fun () ->
              let options = [ "--time"; "day"; "--test"; "0.25"; "--validation"; "none"; "--out"; at "late" ]
              InProcess.succeed ([ "data"; "split"; at "visits.csv" ] @ options) |> ignore

              let days name =
                  File.ReadAllLines(at $"late/{name}.csv")[1..] |> Array.map (fun line -> line.Split(',').[3])

              Expect.atMost (Array.min (days "test")) (Array.max (days "train"))
              Expect.that (not (File.Exists(at "late/validation.csv"))) "there are rows to validate with")
          test "A comparison says whether the first is ahead by more than chance" (fun () ->
              let compare more out =
                  InProcess.succeed (
                      [ "compare"; "optimizers"; at "plane.csv"; "--values"; "adam@0.03,adam@1e-6"; "--epochs"; "30" ]
                      @ [ "--hidden"; "8"; "--output-init"; "zeros"; "--out"; at out ]
                      @ [ "--preset"; "none"; "--validation"; "0.3" ]
                      @ more
                  )

              Expect.mentions [ "from one seed"; "--seeds 5" ] (compare [] "one").Error
              let outcome = compare [ "--seeds"; "4" ] "four"

              Expect.mentions
                  [ "adam@0.03 is ahead in validation loss of all others by more than chance"; "4 seeds" ]
                  outcome.Error

              let found = (place.Json "four/results.json").GetProperty "difference"
              Expect.equal "adam@0.03" (string (found.GetProperty "first"))
              let other = found.GetProperty("others").[0]
              Expect.that (not (other.GetProperty("within_doubt").GetBoolean())) "within doubt"
              // The same by hand, from the scores of the runs.
              let runs = (place.Json "four/results.json").GetProperty "variants"

              let losses =
                  [| for variant in runs.EnumerateArray() ->
                         [| for run in variant.GetProperty("runs").EnumerateArray() ->
                                run.GetProperty("results").GetProperty("validation").GetProperty("loss").GetDouble() |] |]

              let differences = Array.map2 (-) losses[1] losses[0]
              let p = Metrics.pairedDoubt differences (18.0 / 42.0)
              Expect.within 1e-12 p (other.GetProperty("p").GetDouble())) ])
