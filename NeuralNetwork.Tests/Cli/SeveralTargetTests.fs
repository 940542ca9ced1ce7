/// Several columns of a table that are learned together: what is measured of each, and where their names stand.
module NeuralNetwork.Tests.Cli.SeveralTargetTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private value (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

/// Two values in units of their own, of a number and a text, and a column that may be classes.
let private rows (first: int) (last: int) =
    "x,kind,high,low,level,colour"
    :: [ for row in first..last ->
             let x = float (row * 37 % 101) / 10.0
             let high = 1000.0 + 50.0 * x + float (row * 7919 % 13)
             let low = (if row % 3 = 0 then 0.5 else -0.25) * x + float (row * 104729 % 11) / 40.0
             let colour = if row % 5 < 2 then "red" else "blue"
             $"{number x},k{row % 3},{number high},{number low},{row % 2},{colour}" ]

let private leftOut = [ "--ignore"; "level,colour" ]

let private prepare (place: Workplace) =
    write place "train.csv" (rows 1 160)
    write place "test.csv" (rows 161 230)
    let more = [ "--target"; "high,low"; "--epochs"; "40"; "--interval"; "0.8"; "--test"; place.At "test.csv" ]

    train place "train.csv" "run" ([ "--validation"; "0.25"; "--seed"; "3" ] @ more @ leftOut)
    |> succeed
    |> ignore

let private json (arguments: string list) : JsonElement =
    let outcome = succeed (InProcess.run (arguments @ [ "--json" ]))
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.Clone()

let private names (element: JsonElement) : string list =
    [ for one in element.EnumerateArray() -> string (one.GetString()) ]

let private columnOf (place: Workplace) (file: string) (head: string) : float[] =
    let lines = File.ReadAllLines(place.At file) |> Array.map _.Split(',')
    let column = Array.findIndex ((=) head) lines[0]
    lines |> Array.skip 1 |> Array.map (fun cells -> value cells[column])

/// What predictions of one value come to, as books have it.
let private measures (targets: float[]) (predicted: float[]) =
    let mean = Array.average targets
    let squares = Array.map2 (fun t y -> (t - y) ** 2.0) targets predicted
    let spread = targets |> Array.sumBy (fun t -> (t - mean) ** 2.0)

    1.0 - Array.sum squares / spread,
    sqrt (Array.average squares),
    Array.average (Array.map2 (fun t y -> abs (t - y)) targets predicted)

/// A prediction is written with the digits that tell one float32 from the next.
let private single (x: float) = float (float32 x)

let private modelOf (place: Workplace) (run: string) : Model<float32> =
    use file = File.OpenRead(place.At $"{run}/model.safetensors")
    Model.Load<float32> file

let private near = Expect.within 1e-9

let tests =
    workplaceWith "SeveralTarget" prepare (fun place ->
        let at = place.At

        [ test
              "Each target has its measures by its name, those of predictions and file, and the whole has their means"
              (fun () ->
                  [ "predict"; at "run"; at "test.csv"; "--out"; at "predicted.csv"; "--force" ]
                  |> InProcess.run
                  |> succeed
                  |> ignore

                  let each =
                      [ for name in [ "high"; "low" ] ->
                            measures
                                (columnOf place "test.csv" name)
                                (columnOf place "predicted.csv" $"prediction_{name}" |> Array.map single) ]

                  let document = json [ "evaluate"; at "run"; at "test.csv" ]
                  let field (element: JsonElement) (name: string) = element.GetProperty(name).GetDouble()
                  let found = [ for one in document.GetProperty("per_value").EnumerateArray() -> one ]
                  Expect.equal [ "high"; "low" ] [ for one in found -> string (one.GetProperty("value").GetString()) ]

                  for one, (r2, rmse, mae) in List.zip found each do
                      near r2 (field one "r2")
                      near rmse (field one "rmse")
                      near mae (field one "mae")

                  near (each |> List.averageBy (fun (r2, _, _) -> r2)) (field document "r2")
                  near (sqrt (each |> List.averageBy (fun (_, rmse, _) -> rmse * rmse))) (field document "rmse")
                  near (each |> List.averageBy (fun (_, _, mae) -> mae)) (field document "mae")

                  // The mean over rows and targets of squares in the units of training, the deviations of its rows.
                  let known = (modelOf place "run").Preprocessing
                  Expect.equal [| "high"; "low" |] known.Targets

                  let loss =
                      List.zip each (List.ofArray known.TargetScale)
                      |> List.averageBy (fun ((_, rmse, _), scale) -> (rmse / scale) ** 2.0)

                  Expect.within 1e-5 loss (field document "loss")
                  // Beside them, what the means of the training rows come to for each.
                  let baseline = document.GetProperty "baseline"
                  let answers = [ for one in baseline.GetProperty("answer").EnumerateArray() -> one.GetDouble() ]
                  let constant = [ for one in baseline.GetProperty("per_value").EnumerateArray() -> field one "rmse" ]

                  for name, answer, rmse in List.zip3 [ "high"; "low" ] answers constant do
                      let targets = columnOf place "test.csv" name
                      let _, expected, _ = measures targets (Array.map (fun _ -> answer) targets)
                      near expected rmse

                  let lines = (succeed (InProcess.run [ "evaluate"; at "run"; at "test.csv" ])).Out
                  Expect.mentions [ "high"; "low"; "80 % interval  prediction high ± " ] lines)
          test "The gradients of two targets are those of the loss, exactly" (fun () ->
              let outcome = InProcess.run ([ "gradcheck"; at "train.csv"; "--target"; "high,low" ] @ leftOut)
              Expect.equal (0, "") (outcome.Code, (if outcome.Code = 0 then "" else outcome.Out + outcome.Error)))
          test "Intervals stand beside the prediction of each target, by its name, and hold what is told" (fun () ->
              [ "predict"; at "run"; at "test.csv"; "--out"; at "ends.csv"; "--force" ]
              |> InProcess.run
              |> succeed
              |> ignore

              let heads = (File.ReadAllLines(at "ends.csv"))[0]
              Expect.equal "row,prediction_high,low_high,high_high,prediction_low,low_low,high_low" heads
              let document = json [ "evaluate"; at "run"; at "test.csv" ]
              let interval = document.GetProperty "prediction_interval"

              let told =
                  [ for share in interval.GetProperty("measured_coverage").EnumerateArray() -> share.GetDouble() ]

              for name, share in List.zip [ "high"; "low" ] told do
                  let column part = columnOf place "ends.csv" $"{part}_{name}"
                  let held = Array.map3 (fun t low high -> if low <= t && t <= high then 1.0 else 0.0)
                  near share (Array.average (held (columnOf place "test.csv" name) (column "low") (column "high"))))
          test "A run's record, its page and its configuration have the targets" (fun () ->
              use record = JsonDocument.Parse(File.ReadAllText(at "run/run.json"))
              let results = record.RootElement.GetProperty("results").GetProperty "intervals"

              let each =
                  [ for one in results.GetProperty("per_value").EnumerateArray() ->
                        one.GetProperty("value").GetString() |> string ]

              Expect.equal [ "high"; "low" ] each
              let page = File.ReadAllText(at "run/report.html")

              Expect.mentions
                  [ "Predicted against true, high, test rows"; "Predicted against true, low, test rows" ]
                  page

              use config = JsonDocument.Parse(File.ReadAllText(at "run/config.json"))
              Expect.equal [ "high"; "low" ] (names (config.RootElement.GetProperty "target"))

              let again =
                  [ "train"; "--config"; at "run/config.json"; "--out"; at "again"; "--threads"; "1"; "--force" ]

              again |> InProcess.run |> succeed |> ignore
              let bytes run = File.ReadAllBytes(at $"{run}/model.safetensors")
              Expect.equal (bytes "run") (bytes "again"))
          test
              "A pack has the targets by name and value, and what is trained on it knows of them what the table says"
              (fun () ->
                  let pack = [ "data"; "pack"; at "train.csv"; "--target"; "high,low"; "--out"; at "pack"; "--force" ]
                  pack @ leftOut |> InProcess.run |> succeed |> ignore

                  let per (data: string) =
                      (json [ "evaluate"; at "run"; at data ]).GetProperty("per_value").GetRawText()

                  Expect.equal (per "train.csv") (per "pack")
                  let common = [ "--seed"; "5"; "--epochs"; "2"; "--validation"; "none" ]
                  train place "pack" "of-pack" common |> succeed |> ignore

                  train place "train.csv" "of-table" ([ "--target"; "high,low" ] @ leftOut @ common)
                  |> succeed
                  |> ignore

                  let known run = $"%A{(modelOf place run).Preprocessing}"
                  Expect.equal (known "of-table") (known "of-pack"))
          test "Rows that members leave out are kept with every target and what is predicted for it" (fun () ->
              let more = [ "--target"; "high,low"; "--folds"; "3"; "--epochs"; "2" ]
              train place "train.csv" "folds" (more @ leftOut) |> succeed |> ignore
              let heads = (File.ReadAllLines(at "folds/out-of-fold.csv"))[0]
              Expect.equal "row,fold,target_high,target_low,prediction_high,prediction_low" heads
              Expect.equal (columnOf place "train.csv" "low") (columnOf place "folds/out-of-fold.csv" "target_low"))
          each
              "What cannot be one of several targets is refused, with what to type"
              [ [ "--target"; "high,colour" ],
                2,
                "--target: column 'colour' has texts, and several targets are numbers (--target colour alone learns its classes)"
                [ "--target"; "high,level" ],
                3,
                "column 'level': 2 different whole numbers, which may be classes (--task regression learns the numbers of all targets)"
                [ "--target"; "high,low"; "--task"; "classification" ],
                2,
                "--task: classification is of one target, not of several (--target high alone learns its classes)"
                [ "--target"; "high,low"; "--categorical"; "low" ],
                2,
                "--categorical: column 'low' is one of several targets, which are numbers (--target low alone learns its classes)"
                [ "--target"; "high,high" ], 2, "--target: column 'high' is there twice"
                [ "--target"; "high,low"; "--ignore"; "low" ],
                2,
                "--ignore: column 'low' is one of the targets (--target names others)"
                [ "--target"; "high,low"; "--weights"; "high" ],
                2,
                "--weights: column 'high' is one of the targets (--target names others)"
                [ "--target"; "high,lov" ], 3, "--target: no column 'lov' (did you mean low?)" ]
              (fun (arguments, code, line) ->
                  let outcome = InProcess.run ([ "train"; at "train.csv"; "--out"; at "refused" ] @ arguments)
                  Expect.equal code outcome.Code
                  Expect.mentions [ line ] outcome.Error
                  Expect.that (not (Directory.Exists(at "refused"))) "a run of what was refused")
          test "Few whole numbers are values where somebody says so" (fun () ->
              let more = [ "--target"; "high,level"; "--task"; "regression"; "--ignore"; "colour" ]
              train place "train.csv" "said" more |> succeed |> ignore)
          test "Data with some of the targets are refused to be compared with, and predicted without any" (fun () ->
              let cut (name: string) (columns: int list) =
                  rows 161 230
                  |> List.map (fun line -> String.Join(',', [ for column in columns -> line.Split(',')[column] ]))
                  |> write place name

              cut "half.csv" [ 0; 1; 2 ]
              cut "none.csv" [ 1; 0 ]
              let half = InProcess.run [ "evaluate"; at "run"; at "half.csv" ]
              Expect.equal 3 half.Code
              Expect.mentions [ "half.csv: no column 'low', one of the targets of the model" ] half.Error
              let none = InProcess.run [ "evaluate"; at "run"; at "none.csv" ]
              Expect.equal 3 none.Code
              Expect.mentions [ "nothing to compare with (no columns 'high', 'low')" ] none.Error

              for data in [ "test.csv"; "none.csv"; "half.csv" ] do
                  predict place "run" data $"of-{data}" |> succeed |> ignore

              Expect.equal (File.ReadAllText(at "of-test.csv")) (File.ReadAllText(at "of-none.csv"))
              Expect.equal (File.ReadAllText(at "of-test.csv")) (File.ReadAllText(at "of-half.csv")))
          test "A look at data names all targets, and what gives one of them away" (fun () ->
              let given = [ for row in 1..80 -> $"{row * 37 % 101}.5,{row * 53 % 97}.5,{row * 37 % 101 * 2}.25" ]
              write place "given.csv" ("x,a,b" :: given)
              let document = json [ "data"; "inspect"; at "given.csv"; "--target"; "a,b" ]
              Expect.equal JsonValueKind.Null (document.GetProperty("target").ValueKind)
              Expect.equal [ "a"; "b" ] (names (document.GetProperty "targets"))

              Expect.mentions
                  [ "column 'x' alone says"; "about 'b'" ]
                  (String.Join("\n", names (document.GetProperty "findings"))))
          test "Fixed predictions of three values come to what scikit-learn says" (fun () ->
              // Linnerud's: chins, situps, jumps, weight, waist, pulse. Oracles/ask_sklearn.py, scikit-learn 1.2.1.
              let table =
                  "5,162,60,191,36,50 2,110,60,189,37,52 12,101,101,193,38,58 12,105,37,162,35,62 13,155,58,189,35,46 \
                   4,101,42,182,36,56 8,101,38,211,38,56 6,125,40,167,34,60 15,200,40,176,31,74 17,251,250,154,33,56 \
                   17,120,38,169,34,50 13,210,115,166,33,52 14,215,105,154,34,64 1,50,50,247,46,50 6,70,31,193,36,46 \
                   12,210,120,202,37,62 4,60,25,176,37,54 11,230,80,157,32,52 15,225,73,156,33,54 2,110,43,138,33,68"
                      .Split(' ')
                  |> Array.map (fun row -> row.Split(',') |> Array.map value)

              let column place = table |> Array.map (Array.item place)

              let lines =
                  [ (fun (row: float[]) -> 190.0 - row[0])
                    (fun row -> 36.5 - row[1] / 64.0)
                    (fun row -> 52.0 + row[2] / 16.0) ]

              let reports =
                  lines |> List.mapi (fun place line -> Metrics.values (column (3 + place)) (Array.map line table))

              let all = Metrics.overOutputs (Array.ofList reports)
              let close = Expect.within 1e-12

              List.iter2
                  close
                  [ 0.11446282418758846; 0.1594431287698922; -0.1682526827292974 ]
                  [ for one in reports -> one.R2 ]

              List.iter2
                  close
                  [ 512.85; 8.18702392578125; 57.7 ]
                  [ for one in reports -> Math.Round(one.RMSE * one.RMSE, 12) ]

              List.iter2 close [ 17.45; 1.81953125; 6.03125 ] [ for one in reports -> one.MAE ]
              close 0.03521775674272776 all.R2
              close 192.91234130859377 (all.RMSE * all.RMSE)
              close 8.43359375 all.MAE) ])
