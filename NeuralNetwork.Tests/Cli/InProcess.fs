namespace NeuralNetwork.Tests.Cli

open System
open System.Globalization
open System.IO
open NeuralNetwork.Cli.App
open NeuralNetwork.Cli.Options
open NeuralNetwork.Tests

/// The program without its process: as `CommandLine.run`, a hundred times faster. Not for what goes to the standard output
/// as bytes, and not in parallel.
module InProcess =

    let private gate = obj ()

    /// Runs nn with arguments; paths have to be whole.
    let run (arguments: string list) : Outcome =
        lock gate (fun () ->
            let out, error = Console.Out, Console.Error
            use newOut = new StringWriter()
            use newError = new StringWriter()

            try
                Console.SetOut newOut
                Console.SetError newError
                let code = CommandTree.Run(Array.ofList arguments)
                { Code = code; Out = string newOut; Error = string newError }
            finally
                Console.SetOut out
                Console.SetError error)

    /// Runs nn and demands success.
    let succeed (arguments: string list) : Outcome =
        let outcome = run arguments
        let line = String.Join(' ', arguments)
        Expect.that (outcome.Code = 0) $"nn {line} ended with {outcome.Code}: {outcome.Error}"
        outcome

    /// Does work where numbers are written with a comma, points stand between thousands, and lists have semicolons.
    let abroad (work: unit -> unit) : unit =
        let home = CultureInfo.CurrentCulture
        let foreign = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
        foreign.NumberFormat.NumberDecimalSeparator <- ","
        foreign.NumberFormat.NumberGroupSeparator <- "."
        foreign.NumberFormat.NegativeSign <- "−"
        foreign.TextInfo.ListSeparator <- ";"

        try
            CultureInfo.CurrentCulture <- foreign
            work ()
        finally
            CultureInfo.CurrentCulture <- home
