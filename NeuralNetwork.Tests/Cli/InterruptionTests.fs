/// Runs that are told to stop, or killed before they had something to save.
module NeuralNetwork.Tests.Cli.InterruptionTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.WholeRuns

/// How a system tells a program to stop, and the code that it ends with.
let private ways: (string * int) list =
    [ "INT", 130; "TERM", 143; "HUP", 129 ] @ (if Elsewhere.isWindows then [ "BREAK", 131 ] else [])

let tests =
    workplaceWith "Interruption" WholeRuns.prepare (fun place ->
        let folder, at = place.Folder, place.At
        let expectWhole = WholeRuns.expect place

        [ each
              "A run that is told to stop saves where it is and says how to go on"
              ways
              (fun (name: string, code: int) ->
                  let run = $"stopped-{name}"
                  let started = CommandLine.start folder (train run)
                  Started.readUntil "epoch  2/" started
                  Started.tell [ name ] (at run) started
                  let outcome = CommandLine.finish started
                  Expect.equal code outcome.Code
                  Expect.equal "" outcome.Out
                  Expect.mentions [ $"nn resume {run}" ] outcome.Error
                  let manifest = JsonDocument.Parse(File.ReadAllText(at $"{run}/run.json")).RootElement
                  Expect.that ((manifest.GetProperty "interrupted").GetBoolean()) "not said to be interrupted"
                  Expect.that (not (File.Exists(at $"{run}/.lock"))) "the lock is left"
                  CommandLine.succeed folder [ "resume"; run ] |> ignore
                  expectWhole run)
          test "A terminal that hangs up twice is heard once, and the run is saved" (fun () ->
              let started = CommandLine.start folder (trainOn "data" "twice" [ "--steps"; "1000000" ])
              Started.waitFor (at "twice/checkpoint.safetensors") started
              Started.tell [ "HUP"; "HUP" ] (at "twice") started
              let outcome = CommandLine.finish started
              Expect.equal 129 outcome.Code
              Expect.mentions [ "to go on: nn resume twice" ] outcome.Error)
          test "What is started with nohup does not hear that the terminal is gone, and still hears to stop" (fun () ->
              let deaf = [ "sh"; "-c"; "trap '' HUP; exec \"$@\""; "sh" ] @ CommandLine.inheriting ()

              let started = CommandLine.startWords [] folder (deaf @ trainOn "data" "deaf" [ "--steps"; "1000000" ])
              Started.waitFor (at "deaf/checkpoint.safetensors") started
              Started.signal "HUP" started
              let before = File.GetLastWriteTimeUtc(at "deaf/checkpoint.safetensors")

              // It goes on saving.
              Threading.SpinWait.SpinUntil(fun () ->
                  started.HasExited
                  || File.GetLastWriteTimeUtc(at "deaf/checkpoint.safetensors") > before.AddSeconds 1.0)

              Expect.that (not started.HasExited) "it heard"
              Started.signal "TERM" started
              Expect.equal 143 (CommandLine.finish started).Code)
          |> onUnix "there is no nohup"
          test "A run that is told to stop before its first step ends at once, and leaves nothing" (fun () ->
              let folder = new NeuralNetwork.Cli.Runs.RunFolder("--out", at "unbegun", false, false)

              let order =
                  NeuralNetwork.Cli.Runs.TrainOrder(
                      NeuralNetwork.Cli.Spec.TrainingSpec.Usual,
                      folder,
                      at "unbegun",
                      null
                  )

              let source = order.Open(at "data")

              let run =
                  NeuralNetwork.Cli.Runs.TrainStart.Fresh(
                      order,
                      source,
                      NeuralNetwork.Cli.Terminal.Screen([| "--quiet" |], InProcess.silent)
                  )

              Expect.raises<OperationCanceledException>(fun () ->
                  run.Complete(System.Threading.CancellationToken true) |> ignore)
              |> ignore

              Expect.that (not (Directory.Exists(at "unbegun"))) "a folder")
          test "A run that was killed before it first saved begins again from its start" (fun () ->
              Directory.CreateDirectory(at "early") |> ignore
              File.WriteAllText(at "early/.lock", "1")
              CommandLine.succeed folder (train "early") |> ignore

              for name in [ "checkpoint.safetensors"; "model.safetensors"; "run.json" ] do
                  File.Delete(at $"early/{name}")

              let outcome = CommandLine.succeed folder [ "resume"; "early" ]
              Expect.mentions [ "early"; "beginning again" ] outcome.Error
              expectWhole "early")
          test "A quiet run that is told to stop still says how to go on" (fun () ->
              let started = CommandLine.start folder (trainOn "data" "hushed" [ "--steps"; "1000000"; "--quiet" ])

              Started.waitFor (at "hushed/checkpoint.safetensors") started
              Started.signal "INT" started
              let outcome = CommandLine.finish started
              Expect.equal 130 outcome.Code
              Expect.mentions [ "nn: interrupted"; "nn resume hushed" ] outcome.Error) ])
