/// Finished runs that go on: as if they had been asked for more from the beginning.
module NeuralNetwork.Tests.Cli.RunLengthTests

open System
open System.IO
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    let random = Random 3

    Tables.write
        place
        "points.csv"
        [ "x,y,kind"
          for _ in 0..89 do
              let x, y = 2.0 * random.NextDouble(), 2.0 * random.NextDouble()
              $"{Tables.number x},{Tables.number y},{if x + y > 2.0 then 1 else 0}" ]

let private train (place: Workplace) (run: string) (more: string list) =
    Tables.train
        place
        "points.csv"
        run
        ([ "--target"; "kind"; "--task"; "classification"; "--batch-size"; "16" ] @ more)

let private resume (place: Workplace) (run: string) (more: string list) =
    InProcess.run ([ "resume"; place.At run ] @ more)

let private expectSame (place: Workplace) (one: string) (other: string) =
    Expect.equal (place.Bytes $"{one}/model.safetensors") (place.Bytes $"{other}/model.safetensors")
    Expect.equal (place.Timeless $"{one}/history.csv") (place.Timeless $"{other}/history.csv")

let private number (place: Workplace) (path: string) (run: string) (field: string) =
    ((place.Json $"{run}/{path}").GetProperty field).GetInt32()

let private refused (place: Workplace) (run: string) (words: string list) (more: string list) =
    let before = CommandLine.content (place.At run)
    let outcome = resume place run more
    Expect.equal 2 outcome.Code
    Expect.mentions words outcome.Error
    Expect.equal before (CommandLine.content (place.At run))

