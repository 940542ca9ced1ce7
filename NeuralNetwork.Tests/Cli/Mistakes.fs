/// Mistakes on the command line as tables: arguments, the code they end with, and words of the one line that is said.
module NeuralNetwork.Tests.Cli.Mistakes

open System
open NeuralNetwork.Tests

/// A test for each row, by its name.
let cases (table: (string * string list * int * string list) list) =
    [ for name, arguments, code, words in table -> name, (arguments, code, words) ]

/// Arguments end with their code and one line, and touch nothing. Those that are files are meant in the workplace.
let check (place: Workplace) isFile (arguments: string list) (code: int) (words: string list) : unit =
    let before = place.Content()
    let outcome = InProcess.run (arguments |> List.map (fun word -> if isFile word then place.At word else word))
    Expect.mentions words outcome.Error
    Expect.equal (code, "") (outcome.Code, outcome.Out)
    Expect.equal 1 (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Length
    Expect.equal before (place.Content())
