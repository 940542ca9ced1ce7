/// nn train --interval: what it finds, where that is told, and what has no intervals.
module NeuralNetwork.Tests.Cli.IntervalTests

open System.Globalization
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

let private number (text: string) = System.Double.Parse(text, CultureInfo.InvariantCulture)

/// A value that a line gives all but some of.
let private line row = $"{row},{3 * row + row * row * 7 % 11}.5"

let private prepare (place: Workplace) =
    File.WriteAllLines(place.At "train.csv", "x,y" :: List.map line [ 1..2..160 ])
    File.WriteAllLines(place.At "test.csv", "x,y" :: List.map line [ 2..4..160 ])
    File.WriteAllLines(place.At "kinds.csv", "x,kind" :: [ for row in 1..40 -> $"{row},k{row / 21}" ])

let private train (place: Workplace) (out: string) (more: string list) =
    [ "train"; place.At "train.csv"; "--out"; place.At out; "--epochs"; "30"; "--blas"; "managed" ]
    @ [ "--members"; "1"; "--validation"; "0.2"; "--test"; place.At "test.csv" ]
    @ more
    |> InProcess.run

let private found (document: JsonElement) =
    let field (name: string) = [ for one in (document.GetProperty name).EnumerateArray() -> one.GetDouble() ]

    document.GetProperty("coverage").GetDouble(), field "margins", field "measured_coverage"

let private recorded (place: Workplace) (run: string) =
    use record = JsonDocument.Parse(File.ReadAllText(place.At $"{run}/run.json"))
    found (record.RootElement.GetProperty("results").GetProperty "prediction_interval")

/// On which rows the coverage of a run's intervals was measured, and each coverage with what was measured.
let private curve (place: Workplace) (run: string) =
    use record = JsonDocument.Parse(File.ReadAllText(place.At $"{run}/run.json"))
    let results = record.RootElement.GetProperty "results"
    let curve = (results.GetProperty "prediction_interval").GetProperty "coverage_curve"

    let point (element: JsonElement) =
        let held = [ for one in (element.GetProperty "measured_coverage").EnumerateArray() -> one.GetDouble() ]
        element.GetProperty("coverage").GetDouble(), held

    nonNull (curve.GetProperty("rows").GetString()),
    [ for one in (curve.GetProperty "points").EnumerateArray() -> point one ]

