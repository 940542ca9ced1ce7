/// Runs that are resumed: nothing is lost, nothing is different in the end, and what does not fit is refused.
module NeuralNetwork.Tests.Cli.ResumeTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.WholeRuns

let private refused (place: Workplace) (code: int) (words: string list) run =
    let before = CommandLine.content (place.At run)
    let outcome = CommandLine.run place.Folder [ "resume"; run ]
    Expect.mentions words outcome.Error
    Expect.equal code outcome.Code
    Expect.equal "" outcome.Out
    Expect.equal before (CommandLine.content (place.At run))

let tests =
    workplaceWith "Resume" WholeRuns.prepare (fun place ->
        let folder, at = place.Folder, place.At
        let expectWhole = WholeRuns.expect place
        let copy = WholeRuns.copy place
        let refused = refused place

        [ states
              [ 71 ]
              (test "A run that is killed again and again comes to the bits of the run never interrupted" (fun () ->
                  for kill in 1..5 do
                      use started =
                          CommandLine.start folder (if kill = 1 then train "killed" else [ "resume"; "killed" ])

                      // Its next epoch, whichever it is: it may have come further than was read when it was killed.
                      Started.readUntil "  train " started
                      Started.kill started

                  CommandLine.succeed folder [ "resume"; "killed" ] |> ignore
                  expectWhole "killed"))
          test "A finished run is resumed to itself: it says so, and no file is written" (fun () ->
              copy "whole" "finished"

              let written () =
                  [ for file in Directory.GetFiles(at "finished") -> file, File.GetLastWriteTimeUtc file ]

              let before = CommandLine.content (at "finished"), written ()
              let outcome = CommandLine.succeed folder [ "resume"; "finished" ]
              Expect.mentions [ "the run had come to its end"; "nothing is left to do" ] outcome.Error
              Expect.that (not (outcome.Error.Contains "going on")) outcome.Error
              Expect.equal before (CommandLine.content (at "finished"), written ())
              Expect.that (not (outcome.Error.Contains "written again")) outcome.Error
              let model = at "finished/model.safetensors"
              let again = "(nn resume finished writes it again)"

              let mend found =
                  Expect.mentions [ again ] (CommandLine.run folder [ "predict"; "finished"; "data" ]).Error
                  let outcome = CommandLine.succeed folder [ "resume"; "finished" ]
                  Expect.mentions [ $"finished/model.safetensors was {found}: written again" ] outcome.Error
                  Expect.equal (fst before) (CommandLine.content (at "finished"))

              // What is missing or damaged is written again.
              File.Delete model
              mend "missing"
              File.WriteAllBytes(model, (File.ReadAllBytes model)[..999])
              Expect.mentions [ again ] (CommandLine.run folder [ "model"; "verify"; "finished" ]).Error
              mend "not what the checkpoint says")
          test "A changed option is named, and let pass only if it is allowed, which is recorded" (fun () ->
              copy "whole" "optioned"
              let config = at "optioned/config.json"

              File.WriteAllText(
                  config,
                  File.ReadAllText(config).Replace("\"learning_rate\": 0.01", "\"learning_rate\": 0.02")
              )

              refused 2 [ "--learning-rate"; "0.02 now"; "0.01 before"; "--allow-change" ] "optioned"
              CommandLine.succeed folder [ "resume"; "optioned"; "--allow-change" ] |> ignore
              let manifest = JsonDocument.Parse(File.ReadAllText(at "optioned/run.json")).RootElement
              let changes = (manifest.GetProperty "resumed").GetProperty "allowed_changes"
              Expect.mentions [ "--learning-rate"; "0.02"; "0.01" ] (changes.GetRawText())
              // Once allowed it is what the run is made of, and remembered.
              CommandLine.succeed folder [ "resume"; "optioned" ] |> ignore
              let manifest = JsonDocument.Parse(File.ReadAllText(at "optioned/run.json")).RootElement

              Expect.mentions
                  [ "0.02" ]
                  (((manifest.GetProperty "resumed").GetProperty "allowed_changes").GetRawText()))
          test "Another network or optimizer is refused whatever is allowed" (fun () ->
              for run, before, after, word in
                  [ "renetworked", "\"hidden\": [\n    16\n", "\"hidden\": [\n    17\n", "network"
                    "reoptimized", "\"optimizer\": \"adam\"", "\"optimizer\": \"momentum\"", "optimizer" ] do
                  copy "whole" run
                  let config = at $"{run}/config.json"
                  let text = File.ReadAllText config
                  Expect.mentions [ before ] text
                  File.WriteAllText(config, text.Replace(before, after))
                  let outcome = CommandLine.run folder [ "resume"; run; "--allow-change" ]
                  Expect.equal 3 outcome.Code
                  Expect.mentions [ "checkpoint.safetensors"; word ] outcome.Error)
          test "Data that have changed since are named" (fun () ->
              copy "data" "changing"
              CommandLine.succeed folder (trainOn "changing" "changed" [ "--epochs"; "1" ]) |> ignore

              let images = at "changing/train-images-idx3-ubyte"
              let content = File.ReadAllBytes images
              content[5000] <- content[5000] ^^^ 1uy
              File.WriteAllBytes(images, content)

              let hash bytes =
                  (Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes: byte[])))[..7]

              let now = hash content
              content[5000] <- content[5000] ^^^ 1uy
              let line = $"train-images-idx3-ubyte: {now}… now, {hash content}… before"
              refused 2 [ line; "--allow-change" ] "changed")
          test "A checkpoint that is damaged or missing is refused" (fun () ->
              copy "whole" "damaged"
              let path = at "damaged/checkpoint.safetensors"
              let content = File.ReadAllBytes path
              content[content.Length - 1] <- content[content.Length - 1] ^^^ 1uy
              File.WriteAllBytes(path, content)
              refused 3 [ "checkpoint.safetensors"; "tensor"; "damaged" ] "damaged"
              File.WriteAllBytes(path, content[.. content.Length / 2])
              refused 3 [ "checkpoint.safetensors" ] "damaged"
              File.Delete path
              refused 3 [ "checkpoint.safetensors" ] "damaged"
              refused 3 [ "config.json" ] "data"
              let outcome = CommandLine.run folder [ "resume"; "nowhere" ]
              Expect.equal 3 outcome.Code) ])
