namespace NeuralNetwork.Tests.Cli

open System
open System.Globalization
open System.IO
open System.Text
open NeuralNetwork.Cli.App
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Cli.Terminal
open NeuralNetwork.Tests

/// The program without its process: as `CommandLine.run`, a hundred times faster. Each run has surroundings of its own.
module InProcess =

    let private nothing: unit -> Stream = StandardInput.None

    /// Surroundings that nobody looks at.
    let silent: Surroundings =
        Surroundings(TextWriter.Null, (fun () -> Stream.Null), TextWriter.Null, nothing, TimeProvider.System)

    /// Texts and bytes of standard output stand one behind the other: no command writes both.
    let private runHere (time: TimeProvider) (input: unit -> Stream) (arguments: string list) : Outcome =
        use out = new StringWriter()
        use bytes = new MemoryStream()
        use error = new StringWriter()
        let opened () : Stream = bytes
        let texts, talk = TextWriter.Synchronized out, TextWriter.Synchronized error
        let code = CommandTree.Run(Array.ofList arguments, Surroundings(texts, opened, talk, input, time))
        { Code = code; Out = string out + Encoding.UTF8.GetString(bytes.ToArray()); Error = string error }

    /// Runs nn with arguments; paths have to be whole. Where nn is another program, it is a process after all.
    let run (arguments: string list) : Outcome =
        match Elsewhere.program with
        | Some _ -> CommandLine.run Environment.CurrentDirectory arguments
        | None -> runHere TimeProvider.System nothing arguments

    /// The same with something on its standard input.
    let runWithInput (input: byte[]) (arguments: string list) : Outcome =
        match Elsewhere.program with
        | Some _ -> CommandLine.runWithInput input Environment.CurrentDirectory arguments
        | None -> runHere TimeProvider.System (fun () -> new MemoryStream(input)) arguments

    /// Runs nn of this process by another clock.
    let runBy (time: TimeProvider) (arguments: string list) : Outcome = runHere time nothing arguments

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
