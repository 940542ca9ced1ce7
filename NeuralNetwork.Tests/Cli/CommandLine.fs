namespace NeuralNetwork.Tests.Cli

open System
open System.Buffers.Binary
open System.Diagnostics
open System.IO
open System.IO.Compression
open System.Text.RegularExpressions
open NeuralNetwork.Tests

/// What a run of the program came to.
type Outcome = { Code: int; Out: string; Error: string }

/// The program as its users run it: another process, files, exit codes.
module CommandLine =

    /// A program in front of another that it becomes: the signals to stop are heard, whatever was inherited. Shells have
    /// what runs in the background ignore the one of Ctrl-C, and the tests may run there.
    let private attentive: Lazy<string list> =
        lazy
            (let words = [ "env"; "--default-signal=INT,TERM,HUP" ]

             try
                 use probe = Process.Start("env", [ "--default-signal=INT,TERM,HUP"; "true" ])
                 probe.WaitForExit()
                 if probe.ExitCode = 0 then words else []
             with :? ComponentModel.Win32Exception ->
                 [])

    /// The words that start nn, as one process with the signals that it inherits.
    let inheriting () : string list =
        Elsewhere.noteStart ()

        match Elsewhere.program with
        | Some words -> words
        | None -> [ "dotnet"; Elsewhere.built ]

    /// The words that start nn, as one process that hears signals.
    let program () : string list = attentive.Value @ inheriting ()

    /// What is said, with the ends of lines and the paths of this machine: a path that nn has made longer has the signs of Windows
    /// there.
    let ours (text: string) : string =
        if Elsewhere.isEmulatedWindows then
            // A document has each of them twice, and one before quotes; a letter that is not to be seen has one, too.
            let slash = if text.StartsWith '{' || text.StartsWith '[' then @"\\\\" else @"\\"
            let text = Regex.Replace(text.Replace("\r\n", "\n"), slash + "(?!u[0-9a-fA-F]{4})", "/")
            text.Replace("Z:/", "/")
        else
            text

    let private startAs (hasInput: bool) (variables: (string * string) list) (folder: string) (words: string list) =
        let start = ProcessStartInfo(List.head words, List.tail words, WorkingDirectory = folder)
        start.RedirectStandardInput <- hasInput
        start.RedirectStandardOutput <- true
        start.RedirectStandardError <- true
        start.Environment["NO_COLOR"] <- "1"

        for name, value in variables do
            start.Environment[name] <- value

        match Process.Start start with
        | null -> raise (InvalidOperationException "dotnet did not start")
        | started -> started

    /// Starts the words of a command with variables of the environment in a working directory.
    let startWords (variables: (string * string) list) (folder: string) (words: string list) : Process =
        startAs false variables folder words

    /// Starts the words of a command that keys are pressed for: its standard input.
    let startTyping (folder: string) (words: string list) : Process = startAs true [] folder words

    /// The same with variables of the environment.
    let startTypingWith (variables: (string * string) list) (folder: string) (words: string list) : Process =
        startAs true variables folder words

    /// Starts nn with variables of the environment and arguments in a working directory.
    let startWith (variables: (string * string) list) (folder: string) (arguments: string list) : Process =
        startWords variables folder (program () @ arguments)

    /// Starts nn with arguments in a working directory.
    let start (folder: string) (arguments: string list) : Process = startWith [] folder arguments

    /// What a run came to, once it has ended.
    let finish (started: Process) : Outcome =
        use started = started
        let out, error = started.StandardOutput.ReadToEndAsync(), started.StandardError.ReadToEndAsync()
        started.WaitForExit()
        { Code = started.ExitCode; Out = ours out.Result; Error = ours error.Result }

    /// Passes over a test whose tool is missing, or not allowed here: the words of a command that it has to do.
    let need (words: string list) : unit =
        let works =
            try
                (finish (startWords [] (Path.GetTempPath()) words)).Code = 0
            with :? ComponentModel.Win32Exception ->
                false

        if not works then
            skip $"no {List.head words} here"

    /// Runs nn with arguments in a working directory.
    let run (folder: string) (arguments: string list) : Outcome = finish (start folder arguments)

    /// The same with variables of the environment.
    let runWith (variables: (string * string) list) (folder: string) (arguments: string list) : Outcome =
        finish (startWith variables folder arguments)

    /// Pipes something into a process that has just been started: what it came to.
    let finishWithInput (input: Stream) (started: Process) : Outcome =
        try
            use stream = started.StandardInput.BaseStream
            input.CopyTo stream
        with :? IOException ->
            // It ended before it had read everything.
            ()

        finish started

    /// Runs nn with something on its standard input.
    let runWithInput (input: byte[]) (folder: string) (arguments: string list) : Outcome =
        startTyping folder (program () @ arguments) |> finishWithInput (new MemoryStream(input))

    /// A word as nn writes it in a command to be typed, where a shell would split it otherwise.
    let typed (word: string) : string = if Elsewhere.isWindows then $"\"{word}\"" else $"'{word}'"

    /// Runs nn and demands success.
    let succeed (folder: string) (arguments: string list) : Outcome =
        let outcome = run folder arguments
        let line = String.Join(' ', arguments)
        Expect.that (outcome.Code = 0) $"nn {line} ended with {outcome.Code}: {outcome.Error}"
        outcome

    let private parts =
        [ "train-images-idx3-ubyte", 600
          "train-labels-idx1-ubyte", 600
          "t10k-images-idx3-ubyte", 200
          "t10k-labels-idx1-ubyte", 200 ]

    /// The first rows of an IDX file of bytes.
    let private slice (rows: int) (bytes: byte[]) : byte[] =
        let header = 4 + 4 * int bytes[3]
        let all = int (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(bytes, 4, 4)))
        let part = bytes[.. header + (bytes.Length - header) / all * rows - 1]
        BinaryPrimitives.WriteUInt32BigEndian(Span(part, 4, 4), uint32 rows)
        part

    /// Writes the first 600 and 200 rows of MNIST as a folder of plain IDX files.
    let writeData (folder: string) : unit =
        Directory.CreateDirectory folder |> ignore

        for name, rows in parts do
            use file = File.OpenRead(Path.Combine(Machines.repository, "data", "mnist", name + ".gz"))
            use stream = new GZipStream(file, CompressionMode.Decompress)
            use memory = new MemoryStream()
            stream.CopyTo memory
            File.WriteAllBytes(Path.Combine(folder, name), slice rows (memory.ToArray()))

    /// Every file below a folder with its content.
    let content (folder: string) : (string * string) list =
        [ for file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) |> Array.sort ->
              Path.GetRelativePath(folder, file), Convert.ToBase64String(File.ReadAllBytes file) ]

