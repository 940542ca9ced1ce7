/// A small table that is written in many ways, and what becomes of it.
module NeuralNetwork.Tests.Cli.ColourTable

open System
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let titles (sample: Sample) : string list = [ for column in sample.Schema.Columns -> column.Title ]

/// Trains without training on a file with options, and demands success.
let look (place: Workplace) (name: string) (options: string list) : Outcome =
    succeed (train place name "never" ([ "--dry-run"; "--validation"; "none" ] @ options))

/// A refusal with words, and then the file read with the option that it names.
let refused (place: Workplace) (name: string) (words: string list) (options: string list) : Outcome =
    let outcome = train place name "never" [ "--dry-run"; "--validation"; "none" ]
    Expect.equal 3 outcome.Code
    Expect.mentions (name :: words) outcome.Error
    look place name options

let private body = [ for row in 1..12 -> [ $"{row}.5"; $"{row % 5}"; (if row % 2 = 0 then "red" else "blue") ] ]

/// The lines of the table with a mark between their fields.
let joined (mark: string) : string list =
    [ for cells in [ "size"; "count"; "colour" ] :: body -> String.Join(mark, cells) ]

/// A file as it is read to train on, written as a format says.
let readAs (place: Workplace) (format: CsvFormat) (name: string) : Sample =
    let struct (sample, _) = CsvTable.Train(CsvRows(place.At name, format), TableOrder.Usual) in sample

/// Demands that it is the table that was read.
let expectBody (sample: Sample) : unit =
    Expect.equal [ "size"; "count" ] (titles sample)
    Expect.equal "colour" sample.Schema.Target

    Expect.equal
        [| for row in body do
               yield! [ float row[0]; float row[1] ] |]
        (doubles sample.Features)
