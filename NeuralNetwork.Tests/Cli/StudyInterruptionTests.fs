/// A comparison or a search that is told to stop: its last line is what goes on with it.
module NeuralNetwork.Tests.Cli.StudyInterruptionTests

open System
open System.IO
open NeuralNetwork.Tests

let private long = [ "--hidden"; "8"; "--blas"; "managed"; "--threads"; "1"; "--epochs"; "100000" ]

let private prepare (place: Workplace) = CommandLine.writeData (place.At "my data")

/// What nn says last when it is told to stop in the middle of its first run.
let private interrupted (place: Workplace) (run: string) arguments =
    use started = CommandLine.start place.Folder arguments
    Started.waitFor (place.At run) started
    Started.signal "INT" started
    let outcome = CommandLine.finish started
    Expect.equal 130 outcome.Code
    (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> Array.last).Trim()

let private studies =
    [ "compare", [ "compare"; "optimizers"; "my data"; "--out"; "a b"; "--values"; "adam,sgd" ], "a b/adam", "2 runs"
      "search", [ "search"; "my data"; "--out"; "c d"; "--trials"; "3" ], "c d/trial-001", "3 trainings"
      "quiet", [ "search"; "my data"; "--out"; "e f"; "--trials"; "3"; "--quiet" ], "e f/trial-001", "3 trainings" ]
    |> List.map (fun (name, words, run, all) -> name, (words, run, all))

let tests =
    workplaceWith "StudyInterruption" prepare (fun place ->
        let at = place.At
        let interrupted = interrupted place

        [ eachNamed
              "Who interrupts a study is told the command that goes on with it"
              studies
              (fun (words: string list, run: string, all: string) ->
                  let said = interrupted $"{run}/history.csv" (words @ long)
                  let command = List.takeWhile ((<>) "--values") words |> List.takeWhile ((<>) "--trials")

                  let typed =
                      command |> List.map (fun word -> if word.Contains ' ' then CommandLine.typed word else word)

                  let toGoOn = String.Join(' ', typed)
                  Expect.equal $"nn: interrupted after 0 of {all}; to go on: nn {toGoOn} --resume" said)
          test "A study that is interrupted before its first run keeps what it was asked for" (fun () ->
              let words = [ "search"; "my data"; "--out"; "soon"; "--trials"; "3" ]
              let said = interrupted "soon/search.json" (words @ long)
              Expect.mentions [ $"""nn search {CommandLine.typed "my data"} --out soon --resume""" ] said
              Expect.that (File.Exists(at "soon/search.json")) "nothing is left to go on with") ])
