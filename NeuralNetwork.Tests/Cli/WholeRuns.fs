/// A run that is never interrupted, "whole" in a workplace, and runs that have to come to the same.
module NeuralNetwork.Tests.Cli.WholeRuns

open System.IO
open NeuralNetwork.Tests

/// Everything with a state: batch norm, dropout, moments, averaged weights, a rate that rises and falls, patience, a checkpoint a step.
let trainOn (data: string) (out: string) (more: string list) : string list =
    [ "train"; data; "--out"; out; "--hidden"; "16"; "--batch-norm"; "--dropout"; "0.2" ]
    @ [ "--optimizer"; "adam"; "--lr"; "0.01"; "--schedule"; "one-cycle"; "--batch-size"; "64" ]
    @ [ "--average"; "ema:0.9" ]
    @ [ "--checkpoint-every"; "1"; "--blas"; "managed"; "--threads"; "1" ]
    @ more

/// The whole run once more.
let train (out: string) : string list = trainOn "data" out [ "--epochs"; "12"; "--early-stopping"; "6" ]

/// Makes the data and the whole run.
let prepare (place: Workplace) : unit =
    CommandLine.writeData (place.At "data")
    CommandLine.succeed place.Folder (train "whole") |> ignore

/// The model, the history and the names of the files are those of the whole run.
let expect (place: Workplace) (run: string) : unit =
    let lines run = File.ReadAllLines(place.At $"{run}/history.jsonl").Length
    let files run = Directory.GetFiles(place.At run) |> Array.map Path.GetFileName |> Array.sort
    Expect.equal (place.Bytes "whole/model.safetensors") (place.Bytes $"{run}/model.safetensors")
    Expect.equal (place.Timeless "whole/history.csv") (place.Timeless $"{run}/history.csv")
    Expect.equal (lines "whole") (lines run)
    Expect.equal (files "whole") (files run)

/// Copies the files of a folder, as many as there are, to another.
let copy (place: Workplace) (source: string) (target: string) : unit =
    Directory.CreateDirectory(place.At target) |> ignore

    for file in Directory.GetFiles(place.At source) do
        File.Copy(file, Path.Combine(place.At target, string (Path.GetFileName file)))
