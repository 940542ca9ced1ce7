/// nn model verify on whole, mixed and damaged runs.
module NeuralNetwork.Tests.Cli.VerifyTests

open System.IO
open System.Text.RegularExpressions
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.WholeRuns

let tests =
    workplaceWith "Verify" WholeRuns.prepare (fun place ->
        let folder, at = place.Folder, place.At
        let copy = WholeRuns.copy place

        [ test "Verifying a run says what is missing and what does not belong to the rest" (fun () ->
              let verify run = CommandLine.run folder [ "model"; "verify"; run ]
              Expect.equal 0 (verify "whole").Code
              copy "whole" "mixed"
              CommandLine.succeed folder (trainOn "data" "foreign" [ "--epochs"; "1" ]) |> ignore
              File.Copy(at "foreign/model.safetensors", at "mixed/model.safetensors", true)
              let outcome = verify "mixed"
              Expect.equal 3 outcome.Code
              Expect.mentions [ "mixed/model.safetensors"; "not the best model" ] outcome.Error
              // A run that has not ended may be ahead of its checkpoint.
              File.Delete(at "mixed/run.json")
              let outcome = verify "mixed"
              Expect.equal 0 outcome.Code
              Expect.mentions [ "warning"; "nn resume" ] outcome.Error

              for name in [ "config.json"; "model.safetensors"; "checkpoint.safetensors" ] do
                  let run = $"without-{name}"
                  copy "whole" run
                  File.Delete(at $"{run}/{name}")
                  let outcome = verify run
                  Expect.equal 3 outcome.Code
                  Expect.mentions [ $"{run}/{name}: missing" ] outcome.Error

              copy "whole" "stale"
              let record = File.ReadAllText(at "stale/run.json")
              File.WriteAllText(at "stale/run.json", Regex.Replace(record, "\"epochs\": \\d+", "\"epochs\": 999"))
              let outcome = verify "stale"
              Expect.equal 0 outcome.Code

              Expect.mentions
                  [ "warning"; "stale/run.json: not the record of the checkpoint"; "nn resume" ]
                  outcome.Error

              copy "whole" "scrawled"
              File.WriteAllText(at "scrawled/config.json", "{")
              let outcome = verify "scrawled"
              Expect.equal 3 outcome.Code
              Expect.mentions [ "scrawled/config.json"; "not JSON" ] outcome.Error) ])
