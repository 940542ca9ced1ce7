/// Every line of C# and F# in the README and on the pages about programs is compiled and run, and Python is read for mistakes.
/// The blocks of a page go on from each other. The shell's lines on the page of interchange are run in Cli/InterchangeTests.
module NeuralNetwork.Tests.SnippetTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats

let private pages =
    [ "README.md"
      "README.package.md"
      "docs/getting-started-csharp.md"
      "docs/getting-started-fsharp.md"
      "docs/online-learning.md"
      "docs/interchange.md"
      "docs/native-blas.md" ]

/// The code of a page in a language.
let code (language: string) (page: string) : string =
    let text = File.ReadAllText(Path.Combine(Machines.repository, page))
    let blocks = Regex.Matches(text, $"(?ms)^```{language}\n(.*?)^```")
    String.Join('\n', [ for block in blocks -> block.Groups[1].Value ])

let private withCode (language: string) =
    pages |> List.map (code language) |> List.filter (fun text -> text <> "") |> List.indexed

let private runProgram (program: string) (folder: string) (arguments: string list) =
    let how =
        ProcessStartInfo(
            program,
            arguments,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use child = nonNull (Process.Start how)
    let errors = child.StandardError.ReadToEndAsync()
    let output = child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    Expect.that (child.ExitCode = 0) $"{output}\n{errors.Result}"

let private run = runProgram "dotnet"

let private inFolder (act: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("snippets-").FullName

    try
        act folder
    finally
        Directory.Delete(folder, true)

let private beside (name: string) = Path.Combine(AppContext.BaseDirectory, name)

let private project =
    $"""<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <Reference Include="{beside "NeuralNetwork.Core.dll"}" />
    <Reference Include="{beside "FSharp.Core.dll"}" />
  </ItemGroup>
</Project>"""

/// A page as a class: its using directives first, then a method of all its statements.
let private pageInCSharp (number: int, text: string) =
    let isUsing (line: string) = Regex.IsMatch(line, @"^using [A-Za-z.]+;")
    let directives, statements = text.Split '\n' |> Array.partition isUsing
    let directives, statements = String.Join('\n', Array.distinct directives), String.Join('\n', statements)
    // A page that awaits nothing would be warned of.
    let signature, last =
        if statements.Contains "await " then "async Task", "" else "Task", "return Task.CompletedTask;"

    let run = $"public static {signature} Run()\n{{\n{statements}\n{last}\n}}"
    $"{directives}\ninternal static class Page{number}\n{{\n{run}\n}}\n"

/// The class that docs/interchange.md has exported before it is used there.
let private digits: string =
    let network =
        Network.input 784
        |> Network.dense 10 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy

    let labels = Array.init 10 string
    let model = (Model.initialize<float32> 1UL network).With(Preprocessing.Bytes, labels)

    match CSharpSource.write "Models" "Digits" model with
    | Ok source -> source
    | Error defect -> Expect.fail (string defect)

let tests =
    group
        "Snippet"
        [ test "The C# of the pages compiles without a warning and runs" (fun () ->
              inFolder (fun folder ->
                  let all = withCode "csharp"
                  Expect.that (all.Length >= 2) "a page has lost its code"
                  File.WriteAllText(Path.Combine(folder, "Pages.csproj"), project)
                  File.WriteAllText(Path.Combine(folder, "Digits.cs"), digits)

                  for number, text in all do
                      File.WriteAllText(Path.Combine(folder, $"Page{number}.cs"), pageInCSharp (number, text))

                  let calls = [ for number, _ in all -> $"await Page{number}.Run();" ]
                  File.WriteAllLines(Path.Combine(folder, "Program.cs"), calls)
                  run folder [ "run"; "-c"; "Release"; "--disable-build-servers" ]))
          test "The F# of the pages runs" (fun () ->
              inFolder (fun folder ->
                  let all = withCode "fsharp"
                  Expect.that (all.Length >= 2) "a page has lost its code"
                  let library = beside "NeuralNetwork.Core.dll"
                  let indented (text: string) = text.Split '\n' |> Array.map (fun line -> $"    {line}")

                  let lines =
                      [ $"#r \"{library}\""
                        for number, text in all do
                            $"module Page{number} ="
                            yield! indented text ]

                  File.WriteAllLines(Path.Combine(folder, "pages.fsx"), lines)
                  run folder [ "fsi"; "--warnaserror+"; "pages.fsx" ]))
          // Syntax only: NumPy and PyTorch are asked by the scripts in Oracles, on machines that have them, and ONNX Runtime without
          // Python by Export/OnnxRuntimeTests.
          test "The Python of the pages is Python" (fun () ->
              inFolder (fun folder ->
                  let all = withCode "python"
                  Expect.that (not all.IsEmpty) "a page has lost its code"

                  for number, text in all do
                      File.WriteAllText(Path.Combine(folder, $"page{number}.py"), text)

                  let parse =
                      "import ast, sys; [ast.parse(open(path, encoding='utf-8').read()) for path in sys.argv[1:]]"

                  try
                      runProgram "python3" folder ("-c" :: parse :: [ for number, _ in all -> $"page{number}.py" ])
                  with :? ComponentModel.Win32Exception ->
                      skip "python3 is not installed")) ]
