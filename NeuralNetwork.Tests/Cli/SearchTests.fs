/// nn search from end to end, on a slice of MNIST.
module NeuralNetwork.Tests.Cli.SearchTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Xml.Linq
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Tests

let private small = [ "--hidden"; "8"; "--blas"; "managed"; "--threads"; "1" ]
let private search (place: Workplace) out more = [ "search"; place.At "data"; "--out"; place.At out ] @ small @ more

let private succeed = InProcess.succeed

let private prepare (place: Workplace) =
    CommandLine.writeData (place.At "data")
    succeed (search place "five" [ "--trials"; "5"; "--epochs"; "2" ]) |> ignore

let private column (name: string) (table: string list list) =
    table.Tail |> List.map (List.item (List.findIndex ((=) name) table.Head))

let private number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

// What is drawn.

let private draws (text: string) (seed: int) : string list =
    let variation = VariationText.Parse text
    [ for trial in 1..40 -> variation.Draw(uint64 (abs (int64 seed)), trial) ]

let private mantissa (text: string) =
    (text.Split 'E')[0]
    |> Seq.filter Char.IsAsciiDigit
    |> Seq.skipWhile ((=) '0')
    |> Array.ofSeq
    |> String

let tests =
    workplaceWith "Search" prepare (fun place ->
        let folder, at, json, bytes = place.Folder, place.At, place.Json, place.Bytes
        let rows, timeless = place.Rows, place.Timeless
        let search = search place

        [ test "A search comes to the same tables, picture and model whenever it is repeated from its seed" (fun () ->
              succeed (search "again" [ "--trials"; "5"; "--epochs"; "2" ]) |> ignore
              Expect.equal (timeless "five/trials.csv") (timeless "again/trials.csv")
              Expect.equal (bytes "five/scatter.svg") (bytes "again/scatter.svg")
              Expect.equal (bytes "five/model.safetensors") (bytes "again/model.safetensors")
              succeed (search "other" [ "--trials"; "5"; "--epochs"; "2"; "--seed"; "7" ]) |> ignore
              Expect.that (timeless "five/trials.csv" <> timeless "other/trials.csv") "another seed draws the same")
          test "The table is sorted by validation, and the model kept is the first one's" (fun () ->
              let table = rows "five/trials.csv"
              let scores = column "validation_accuracy" table |> List.map number
              Expect.equal (List.sortDescending scores) scores
              Expect.equal [ "1"; "2"; "3"; "4"; "5" ] (column "rank" table)
              let first = (column "trial" table).Head
              let best = $"five/trial-00{first}"
              Expect.equal (bytes $"{best}/model.safetensors") (bytes "five/model.safetensors")

              InProcess.run [ "evaluate"; at "five"; at "data"; "--blas"; "managed" ]
              |> fun outcome -> Expect.equal 0 outcome.Code)
          test "The command of the best trial trains the same model" (fun () ->
              let command =
                  (json "five/results.json").GetProperty("best").GetProperty("command").GetString() |> string

              let words = command.Split ' ' |> List.ofArray |> List.tail
              succeed (words |> List.map (fun word -> if word = "RUN" then at "alone" else word)) |> ignore
              Expect.equal (bytes "five/model.safetensors") (bytes "alone/model.safetensors"))
          test "The picture has a point for each trial, and the axes are those of the ranges" (fun () ->
              let picture = XDocument.Load(at "five/scatter.svg")

              let spots =
                  picture.Descendants()
                  |> Seq.filter (fun one -> (string one).Contains "class=\"spot" && one.Name.LocalName = "circle")

              Expect.equal 5 (Seq.length spots)
              Expect.mentions [ "learning-rate"; "dropout"; "validation accuracy"; "5 trials" ] (string picture))
          test "More trials leave those there are as they are" (fun () ->
              succeed (search "more" [ "--trials"; "2"; "--epochs"; "1" ]) |> ignore
              let before = File.GetLastWriteTimeUtc(at "more/trial-002/run.json")
              succeed (search "more" [ "--trials"; "3"; "--epochs"; "1"; "--resume" ]) |> ignore
              Expect.equal before (File.GetLastWriteTimeUtc(at "more/trial-002/run.json"))
              Expect.equal 3 (rows "more/trials.csv").Tail.Length)
          test "A search that is killed, rungs and all, goes on to the results of the one never interrupted" (fun () ->
              let arguments out more =
                  search
                      out
                      ([ "--trials"; "6"; "--epochs"; "12"; "--halving"; "2"; "--checkpoint-every"; "1" ] @ more)

              succeed (arguments "whole" []) |> ignore

              for round, said in List.indexed [ "trial-002"; "trial-005" ] do
                  use started =
                      CommandLine.start folder (arguments "broken" (if round = 0 then [] else [ "--resume" ]))

                  Started.readUntil said started
                  Started.kill started

              CommandLine.succeed folder (arguments "broken" [ "--resume" ]) |> ignore
              Expect.equal (timeless "whole/trials.csv") (timeless "broken/trials.csv")
              Expect.equal (bytes "whole/scatter.svg") (bytes "broken/scatter.svg")
              Expect.equal (bytes "whole/model.safetensors") (bytes "broken/model.safetensors"))
          test "A trial that goes on after a rung is the run that was never halved" (fun () ->
              let arguments out more =
                  search out ([ "--trials"; "4"; "--epochs"; "4"; "--schedule"; "cosine" ] @ more)

              succeed (arguments "all" []) |> ignore
              let outcome = succeed (arguments "half" [ "--halving"; "2" ])

              Expect.mentions
                  [ "4 trials up to epoch 1, then 2 trials up to epoch 2, then the best 1 to the end" ]
                  outcome.Error

              let halved = rows "half/trials.csv"
              Expect.equal [ "4"; "2"; "1"; "1" ] (column "epochs" halved)
              let first = (column "trial" halved).Head
              let best = $"trial-00{first}"
              Expect.equal (bytes $"all/{best}/model.safetensors") (bytes $"half/{best}/model.safetensors")

              for trial, epochs in List.zip (column "trial" halved) (column "epochs" halved) do
                  let losses run =
                      column "train_loss" (rows $"{run}/trial-00{trial}/history.csv") |> List.truncate (int epochs)

                  Expect.equal (losses "all") (losses "half"))
          test "A trial that diverges is reported, and the others are trained" (fun () ->
              let vary = [ "--vary"; "learning-rate=1e30|0.01"; "--optimizer"; "sgd"; "--loss"; "squared-error" ]
              let outcome = succeed (search "wild" ([ "--trials"; "6"; "--epochs"; "1" ] @ vary))
              let table = rows "wild/trials.csv"
              Expect.mentions [ "warning: trial-" ] outcome.Error
              Expect.equal [ "diverged"; "finished" ] (column "status" table |> List.distinct |> List.sort)
              Expect.equal "finished" (column "status" table).Head
              let rates = column "learning_rate" table
              Expect.equal [ "0.01"; "1e30" ] (List.distinct rates))
          test "With --json the results are the only thing on standard output, and --plot has the picture" (fun () ->
              let more =
                  [ "--trials"; "5"; "--epochs"; "2"; "--resume"; "--json"; "--quiet"; "--plot"; at "plot.svg" ]

              let outcome = succeed (search "five" more)
              Expect.equal "" outcome.Error
              Expect.equal 5 ((JsonDocument.Parse outcome.Out).RootElement.GetProperty("trials").GetArrayLength())
              Expect.equal (bytes "five/scatter.svg") (bytes "plot.svg"))
          test "The original preset has the settings and the ranges of the study" (fun () ->
              succeed (search "study" [ "--trials"; "3"; "--epochs"; "1"; "--preset"; "original" ]) |> ignore
              let config = json "study/trial-001/config.json"
              Expect.equal "he-uniform" (config.GetProperty("init").GetString() |> string)
              Expect.equal "keras2" (config.GetProperty("convention").GetString() |> string)
              let table = rows "study/trials.csv"

              for field, low, high in [ "learning_rate", 0.001, 1.0; "dropout", 0.1, 0.99 ] do
                  for value in column field table do
                      Expect.that (number value >= low && number value <= high) $"{field} {value}")
          lawTried 50 "Numbers lie in their range and have three digits at most" (fun (seed: int) ->
              for text, low, high in
                  [ "learning-rate=1e-5..0.1:log", 1e-5, 0.1
                    "dropout=0.1..0.35", 0.1, 0.35
                    "momentum=0..0.999", 0.0, 0.999 ] do
                  for drawn in draws text seed do
                      Expect.that (number drawn >= low && number drawn <= high) $"{drawn} of {text}"
                      Expect.that ((mantissa drawn).TrimEnd('0').Length <= 3) $"{drawn} of {text} has many digits")
          lawTried 50 "Whole numbers stay whole, and choices are choices" (fun (seed: int) ->
              for drawn in draws "batch-size=16..512:log" seed @ draws "batch-size=16..512" seed do
                  Expect.that (int drawn >= 16 && int drawn <= 512) drawn

              for drawn in draws "hidden=64|128,128|512,512" seed do
                  Expect.that (List.contains drawn [ "64"; "128,128"; "512,512" ]) drawn)
          test "Every whole number and every choice comes up about equally often" (fun () ->
              // 4000 draws of four: a count is 1000 ± 27.4, and five deviations do not happen.
              for text in [ "batch-size=1..4"; "batch-size=1|2|3|4" ] do
                  let counts = List.init 100 (fun seed -> draws text seed) |> List.concat |> List.countBy id
                  Expect.equal 4 counts.Length

                  for _, count in counts do
                      Expect.within 137.0 1000.0 (float count))
          test "A logarithmic range has as many numbers in every decade" (fun () ->
              let all = List.init 100 (fun seed -> draws "learning-rate=1e-4..0.1:log" seed) |> List.concat
              let decades = all |> List.countBy (fun drawn -> floor (log10 (number drawn)))

              // A third of 4000, with a deviation of 29.8.
              for decade in [ -4.0; -3.0; -2.0 ] do
                  Expect.within 150.0 1333.3 (decades |> List.find (fun (place, _) -> place = decade) |> snd |> float))
          test "What an option draws does not depend on what else is varied" (fun () ->
              let only = [ "--trials"; "2"; "--epochs"; "1"; "--vary"; "dropout=0..0.5" ]
              succeed (search "only" only) |> ignore
              succeed (search "both" (only @ [ "--vary"; "optimizer=adam|nadam" ])) |> ignore
              let dropouts out = List.zip (column "trial" (rows out)) (column "dropout" (rows out)) |> List.sort
              Expect.equal (dropouts "only/trials.csv") (dropouts "both/trials.csv"))
          law "Rungs halve the trials and lead up to the end" (fun (trials: int) (epochs: int) (rate: int) ->
              let trials, epochs, rate = 1 + abs (trials % 999), 1 + abs (epochs % 200), 2 + abs (rate % 5)
              let rungs = List.ofSeq (Halving.Rungs(trials, epochs, Nullable rate))
              Expect.equal trials rungs.Head.Trials
              Expect.that (not (List.last rungs).Epochs.HasValue) "the last rung has an end"

              for one, next in List.pairwise rungs do
                  Expect.equal ((one.Trials + rate - 1) / rate) next.Trials
                  Expect.that (not next.Epochs.HasValue || one.Epochs.Value < next.Epochs.Value) "rungs do not rise"
                  Expect.that (one.Epochs.Value >= 1 && one.Epochs.Value < epochs) "a rung is not on the way") ])
