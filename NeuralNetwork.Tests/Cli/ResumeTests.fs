/// Runs that are killed, stopped, locked and resumed: nothing is lost, and nothing is different in the end.
[<NUnit.Framework.TestFixture; NUnit.Framework.Platform "Unix">]
module NeuralNetwork.Tests.Cli.ResumeTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open NeuralNetwork.Tests
open NUnit.Framework

let private folder = Path.Combine(Path.GetTempPath(), $"nn-resume-{Guid.NewGuid()}")
let private at (name: string) = Path.Combine(folder, name)

/// Everything with a state: batch norm, dropout, moments, a rate that rises and falls, patience, a checkpoint a step.
let private trainOn data out more =
    [ "train"; data; "--out"; out; "--hidden"; "16"; "--batch-norm"; "--dropout"; "0.2" ]
    @ [ "--optimizer"; "adam"; "--lr"; "0.01"; "--schedule"; "one-cycle"; "--batch-size"; "64" ]
    @ [ "--checkpoint-every"; "1"; "--blas"; "managed"; "--threads"; "1" ]
    @ more

let private train out = trainOn "data" out [ "--epochs"; "12"; "--early-stopping"; "6" ]

[<OneTimeSetUp>]
let prepare () =
    CommandLine.writeData (at "data")
    CommandLine.succeed folder (train "whole") |> ignore

[<OneTimeTearDown>]
let cleanUp () = Directory.Delete(folder, true)

let private bytes (name: string) = Convert.ToBase64String(File.ReadAllBytes(at name))

/// A history without the seconds, the one column that no run repeats.
let private history run =
    File.ReadAllLines(at $"{run}/history.csv")
    |> Array.map (fun row -> row.Substring(0, row.LastIndexOf ','))

let private lines run = File.ReadAllLines(at $"{run}/history.jsonl").Length

let private expectWhole run =
    Expect.equal (bytes "whole/model.safetensors") (bytes $"{run}/model.safetensors")
    Expect.equal (history "whole") (history run)
    Expect.equal (lines "whole") (lines run)
    let files name = Directory.GetFiles(at name) |> Array.map Path.GetFileName |> Array.sort
    Expect.equal (files "whole") (files run)

/// Reads what a run says until it says this.
let private readUntil (start: string) (started: Process) =
    let rec read () =
        match started.StandardError.ReadLine() with
        | null -> Expect.fail $"the run ended before it said '{start}'"
        | line when (line: string).TrimStart().StartsWith(start, StringComparison.Ordinal) -> ()
        | _ -> read ()

    read ()

let private kill (started: Process) =
    started.Kill()
    started.WaitForExit()

let private signal (name: string) (started: Process) =
    use sender = Process.Start("kill", [ $"-{name}"; string started.Id ])
    sender.WaitForExit()

[<States 71>]
[<Test>]
let ``A run that is killed again and again comes to the bits of the run never interrupted`` () =
    for epoch in 1..5 do
        use started = CommandLine.start folder (if epoch = 1 then train "killed" else [ "resume"; "killed" ])

        readUntil $"epoch  {epoch}/" started
        kill started

    CommandLine.succeed folder [ "resume"; "killed" ] |> ignore
    expectWhole "killed"

[<TestCase("INT", 130)>]
[<TestCase("TERM", 143)>]
let ``A run that is told to stop saves where it is and says how to go on`` (name: string, code: int) =
    let run = $"stopped-{name}"
    let started = CommandLine.start folder (train run)
    readUntil "epoch  2/" started
    signal name started
    let outcome = CommandLine.finish started
    Expect.equal code outcome.Code
    Expect.equal "" outcome.Out
    Expect.mentions [ $"nn resume {run}" ] outcome.Error
    let manifest = JsonDocument.Parse(File.ReadAllText(at $"{run}/run.json")).RootElement
    Expect.that ((manifest.GetProperty "interrupted").GetBoolean()) "not said to be interrupted"
    CommandLine.succeed folder [ "resume"; run ] |> ignore
    expectWhole run