let tests =
    workplaceWith "RunLength" prepare (fun place ->
        let at = place.At
        let train = train place
        let resume = resume place
        let expectSame = expectSame place
        let number = number place
        let refused = refused place

        [ each
              "A run that is lengthened is the run that was as long from the beginning"
              [ "plain", "constant", ""
                "wary", "plateau", "--dropout 0.3"
                "stepped", "step:0.5:20", "--batch-norm"
                "falling", "exponential:0.5:40", "--optimizer momentum" ]
              (fun (run: string, schedule: string, more: string) ->
                  let more =
                      [ "--schedule"; schedule ]
                      @ List.ofArray (more.Split(' ', StringSplitOptions.RemoveEmptyEntries))

                  train run ([ "--epochs"; "4" ] @ more) |> Tables.succeed |> ignore
                  train $"{run}-long" ([ "--epochs"; "9" ] @ more) |> Tables.succeed |> ignore
                  let outcome = resume run [ "--epochs"; "9" ] |> Tables.succeed
                  Expect.mentions [ "going on in epoch 5" ] outcome.Error
                  Expect.that (not (outcome.Error.Contains "schedule")) outcome.Error
                  expectSame $"{run}-long" run
                  Expect.equal 9 (number "config.json" run "epochs")
                  let results = (place.Json $"{run}/run.json").GetProperty "results"
                  Expect.equal 9 ((results.GetProperty "epochs").GetInt32())
                  // From then on it is a run of nine epochs.
                  Expect.mentions [ "nothing is left to do" ] (resume run [] |> Tables.succeed).Error)
          each
              "A schedule that depends on the steps in all goes on as the new number says, and says so"
              [ "cosine"; "one-cycle"; "polynomial" ]
              (fun (schedule: string) ->
                  let run = $"total-{schedule}"
                  train run [ "--epochs"; "3"; "--schedule"; schedule ] |> Tables.succeed |> ignore
                  let outcome = resume run [ "--epochs"; "6" ] |> Tables.succeed
                  Expect.mentions [ $"the schedule {schedule} depends on the steps in all"; "36" ] outcome.Error
                  let changes = ((place.Json $"{run}/run.json").GetProperty "resumed").GetProperty "allowed_changes"
                  Expect.mentions [ "training" ] (changes.GetRawText())
                  Expect.mentions [ "nothing is left to do" ] (resume run [] |> Tables.succeed).Error)
          test "Steps lengthen a run, too, to as many as there are to be" (fun () ->
              train "steps" [ "--steps"; "12" ] |> Tables.succeed |> ignore
              train "steps-long" [ "--steps"; "30" ] |> Tables.succeed |> ignore
              resume "steps" [ "--steps"; "30" ] |> Tables.succeed |> ignore
              expectSame "steps-long" "steps"
              // A limit that was there before would come before the epochs.
              train "unlimited" [ "--steps"; "12" ] |> Tables.succeed |> ignore
              train "epochs" [ "--epochs"; "5" ] |> Tables.succeed |> ignore
              resume "unlimited" [ "--epochs"; "5" ] |> Tables.succeed |> ignore
              expectSame "epochs" "unlimited")
          test "An epoch that was cut short stays so, which is said, and all steps asked for are made" (fun () ->
              train "cut" [ "--steps"; "8" ] |> Tables.succeed |> ignore
              let outcome = resume "cut" [ "--steps"; "21" ] |> Tables.succeed
              Expect.mentions [ "epoch 2 was cut short" ] outcome.Error
              let results = (place.Json "cut/run.json").GetProperty "results"
              Expect.equal 21 ((results.GetProperty "steps").GetInt32()))
          test "An end behind where the run stands, or none that is one, is refused, and nothing is written" (fun () ->
              train "done" [ "--epochs"; "5" ] |> Tables.succeed |> ignore
              refused "done" [ "--epochs: 4"; "is at 5" ] [ "--epochs"; "4" ]
              refused "done" [ "--steps: 7"; "has 30" ] [ "--steps"; "7" ]
              refused "done" [ "--epochs: many"; "whole number" ] [ "--epochs"; "many" ]
              // As far as it has come is no other end.
              Expect.mentions [ "nothing is left to do" ] (resume "done" [ "--epochs"; "5" ] |> Tables.succeed).Error)
          test "A run that patience ended goes on with more of it, as if it had had that from the beginning" (fun () ->
              let train run patience = train run [ "--epochs"; "60"; "--lr"; "0.5"; "--early-stopping"; patience ]
              train "short" "2" |> Tables.succeed |> ignore
              train "patient" "9" |> Tables.succeed |> ignore
              refused "short" [ "--early-stopping"; "have ended the run" ] [ "--epochs"; "90" ]
              resume "short" [ "--early-stopping"; "9" ] |> Tables.succeed |> ignore
              expectSame "patient" "short")
          test "What else has changed is refused as ever" (fun () ->
              train "other" [ "--epochs"; "3" ] |> Tables.succeed |> ignore
              let config = at "other/config.json"
              File.WriteAllText(config, File.ReadAllText(config).Replace("\"shuffle\": true", "\"shuffle\": false"))
              refused "other" [ "--shuffle"; "--allow-change" ] [ "--epochs"; "6" ])
          test "An average of another kind begins anew where it is let pass" (fun () ->
              train "averaged" [ "--epochs"; "3"; "--average"; "ema:0.9" ] |> Tables.succeed |> ignore
              let config = at "averaged/config.json"
              File.WriteAllText(config, File.ReadAllText(config).Replace("\"ema:0.9\"", "\"swa:0\""))
              refused "averaged" [ "--average"; "swa:0"; "--allow-change" ] [ "--epochs"; "6" ]
              let outcome = resume "averaged" [ "--epochs"; "6"; "--allow-change" ] |> Tables.succeed
              Expect.mentions [ "the average of the weights begins anew at step 18" ] outcome.Error

              // The ends of the three epochs since.
              match Checkpoint.read (File.ReadAllBytes(at "averaged/checkpoint.safetensors")) with
              | Ok(AnyCheckpoint.Single checkpoint) -> Expect.equal 3 checkpoint.State.Averaged
              | other -> Expect.fail $"{other}")
          test "Epochs that end before there is anything to average are told" (fun () ->
              let outcome =
                  train "early" [ "--epochs"; "30"; "--average"; "swa:0.9"; "--early-stopping"; "1"; "--lr"; "1e-12" ]
                  |> Tables.succeed

              Expect.mentions [ "no weights were averaged: no epoch ended behind 0.9 of 180 steps" ] outcome.Error
              Expect.mentions [ "no weights were averaged" ] (File.ReadAllText(at "early/report.html"))) ])