let tests =
    workplaceWith "Interval" prepare (fun place ->
        let at = place.At

        [ test "What a training finds is told, kept with the model, and stands beside every prediction" (fun () ->
              let outcome = train place "run" [ "--interval"; "0.8" ]
              Expect.equal 0 outcome.Code
              Expect.mentions [ "80 % interval"; "prediction ± "; "(holds "; " of the test rows)" ] outcome.Out
              let coverage, margins, held = recorded place "run"
              Expect.equal 0.8 coverage
              let predict path more = InProcess.succeed ([ "predict"; at "run"; at path ] @ more)
              predict "test.csv" [ "--out"; at "predicted.csv"; "--force" ] |> ignore

              let cells path = File.ReadAllLines(at path) |> Array.map _.Split(',') |> List.ofArray

              let table = cells "predicted.csv"
              Expect.equal [| "row"; "prediction"; "low"; "high" |] table.Head

              let isHeld (row: string[]) (truth: string[]) =
                  let y, low, high = number row[1], number row[2], number row[3]
                  Expect.that (abs (high - y - margins.Head) <= 1e-5 * high) $"{high} is not {margins.Head} above {y}"
                  Expect.that (abs (y - low - margins.Head) <= 1e-5 * high) $"{low} is not {margins.Head} below {y}"
                  low <= number truth[1] && number truth[1] <= high

              let right = List.map2 isHeld table.Tail (cells "test.csv").Tail
              let share = float (List.length (List.filter id right)) / float right.Length
              Expect.equal [ share ] held
              let evaluated = InProcess.succeed [ "evaluate"; at "run"; at "test.csv"; "--json" ]
              use document = JsonDocument.Parse evaluated.Out
              Expect.equal (0.8, margins, held) (found (document.RootElement.GetProperty "prediction_interval"))
              let shown = InProcess.succeed [ "evaluate"; at "run"; at "test.csv" ]
              Expect.mentions [ "80 % interval  prediction ± "; "of these rows" ] shown.Out
              use predicted = JsonDocument.Parse((predict "test.csv" [ "--json" ]).Out)
              let first = (predicted.RootElement.GetProperty "predictions")[0]
              Expect.equal (number (table.Item 1).[2]) (first.GetProperty("low").GetDouble())
              Expect.equal (number (table.Item 1).[3]) (first.GetProperty("high").GetDouble()))
          test "A run that has come to its end keeps its intervals when it is resumed" (fun () ->
              Expect.equal 0 (train place "ended" [ "--interval"; "0.9" ]).Code
              let before = CommandLine.content (at "ended")
              let outcome = InProcess.succeed [ "resume"; at "ended" ]
              Expect.mentions [ "nothing is left to do" ] outcome.Error
              Expect.equal before (CommandLine.content (at "ended"))
              File.Delete(at "ended/model.safetensors")
              InProcess.succeed [ "resume"; at "ended" ] |> ignore
              Expect.equal before (CommandLine.content (at "ended")))
          test "An export says that intervals are not in it" (fun () ->
              Expect.equal 0 (train place "sent" [ "--interval"; "0.75" ]).Code
              let outcome = InProcess.succeed [ "model"; "export"; at "sent"; "--out"; at "sent.onnx" ]
              Expect.mentions [ "75 % intervals are not in it"; "prediction ± " ] outcome.Error
              // A file that is read as a model again has them.
              let outcome = InProcess.succeed [ "model"; "export"; at "sent"; "--out"; at "sent.npz" ]
              Expect.that (not (outcome.Error.Contains "interval")) outcome.Error
              InProcess.succeed [ "model"; "import"; at "sent.npz"; "--out"; at "back.safetensors" ] |> ignore
              let shown = InProcess.succeed [ "model"; "show"; at "back.safetensors" ]
              Expect.mentions [ "75 % interval: prediction ± " ] shown.Out)
          test "A model with other intervals than the checkpoint has is not its best model" (fun () ->
              Expect.equal 0 (train place "swapped" [ "--interval"; "0.8" ]).Code
              let path = at "swapped/model.safetensors"
              let model = NeuralNetwork.Model.Load<float32> path
              let own = model.With(0.8, model.Margins)
              File.WriteAllBytes(path, NeuralNetwork.Formats.ModelFile.write own)
              InProcess.succeed [ "model"; "verify"; at "swapped" ] |> ignore
              let other = model.With(0.8, Array.map ((*) 2.0) model.Margins)
              File.WriteAllBytes(path, NeuralNetwork.Formats.ModelFile.write other)
              let outcome = InProcess.run [ "model"; "verify"; at "swapped" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "not the best model of the checkpoint" ] outcome.Error)
          test "Folds say how many of the rows that they have not seen are in their intervals" (fun () ->
              Expect.equal 0 (train place "folded" [ "--interval"; "0.75"; "--folds"; "2" ]).Code
              let table = File.ReadAllLines(at "folded/out-of-fold.csv") |> Array.map _.Split(',')
              Expect.equal [| "row"; "fold"; "target"; "prediction"; "low"; "high" |] table[0]

              let isHeld (row: string[]) =
                  if number row[4] <= number row[2] && number row[2] <= number row[5] then 1.0 else 0.0

              let ofFold fold = table[1..] |> Array.filter (fun row -> row[1] = fold) |> Array.averageBy isHeld

              use record = JsonDocument.Parse(File.ReadAllText(at "folded/run.json"))
              let folds = record.RootElement.GetProperty "cross_validation"
              let measured = folds.GetProperty("scores").GetProperty "measured_coverage"

              let each = [ for one in measured.GetProperty("each").EnumerateArray() -> one.GetDouble() ]

              Expect.equal [ ofFold "1"; ofFold "2" ] each)
          each
              "The coverage plot has the margins of the run among those of other coverages, and holds more with every one"
              [ "share", []; "members", [ "--members"; "3"; "--validation"; "folds" ] ]
              (fun (name: string, more: string list) ->
                  let words = if more.IsEmpty then [ "--members"; "1"; "--validation"; "0.3" ] else more

                  let outcome =
                      [ "train"; at "train.csv"; "--out"; at name; "--epochs"; "10"; "--blas"; "managed" ]
                      @ [ "--test"; at "test.csv"; "--interval"; "0.8" ]
                      @ words
                      |> InProcess.run

                  Expect.equal 0 outcome.Code
                  let _, _, held = recorded place name
                  let rows, points = curve place name
                  Expect.equal "test" rows
                  Expect.equal held (points |> List.find (fun (coverage, _) -> abs (coverage - 0.8) < 1e-9) |> snd)
                  Expect.equal (List.sortBy snd points) points

                  Expect.mentions
                      [ "Coverage of intervals, test rows"; "80 % interval" ]
                      (File.ReadAllText(at $"{name}/report.html")))
          test "Without test rows each half of the rows to validate with is measured by the other" (fun () ->
              let outcome =
                  [ "train"; at "train.csv"; "--out"; at "halves"; "--epochs"; "5"; "--blas"; "managed" ]
                  @ [ "--members"; "1"; "--validation"; "0.2"; "--interval"; "0.8" ]
                  |> InProcess.run

              Expect.equal 0 outcome.Code
              let rows, points = curve place "halves"
              Expect.equal "validation" rows
              // Halves of 16 rows have no margin of 90 %.
              Expect.equal [ 0.5; 0.55; 0.6; 0.65; 0.7; 0.75; 0.8; 0.85 ] (List.map fst points)

              for _, held in points do
                  Expect.that (held.Head >= 0.0 && held.Head <= 1.0) $"{held}"
                  Expect.equal (round (16.0 * held.Head)) (16.0 * held.Head))
          test "A prediction beyond all numbers is null in JSON, and so are its ends" (fun () ->
              Expect.equal 0 (train place "far" [ "--interval"; "0.8" ]).Code
              File.WriteAllLines(at "far.csv", [ "x"; "3e38" ])
              let outcome = InProcess.succeed [ "predict"; at "far"; at "far.csv"; "--json" ]
              use document = JsonDocument.Parse outcome.Out
              let row = (document.RootElement.GetProperty "predictions")[0]

              for name in [ "prediction"; "low"; "high" ] do
                  Expect.equal JsonValueKind.Null (row.GetProperty name).ValueKind)
          test "Without the option nothing is measured, and predictions stand alone" (fun () ->
              Expect.equal 0 (train place "plain" []).Code
              use record = JsonDocument.Parse(File.ReadAllText(at "plain/run.json"))
              let none = record.RootElement.GetProperty("results").GetProperty "prediction_interval"
              Expect.equal JsonValueKind.Null none.ValueKind

              InProcess.succeed [ "predict"; at "plain"; at "test.csv"; "--out"; at "alone.csv" ] |> ignore

              Expect.equal "row,prediction" (Array.head (File.ReadAllLines(at "alone.csv"))))
          each
              "What has no intervals is refused with a sentence"
              [ "train.csv", "1", [ "--interval"; "above 0 and below 1" ]
                "train.csv", "ninety", [ "--interval"; "ninety" ]
                "train.csv",
                "0.99",
                [ "--interval"
                  "0.99 takes more rows to validate with than there are (16, enough for --interval 0.941)" ]
                "kinds.csv", "0.5", [ "--interval"; "'kind' is taken for classes"; "--task regression" ]
                "train.csv",
                "0.5 --loss quantile:0.9",
                [ "--interval: --loss quantile:0.9 gives one end of an interval, and not its middle" ] ]
              (fun (data: string, coverage: string, words: string list) ->
                  let outcome =
                      [ "train"; at data; "--out"; at "never"; "--validation"; "0.2"; "--members"; "1" ]
                      @ "--interval" :: List.ofArray (coverage.Split ' ')
                      |> InProcess.run

                  Expect.equal 2 outcome.Code
                  Expect.mentions words outcome.Error
                  Expect.that (not (Directory.Exists(at "never"))) "something was written") ])
