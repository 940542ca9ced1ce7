/// Missing cells: filled in, left out, refused, and counted.
module NeuralNetwork.Tests.Cli.MissingCellTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private gaps (count: int) =
    "x,z,kind"
    :: [ for row in 1..40 -> (if row <= count then "" else string row) + $",{row % 7},k{row % 2}" ]

let tests =
    workplace "MissingCell" (fun place ->
        let at = place.At
        let write = Tables.write place
        let readWith = Tables.readWith place
        let train = Tables.train place

        [ test
              "Missing cells become the mean or the median of the training rows, or their rows are left out"
              (fun () ->
                  let rows = [ "x,y"; "1,a"; "2,b"; ",a"; "9,b"; "?,a"; "4,b" ]
                  write "missing.csv" rows

                  let sample missing =
                      readWith
                          (TableOrder(null, Nullable(), ColumnNames.None, ColumnNames.None, missing))
                          "missing.csv"

                  Expect.equal [| 1.0; 2.0; 9.0; 4.0 |] (doubles (sample MissingCells.Drop).Features)

                  for name, expected in [ "mean", 4.0; "median", 3.0 ] do
                      succeed (train "missing.csv" $"missing-{name}" [ "--missing"; name; "--validation"; "none" ])
                      |> ignore

                      match ModelFile.read (File.ReadAllBytes(at $"missing-{name}/model.safetensors")) with
                      | Ok(AnyModel.Single model) ->
                          Expect.equal [ Column.Number("x", expected) ] model.Preprocessing.Columns
                          let filled = [| 1.0; 2.0; expected; 9.0; expected; 4.0 |]
                          Expect.within 1e-12 (Array.average filled) model.Preprocessing.Shift[0]
                      | _ -> Expect.fail "no model")
          test "Rows left out for their targets are counted by what these read" (fun () ->
              let name row =
                  if row % 4 = 0 then "None"
                  elif row % 10 = 1 then ""
                  else $"k{row % 2}"

              write "none.csv" ("x,y" :: [ for row in 1..40 -> $"{row}.5,{name row}" ])
              let outcome = succeed (train "none.csv" "none-dropped" [ "--missing"; "drop" ])

              Expect.mentions
                  [ "14 of 40 rows left out"; "14 of them because the target reads 'None' (10) or '' (4)" ]
                  outcome.Error)
          test
              "A model trained with rows left out is evaluated on the whole rows, says how many, and predicts for every row or refuses"
              (fun () ->
                  write "gaps.csv" (gaps 3)
                  let run arguments = InProcess.run arguments

                  let trained =
                      run [ "train"; at "gaps.csv"; "--missing"; "drop"; "--epochs"; "2"; "--out"; at "dropped" ]

                  Expect.that (trained.Code = 0) trained.Error
                  Expect.mentions [ "3 of 40 rows left out" ] trained.Error
                  let evaluated = run [ "evaluate"; at "dropped"; at "gaps.csv"; "--json" ]
                  Expect.that (evaluated.Code = 0) evaluated.Error
                  Expect.mentions [ "3 of 40 rows left out" ] evaluated.Error
                  Expect.equal 37 (JsonDocument.Parse(evaluated.Out).RootElement.GetProperty("rows").GetInt32())
                  let refused = run [ "evaluate"; at "dropped"; at "gaps.csv"; "--missing"; "refuse" ]
                  Expect.mentions [ "line 2, column 'x'"; "--missing drop" ] refused.Error
                  Expect.equal 3 refused.Code
                  let predicted = run [ "predict"; at "dropped"; at "gaps.csv" ]

                  Expect.mentions
                      [ "line 2, column 'x'"; "every row needs an answer"; "--missing mean or median" ]
                      predicted.Error

                  Expect.equal 3 predicted.Code) ])
