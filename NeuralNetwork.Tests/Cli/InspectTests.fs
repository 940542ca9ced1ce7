/// nn data inspect: what is in each column, and what may be wrong.
module NeuralNetwork.Tests.Cli.InspectTests

open System.Text.Json
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let tests =
    workplace "Inspect" (fun place ->
        let at = place.At
        let write = Tables.write place

        [ test
              "Inspecting says of an empty column how to leave it out, and of a separator that it looks like another"
              (fun () ->
                  write "empty.csv" ("x,c,y" :: [ for row in 1..30 -> $"{row}.5,,{row % 2}" ])
                  let outcome = succeed (InProcess.run [ "data"; "inspect"; at "empty.csv" ])
                  Expect.mentions [ "'c' is empty in every row: --ignore c" ] outcome.Out
                  Expect.that (not (outcome.Out.Contains "--missing")) outcome.Out
                  write "quoted.csv" ("x,\"a;b\",y" :: [ for row in 1..30 -> $"{row},\"k;l\",{row % 2}" ])
                  let outcome = InProcess.run [ "data"; "inspect"; at "quoted.csv"; "--separator"; "semicolon" ]
                  Expect.equal 3 outcome.Code
                  Expect.mentions [ "--separator semicolon was given, and comma found" ] outcome.Error)
          test "Inspecting says what is in each column and what may be wrong" (fun () ->
              write
                  "doubtful.csv"
                  (List.concat
                      [ [ "id,price,constant,copy,kind" ]
                        [ for row in 1..40 -> $"{row + 100},\"{row},5\",1,{row % 2},k{row % 2}" ]
                        [ "141,\"1,5\",1,1,k1" ] ])

              let outcome = succeed (InProcess.run [ "data"; "inspect"; at "doubtful.csv"; "--json" ])
              let document = (JsonDocument.Parse outcome.Out).RootElement

              let findings (name: string) =
                  (document.GetProperty "columns").EnumerateArray()
                  |> Seq.find (fun column -> (column.GetProperty "name").GetString() = name)
                  |> fun column -> (column.GetProperty "findings").ToString()

              Expect.mentions [ "41 decimal commas" ] (findings "price")
              Expect.mentions [ "constant" ] (findings "constant")
              Expect.mentions [ "'copy' alone says" ] ((document.GetProperty "findings").ToString())
              Expect.equal 41 ((document.GetProperty "rows").GetInt32())

              let weights =
                  [ for one in (document.GetProperty "classes").EnumerateArray() ->
                        (one.GetProperty "weight").GetDouble() * float ((one.GetProperty "rows").GetInt32()) ]

              Expect.within 1e-9 41.0 (List.sum weights))
          test
              "A whole number of its own in every row and a text of its own in nearly every row are like an id"
              (fun () ->
                  let row number =
                      $"{number + 100},n{min number 98},{number % 50},{number}.5,t{number % 50},{number % 2}"

                  write "ids.csv" ("whole,text,half,decimal,category,kind" :: [ for number in 1..100 -> row number ])
                  let outcome = succeed (InProcess.run [ "data"; "inspect"; at "ids.csv"; "--json" ])

                  let found =
                      [ for column in
                            ((JsonDocument.Parse outcome.Out).RootElement.GetProperty "columns").EnumerateArray() do
                            if (column.GetProperty "findings").ToString().Contains "like an id" then
                                string ((column.GetProperty "name").GetString()) ]

                  Expect.equal [ "whole"; "text" ] found) ])
