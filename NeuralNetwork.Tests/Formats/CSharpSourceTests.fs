/// Generated C#, compiled alone by the compiler of the SDK, and run.
module NeuralNetwork.Tests.Formats.CSharpSourceTests

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.Loader
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli

/// What a generated class has.
type private Predict<'T> = delegate of ReadOnlySpan<'T> * Span<'T> -> unit

type private Classify<'T> = delegate of ReadOnlySpan<'T> -> int

let private place = Workplace "generated-sources"

let private runtime = nonNull (Path.GetDirectoryName typeof<obj>.Assembly.Location)

/// The compiler of the SDK that stands beside the runtime.
let private compiler: string =
    Directory.GetFiles(Path.Combine(runtime, "..", "..", "..", "sdk"), "csc.dll", SearchOption.AllDirectories)
    |> Array.filter (fun path -> path.Contains "bincore")
    |> Array.max

/// Compiles sources into a library, with every warning an error.
let private compile (name: string) (sources: (string * string) list) : Assembly =
    let target = place.At $"{name}.dll"

    let files =
        [ for file, text in sources do
              let path = place.At $"{file}.cs"
              File.WriteAllText(path, text)
              path ]

    let references =
        [ for path in Directory.GetFiles(runtime, "System*.dll") do
              if not (path.Contains ".Native") then
                  $"-r:{path}" ]

    let options =
        [ "-nologo"; "-noconfig"; "-target:library"; "-langversion:12"; "-nullable:enable" ]
        @ [ "-warnaserror+"; "-warn:9"; $"-out:{target}" ]

    let start = ProcessStartInfo("dotnet", compiler :: options @ references @ files, RedirectStandardOutput = true)
    use run = nonNull (Process.Start start)
    let said = run.StandardOutput.ReadToEnd()
    run.WaitForExit()
    Expect.that (run.ExitCode = 0) said
    AssemblyLoadContext(name).LoadFromAssemblyPath target

/// The predictions of a generated class for every row.
let private run (assembly: Assembly) (name: string) (model: Model<'T>) (rows: 'T[]) : 'T[] =
    let found = nonNull (assembly.GetType $"Generated.{name}")
    let predict = (nonNull (found.GetMethod "Predict")).CreateDelegate<Predict<'T>>()
    let inputs, outputs = model.Network.Inputs, Network.outputs model.Network
    let predictions = Array.zeroCreate<'T>(rows.Length / inputs * outputs)

    for row in 0 .. rows.Length / inputs - 1 do
        predict.Invoke(ReadOnlySpan(rows, row * inputs, inputs), Span(predictions, row * outputs, outputs))

    predictions