let private copy (source: string) (target: string) =
    Directory.CreateDirectory(at target) |> ignore

    for file in Directory.GetFiles(at source) do
        File.Copy(file, Path.Combine(at target, string (Path.GetFileName file)))

[<Test>]
let ``A finished run is resumed to itself`` () =
    copy "whole" "finished"
    CommandLine.succeed folder [ "resume"; "finished" ] |> ignore
    let unchanged = [ "model.safetensors"; "checkpoint.safetensors"; "history.csv"; "history.jsonl"; "config.json" ]

    for name in unchanged do
        Expect.equal (bytes $"whole/{name}") (bytes $"finished/{name}")

let private refused (code: int) (words: string list) run =
    let before = CommandLine.content (at run)
    let outcome = CommandLine.run folder [ "resume"; run ]
    Expect.mentions words outcome.Error
    Expect.equal code outcome.Code
    Expect.equal "" outcome.Out
    Expect.equal before (CommandLine.content (at run))

[<Test>]
let ``A changed option is named, and let pass only if it is allowed, which is recorded`` () =
    copy "whole" "optioned"
    let config = at "optioned/config.json"
    File.WriteAllText(config, File.ReadAllText(config).Replace("\"learning_rate\": 0.01", "\"learning_rate\": 0.02"))
    refused 2 [ "--learning-rate"; "0.02 now"; "0.01 before"; "--allow-change" ] "optioned"
    CommandLine.succeed folder [ "resume"; "optioned"; "--allow-change" ] |> ignore
    let manifest = JsonDocument.Parse(File.ReadAllText(at "optioned/run.json")).RootElement
    let changes = (manifest.GetProperty "resumed").GetProperty "allowed_changes"
    Expect.mentions [ "--learning-rate"; "0.02"; "0.01" ] (changes.GetRawText())
    // Once allowed it is what the run is made of, and remembered.
    CommandLine.succeed folder [ "resume"; "optioned" ] |> ignore
    let manifest = JsonDocument.Parse(File.ReadAllText(at "optioned/run.json")).RootElement
    Expect.mentions [ "0.02" ] (((manifest.GetProperty "resumed").GetProperty "allowed_changes").GetRawText())

[<Test>]
let ``Another network or optimizer is refused whatever is allowed`` () =
    for run, before, after, word in
        [ "renetworked", "\"hidden\": \"16\"", "\"hidden\": \"17\"", "network"
          "reoptimized", "\"optimizer\": \"adam\"", "\"optimizer\": \"momentum\"", "optimizer" ] do
        copy "whole" run
        let config = at $"{run}/config.json"
        let text = File.ReadAllText config
        let text = if text.Contains before then text.Replace(before, after) else text.Replace("16", "17")
        File.WriteAllText(config, text)
        let outcome = CommandLine.run folder [ "resume"; run; "--allow-change" ]
        Expect.equal 3 outcome.Code
        Expect.mentions [ "checkpoint.safetensors"; word ] outcome.Error

[<Test>]
let ``Data that have changed since are named`` () =
    copy "data" "changing"
    CommandLine.succeed folder (trainOn "changing" "changed" [ "--epochs"; "1" ]) |> ignore

    let images = at "changing/train-images-idx3-ubyte"
    let content = File.ReadAllBytes images
    content[5000] <- content[5000] ^^^ 1uy
    File.WriteAllBytes(images, content)
    refused 2 [ "train-images-idx3-ubyte"; "--allow-change" ] "changed"

[<Test>]
let ``A checkpoint that is damaged or missing is refused`` () =
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
    Expect.equal 3 outcome.Code

[<Test>]
let ``A second writer is turned away at once and told of the first, whose end in any way opens the folder`` () =
    let started = CommandLine.start folder (trainOn "data" "locked" [ "--steps"; "1000000" ])
    readUntil "epoch" started

    for arguments in [ train "locked" @ [ "--force" ]; [ "resume"; "locked" ] ] do
        let outcome = CommandLine.run folder arguments
        Expect.equal 4 outcome.Code
        Expect.mentions [ "locked"; $"process {started.Id}" ] outcome.Error

    kill started
    let again = CommandLine.start folder [ "resume"; "locked" ]
    readUntil "going on" again
    kill again
