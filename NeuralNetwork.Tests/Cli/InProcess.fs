namespace NeuralNetwork.Tests.Cli

open System
open System.Globalization
open System.IO
open System.Threading
open NeuralNetwork.Cli.App
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Tests

/// Writes what is said within a run to that run's text, whichever of its threads says it, and all else to where it went before.
[<Sealed>]
type private Router(elsewhere: TextWriter, own: AsyncLocal<TextWriter | null>) =
    inherit TextWriter()

    let target () =
        match own.Value with
        | null -> elsewhere
        | writer -> writer

    override _.Encoding = elsewhere.Encoding
    override _.Write(letter: char) : unit = target().Write letter
    override _.Write(text: string | null) : unit = target().Write text
    override _.Write(letters: char[], start: int, count: int) : unit = target().Write(letters, start, count)
    override _.Flush() : unit = target().Flush()

/// The program without its process: as `CommandLine.run`, a hundred times faster. Not for what goes to the standard output
/// as bytes.
module InProcess =

    let private out, private error = AsyncLocal<TextWriter | null>(), AsyncLocal<TextWriter | null>()

    // As the console itself would wrap them: what it is given back is what it has had.
    let private routers =
        lazy
            (TextWriter.Synchronized(new Router(Console.Out, out)),
             TextWriter.Synchronized(new Router(Console.Error, error)))

    /// Every run puts an outlet of its own before what the console has. Where none were taken away, each run would write
    /// through those of all before it.
    let private route () =
        let toOut, toError = routers.Value
        Console.SetOut toOut
        Console.SetError toError

    let private runHere (arguments: string list) : Outcome =
        route ()
        use newOut = new StringWriter()
        use newError = new StringWriter()

        try
            out.Value <- TextWriter.Synchronized newOut
            error.Value <- TextWriter.Synchronized newError
            let code = CommandTree.Run(Array.ofList arguments)
            { Code = code; Out = string newOut; Error = string newError }
        finally
            out.Value <- null
            error.Value <- null
            route ()

    /// Runs nn with arguments; paths have to be whole. Where nn is another program, it is a process after all.
    let run (arguments: string list) : Outcome =
        match Elsewhere.program with
        | Some _ -> CommandLine.run Environment.CurrentDirectory arguments
        | None -> runHere arguments

    /// The same with something on its standard input. Runs beside it would read it, too.
    let runWithInput (input: byte[]) (arguments: string list) : Outcome =
        match Elsewhere.program with
        | Some _ -> CommandLine.runWithInput input Environment.CurrentDirectory arguments
        | None ->
            StandardInput.Source <- fun () -> new MemoryStream(input) :> Stream

            try
                runHere arguments
            finally
                StandardInput.Source <- null

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
