/// What comparisons measure besides scores: the gap, the noise of gradients, networks that cannot learn.
module NeuralNetwork.Tests.Cli.StudyTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

let private small = [ "--hidden"; "8"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

let private succeed = InProcess.succeed

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

let private column (name: string) (table: string list list) =
    table.Tail |> List.map (List.item (List.findIndex ((=) name) table.Head))

let private numbers name table =
    column name table |> List.map (fun cell -> Double.Parse(cell, CultureInfo.InvariantCulture))

let tests =
    workplaceWith "Study" prepare (fun place ->
        let at, rows = place.At, place.Rows
        let compare what out more = succeed ([ "compare"; what; at "data"; "--out"; at out ] @ small @ more)
        let results run = JsonDocument.Parse(File.ReadAllText(at $"{run}/run.json")).RootElement.GetProperty "results"

        [ test "Batch modes see equally many rows, in as many steps as their batches make" (fun () ->
              compare "batch-modes" "modes" [ "--train-rows"; "200"; "--gradient-noise"; "200" ] |> ignore
              let curves = rows "modes/curves.csv"
              // Two epochs of 200 rows: in one step, in 7 of up to 32 rows, in 200.
              Expect.equal [ 1.0; 2.0; 7.0; 14.0; 200.0; 400.0 ] (numbers "step" curves)

              for picture in [ "loss.svg"; "steps.svg"; "seconds.svg"; "accuracy.svg" ] do
                  Expect.mentions [ "full-batch"; "one-by-one" ] (File.ReadAllText(at $"modes/{picture}"))

              Expect.mentions [ "Batch modes on" ] (File.ReadAllText(at "modes/loss.svg"))
              Expect.mentions [ "steps, logarithmic scale" ] (File.ReadAllText(at "modes/steps.svg"))
              // The rate is the comparison's own, the rows are the user's.
              let report = File.ReadAllText(at "modes/report.html")
              let row = report.Substring(report.IndexOf(">--learning-rate<", StringComparison.Ordinal), 200)
              Expect.mentions [ "0.05"; "comparison" ] row)
          test
              "The noise of the gradient is that of the same beginning, none for the full batch and most for single rows"
              (fun () ->
                  compare "batch-modes" "noise" [ "--train-rows"; "300"; "--gradient-noise"; "300" ] |> ignore

                  let table = rows "noise/results.csv"
                  let norms, variances = numbers "gradient_squared_norm" table, numbers "gradient_variance" table
                  Expect.equal 1 (List.distinct norms).Length
                  Expect.equal 0.0 variances[0]
                  // Nine batches of 32 rows: drawn without replacement, their mean is within half of what 32 rows leave of the variance.
                  let expected = variances[2] * (300.0 - 32.0) / (299.0 * 32.0)
                  Expect.within (expected / 2.0) expected variances[1])
          test
              "The gap is the loss in validation less the loss on the training rows, the way the model predicts"
              (fun () ->
                  let more = [ "--values"; "none,dropout"; "--dropout"; "0.5" ]
                  compare "regularization" "gap" more |> ignore
                  let table = rows "gap/results.csv"
                  let validation, trained = numbers "validation_loss" table, numbers "train_evaluated_loss" table
                  List.iter2 (Expect.within 1e-12) (List.map2 (-) validation trained) (numbers "gap" table)

                  Expect.mentions
                      [ "none"; "dropout"; "validation loss less training loss" ]
                      (File.ReadAllText(at "gap/gap.svg"))
                  // Half of the units off: what the steps saw is worse than what the model can do.
                  let seen = numbers "train_loss" table
                  Expect.that (trained[1] < seen[1]) $"{trained[1]} with all units, {seen[1]} with half of them")
          test "Scores on the training rows are those of nn evaluate" (fun () ->
              let train = [ "train"; at "data"; "--out"; at "plain"; "--validation"; "none"; "--dropout"; "0.3" ]
              succeed (train @ small) |> ignore
              let arguments = [ "evaluate"; at "plain"; at "data"; "--split"; "train"; "--json"; "--blas"; "managed" ]
              let found = (JsonDocument.Parse (succeed arguments).Out).RootElement
              let expected = (results "plain").GetProperty "train_evaluated"

              for field in [ "loss"; "accuracy" ] do
                  Expect.within 1e-12 (expected.GetProperty(field).GetDouble()) (found.GetProperty(field).GetDouble()))
          test "A network that begins with zeros fails, and the table says why from what was measured" (fun () ->
              let outcome = compare "initializers" "zero" [ "--values"; "zeros,he-normal" ]

              Expect.mentions
                  [ "zeros: every row gets the same output"; "one unit wide"; "layer 0"; "gradient is 0" ]
                  outcome.Out

              Expect.that (not (outcome.Out.Contains "he-normal: ")) "a network that learns is explained"

              Expect.equal
                  [ "constant outputs; units alike; no gradient"; "" ]
                  (column "symptoms" (rows "zero/results.csv"))

              let symptoms = (results "zero/zeros").GetProperty "symptoms"
              Expect.that (symptoms.GetProperty("constant_outputs").GetBoolean()) "outputs differ")
          test "Training says when every row gets the same output" (fun () ->
              let outcome = succeed ([ "train"; at "data"; "--out"; at "still"; "--init"; "zeros" ] @ small)
              Expect.mentions [ "warning"; "every row gets the same output"; "--init" ] outcome.Error)
          test "A batch can be all rows, and rows can be fewer, without a word of warning" (fun () ->
              let train = [ "train"; at "data"; "--out"; at "few"; "--batch-size"; "all"; "--train-rows"; "100" ]
              let outcome = succeed (train @ small)
              // Two steps may well come to less than the same answer for every row, which is another matter.
              let doubts =
                  outcome.Error.Split('\n')
                  |> Array.filter (fun line ->
                      line.Contains "warning" && not (line.Contains "guessing" || line.Contains "worse than"))

              Expect.that (Array.isEmpty doubts) outcome.Error
              Expect.equal 2 ((results "few").GetProperty("steps").GetInt32())) ])
