/// Mistakes on the command line as rows of a table, and what is demanded of each.
module NeuralNetwork.Tests.Cli.Mistakes

open System
open System.Text.RegularExpressions
open NeuralNetwork.Tests

/// What is typed, the code it ends with, and the line that is said, in which … stands for anything.
type Mistake = string * int * string

/// Mistakes whose lines begin with the same words.
let behind (beginning: string) (mistakes: Mistake list) : Mistake list =
    [ for rest, code, line in mistakes -> $"{beginning} {rest}".Trim(), code, line ]

/// The one line that arguments end with, and a code. They touch nothing in the workplace.
let refusal (place: Workplace) (arguments: string list) (code: int) : string =
    let before = place.Content()
    let outcome = InProcess.run arguments

    Expect.that
        (outcome.Code = code && outcome.Out = "")
        $"{outcome.Code} (expected {code}): {outcome.Out}{outcome.Error}"

    Expect.that (outcome.Error.StartsWith "nn: error: ") outcome.Error
    Expect.equal 1 (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Length
    Expect.equal before (place.Content())
    outcome.Error.Substring("nn: error: ".Length).TrimEnd()

/// What is typed where the process works, in the workplace, ends as its row says; '' is a word without letters.
let check (place: Workplace) ((typed, code, line): Mistake) : unit =
    let words = [ for word in typed.Split ' ' -> if word = "''" then "" else word ]
    let said = refusal place words code
    let pattern = String.Join(".*", [ for part in line.Split '…' -> Regex.Escape part ])
    Expect.that (Regex.IsMatch(said, $"^{pattern}$")) $"'{said}' is not '{line}'"