/// A source with names that are free.
let private write (space: string) (name: string) (model: Model<'T>) : string =
    match CSharpSource.write space name model with
    | Ok source -> source
    | Error defect -> Expect.fail (string defect)

/// The class that a generated class finds in every row; None where it finds no classes.
let private classify (assembly: Assembly) (name: string) (model: Model<'T>) (rows: 'T[]) : int[] option =
    match (nonNull (assembly.GetType $"Generated.{name}")).GetMethod "Classify" with
    | null -> None
    | found ->
        let classify = found.CreateDelegate<Classify<'T>>()
        let each (row: 'T[]) = classify.Invoke(ReadOnlySpan row)
        Some(rows |> Array.chunkBySize model.Network.Inputs |> Array.map each)

/// Cases of one precision, compiled together, and each compared.
let private compare<'T> (title: string) (bound: float) (cases: Case list) =
    let models = cases |> List.mapi (fun index case -> $"Model{index}", case, Travellers.model<'T> case)
    let sources = [ for name, _, model in models -> name, write "Generated" name model ]
    let assembly = compile title sources

    for name, case, model in models do
        let rows = Travellers.rows<'T> case
        let own = Generate.floats (Travellers.predict model rows)
        Expect.normWithin name bound 1.0 own (Generate.floats (run assembly name model rows))
        let classes = classify assembly name model rows
        Expect.equal model.IsClassifier classes.IsSome
        let sameClasses found = Travellers.sameClasses (Travellers.classes (10.0 * bound) model rows) found
        Option.iter sameClasses classes

let private cases =
    let sample = FsCheck.FSharp.Gen.sampleWithSeed (FsCheck.Rnd 2026UL) 30 24 Generate.case.Generator
    List.map snd Travellers.ofEveryActivation @ List.ofArray sample

let private tiny =
    let network = Network.input 2 |> Network.dense 2 Activation.GELU |> Network.withLoss Loss.SoftmaxCrossEntropy
    Model.initialize<float32> 1UL network

let tests =
    group
        "CSharpSource"
        [ test "Generated sources compile alone without a warning, and predict what the model predicts" (fun () ->
              compare<float32> "singles" 1e-5 cases
              compare<float> "doubles" 1e-12 cases)
          states
              [ 80 ]
              (test "Generated sources of ensembles predict what the ensemble predicts" (fun () ->
                  let ensembles =
                      cases
                      |> List.take 12
                      |> List.append (List.skip (cases.Length - 12) cases)
                      |> List.map Travellers.ensemble

                  compare<float32> "single-ensembles" 1e-5 ensembles
                  compare<float> "double-ensembles" 1e-12 ensembles))
          test "A generated class tells classes apart, has their names, and allocates nothing" (fun () ->
              let labels = [| "no \"\\"; "yes µ漢" |]

              let network =
                  Network.input 3 |> Network.dense 1 Activation.Identity |> Network.withLoss Loss.BinaryCrossEntropy

              let model = (Model.initialize<float32> 3UL network).With(Preprocessing.None, labels)
              let assembly = compile "classes" [ "classes", write "Generated" "Classes" model ]
              let found = nonNull (assembly.GetType "Generated.Classes")
              let property = nonNull (found.GetProperty "Labels")
              Expect.equal (List.ofArray labels) (List.ofSeq (nonNull (property.GetValue null) :?> string seq))
              let rows = [| 1f; -2f; 0.5f; -1f; 2f; -0.5f |]
              let predictions = run assembly "Classes" model rows

              Expect.that
                  ((predictions[0] > 0.5f) <> (predictions[1] > 0.5f))
                  "rows of opposite signs are of one class"

              let predict = (nonNull (found.GetMethod "Predict")).CreateDelegate<Predict<float32>>()

              let round () =
                  for _ in 1..50 do
                      predict.Invoke(ReadOnlySpan(rows, 0, 3), Span(predictions, 0, 1))

              round ()
              Expect.noBytes (fun () -> Expect.bytesOf round))
          test "A generated class with rows too wide for the stack allocates once on a thread" (fun () ->
              let wide = 16_385

              let network =
                  Network.input wide
                  |> Network.dense 2 Activation.Identity
                  |> Network.withLoss Loss.SoftmaxCrossEntropy

              let model = Model.initialize<float32> 3UL network
              let assembly = compile "wide" [ "wide", write "Generated" "Wide" model ]
              let row, predictions = Array.init wide (fun place -> float32 (place % 7) - 3f), Array.zeroCreate 2
              let found = nonNull (assembly.GetType "Generated.Wide")
              let predict = (nonNull (found.GetMethod "Predict")).CreateDelegate<Predict<float32>>()

              let allocated () =
                  let before = GC.GetAllocatedBytesForCurrentThread()
                  predict.Invoke(ReadOnlySpan row, Span predictions)
                  GC.GetAllocatedBytesForCurrentThread() - before

              Expect.that
                  (allocated () >= int64 (2 * sizeof<float32> * wide))
                  "the first prediction takes its rows from elsewhere"

              Expect.equal [ 0L; 0L; 0L ] (List.init 3 (fun _ -> allocated ()))
              Expect.within 1e-4 (float (model.Predict(ReadOnlySpan row)[0])) (float predictions[0]))
          lawTried
              30
              "The numbers of a source are those of the folded model to the bit, and a changed one is noticed"
              (fun (case: Case) ->
                  let model = Travellers.model<float32> case
                  let source = write "Models" "One" model

                  match CSharpSource.readBack model source with
                  | Error defect -> Expect.fail (string defect)
                  | Ok read ->
                      let struct (_, folded) = Model.fold model.Network model.Parameters
                      Expect.sameBits "parameters" folded.Values read.Parameters.Values

                  let place = source.LastIndexOf("Numbers<float>") + "Numbers<float>(\"\"\"\n        ".Length
                  let other = if source[place] = 'A' then 'B' else 'A'
                  let changed = source.Remove(place, 1).Insert(place, string other)
                  Expect.that (CSharpSource.readBack model changed).IsError "a changed number was not noticed"

                  let more =
                      source.Replace(
                          "private static readonly",
                          "private static readonly float[] More = Numbers<float>(\"\"\"\nAAAAAA==\n\"\"\"u8);\nprivate static readonly"
                      )

                  Expect.that
                      (CSharpSource.readBack model more).IsError
                      "numbers that are not the model's were not noticed"

                  let broken = source.Remove(place, 1).Insert(place, "!")
                  Expect.that (CSharpSource.readBack model broken).IsError "what is no base64 was not noticed")
          each
              "Names that cannot be those of the class or its namespace are refused"
              [ "Models", "class", "class", "keyword"
                "Models", "record", "class", "keyword"
                "Models", "Predict", "class", "itself uses"
                "Models", "Weight0", "class", "itself uses"
                "Models", "MathF", "", ""
                "Models", "Math", "class", "itself uses"
                "Models", "Vector", "class", "itself uses"
                "Some.namespace", "One", "namespace", "keyword"
                "Span.Models", "One", "namespace", "itself uses"
                "Models.Span", "One", "", "" ]
              (fun (space: string, name, field, word: string) ->
                  match CSharpSource.write space name tiny with
                  | Ok _ -> Expect.equal "" field
                  | Error defect ->
                      Expect.equal field defect.Field
                      Expect.mentions [ word; "'" ] defect.Found)
          test "Names that are not taken compile" (fun () ->
              let sources =
                  [ for name in [ "MathF"; "Predictor"; "Weight9"; "Softmax1" ] -> name, write "Generated" name tiny ]

              compile "names" sources |> ignore) ]
    |> before place.Create
