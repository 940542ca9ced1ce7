/// Rows that are set aside.
module NeuralNetwork.Tests.Cli.SplitTests

open System
open NeuralNetwork
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private classes (share: float) (labels: int[]) (part: int[]) =
    let count label = part |> Array.filter (fun row -> labels[row] = label) |> Array.length

    for label, all in Array.countBy id labels do
        let exact = share * float all
        Expect.that (abs (float (count label) - exact) <= 1.0) $"{count label} of {all} rows of class {label}"

let tests =
    workplace "Split" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place

        [ states
              [ 68 ]
              (law
                  "A split is disjoint and complete, keeps the old order, and takes each class by its share"
                  (fun (seed: uint64) (size: byte) ->
                      let random = Random(int (seed % 1000UL))
                      let rows = 20 + int size
                      let labels = Array.init rows (fun _ -> random.Next 5 * random.Next 2)
                      let share = 0.05 + 0.4 * random.NextDouble()
                      let split = Split.Of(Targets.Labels(labels, 5), rows, share, seed)
                      Expect.equal [| 0 .. rows - 1 |] (Array.append split.Train split.Aside |> Array.sort)
                      Expect.equal (Array.sort split.Train) split.Train
                      Expect.equal (Array.sort split.Aside) split.Aside
                      classes share labels split.Aside
                      Expect.equal split.Aside (Split.Of(Targets.Labels(labels, 5), rows, share, seed).Aside)))
          test "What is trained on is doubtful to validate or to test with, under another name, too" (fun () ->
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
