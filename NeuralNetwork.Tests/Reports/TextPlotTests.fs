/// Charts in letters.
module NeuralNetwork.Tests.Reports.TextPlotTests

open System
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Terminal
open NeuralNetwork.Tests

let private chart (lines: float list list) =
    let line place values = ChartLine($"line {place}", [| for x, y in List.indexed values -> Dot(float (x + 1), y) |])
    LineChart("Loss", "epoch", "loss", Scale.Linear, [| for place, values in List.indexed lines -> line place values |])

let private draw colour lines = TextPlot.Of(chart lines, 20, 5, colour) |> List.ofSeq

let tests =
    group
        "TextPlot"
        [ test "A falling line goes from the upper left to the lower right, on so many rows" (fun () ->
              let rows = draw false [ [ 4.0; 0.0 ] ]
              Expect.equal 7 rows.Length
              let picture = rows[1..5] |> List.map (fun row -> row.Substring(row.Length - 20))
              Expect.that (picture[0][0] <> '\u2800' && picture[4][19] <> '\u2800') "an end is missing"
              Expect.that (picture[4][0] = '\u2800' && picture[0][19] = '\u2800') "a corner is full")
          test
              "There is nothing to see of one epoch, of numbers that are none, and of more lines than can be told apart"
              (fun () ->
                  Expect.equal [] (draw false [ [ 1.0 ] ])
                  Expect.equal [] (draw false [ [ nan; infinity; 3.0 ] ])
                  Expect.equal [] (draw false (List.replicate 3 [ 1.0; 2.0 ]))
                  Expect.equal [] (draw true (List.replicate 7 [ 1.0; 2.0 ])))
          test "Without colours there is no escape in it" (fun () ->
              let text = String.Join('\n', draw false [ [ 3.0; 1.0; 0.5 ]; [ 3.0; 2.0; 1.5 ] ])
              Expect.that (not (text.Contains '\u001B')) "an escape"

              Expect.that
                  ((String.Join('\n', draw true [ [ 3.0; 1.0 ]; [ 3.0; 2.0 ] ])).Contains "\u001B[33m")
                  "no colours") ]
