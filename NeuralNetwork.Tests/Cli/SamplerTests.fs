/// How the trials of a search are chosen, and that it does not matter how many are trained at a time.
module NeuralNetwork.Tests.Cli.SamplerTests

open System
open System.Globalization
open System.IO
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open NeuralNetwork.Tests

let private small =
    [ "--hidden"; "4"; "--preset"; "none"; "--batch-size"; "16"; "--blas"; "managed" ]
    @ [ "--threads"; "1" ]

let private two = [ "--epochs"; "2" ]
let private ranges = [ "--vary"; "learning-rate=1e-4..0.1:log"; "--vary"; "dropout=0..0.5" ]

let private prepare (place: Workplace) =
    let row place =
        let x, z = sin (float place), cos (3.0 * float place)
        FormattableString.Invariant $"{x},{z},{x - z}"

    File.WriteAllLines(place.At "rows.csv", "x,z,y" :: List.map row [ 0..59 ])

let private words (place: Workplace) out more = [ "search"; place.At "rows.csv"; "--out"; place.At out ] @ small @ more

/// What is said, without times and the name of the folder.
let private said (place: Workplace) out (text: string) : string =
    Regex.Replace(text.Replace(place.At out, "OUT"), @"\b\d+\.\d\b", "TIME")

/// results.json without seconds.
let private results (place: Workplace) out : string =
    let document = File.ReadAllText(place.At $"{out}/results.json") |> JsonNode.Parse |> nonNull

    for trial in (nonNull document["trials"]).AsArray() do
        (nonNull trial).AsObject().Remove "seconds" |> ignore

    document.ToJsonString()

/// All that is not about time: the same for the same search.
let private timeless (place: Workplace) out : (string * string) list =
    let files = Directory.GetFiles(place.At out, "*", SearchOption.AllDirectories)
    let names = [ for path in files -> Path.GetRelativePath(place.At out, path).Replace('\\', '/') ] |> List.sort

    [ for name in names do
          let kept = [ "search.json"; "scatter.svg"; "config.json"; "model.safetensors" ]

          name,
          (if kept |> List.exists (fun (ending: string) -> name.EndsWith ending) then
               place.Bytes $"{out}/{name}"
           else
               "")
      for name in names do
          if name.EndsWith ".csv" then
              let table = place.Timeless $"{out}/{name}"
              name, $"%A{table}"
      "results", results place out ]

/// What was drawn for an option, trial by trial.
let private column (place: Workplace) (name: string) out : string list =
    [ for trial in (place.Json $"{out}/results.json").GetProperty("trials").EnumerateArray() do
          let drawn = trial.GetProperty("drawn").GetProperty name
          trial.GetProperty("trial").GetInt32(), string (drawn.GetString()) ]
    |> List.sort
    |> List.map snd

let private searches =
    [ "random", [ "--trials"; "8"; "--epochs"; "2" ] @ ranges
      "tpe", [ "--trials"; "14"; "--sampler"; "tpe"; "--epochs"; "2" ] @ ranges
      "halving", [ "--trials"; "12"; "--sampler"; "tpe"; "--halving"; "2"; "--epochs"; "4" ] @ ranges
      "wild",
      [ "--trials"; "8"; "--epochs"; "2"; "--optimizer"; "sgd"; "--loss"; "squared-error" ]
      @ [ "--vary"; "learning-rate=1e30|0.01" ] ]

