/// Generated C#, compiled alone by the compiler of the SDK, and run.
module NeuralNetwork.Tests.Export.CSharpSourceTests

open System
open System.Globalization
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.Loader
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli

/// What a generated class has.
type private Predict<'T> = delegate of ReadOnlySpan<'T> * Span<'T> -> unit

type private Classify<'T> = delegate of ReadOnlySpan<'T> -> int

let private runtime = nonNull (Path.GetDirectoryName typeof<obj>.Assembly.Location)

/// The compiler of the SDK that stands beside the runtime.
let private compiler: string =
    Directory.GetFiles(Path.Combine(runtime, "..", "..", "..", "sdk"), "csc.dll", SearchOption.AllDirectories)
    |> Array.filter (fun path -> path.Contains "bincore")
    |> Array.max

/// Compiles sources into a library, with every warning an error.
let internal compile (place: Workplace) (name: string) (sources: (string * string) list) : Assembly =
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

/// The method of a generated class that takes a row of features.
let private ofFeatures (found: Type) (name: string) : MethodInfo option =
    found.GetMethods()
    |> Array.tryFind (fun one ->
        let parameters = one.GetParameters()
        one.Name = name && parameters[0].ParameterType.Name.StartsWith "ReadOnlySpan")

/// The predictions of a generated class for every row.
let private run (assembly: Assembly) (name: string) (model: Model<'T>) (rows: 'T[]) : 'T[] =
    let found = nonNull (assembly.GetType $"Generated.{name}")
    let predict = (Option.get (ofFeatures found "Predict")).CreateDelegate<Predict<'T>>()
    let inputs, outputs = model.Network.Inputs, Network.outputs model.Network
    let predictions = Array.zeroCreate<'T>(rows.Length / inputs * outputs)

    for row in 0 .. rows.Length / inputs - 1 do
        predict.Invoke(ReadOnlySpan(rows, row * inputs, inputs), Span(predictions, row * outputs, outputs))

    predictions

