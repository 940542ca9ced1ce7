namespace NeuralNetwork.Tests.Cli

open System
open System.Buffers.Binary
open System.Diagnostics
open System.IO
open System.IO.Compression
open NeuralNetwork.Tests

/// What a run of the program came to.
type Outcome = { Code: int; Out: string; Error: string }

/// The program as its users run it: another process, files, exit codes.
module CommandLine =

    /// Starts nn with variables of the environment and arguments in a working directory.
    let startWith (variables: (string * string) list) (folder: string) (arguments: string list) : Process =
        let program = Path.Combine(AppContext.BaseDirectory, "nn.dll")
        let start = ProcessStartInfo("dotnet", program :: arguments, WorkingDirectory = folder)
        start.RedirectStandardOutput <- true
        start.RedirectStandardError <- true
        start.Environment["NO_COLOR"] <- "1"

        for name, value in variables do
            start.Environment[name] <- value

        match Process.Start start with
        | null -> raise (InvalidOperationException "dotnet did not start")
        | started -> started

    /// Starts nn with arguments in a working directory.
    let start (folder: string) (arguments: string list) : Process = startWith [] folder arguments

    /// What a run came to, once it has ended.
    let finish (started: Process) : Outcome =
        use started = started
        let out, error = started.StandardOutput.ReadToEndAsync(), started.StandardError.ReadToEndAsync()
        started.WaitForExit()
        { Code = started.ExitCode; Out = out.Result; Error = error.Result }

    /// Runs nn with arguments in a working directory.
    let run (folder: string) (arguments: string list) : Outcome = finish (start folder arguments)

    /// The same with variables of the environment.
    let runWith (variables: (string * string) list) (folder: string) (arguments: string list) : Outcome =
        finish (startWith variables folder arguments)

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
