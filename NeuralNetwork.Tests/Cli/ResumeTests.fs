/// Runs that are killed, stopped, locked and resumed: nothing is lost, and nothing is different in the end.
[<NUnit.Framework.TestFixture; NUnit.Framework.Platform "Unix">]
module NeuralNetwork.Tests.Cli.ResumeTests

open System
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

[<States 71>]
[<Test>]
let ``A run that is killed again and again comes to the bits of the run never interrupted`` () =
    for epoch in 1..5 do
        use started = CommandLine.start folder (if epoch = 1 then train "killed" else [ "resume"; "killed" ])

        Started.readUntil $"epoch  {epoch}/" started
        Started.kill started

    CommandLine.succeed folder [ "resume"; "killed" ] |> ignore
    expectWhole "killed"

[<TestCase("INT", 130)>]
[<TestCase("TERM", 143)>]
let ``A run that is told to stop saves where it is and says how to go on`` (name: string, code: int) =
    let run = $"stopped-{name}"
    let started = CommandLine.start folder (train run)
    Started.readUntil "epoch  2/" started
    Started.signal name started
    let outcome = CommandLine.finish started
    Expect.equal code outcome.Code
    Expect.equal "" outcome.Out
    Expect.mentions [ $"nn resume {run}" ] outcome.Error
    let manifest = JsonDocument.Parse(File.ReadAllText(at $"{run}/run.json")).RootElement
    Expect.that ((manifest.GetProperty "interrupted").GetBoolean()) "not said to be interrupted"
    CommandLine.succeed folder [ "resume"; run ] |> ignore
    expectWhole run

[<Test>]
let ``A run that is told to stop before its first step ends at once, and leaves nothing`` () =
    let struct (order, data) =
        NeuralNetwork.Cli.TrainCommand.Of(trainOn (at "data") (at "unbegun") [] |> List.tail |> Array.ofList)

    let source = NeuralNetwork.Cli.DataSource.Find(data, order.Data.Format)
    let run = NeuralNetwork.Cli.TrainStart.Fresh(order, source, NeuralNetwork.Cli.Screen [| "--quiet" |])

    Assert.Catch<OperationCanceledException>(fun () -> run.Complete(System.Threading.CancellationToken true) |> ignore)
    |> ignore

    Expect.that (not (Directory.Exists(at "unbegun"))) "a folder"

let private copy (source: string) (target: string) =
    Directory.CreateDirectory(at target) |> ignore

    for file in Directory.GetFiles(at source) do
        File.Copy(file, Path.Combine(at target, string (Path.GetFileName file)))

[<Test>]
let ``A finished run is resumed to itself: it says so, and no file is written`` () =
    copy "whole" "finished"
    let written () = [ for file in Directory.GetFiles(at "finished") -> file, File.GetLastWriteTimeUtc file ]
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
    mend "not what the checkpoint says"

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
        [ "renetworked", "\"hidden\": [\n    16\n", "\"hidden\": [\n    17\n", "network"
          "reoptimized", "\"optimizer\": \"adam\"", "\"optimizer\": \"momentum\"", "optimizer" ] do
        copy "whole" run
        let config = at $"{run}/config.json"
        let text = File.ReadAllText config
        Expect.mentions [ before ] text
        File.WriteAllText(config, text.Replace(before, after))
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
    let hash bytes = (Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes: byte[])))[..7]
    let now = hash content
    content[5000] <- content[5000] ^^^ 1uy
    let line = $"train-images-idx3-ubyte: {now}… now, {hash content}… before"
    refused 2 [ line; "--allow-change" ] "changed"

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
    Started.readUntil "epoch" started

    for arguments in [ train "locked" @ [ "--force" ]; [ "resume"; "locked" ] ] do
        let outcome = CommandLine.run folder arguments
        Expect.equal 4 outcome.Code
        Expect.mentions [ "locked"; $"process {started.Id}" ] outcome.Error

    Started.kill started
    let again = CommandLine.start folder [ "resume"; "locked" ]
    Started.readUntil "going on" again
    Started.kill again

[<Test>]
let ``A run that was killed before it first saved begins again from its start`` () =
    Directory.CreateDirectory(at "early") |> ignore
    File.WriteAllText(at "early/.lock", "1")
    CommandLine.succeed folder (train "early") |> ignore

    for name in [ "checkpoint.safetensors"; "model.safetensors"; "run.json" ] do
        File.Delete(at $"early/{name}")

    let outcome = CommandLine.succeed folder [ "resume"; "early" ]
    Expect.mentions [ "early"; "beginning again" ] outcome.Error
    expectWhole "early"

[<Test>]
let ``A new run says what it is before its first step, keeps others out, and begins again after a kill`` () =
    let endless =
        [ "train"; "data"; "--out"; "begun"; "--hidden"; "16"; "--blas"; "managed"; "--threads"; "1" ]
        @ [ "--epochs"; "1000000"; "--checkpoint-every"; "10000000" ]

    let started = CommandLine.start folder endless
    Started.readUntil "784-16-10" started
    Expect.that (File.Exists(at "begun/config.json")) "no options"

    for arguments in [ endless; [ "resume"; "begun" ] ] do
        let outcome = CommandLine.run folder arguments
        Expect.equal 4 outcome.Code
        Expect.mentions [ "begun"; $"process {started.Id}" ] outcome.Error

    Started.kill started
    let again = CommandLine.start folder [ "resume"; "begun" ]
    Started.readUntil "begun: no checkpoint yet" again
    Started.kill again
    Expect.equal 2 (CommandLine.run folder endless).Code
    let config = [ "train"; "--config"; "begun/config.json"; "--epochs"; "1"; "--out"; "anew" ]
    CommandLine.succeed folder config |> ignore

[<Test>]
let ``An old run is there until the new one in its place has something to say`` () =
    copy "whole" "old"
    let before = CommandLine.content (at "old")

    let started =
        CommandLine.start
            folder
            ([ "train"; "data"; "--out"; "old"; "--force"; "--hidden"; "4000,4000"; "--blas"; "managed" ]
             @ [ "--threads"; "1"; "--validation"; "none" ])

    Started.readUntil "784-4000-4000-10" started
    Started.kill started
    File.Delete(at "old/.lock")
    Expect.equal before (CommandLine.content (at "old"))

[<Test>]
let ``Options that are removed while a run goes on are written again`` () =
    let started = CommandLine.start folder (train "bare")
    Started.readUntil "epoch  1/" started
    File.Delete(at "bare/config.json")
    Expect.equal 0 (CommandLine.finish started).Code
    Expect.equal (bytes "whole/config.json") (bytes "bare/config.json")

[<Test>]
let ``A quiet run that is told to stop still says how to go on`` () =
    let started = CommandLine.start folder (trainOn "data" "hushed" [ "--steps"; "1000000"; "--quiet" ])

    Started.waitFor (at "hushed/checkpoint.safetensors") started
    Started.signal "INT" started
    let outcome = CommandLine.finish started
    Expect.equal 130 outcome.Code
    Expect.mentions [ "nn: interrupted"; "nn resume hushed" ] outcome.Error

[<Test>]
let ``Verifying a run says what is missing and what does not belong to the rest`` () =
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

    copy "whole" "scrawled"
    File.WriteAllText(at "scrawled/config.json", "{")
    let outcome = verify "scrawled"
    Expect.equal 3 outcome.Code
    Expect.mentions [ "scrawled/config.json"; "not JSON" ] outcome.Error
