/// A row has one answer, whoever is asked: the command line, a row by names, the record of generated C#, ONNX Runtime.
module NeuralNetwork.Tests.Cli.FourAnswerTests

open System
open System.Globalization
open System.IO
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables
open NeuralNetwork.Tests.Export

/// How far the answers to rows are from those of the library to rows by name, over the largest of a row or 1, and of how many rows
/// the class is another one.
type private Agreement = { Rows: int; Command: float; Record: float; Runtime: float; Columns: float; Classes: int }

let private farthest (expected: float32[]) (found: float[]) : float =
    let scale = Array.fold (fun most y -> max most (abs (float y))) 1.0 expected
    Array.map2 (fun (y: float32) other -> abs (float y - other) / scale) expected found |> Array.max

/// What the generated record of a model says of rows of cells in the order of its columns.
let private recordOf (place: Workplace) (name: string) (model: Model<float32>) : RowCell[] -> float[] =
    let driver =
        $"namespace Generated; public static class Driver {{ public static float[] Predict(object row) "
        + $"{{ var y = new float[{name}.Outputs]; {name}.Predict(({name}.Row)row, y); return y; }} }}"

    let sources = [ name, CSharpSourceTests.write "Generated" name model; $"{name}Driver", driver ]
    let assembly = CSharpSourceTests.compile place $"answers-{name}" sources
    let row = nonNull (assembly.GetType $"Generated.{name}+Row")
    let make = row.GetConstructors() |> Array.maxBy _.GetParameters().Length
    let predict = nonNull ((nonNull (assembly.GetType "Generated.Driver")).GetMethod "Predict")
    let columns = Array.ofList model.Preprocessing.Columns

    let argument (column: Column) (kind: Type) (cell: RowCell) : objnull =
        match column, string cell with
        | Column.Date(_, isDayFirst, _, _), text when not cell.IsMissing ->
            box (Column.ReadDate(text.AsSpan(), isDayFirst).Value)
        | Column.Number _, text when not cell.IsMissing -> box (Double.Parse(text, CultureInfo.InvariantCulture))
        | _ -> CSharpSourceTests.argument kind cell

    fun cells ->
        let kinds = make.GetParameters() |> Array.map _.ParameterType
        let made = make.Invoke(Array.map3 argument columns kinds cells)
        nonNull (predict.Invoke(null, [| made |])) :?> float32[] |> Array.map float

/// Trains on a file, and asks everybody about the rows of another one, at most so many.
let private agree (place: Workplace) (name: string) (train: string) (rows: string) (target: string) (most: int) =
    let run = place.At $"answers-{name}"

    [ "train"
      train
      "--target"
      target
      "--missing"
      "median"
      "--unseen"
      "zero"
      "--out"
      run
      "--force" ]
    @ [ "--epochs"; "5"; "--blas"; "managed"; "--threads"; "1" ]
    |> InProcess.succeed
    |> ignore

    let model = Model.Load<float32>(Path.Combine(run, "model.safetensors"))
    let columns = Array.ofList model.Preprocessing.Columns
    let records = Expect.ok (Csv.read ',' (File.ReadAllText rows))
    let count = min most records.Lines.Length

    let cellsOf (row: int) =
        [| for column in columns ->
               let text = records.Cells[Array.IndexOf(records.Heads, column.Title)][row]
               if TableCells.isMissing text then RowCell.Missing else RowCell.Of text |]

    let answers = place.At $"answers-{name}.csv"

    [ "predict"; run; rows; "--out"; answers; "--force" ]
    @ (if model.IsClassifier then [ "--probabilities" ] else [])
    |> InProcess.succeed
    |> ignore

    let said = Expect.ok (Csv.read ',' (File.ReadAllText answers))
    let column (head: string) = said.Cells[Array.IndexOf(said.Heads, head)]

    let numbers =
        if model.IsClassifier then
            model.Labels |> Array.map (fun label -> column $"probability_{label}")
        else
            [| column "prediction" |]

    let record = recordOf place name model
    let named = [| for row in 0 .. count - 1 -> dict (Seq.zip [ for one in columns -> one.Title ] (cellsOf row)) |]
    let named = named |> Array.map Collections.Generic.Dictionary
    let own = named |> Array.map (fun row -> model.Predict row)
    let features = Array.zeroCreate<float32>(count * model.Network.Inputs)

    named
    |> Array.iteri (fun place row ->
        model.Encode(row, Span(features, place * model.Network.Inputs, model.Network.Inputs)))

    // Rounded features have answers of their own.
    let rounded = model.Predict(ReadOnlySpan features)

    let runtime =
        match OnnxRuntimeTests.missing.Value with
        | Some _ -> rounded
        | None -> OnnxRuntimeTests.answers<float32, float32> (Onnx.outputName model.Network) model features

    let answers () = [| for row in named -> row :> Collections.Generic.IReadOnlyDictionary<string, RowCell> |]

    let columnAnswers, columnClasses =
        match OnnxRuntimeTests.missing.Value with
        | Some _ -> Array.concat own, [||]
        | None ->
            OnnxRuntimeTests.columnAnswers<float32, float32> (Onnx.outputName model.Network) model (answers ()),
            (if model.IsClassifier then
                 OnnxRuntimeTests.columnAnswers<float32, int64> "label" model (answers ())
             else
                 [||])

    let outputs = model.Network.Outputs
    let part (all: float32[]) (row: int) = Array.sub all (row * outputs) outputs

    let most (difference: int -> float) = Seq.init count difference |> Seq.max

    { Rows = count
      Command =
        most (fun row ->
            let found = numbers |> Array.map (fun column -> Double.Parse(column[row], CultureInfo.InvariantCulture))
            farthest own[row] found)
      Record = most (fun row -> farthest own[row] (record (cellsOf row)))
      Runtime = most (fun row -> farthest (part rounded row) (Array.map float (part runtime row)))
      Columns = most (fun row -> farthest own[row] (Array.map float (part columnAnswers row)))
      Classes =
        if model.IsClassifier then
            let predicted = column "prediction"

            Seq.init count id
            |> Seq.filter (fun row ->
                let label = (model.Classify named[row]).Label
                label <> predicted[row] || columnClasses.Length > 0 && model.Labels[int columnClasses[row]] <> label)
            |> Seq.length
        else
            0 }

