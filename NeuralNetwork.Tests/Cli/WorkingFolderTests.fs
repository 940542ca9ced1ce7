/// Programs in a folder that was removed.
module NeuralNetwork.Tests.Cli.WorkingFolderTests

open System.IO
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    File.WriteAllLines(place.At "there.csv", "x,y" :: [ for row in 1..8 -> $"{row}.5,{row % 2}" ])

/// Windows keeps a folder that a program is in, until the drive is gone that it is on; the folder is removed from outside of
/// Windows when nn is in it.
let private runInLost (place: Workplace) (name: string) (arguments: string list) : Outcome =
    Directory.CreateDirectory(place.At name) |> ignore
    let inside = place.At $"in-{name}"
    let started = CommandLine.startWith (Elsewhere.hook $"leave {inside}") (place.At name) arguments
    Started.waitFor inside started
    Directory.Delete(place.At name)
    let outcome = CommandLine.finish started
    Expect.that (not (Directory.Exists(place.At name))) $"it was made again: {outcome.Error}"
    outcome

let private runInRemoved (place: Workplace) (name: string) (arguments: string list) : Outcome =
    // The name is $0.
    let script = "mkdir \"$0\" && cd \"$0\" && rmdir \"../$0\" && exec \"$@\""

    CommandLine.finish (
        CommandLine.startWords [] place.Folder ([ "sh"; "-c"; script; name ] @ CommandLine.program () @ arguments)
    )

/// Runs nn in a folder of a name that is removed before it begins.
let private runThere (place: Workplace) : string -> string list -> Outcome =
    if Elsewhere.isWindows then runInLost place else runInRemoved place

let private lines: string list =
    [ "train t.csv --out run"
      "train --config c.json --out run"
      "resume run"
      "compare optimizers t.csv --out c"
      "search t.csv --trials 2 --out s"
      "evaluate run t.csv"
      "predict run t.csv"
      "model show m.safetensors"
      "model verify run"
      "model export run --out m.onnx"
      "model import w.safetensors --out m.safetensors"
      "data inspect t.csv" ]

let tests =
    workplaceWith "WorkingFolder" prepare (fun place ->
        let runThere = runThere place
        // It has a drive on Windows.
        let whole name = if Elsewhere.isEmulatedWindows then $"Z:{place.At name}" else place.At name

        [ each "Every command says why its relative paths lead nowhere" lines (fun (line: string) ->
              let outcome = runThere $"gone-{line.Replace(' ', '-')}" (List.ofArray (line.Split ' '))
              Expect.mentions [ "nn: error: "; "the working folder was removed"; "whole paths" ] outcome.Error
              Expect.that (outcome.Code = 3 || outcome.Code = 4) $"{outcome.Code}"
              Expect.equal 1 (outcome.Error.TrimEnd().Split('\n').Length))
          test "Whole paths, and mistakes that have other causes, are as anywhere" (fun () ->
              let train = [ "train"; whole "there.csv"; "--out"; whole "run"; "--epochs"; "1"; "--hidden"; "2" ]
              Expect.equal 0 (runThere "gone-train" train).Code
              let nowhere = runThere "gone-nowhere" [ "data"; "inspect"; whole "nowhere.csv" ]
              let unknown = runThere "gone-unknown" [ "data"; "inspect"; "--frmat"; "csv"; "t.csv" ]
              Expect.equal (3, 2) (nowhere.Code, unknown.Code)

              for outcome in [ nowhere; unknown ] do
                  Expect.that (not (outcome.Error.Contains "working folder")) outcome.Error) ])
    |> withUnixTools "it lets nobody remove a folder that a program is in"
