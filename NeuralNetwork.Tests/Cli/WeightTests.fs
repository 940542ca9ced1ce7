/// nn train --weights: rows that count by a column of theirs.
module NeuralNetwork.Tests.Cli.WeightTests

open System.IO
open System.Text.Json
open NeuralNetwork.Tests

/// Two rows of three say the opposite of the others, and count nothing.
let private kind (row: int) : string =
    let isHigh = row * 37 % 100 > 50
    if isHigh = (row % 3 = 0) then "high" else "low"

let private line (row: int) (weight: string) : string = $"{row * 37 % 100},{weight},{kind row}"

let private table (weight: int -> string) : string list = "x,w,kind" :: [ for row in 1..120 -> line row (weight row) ]

let private prepare (place: Workplace) =
    Tables.write place "alike.csv" (table (fun _ -> "3"))
    Tables.write place "counted.csv" (table (fun row -> if row % 3 = 0 then "0.75" else "0"))
    Tables.write place "greater.csv" (table (fun row -> if row % 3 = 0 then "768" else "0"))
    Tables.write place "true.csv" ("x,kind" :: [ for x in 0..99 -> $"""{x},{if x > 50 then "high" else "low"}""" ])
    Tables.write place "values.csv" ("x,w,y" :: [ for row in 1..60 -> $"{row},{row % 4},{row * 2}.5" ])

    Tables.write
        place
        "uneven.csv"
        ("x,w,product,kind"
         :: [ for row in 1..120 ->
                  let weight = float (1 + row % 5)
                  let product = if kind row = "low" then 4.0 * weight else weight
                  $"{row * 37 % 100},{weight},{product},{kind row}" ])

    for name, weight in [ "text", "much"; "gaps", ""; "negative", "-1"; "infinite", "1e999"; "nothing", "0" ] do
        Tables.write place $"{name}.csv" (table (fun row -> if name = "nothing" || row = 7 then weight else "1"))

let private options = [ "--epochs"; "40"; "--members"; "1"; "--blas"; "managed"; "--validation"; "0.2" ]