/// A program that is under way.
module Started =

    /// What others are told of it. Where it is emulated its number is another one.
    let named (started: Process) : string = if Elsewhere.isEmulatedWindows then "process " else $"process {started.Id}"

    /// Reads what it says up to the line with these words.
    let rec readUntil (words: string) (started: Process) : unit =
        match started.StandardError.ReadLine() with
        | null -> Expect.fail $"it ended before it said '{words}'"
        | line when line.Contains(words, StringComparison.Ordinal) -> ()
        | _ -> readUntil words started

    /// Waits until a file is there. It fails where the program ends before.
    let waitFor (path: string) (started: Process) : unit =
        Threading.SpinWait.SpinUntil(fun () -> File.Exists path || started.HasExited)
        Expect.that (File.Exists path) $"it ended before there was {path}"

    let kill (started: Process) : unit =
        started.Kill()
        started.WaitForExit()

    let private events = Map [ "INT", 0; "BREAK", 1; "HUP", 2; "TERM", 6 ]

    /// Tells it to stop, in the ways of its system one after the other: the names are those of signals. On Windows INT is Ctrl-C,
    /// BREAK is Ctrl-Break, HUP closes the console, and TERM shuts the system down; the process is the one that has locked the
    /// run, by its number there.
    let tell (names: string list) (run: string) (started: Process) : unit =
        if Elsewhere.isWindows then
            let holder = File.ReadAllText(Path.Combine(run, ".lock")).Split(' ')[0]
            let task = $"""send {holder} {String.Join(' ', [ for name in names -> events[name] ])}"""
            let sender = CommandLine.startWith (Elsewhere.hook task) (Path.GetTempPath()) [ "--version" ]
            let outcome = CommandLine.finish sender
            Expect.that (outcome.Code = 0) $"%A{names} could not be sent to {holder}: {outcome.Error}"
        else
            for name in names do
                use sender = Process.Start("kill", [ $"-{name}"; string started.Id ])
                sender.WaitForExit()

    /// Sends it a signal by its name, as in INT.
    let signal (name: string) (started: Process) : unit =
        use sender = Process.Start("kill", [ $"-{name}"; string started.Id ])
        sender.WaitForExit()
