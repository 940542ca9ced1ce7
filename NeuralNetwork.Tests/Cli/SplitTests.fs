/// Rows that are set aside, at the command line.
module NeuralNetwork.Tests.Cli.SplitTests

open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let tests =
    workplace "Split" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place

        [ test "What is trained on is doubtful to validate or to test with, under another name, too" (fun () ->
              let rows = "x,y" :: [ for row in 1..30 -> $"{row},k{row % 2}" ]
              write "trained.csv" rows
              write "copied.csv" rows
              write "others.csv" ("x,y" :: [ for row in 31..60 -> $"{row},k{row % 2}" ])
              let said run options = (succeed (train "trained.csv" run options)).Error

              Expect.mentions
                  [ "warning"; "copied.csv"; "test data are the training" ]
                  (said "d1" [ "--test"; at "copied.csv" ])

              Expect.mentions
                  [ "warning"; "validation data are the training" ]
                  (said "d2" [ "--validation"; at "trained.csv" ])

              let both = said "d3" [ "--validation"; at "others.csv"; "--test"; at "others.csv" ]
              Expect.that (not (both.Contains "training data (")) both) ])