let tests =
    workplaceWith "Sampler" prepare (fun place ->
        let words, column = words place, column place
        let run out more = InProcess.succeed (words out more)

        [ eachNamed
              "However many trials are trained at a time, a search says the same and leaves the same files, times aside"
              [ for name, more in searches -> name, (name, more) ]
              (fun (name, more) ->
                  let alone = run $"{name}-1" more
                  Expect.that (alone.Error.Contains "trial-008") alone.Error

                  for jobs in [ 3 ] do
                      let out = $"{name}-{jobs}"
                      let beside = run out (more @ [ "--jobs"; string jobs ])
                      Expect.equal (said place $"{name}-1" alone.Error) (said place out beside.Error)
                      Expect.equal (said place $"{name}-1" alone.Out) (said place out beside.Out)

                      for (file, expected), (same, content) in
                          List.zip (timeless place $"{name}-1") (timeless place out) do
                          Expect.equal file same
                          Expect.that (expected = content) $"{out}: {file} differs")
          |> states [ 99 ]
          test "A search that is interrupted and killed goes on to the files of one that was not" (fun () ->
              let more =
                  [ "--trials"; "14"; "--sampler"; "tpe"; "--halving"; "2"; "--epochs"; "16" ]
                  @ ranges
                  @ [ "--checkpoint-every"; "1" ]

              run "whole" more |> ignore
              let begun = words "broken" (more @ [ "--jobs"; "2" ])
              use first = CommandLine.start place.Folder begun
              Started.readUntil "trial-002" first
              Started.signal "INT" first
              let outcome = CommandLine.finish first
              Expect.equal 130 outcome.Code
              use second = CommandLine.start place.Folder (begun @ [ "--resume" ])
              Started.readUntil "trial-012" second
              Started.kill second
              run "broken" [ "--resume"; "--jobs"; "3" ] |> ignore

              for (file, expected), (same, content) in List.zip (timeless place "whole") (timeless place "broken") do
                  Expect.equal file same
                  Expect.that (expected = content) $"{file} differs")
          |> states [ 99 ]
          test "The first ten trials of a model's are drawn at random, and the others are proposed" (fun () ->
              run "drawn" ([ "--trials"; "13" ] @ two @ ranges) |> ignore
              run "proposed" ([ "--trials"; "13"; "--sampler"; "tpe" ] @ two @ ranges) |> ignore
              let rates = column "learning_rate"
              Expect.equal (List.take 10 (rates "drawn")) (List.take 10 (rates "proposed"))

              for one, other in List.zip (rates "drawn") (rates "proposed") |> List.skip 10 do
                  Expect.that (one <> other) $"{one} was not proposed"

              // More of them leave those there are as they are.
              run "proposed" [ "--trials"; "15"; "--resume" ] |> ignore
              run "longer" ([ "--trials"; "15"; "--sampler"; "tpe" ] @ two @ ranges) |> ignore
              Expect.equal (rates "longer") (rates "proposed"))
          test "What was tried is not tried again because a model proposes it" (fun () ->
              // Four that there are, all of which are among the first ten: the others are drawn as they always were.
              let more = [ "--trials"; "14"; "--vary"; "optimizer=adam|sgd"; "--vary"; "batch-norm=true|false" ] @ two
              run "four" more |> ignore
              run "again" (more @ [ "--sampler"; "tpe" ]) |> ignore

              for name in [ "optimizer"; "batch_norm" ] do
                  Expect.equal (column name "four") (column name "again"))
          test "What cannot be trained is drawn at random where a model proposes it" (fun () ->
              // Two rates of dropout need two hidden layers. What is drawn from seed 3 has them, and what is proposed for trial 11 has not.
              let more =
                  [ "--preset"; "none"; "--batch-size"; "16"; "--epochs"; "1"; "--blas"; "managed"; "--threads"; "1" ]
                  @ [ "--trials"; "14"; "--seed"; "3"; "--vary"; "hidden=4|4,4" ]
                  @ [ "--vary"; "dropout=0|0.1|0.2|0.3|0.1,0.1"; "--vary"; "learning-rate=1e-4..0.1:log" ]

              let search out other =
                  InProcess.succeed ([ "search"; place.At "rows.csv"; "--out"; place.At out ] @ more @ other)
                  |> ignore

              search "luck" []
              search "clash" [ "--sampler"; "tpe" ]
              let rates out = column "learning_rate" out |> List.skip 10
              let pairs = List.zip (rates "luck") (rates "clash")
              Expect.equal [ true; false; false; false ] [ for one, other in pairs -> one = other ])
          test "An option that matters explains the ranks of trials, and one that does not explains nothing" (fun () ->
              let more = [ "--vary"; "learning-rate=1e-7..0.1:log"; "--vary"; "checkpoint-every=1..900" ]
              let outcome = run "many" ([ "--trials"; "30" ] @ two @ more)
              let document = place.Json "many/results.json"

              let shares =
                  [ for one in document.GetProperty("importance").EnumerateArray() do
                        string (one.GetProperty("option").GetString()), one.GetProperty("share").GetDouble() ]

              Expect.equal [ "learning_rate"; "checkpoint_every" ] (List.map fst shares)
              Expect.that (snd shares[0] > 0.6) $"%A{shares}"
              Expect.within 0.4 0.0 (snd shares[1])
              Expect.mentions [ "importance: learning-rate "; " % ± " ] outcome.Out
              Expect.mentions [ "explains by itself" ] (File.ReadAllText(place.At "many/report.html"))
              run "few" ([ "--trials"; "3" ] @ two @ more) |> ignore
              let few = (place.Json "few/results.json").GetProperty "importance"
              Expect.equal Text.Json.JsonValueKind.Null few.ValueKind) ])
