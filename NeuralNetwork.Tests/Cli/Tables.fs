/// Tables in a workplace: written, read, trained on and predicted.
module NeuralNetwork.Tests.Cli.Tables

open System
open System.Globalization
open System.IO
open NeuralNetwork
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Tests

/// Writes lines as a file.
let write (place: Workplace) (name: string) (lines: string seq) : unit =
    File.WriteAllText(place.At name, String.Join("\n", lines) + "\n")

/// The lines of a text that are not empty.
let lines (text: string) : string list = text.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

/// A CSV file as it is read to train on.
let readWith (place: Workplace) (order: TableOrder) (name: string) : Sample =
    let struct (sample, _) = CsvTable.Train(CsvRows(place.At name, CsvFormat.Auto), order) in sample

let read (place: Workplace) (name: string) : Sample = readWith place TableOrder.Usual name

/// Numbers of any precision.
let doubles (table: NumberArray) : float[] = Array.init table.Length table.At

/// The classes of the rows, none where values are learned.
let labels (sample: Sample) : int[] =
    match sample.Targets with
    | null -> [||]
    | Targets.Labels(labels, _) -> labels
    | Targets.Values _ -> [||]

/// A number with as many digits as it takes to read it again.
let number (x: float) : string = x.ToString("R", CultureInfo.InvariantCulture)

/// Trains a small network on a file.
let train (place: Workplace) (data: string) (run: string) (more: string list) : Outcome =
    let epochs = if List.contains "--epochs" more then [] else [ "--epochs"; "3" ]

    InProcess.run ([ "train"; place.At data; "--out"; place.At run; "--hidden"; "8"; "--threads"; "1" ] @ epochs @ more)

/// Predicts with a run into a file.
let predict (place: Workplace) (run: string) (data: string) (out: string) : Outcome =
    InProcess.run [ "predict"; place.At run; place.At data; "--out"; place.At out; "--force" ]

/// The outcome of a command that has to succeed.
let succeed (outcome: Outcome) : Outcome =
    Expect.that (outcome.Code = 0) outcome.Error
    outcome