/// A source with names that are free.
let internal write (space: string) (name: string) (model: Model<'T>) : string =
    match CSharpSource.write space name model with
    | Ok source -> source
    | Error defect -> Expect.fail (string defect)

/// The class that a generated class finds in every row; None where it finds no classes.
let private classify (assembly: Assembly) (name: string) (model: Model<'T>) (rows: 'T[]) : int[] option =
    match ofFeatures (nonNull (assembly.GetType $"Generated.{name}")) "Classify" with
    | None -> None
    | Some found ->
        let classify = found.CreateDelegate<Classify<'T>>()
        let each (row: 'T[]) = classify.Invoke(ReadOnlySpan row)
        Some(rows |> Array.chunkBySize model.Network.Inputs |> Array.map each)

/// Cases of one precision, compiled together, and each compared.
let private compare<'T> (place: Workplace) (title: string) (bound: float) (cases: Case list) =
    let models = cases |> List.mapi (fun index case -> $"Model{index}", case, Travellers.model<'T> case)
    let sources = [ for name, _, model in models -> name, write "Generated" name model ]
    let assembly = compile place title sources

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

/// Columns of every kind, whose names are not those of properties, and for each cells that it knows, or does not.
let private table =
    let cells (known: RowCell list) (unknown: RowCell list) = known, unknown
    let quotes = "O'Hara \"x\"\\"

    [ Column.Number("age", 38.5), cells [ RowCell.Of 41.0; RowCell.Missing; RowCell.Of -3.25 ] [ RowCell.Of infinity ]
      Column.Number("2nd income", nan), cells [ RowCell.Of 1e6; RowCell.Of 0.1 ] [ RowCell.Missing ]
      Column.Number("2nd_income", 0.0), cells [ RowCell.Of 7.0; RowCell.Missing ] [ RowCell.Of -infinity ]
      Column.Category("class", [| ""; "a"; quotes; "no \u202e" |]),
      cells [ RowCell.Missing; RowCell.Of "a"; RowCell.Of quotes; RowCell.Of "no \u202e" ] [ RowCell.Of "A" ]
      Column.Category("to string", [| "1"; "x" |]), cells [ RowCell.Of "1"; RowCell.Of "x" ] [ RowCell.Of "" ]
      Column.Category("level", [| "1"; "2.5"; "1e3" |]),
      cells [ RowCell.Of 1.0; RowCell.Of 2.5; RowCell.Of 1000.0 ] [ RowCell.Missing; RowCell.Of 3.0 ]
      Column.Category("clone", [| "1"; "2"; "Infinity" |]),
      cells [ RowCell.Of "1"; RowCell.Of "Infinity" ] [ RowCell.Of "3"; RowCell.Missing ]
      Column.Category("code", [| "01"; "02" |]), cells [ RowCell.Of "01"; RowCell.Of "02" ] [ RowCell.Of "1" ]
      Column.Date("hired", false, false, [||]),
      cells [ RowCell.Of "2024-02-29"; RowCell.Of "1899-12-31" ] [ RowCell.Missing ]
      Column.Date("seen", true, true, [| 2000.5; 0.1; 0.2; 0.3; 0.4; 0.5; 0.6; 0.7; 0.8 |]),
      cells [ RowCell.Of "2024-02-29T23:59:59.5"; RowCell.Missing ] []
      Column.OpenCategory("town", [| "Bonn"; "Rome" |], false),
      cells [ RowCell.Of "Rome"; RowCell.Of "Oslo"; RowCell.Missing ] []
      Column.OpenCategory("zip", [| ""; "10"; "11" |], true),
      cells [ RowCell.Missing; RowCell.Of "11"; RowCell.Of "12" ] []
      Column.Category("<é>", [| ""; "0" |]), cells [ RowCell.Missing; RowCell.Of 0.0 ] [ RowCell.Of 1.0 ] ]

/// A row's cell as the property of a generated record takes it.
let internal argument (kind: Type) (cell: RowCell) : objnull =
    if cell.IsMissing then
        null
    elif kind = typeof<string> then
        box cell.Text
    elif kind = typeof<Nullable<DateTime>> then
        box (DateTime.Parse(nonNull cell.Text, CultureInfo.InvariantCulture))
    else
        box cell.Number

let tests =
    workplace "CSharpSource" (fun place ->
        let compile = compile place

        [ test "A row by names has the answer of the library, and is refused where that refuses it" (fun () ->
              let columns = List.map fst table
              let inputs = columns |> List.sumBy _.Features

              let network =
                  Network.input inputs
                  |> Network.dense 4 Activation.Tanh
                  |> Network.dense 3 Activation.Identity
                  |> Network.withLoss Loss.SoftmaxCrossEntropy

              let model =
                  (Model.initialize<float> 5UL network)
                      .With(Preprocessing.Named(Array.ofList columns), [| "no"; "may be"; "yes" |])

              let driver =
                  "namespace Generated; public static class Driver { public static double[] Predict(object row) "
                  + "{ var y = new double[Table.Outputs]; Table.Predict((Table.Row)row, y); return y; } }"

              let assembly = compile "rows" [ "table", write "Generated" "Table" model; "driver", driver ]
              let found = nonNull (assembly.GetType "Generated.Table+Row")
              let make = found.GetConstructors() |> Array.maxBy _.GetParameters().Length
              let predict = nonNull ((nonNull (assembly.GetType "Generated.Driver")).GetMethod "Predict")

              let classify =
                  nonNull ((nonNull (assembly.GetType "Generated.Table")).GetMethod("Classify", [| found |]))

              let names = [ for one in make.GetParameters() -> string one.Name ]

              Expect.equal
                  [ "Age"
                    "Column2ndIncome"
                    "Column2ndIncome2"
                    "Class"
                    "ToString2"
                    "Level"
                    "Clone2"
                    "Code"
                    "Hired"
                    "Seen"
                    "Town"
                    "Zip"
                    "Column" ]
                  names

              let generated (method: MethodInfo) (cells: RowCell list) : obj option =
                  let arguments =
                      [| for one, cell in Seq.zip (make.GetParameters()) cells -> argument one.ParameterType cell |]

                  try
                      Option.ofObj (method.Invoke(null, [| make.Invoke arguments |]))
                  with :? TargetInvocationException as outer when (outer.InnerException :? ArgumentException) ->
                      None

              let own (cells: RowCell list) =
                  let row = readOnlyDict (List.zip [ for column in columns -> column.Title ] cells)

                  try
                      Some(model.Predict row, (model.Classify row).Class)
                  with :? ArgumentException ->
                      None

              let random = Random 3
              let refused = ref 0

              for _ in 1..1000 do
                  let cells =
                      [ for _, (known, unknown) in table do
                            let from = if random.Next 30 = 0 && not unknown.IsEmpty then unknown else known
                            List.item (random.Next(List.length from)) from ]

                  match own cells, generated predict cells, generated classify cells with
                  | Some(expected, label), Some predicted, Some found ->
                      Expect.normWithin "row" 1e-12 1.0 expected (predicted :?> float array)
                      Expect.equal label (found :?> int)
                  | None, None, None -> refused.Value <- refused.Value + 1
                  | answers -> Expect.fail $"%A{cells}: %A{answers}"

              Expect.that (refused.Value > 100 && refused.Value < 900) $"{refused.Value} of 1000 rows are refused")
          test "A row by names is rounded once to the digits of the model, when its features are scaled" (fun () ->
              let columns = [| Column.Number("seconds", nan); Column.Date("day", false, false, [||]) |]
              let inputs = columns |> Array.sumBy _.Features

              let network =
                  Network.input inputs
                  |> Network.dense 8 Activation.Tanh
                  |> Network.dense 1 Activation.Identity
                  |> Network.withLoss Loss.SquaredError

              // An hour among seconds since 1970, and a day among years: float32 has two minutes, and an hour.
              let preprocessing =
                  { Preprocessing.Named columns with
                      Shift = Array.concat [ [| 1.7e9; 2024.5 |]; Array.zeroCreate (inputs - 2) ]
                      Scale = Array.concat [ [| 3600.0; 0.003 |]; Array.create (inputs - 2) 1.0 ]
                      TargetShift = [| 100.0 |]
                      TargetScale = [| 10.0 |] }

              let model = (Model.initialize<float32> 5UL network).With(preprocessing, [||])

              let driver =
                  "namespace Generated; public static class Driver { "
                  + "public static float Predict(double seconds, System.DateTime day) { var y = new float[1]; "
                  + "Moments.Predict(new Moments.Row(seconds, day), y); return y[0]; } "
                  + "public static float Rounded(double seconds, System.DateTime day) { var y = new float[1]; "
                  + "var x = new float[Moments.Inputs]; Moments.Encode(new Moments.Row(seconds, day), x); "
                  + "Moments.Predict(x, y); return y[0]; } }"

              let assembly = compile "moments" [ "moments", write "Generated" "Moments" model; "driver", driver ]
              let found = nonNull (assembly.GetType "Generated.Driver")

              let generated (name: string) (seconds: float) (day: DateTime) =
                  (nonNull (found.GetMethod name)).Invoke(null, [| box seconds; box day |]) :?> float32 |> float

              let random = Random 4

              let off =
                  [ for _ in 1..200 do
                        let seconds = 1.7e9 + 7200.0 * (random.NextDouble() - 0.5)
                        let day = DateTime(2024, 6, 20).AddDays(float (random.Next 24))
                        let cells = [ "seconds", RowCell.Of seconds; "day", RowCell.Of(day.ToString "yyyy-MM-dd") ]
                        let own = float (model.Predict(readOnlyDict cells)[0])
                        abs (generated "Predict" seconds day - own), abs (generated "Rounded" seconds day - own) ]

              Expect.that (List.max (List.map fst off) < 1e-4) $"off by {List.max (List.map fst off)}"
              // What is rounded before it is scaled is another row.
              Expect.that (List.max (List.map snd off) > 1e-2) $"off by {List.max (List.map snd off)}")
          test "Generated sources compile alone without a warning, and predict what the model predicts" (fun () ->
              compare<float32> place "singles" 1e-5 cases
              compare<float> place "doubles" 1e-12 cases)
          states
              [ 80 ]
              (test "Generated sources of ensembles predict what the ensemble predicts" (fun () ->
                  let ensembles =
                      cases
                      |> List.take 12
                      |> List.append (List.skip (cases.Length - 12) cases)
                      |> List.map Travellers.ensemble

                  compare<float32> place "single-ensembles" 1e-5 ensembles
                  compare<float> place "double-ensembles" 1e-12 ensembles))
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

              Expect.raises<ArithmeticException>(fun () ->
                  classify assembly "Classes" model [| nanf; 0f; 0f |] |> ignore)
              |> ignore

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

              compile "names" sources |> ignore) ])
