namespace NeuralNetwork.Tests.Cli

open System
open System.IO
open NeuralNetwork.Cli

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
