/// What a training says at its end: what its model is worth, beside what is simpler, and whether it could go on.
module NeuralNetwork.Tests.Cli.EndingTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    let random = Random 8
    let point () = 4.0 * random.NextDouble() - 2.0

    let rows (of': float -> float -> string) count =
        [ "x,y,t"
          for _ in 1..count do
              let x, y = point (), point ()
              $"{Tables.number x},{Tables.number y},{of' x y}" ]

    let plane x y = Tables.number (540.0 + 7.0 * x - 3.0 * y)
    Tables.write place "plane.csv" (rows plane 120)
    Tables.write place "plane-test.csv" (rows plane 30)
    Tables.write place "bent.csv" (rows (fun x _ -> Tables.number (540.0 + 9.0 * x * x)) 120)
    Tables.write place "kinds.csv" (rows (fun x y -> if x + y > 2.2 then "rare" else "usual") 150)

let private train (place: Workplace) (data: string) (run: string) (more: string list) =
    Tables.train place data run more |> Tables.succeed

let private score (place: Workplace) (run: string) (path: string list) =
    (place.Json $"{run}/run.json", path)
    ||> List.fold (fun element (name: string) -> element.GetProperty name)

/// Goes on with a run of two epochs whose checkpoint says that each took so long.
let private resumeSlow (place: Workplace) (run: string) (seconds: float) =
    train place "kinds.csv" run [ "--epochs"; "2"; "--precision"; "float64" ] |> ignore
    let path = place.At $"{run}/checkpoint.safetensors"

    match Expect.ok (Checkpoint.read (File.ReadAllBytes path)) with
    | AnyCheckpoint.Double saved ->
        let slow (epoch: EpochReport) = { epoch with Seconds = seconds }
        let state = { saved.State with Newest = List.map slow saved.State.Newest }
        File.WriteAllBytes(path, Checkpoint.write { saved with State = state })
    | AnyCheckpoint.Single _ -> Expect.fail "another precision"

    InProcess.succeed [ "resume"; place.At run ] |> ignore

let tests =
    workplaceWith "Ending" prepare (fun place ->
        let at = place.At
        let train = train place
        let score = score place
        let resumeSlow = resumeSlow place

        [ test "Values are told by R2 and RMSE in their units, beside the mean and a linear model" (fun () ->
              let outcome =
                  train "plane.csv" "plane" [ "--test"; at "plane-test.csv"; "--epochs"; "40"; "--lr"; "0.02" ]

              let first = Tables.lines outcome.Out |> List.take 2
              Expect.mentions [ "validation"; "R2 "; "RMSE "; "always 5"; "linear model: " ] first[0]
              Expect.mentions [ "test"; "R2 "; "RMSE " ] first[1]
              let number path = (score "plane" path).GetDouble()
              // The mean of other rows explains nothing, and a little less than that.
              let constant = number [ "baseline"; "constant"; "validation"; "r2" ]
              Expect.that (constant <= 0.0 && constant > -0.5) $"R2 {constant}"
              Expect.that (number [ "baseline"; "linear"; "test"; "r2" ] > 0.999) "a plane is linear"
              Expect.within 3.0 540.0 (number [ "baseline"; "constant"; "answer" ])
              let last = place.Rows "plane/history.csv" |> List.last
              Expect.that (float last[12] > 0.0 && float last[11] <= 1.0) $"{last}"
              Expect.mentions [ "  R2 "; "  RMSE " ] outcome.Error)
          each
              "What train says of the test rows is what evaluate says of them"
              [ "squared-error"; "huber"; "absolute-error" ]
              (fun (loss: string) ->
                  let run = $"plane-{loss}"
                  train "plane.csv" run [ "--test"; at "plane-test.csv"; "--loss"; loss; "--epochs"; "5" ] |> ignore
                  let outcome = InProcess.succeed [ "evaluate"; at run; at "plane-test.csv"; "--json" ]
                  let evaluated = System.Text.Json.JsonDocument.Parse(outcome.Out).RootElement

                  for name in [ "r2"; "rmse" ] do
                      let expected = (evaluated.GetProperty name).GetDouble()
                      // Predictions are float32 of some 540: half an ulp of that beside an error of some units.
                      Expect.within
                          (1e-4 * (1.0 + abs expected))
                          expected
                          ((score run [ "results"; "test"; name ]).GetDouble())

                  let constant = (evaluated.GetProperty "baseline").GetProperty "rmse"

                  Expect.within
                      1e-3
                      ((score run [ "baseline"; "constant"; "test"; "rmse" ]).GetDouble())
                      (constant.GetDouble())

                  let told = InProcess.succeed [ "evaluate"; at run; at "plane-test.csv" ]
                  Expect.mentions [ "R2 "; "RMSE "; "MAE "; "always the training mean 5" ] told.Out)
          test "Classes are told by their accuracy, beside the greatest of them and a linear model" (fun () ->
              let outcome = train "kinds.csv" "kinds" [ "--epochs"; "30"; "--lr"; "0.01" ]

              Expect.mentions
                  [ "validation"; "accuracy "; "always 'usual': "; "linear model: "; ", loss " ]
                  (Tables.lines outcome.Out).Head

              Expect.equal "\"usual\"" ((score "kinds" [ "baseline"; "constant"; "answer" ]).GetRawText())
              Expect.equal 150 ((score "kinds" [ "baseline"; "linear"; "rows" ]).GetInt32()))
          test "Without rows to validate or test with the score is that of the training rows, and says so" (fun () ->
              let outcome = train "kinds.csv" "blind" [ "--validation"; "none" ]
              Expect.mentions [ "training rows"; "accuracy "; "always 'usual'" ] (Tables.lines outcome.Out).Head)
          test "A model that is worse than a line is a warning with what to try" (fun () ->
              let outcome = train "plane.csv" "poor" [ "--epochs"; "8"; "--lr"; "0.0001" ]
              Expect.mentions [ "warning"; "worse than "; "a linear model"; "--learning-rate" ] outcome.Error
              let good = train "bent.csv" "good" [ "--epochs"; "400"; "--lr"; "0.01" ]
              Expect.that (not (good.Error.Contains "warning")) good.Error)
          test "A run that is still improving says how to go on, and going on that way works" (fun () ->
              let outcome = train "plane.csv" "eager" [ "--epochs"; "12" ]
              Expect.mentions [ "still improving at the last epoch"; "--epochs 24" ] outcome.Error
              Expect.that ((score "eager" [ "results"; "still_improving" ]).GetBoolean()) "not on record"

              Expect.mentions
                  [ "still improving at the last epoch" ]
                  (System.IO.File.ReadAllText(at "eager/report.html"))

              InProcess.succeed [ "resume"; at "eager"; "--epochs"; "24" ] |> ignore
              let limited = train "plane.csv" "limited" [ "--steps"; "12"; "--batch-size"; "108" ]
              Expect.mentions [ "--steps 24" ] limited.Error)
          test "A run that patience has ended, or that has come to rest, is not said to be improving" (fun () ->
              let stopped = train "plane.csv" "stopped" [ "--epochs"; "400"; "--lr"; "0.3"; "--early-stopping"; "3" ]
              Expect.that (not (stopped.Error.Contains "still improving")) stopped.Error

              let rest = train "plane.csv" "rest" [ "--epochs"; "300"; "--lr"; "0.05"; "--schedule"; "cosine" ]

              Expect.that (not (rest.Error.Contains "still improving")) rest.Error)
          test
              "A comparison of variants that are all still falling says so on its page and what gives them longer"
              (fun () ->
                  let outcome =
                      InProcess.succeed
                          [ "compare"
                            "optimizers"
                            at "plane.csv"
                            "--out"
                            at "compared"
                            "--values"
                            "sgd,adam"
                            "--epochs"
                            "6"
                            "--batch-size"
                            "108" ]

                  Expect.mentions [ "all variants were still improving"; "--epochs 12" ] outcome.Error

                  Expect.mentions
                      [ "All variants were still improving"; "--epochs 12" ]
                      (System.IO.File.ReadAllText(at "compared/report.html")))
          test "A run whose checkpoint says that its epochs took 10^12 seconds is told, too" (fun () ->
              resumeSlow "long" 1e12
              Expect.mentions [ "555555555 h 33 min" ] (File.ReadAllText(at "long/report.html")))
          test "Seconds of epochs that have no sum are in no record" (fun () ->
              resumeSlow "endless" 1e308
              let seconds = (place.Json "endless/run.json").GetProperty "training_seconds"
              Expect.equal JsonValueKind.Null seconds.ValueKind)
          test "Long times are told in minutes and hours" (fun () ->
              Expect.equal
                  [ "5.00 ms"
                    "12.34 s"
                    "1 min 00 s"
                    "3 min 05 s"
                    "1 h 00 min"
                    "1 h 02 min"
                    "27 h 46 min"
                    "305419896 h 36 min" ]
                  [ for seconds in [ 0.005; 12.34; 60.0; 185.2; 3600.0; 3720.0; 99999.0; 1099511627776.0 ] ->
                        Numeral.Duration seconds ]) ])
