/// Standard streams: closed or full ones let work go on without talk, data that nobody gets are an error, and a terminal moves.
module NeuralNetwork.Tests.Cli.StreamTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open NeuralNetwork.Tests

let private prepare (place: Workplace) = CommandLine.writeData (Path.Combine(place.Folder, "data"))

/// Runs nn through a shell, which can redirect what it likes.
let private shell (place: Workplace) (line: string) : Outcome =
    let start = ProcessStartInfo("sh", [ "-c"; line; "sh" ] @ CommandLine.program (), WorkingDirectory = place.Folder)
    start.RedirectStandardOutput <- true
    start.RedirectStandardError <- true

    match Process.Start start with
    | null -> raise (InvalidOperationException "sh did not start")
    | started -> CommandLine.finish started

let private train = "\"$@\" train data --hidden 8 --epochs 1 --blas managed --out"

let private closed = "a native program has opened other files under the numbers of closed streams"

let tests =
    workplaceWith "Stream" prepare (fun place ->
        let folder = place.Folder
        let shell = shell place

        [ each "Work goes on where nobody can hear of it" [ "2>&-"; "2>/dev/full" ] (fun (silence: string) ->
              let run = $"deaf-{silence.Length}"
              let outcome = shell $"{train} {run} {silence}"
              Expect.equal 0 outcome.Code
              Expect.mentions [ "best epoch" ] outcome.Out
              Expect.equal 2 (shell $"{train} {run} {silence}").Code)
          |> onOwnProcessor closed
          test "A terminal is shown the epoch and the loss that a training is at" (fun () ->
              // Long enough for a line that moves ten times a second.
              let options = "--hidden 64 --epochs 200 --blas managed --threads 1 --out watched"
              // script takes one line, which another shell reads.
              let quoted = "for word in \"$@\"; do line=\"$line '$word'\"; done"
              let watched = $"script -qec \"stty cols 120; $line train data {options}\" /dev/null"

              let outcome =
                  shell $"command -v script >/dev/null || exit 77; {quoted}; CI= TERM=xterm NO_COLOR=1 {watched}"

              if outcome.Code = 77 then
                  skip "no script here"

              Expect.equal 0 outcome.Code
              Expect.that (Regex.IsMatch(outcome.Out, @"epoch \d+/200  loss \d")) outcome.Out)
          test "Training is for its run, evaluating and predicting for their output" (fun () ->
              Expect.equal 0 (shell $"{train} mute >&-").Code
              Expect.that (File.Exists(Path.Combine(folder, "mute", "run.json"))) "no run"

              for command in [ "evaluate mute data"; "predict mute data"; "explain relu"; "--help" ] do
                  let mute = shell $"\"$@\" {command} >&-"
                  Expect.equal 4 mute.Code

                  Expect.equal
                      "nn: error: standard output: closed\n"
                      (mute.Error.Substring(mute.Error.IndexOf "nn: error"))

                  let full = shell $"\"$@\" {command} >/dev/full"
                  Expect.equal 4 full.Code
                  // .NET asks on Windows whether a stream can be written to; this one cannot, and is none to it.
                  let why = if Elsewhere.isWindows then "closed" else "No space left"
                  Expect.mentions [ $"nn: error: standard output: {why}" ] full.Error)
          |> onOwnProcessor closed ])
    |> withUnixTools "sh closes the streams"