let tests =
    workplaceWith "Weights" prepare (fun place ->
        let at = place.At
        let train data run more = Tables.train place data run (options @ more)
        let model run = place.Bytes $"{run}/model.safetensors"

        let expectAccuracy (least: float) run =
            let outcome = InProcess.succeed [ "evaluate"; at run; at "true.csv"; "--json" ]
            use document = JsonDocument.Parse outcome.Out
            let found = document.RootElement.GetProperty("accuracy").GetDouble()
            Expect.that (found > least) $"{found}"

        [ test "Rows that all count the same are learned as rows without weights, in every bit" (fun () ->
              train "alike.csv" "alike" [ "--weights"; "w" ] |> Tables.succeed |> ignore
              train "alike.csv" "ignored" [ "--ignore"; "w" ] |> Tables.succeed |> ignore
              Expect.equal (model "ignored") (model "alike")
              Expect.equal (place.Timeless "ignored/history.csv") (place.Timeless "alike/history.csv"))
          test "What counts nothing is not learned, and only ratios of weights count" (fun () ->
              let outcome = train "counted.csv" "counted" [ "--weights"; "w" ] |> Tables.succeed
              Expect.mentions [ "'w' has sample weights" ] outcome.Error
              expectAccuracy 0.95 "counted"
              train "greater.csv" "greater" [ "--weights"; "w" ] |> Tables.succeed |> ignore
              Expect.equal (model "counted") (model "greater")
              // With every row counted, the two thirds that say the opposite are believed.
              train "counted.csv" "uncounted" [ "--ignore"; "w" ] |> Tables.succeed |> ignore

              let loss run =
                  let results = (place.Json $"{run}/run.json").GetProperty "results"
                  results.GetProperty("validation").GetProperty("loss").GetDouble()

              let counted, uncounted = loss "counted", loss "uncounted"
              Expect.that (counted < 0.5 * uncounted) $"{counted}, {uncounted}")
          test "Weights of rows count in folds, and are multiplied with those of classes" (fun () ->
              let more = [ "--weights"; "w"; "--members"; "3"; "--validation"; "folds" ]

              let run =
                  options
                  |> List.filter (fun word -> not (List.contains word [ "--members"; "1"; "--validation"; "0.2" ]))

              Tables.train place "counted.csv" "folds" (run @ more) |> Tables.succeed |> ignore
              expectAccuracy 0.9 "folds"

              // A class that counts 3 is one whose rows count 3 times as much.
              train "uneven.csv" "product" [ "--weights"; "product"; "--ignore"; "w" ] |> Tables.succeed |> ignore

              train "uneven.csv" "factors" [ "--weights"; "w"; "--ignore"; "product"; "--class-weights"; "1,4" ]
              |> Tables.succeed
              |> ignore

              let answers run =
                  Tables.predict place run "true.csv" $"{run}.csv" |> Tables.succeed |> ignore
                  File.ReadAllText(at $"{run}.csv")

              // Adam does not see by what all weights are multiplied, but for its ε.
              Expect.equal (answers "product") (answers "factors")

              train "uneven.csv" "rows-alone" [ "--weights"; "w"; "--ignore"; "product" ]
              |> Tables.succeed
              |> ignore

              Expect.that (answers "rows-alone" <> answers "factors") "weights of classes do not count")
          test "Values have weights, too, and a run goes on with them to the same bits" (fun () ->
              train "values.csv" "values" [ "--weights"; "w"; "--task"; "regression" ] |> Tables.succeed |> ignore
              let short = [ "--weights"; "w"; "--task"; "regression"; "--epochs"; "5" ]
              let begun = Tables.train place "values.csv" "begun" (options[2..] @ short)
              begun |> Tables.succeed |> ignore
              InProcess.succeed [ "resume"; at "begun"; "--epochs"; "40" ] |> ignore
              Expect.equal (model "values") (model "begun")
              // The column is not asked for where rows are predicted.
              Tables.write place "rows.csv" [ "x"; "3"; "4" ]
              Tables.predict place "values" "rows.csv" "said.csv" |> Tables.succeed |> ignore
              Expect.equal 3 (File.ReadAllLines(at "said.csv")).Length)
          test "The gradient of weighted rows is checked" (fun () ->
              let outcome =
                  InProcess.succeed [ "gradcheck"; at "values.csv"; "--weights"; "w"; "--task"; "regression" ]

              Expect.mentions [ "1-128-1, relu, squared-error, weights" ] outcome.Out)
          each
              "What is no weight is refused with a sentence"
              [ "text.csv",
                3,
                "line 8, column 'w': 'much' is no weight (--weights needs a number from 0 on for every row)"
                "gaps.csv", 3, "missing (--weights needs a number for every row)"
                "negative.csv", 3, "'-1' is no weight"
                "infinite.csv", 3, "'1e999' is no weight"
                "nothing.csv", 2, "--weights: all training rows have the weight 0 (nothing would be learned)" ]
              (fun (data: string, code: int, words: string) ->
                  let outcome = train data "never" [ "--weights"; "w" ]
                  Expect.equal code outcome.Code
                  Expect.mentions [ words ] outcome.Error
                  Expect.that (not (Directory.Exists(at "never"))) "something was written")
          test "The column of weights has to be there, and to be another one than the target" (fun () ->
              let refused code more words =
                  let outcome = train "alike.csv" "never" more
                  Expect.equal code outcome.Code
                  Expect.mentions words outcome.Error

              refused
                  2
                  [ "--weights"; "kind" ]
                  [ "--weights: column 'kind' is the target (--target names another one)" ]

              refused 3 [ "--weights"; "v" ] [ "--weights: "; "'v'" ]) ])