/// Numbers are written with the digits that a float32 needs; layers add up in another order.
let private check (found: Agreement) =
    Expect.atMost 2e-6 found.Command
    Expect.atMost 1e-5 found.Record
    Expect.atMost 1e-5 found.Runtime
    Expect.atMost 1e-5 found.Columns
    Expect.equal 0 found.Classes

/// Gaps in every kind of column, dates with times, numbers that are categories, and jobs that only later rows have.
let private people (rows: int seq) : string list =
    "income,hired,job,level,kind"
    :: [ for row in rows ->
             let hired = DateTime(2020, 1, 1).AddHours(float (row * 53 % 20_000))
             let jobs = if row < 1000 then [ "clerk"; "nurse" ] else [ "clerk"; "nurse"; "pilot"; "\"O'Hara, \u00e9\"" ]

             String.Join(
                 ',',
                 [ (if row % 7 = 3 then "" else number (float (row * 37 % 101) / 8.0))
                   (if row % 11 = 5 then "NA" else hired.ToString "yyyy-MM-dd HH:mm")
                   (if row % 5 = 1 then "" else List.item (row % jobs.Length) jobs)
                   (if row % 3 = 0 then "1.0" else string (row % 3))
                   (if row * 37 % 101 + row % 3 * 20 > 60 then "yes" else "no") ]
             ) ]

/// Tables of the one who runs the tests: name=train.csv,rows.csv,target with semicolons between them (build/answers.py).
let private given: (string * string list) list =
    [ match Environment.GetEnvironmentVariable "NN_TABLES" with
      | null -> ()
      | text ->
          for entry in text.Split(';', StringSplitOptions.RemoveEmptyEntries) do
              match entry.Split('=', 2) with
              | [| name; files |] -> name, List.ofArray (files.Split ',')
              | _ -> () ]

let tests =
    workplace "FourAnswers" (fun place ->
        [ each
              "A thousand rows with gaps, dates and unseen categories have one answer, whoever is asked"
              [ "kind"; "income" ]
              (fun (target: string) ->
                  let isThere (line: string) = target <> "income" || not (line.StartsWith ',')
                  write place "people.csv" (people (seq { 0..299 }) |> List.filter isThere)
                  write place "others.csv" (people (seq { 1000..1999 }))
                  let name = if target = "kind" then "Kinds" else "Incomes"
                  let found = agree place name (place.At "people.csv") (place.At "others.csv") target 1000
                  Expect.equal 1000 found.Rows
                  check found)
          for name, files in given do
              test $"The rows of {name} have one answer, whoever is asked" (fun () ->
                  place.Create()
                  let found = agree place name files[0] files[1] files[2] 1000

                  printfn
                      "%s: %d rows; nn predict %.1e, C# record %.1e, ONNX Runtime %.1e, by columns %.1e, other classes %d"
                      name
                      found.Rows
                      found.Command
                      found.Record
                      found.Runtime
                      found.Columns
                      found.Classes

                  check found) ])
