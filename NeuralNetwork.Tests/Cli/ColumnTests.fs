/// What the columns of a table are taken for, and what is said of them.
module NeuralNetwork.Tests.Cli.ColumnTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let tests =
    workplace "Column" (fun place ->
        let at = place.At
        let write = Tables.write place
        let read = Tables.read place
        let readWith = Tables.readWith place
        let train = Tables.train place

        [ test "Whole numbers of few different values are classes in their order, below 0, too" (fun () ->
              let learn (names: string list) =
                  let names = Array.ofList names
                  write "whole.csv" ("x,y" :: [ for row in 1..40 -> $"{row}.5,{names[row % names.Length]}" ])
                  let sample = read "whole.csv"

                  match sample.Schema.Learned with
                  | :? Learned.Classes as classes ->
                      classes.Names, labels sample |> Array.map (Array.get classes.Names)
                  | _ -> [||], [||]

              for given, sorted in
                  [ [ "-1"; "1" ], [| "-1"; "1" |]
                    [ "0"; "1"; "-1" ], [| "-1"; "0"; "1" |]
                    [ "10"; "-1"; "9"; "100" ], [| "-1"; "9"; "10"; "100" |] ] do
                  let names, rows = learn given
                  Expect.equal sorted names
                  Expect.equal [| for row in 1..40 -> given[row % given.Length] |] rows)
          test
              "Labels of which some are texts are texts where classes are asked for, and numbers are numbers"
              (fun () ->
                  let learn (names: string list) =
                      write "mixed.csv" ("x,y" :: [ for row in 0..29 -> $"{row}.5,{names[row % names.Length]}" ])

                      let order =
                          TableOrder(null, Nullable true, ColumnNames.None, ColumnNames.None, MissingCells.Refuse)

                      match (readWith order "mixed.csv").Schema.Learned with
                      | :? Learned.Classes as classes -> classes.Names
                      | _ -> [||]

                  Expect.equal [| "1"; "2"; "three" |] (learn [ "2"; "1"; "three" ])
                  Expect.equal [| "1.5"; "beta" |] (learn [ "1.5"; "beta" ])
                  Expect.equal [| "-3"; "2"; "10" |] (learn [ "10"; "2.0"; "2"; "-3" ]))
          test "Names of columns may have commas: in quotes among others, as they stand, and as JSON" (fun () ->
              let row number = $"{number}.5,n{number % 3},{number % 4},{number % 2}"
              write "commas.csv" ("x,name,\"habit, main\",y" :: [ for number in 1..30 -> row number ])

              let columns (run: string) =
                  match ModelFile.read (File.ReadAllBytes(at $"{run}/model.safetensors")) with
                  | Ok(AnyModel.Single model) -> [ for column in model.Preprocessing.Columns -> column.Title ]
                  | _ -> []

              let ignoring (run: string) (options: string list) =
                  succeed (train "commas.csv" run options) |> ignore
                  columns run

              let both = "\"habit, main\",name"
              Expect.equal [ "x" ] (ignoring "list" [ "--ignore"; both ])
              Expect.equal [ "x"; "name" ] (ignoring "bare" [ "--ignore"; "habit, main" ])
              Expect.equal [ "x"; "name" ] (ignoring "quoted" [ "--ignore"; "\"habit, main\"" ])
              File.WriteAllText(at "commas.json", "{ \"ignore\": [\"name\", \"habit, main\"] }")
              Expect.equal [ "x" ] (ignoring "array" [ "--config"; at "commas.json" ])

              // What a run says of itself gives the same run again.
              for run, expected in [ "list", [ "x" ]; "bare", [ "x"; "name" ]; "quoted", [ "x"; "name" ] ] do
                  let config = at $"{run}/config.json"
                  Expect.equal expected (ignoring $"{run}-again" [ "--config"; config ])
                  Expect.equal (File.ReadAllText config) (File.ReadAllText(at $"{run}-again/config.json"))

              let outcome = train "commas.csv" "none" [ "--ignore"; "\"habit\",name" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "no column 'habit'"; "has: x, name, \"habit, main\", y" ] outcome.Error)
          test "A column like an id is worth a warning, and how to leave it out" (fun () ->
              write "named.csv" ("id,x,my name,y" :: [ for row in 1..40 -> $"{row},{row % 9},n{row},{row % 2}" ])
              let outcome = succeed (train "named.csv" "named" [])

              let name = CommandLine.typed "my name"

              Expect.mentions
                  [ "'id': 40 different whole numbers in 40 rows, like an id (--ignore id leaves it out)"
                    $"'my name': 40 different texts in 40 rows, like an id (--ignore {name} leaves it out)" ]
                  outcome.Error

              Expect.that (not (outcome.Error.Contains "'x'")) outcome.Error)
          test "Texts are counted in the rows that are kept" (fun () ->
              let row number = $"""{(if number % 4 = 0 then "" else string (number % 9))},n{number},{number % 2}"""
              write "dropped.csv" ("x,name,y" :: [ for number in 1..60 -> row number ])
              let outcome = succeed (train "dropped.csv" "dropped" [ "--missing"; "drop" ])
              Expect.mentions [ "'name': 45 different texts in 45 rows, like an id" ] outcome.Error)
          test "Going on does not say again what a batch was cut to" (fun () ->
              write "cut.csv" ("x,y" :: [ for row in 1..30 -> $"{row}.5,{row % 2}" ])
              let begun = succeed (train "cut.csv" "cut" [ "--batch-size"; "500" ])
              Expect.mentions [ "--batch-size" ] begun.Error
              let resumed = succeed (InProcess.run [ "resume"; at "cut"; "--epochs"; "9" ])
              Expect.that (not (resumed.Error.Contains "--batch-size")) resumed.Error)
          test
              "Few rows and the usual batch are no reason for a warning, and class names with commas stand out"
              (fun () ->
                  let name row = if row % 2 = 0 then "old, wise" else "young"
                  write "few.csv" ("x,y" :: [ for row in 1..20 -> $"{row}.5,\"{name row}\"" ])
                  let usual = succeed (train "few.csv" "few" [])
                  Expect.that (not (usual.Error.Contains "--batch-size")) usual.Error
                  Expect.that (not (usual.Error.Contains "MB read")) usual.Error
                  Expect.mentions [ "2 classes: \"old, wise\", young" ] usual.Error
                  let given = succeed (train "few.csv" "few-given" [ "--batch-size"; "128" ])
                  Expect.mentions [ "--batch-size: 128 is more than the 20 training rows" ] given.Error)
          test "A column that never changes is worth a warning and has the scale 1" (fun () ->
              write "constant.csv" ("x,c,y" :: [ for row in 1..30 -> $"{row},7.1,{row % 2}" ])
              let outcome = succeed (train "constant.csv" "constant" [])
              Expect.mentions [ "warning"; "'c' is the same in every training row" ] outcome.Error

              match ModelFile.read (File.ReadAllBytes(at "constant/model.safetensors")) with
              | Ok(AnyModel.Single model) ->
                  Expect.equal 1.0 model.Preprocessing.Scale[1]
                  Expect.within 1e-12 7.1 model.Preprocessing.Shift[1]
              | _ -> Expect.fail "no model") ])
