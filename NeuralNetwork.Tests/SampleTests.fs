/// The samples, run as an app's developer would run them.
module NeuralNetwork.Tests.SampleTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open NeuralNetwork

let private samples = Path.Combine(Machines.repository, "samples")

/// The sample's own build, of the configuration of these tests.
let internal built (name: string) =
    let folder = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd '/'))
    Path.Combine(samples, name, "bin", string folder, "net10.0", $"{name}.dll")

let internal startWith (environment: (string * string) list) (arguments: string list) : Process =
    let how = ProcessStartInfo("dotnet", arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    for name, value in environment do
        how.Environment[name] <- value

    nonNull (Process.Start how)

let private start = startWith []

/// Standard output of a program that ends well.
let private output (arguments: string list) =
    use child = start arguments
    let errors = child.StandardError.ReadToEndAsync()
    let text = child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    Expect.that (child.ExitCode = 0) $"{child.ExitCode}: {text} {errors.Result}"
    text

/// Standard output of a program that ends well, in a folder of its own.
let private outputIn (folder: string) (arguments: string list) =
    let how =
        ProcessStartInfo(
            "dotnet",
            arguments,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use child = nonNull (Process.Start how)
    let errors = child.StandardError.ReadToEndAsync()
    let text = child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    Expect.that (child.ExitCode = 0) $"{child.ExitCode}: {text} {errors.Result}"
    text

/// The lines of a program but for comments and empty ones.
let private linesOfCode (path: string) : int =
    File.ReadAllLines path
    |> Array.filter (fun line -> not (Regex.IsMatch(line, @"^\s*(//.*)?$")))
    |> Array.length

/// Runs a sample about the customers in a folder of its own: what it says, and how many bytes its model has.
let private ofCustomers (arguments: string list) : string * int64 =
    let folder = Directory.CreateTempSubdirectory("classify-").FullName

    try
        let said = outputIn folder (arguments @ [ Path.Combine(samples, "customers.csv") ])
        said, FileInfo(Path.Combine(folder, "churn.safetensors")).Length
    finally
        Directory.Delete(folder, true)

/// The exit code of the native predictor's program, and the lines of its output and of its complaints.
let private nativePredictor (model: string) (rows: string) : int * string list * string list =
    let how =
        ProcessStartInfo(
            "dotnet",
            [ built "NativePredictor"; model ],
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use child = nonNull (Process.Start how)

    // A program that refuses its model may have ended before it is told its rows.
    try
        child.StandardInput.Write rows
        child.StandardInput.Close()
    with :? IOException ->
        ()

    let lines (text: string) = List.ofArray (text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
    let errors = child.StandardError.ReadToEndAsync()
    let said = child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    child.ExitCode, lines said, lines errors.Result

let tests =
    group
        "Sample"
        [ test "The console sample checks its gradient, trains, saves, loads and predicts" (fun () ->
              let said = output [ built "TrainAndPredict" ]
              Expect.mentions [ "gradient: right"; "best: epoch"; "(0, 0) is inside"; "(0.9, 0.9) is outside" ] said)
          // Such rows without their preprocessing end near a guess, see `A stream of raw rows ends where the features are of one
          // size, and not where they are as they come`.
          test "The online sample is right in 97 % of its last rows, in at most 25 lines" (fun () ->
              let said = output [ built "LearnOnline" ]

              let shares =
                  Regex.Matches(said, @"right in ([\d.]+)\s?%") |> Seq.map (fun found -> float found.Groups[1].Value)

              Expect.equal 4 (Seq.length shares)
              Expect.that (Seq.last shares > 97.0) said
              Expect.mentions [ "16000 rows in 1000 steps"; "leaves (probability " ] said

              let lines = linesOfCode (Path.Combine(samples, "LearnOnline", "Program.cs"))
              Expect.that (lines <= 25) $"{lines} lines")
          test
              "The sample of a table reads, splits, trains, measures, answers and saves, in at most 20 lines"
              (fun () ->
                  let said, bytes = ofCustomers [ built "ClassifyTable" ]

                  Expect.mentions
                      [ "customers.csv: 400 rows"; "of the 80 rows set aside"; "churn: yes (probability 0." ]
                      said

                  Expect.mentions [ "saved, and read again: yes (probability 0." ] said
                  let share = float (Regex.Match(said, @"set aside: ([\d.]+)").Groups[1].Value)
                  Expect.that (share > 80.0) said
                  Expect.that (bytes > 1000L) $"{bytes} bytes"
                  let lines = linesOfCode (Path.Combine(samples, "ClassifyTable", "Program.cs"))
                  Expect.that (lines <= 20) $"{lines} lines")
          test "The script of a table does the same, in at most 20 lines" (fun () ->
              let path = Path.Combine(samples, "classify.fsx")
              let script = File.ReadAllText path
              let line = "#r \"../NeuralNetwork.Core.fs/bin/Release/net10.0/NeuralNetwork.Core.dll\""
              Expect.mentions [ line ] script
              let copy = Path.Combine(Path.GetTempPath(), $"classify-{Guid.NewGuid():N}.fsx")
              let here = Path.Combine(AppContext.BaseDirectory, "NeuralNetwork.Core.dll")
              File.WriteAllText(copy, script.Replace(line, $"#r \"{here}\""))

              try
                  let said, bytes = ofCustomers [ "fsi"; copy ]
                  Expect.mentions [ "right of the 80 rows set aside: 0."; "churn: yes (probability 0." ] said
                  Expect.that (bytes > 1000L) $"{bytes} bytes"
              finally
                  File.Delete copy

              let lines = linesOfCode path
              Expect.that (lines <= 20) $"{lines} lines")
          test "ML.NET finds the classes of a network that it applies" (fun () ->
              Export.OnnxRuntimeTests.missing.Value |> Option.iter skip
              let folder = Directory.CreateTempSubdirectory("mlnet-").FullName

              try
                  let said = outputIn folder [ built "InMlNet"; Path.Combine(samples, "customers.csv") ]

                  let found =
                      Regex.Match(said, @"of 50 rows (\d+) have the same class; probabilities differ by ([-+.\dE]+) ")

                  Expect.equal "50" found.Groups[1].Value
                  Expect.that (float found.Groups[2].Value < 1e-5) said
              finally
                  Directory.Delete(folder, true))
          test "The script descends by hand and predicts" (fun () ->
              let script = File.ReadAllText(Path.Combine(samples, "circle.fsx"))
              let line = "#r \"../NeuralNetwork.Core.fs/bin/Release/net10.0/NeuralNetwork.Core.dll\""
              Expect.mentions [ line ] script
              let path = Path.Combine(Path.GetTempPath(), $"circle-{Guid.NewGuid():N}.fsx")
              // The library of these tests, whatever configuration they run in.
              let here = Path.Combine(AppContext.BaseDirectory, "NeuralNetwork.Core.dll")
              File.WriteAllText(path, script.Replace(line, $"#r \"{here}\""))

              try
                  Expect.mentions [ "(0, 0) is inside"; "(0.9, 0.9) is outside" ] (output [ "fsi"; path ])
              finally
                  File.Delete path)
          test "The native predictor's program answers each row with a label" (fun () ->
              let path = Path.GetTempFileName()

              let model =
                  Network
                      .Input(2)
                      .Dense(2)
                      .With(Loss.SoftmaxCrossEntropy)
                      .Init<float32>(1UL)
                      .With(Preprocessing.None, [| "a"; "b" |])

              (use file = File.Create path in model.Save file)

              let _, said, _ = nativePredictor path "1 -2\n0.5,3\n"
              File.Delete path

              let expected (row: float32[]) =
                  let found = model.Classify(ReadOnlySpan row)
                  $"{found.Label} {found.Probability:F4}"

              Expect.equal [ expected [| 1f; -2f |]; expected [| 0.5f; 3f |] ] said)
          each
              "The native predictor's program refuses a row it cannot read in one line"
              [ "1 2 3", "line 2: 3 numbers (2 are expected)"; "1 two", "line 2: \"two\" is no number" ]
              (fun (row: string, expected: string) ->
                  let path = Path.GetTempFileName()
                  let model = Network.Input(2).Dense(2).With(Loss.SoftmaxCrossEntropy).Init<float32>(1UL)
                  (use file = File.Create path in model.Save file)
                  let code, said, complaint = nativePredictor path $"1 2\n{row}\n"
                  File.Delete path
                  Expect.equal (3, 1, [ $"NativePredictor: {expected}" ]) (code, said.Length, complaint))
          test "The native predictor's program says in one line that there is no model" (fun () ->
              let path = Path.GetTempFileName()
              let code, said, complaint = nativePredictor path "1 2\n"
              Expect.equal (3, [], 1) (code, said, complaint.Length)
              Expect.mentions [ path ] complaint.Head
              File.Delete path
              let code, said, complaint = nativePredictor path "1 2\n"
              Expect.equal (3, [], 1) (code, said, complaint.Length)
              Expect.mentions [ path ] complaint.Head) ]
