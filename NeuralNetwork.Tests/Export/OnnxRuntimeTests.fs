/// ONNX Runtime itself on what the library exports.
module NeuralNetwork.Tests.Export.OnnxRuntimeTests

open System
open Microsoft.ML.OnnxRuntime
open Microsoft.ML.OnnxRuntime.Tensors
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// The reason why its native part does not load on this machine, where it does not.
let internal missing: Lazy<string option> =
    lazy
        (try
            OrtEnv.Instance().GetVersionString() |> ignore
            None
         with
         | :? TypeInitializationException as error -> Some $"ONNX Runtime does not load: {error.InnerException}"
         | :? DllNotFoundException as error -> Some $"ONNX Runtime does not load: {error.Message}")

/// Its answers to rows: one output of a model.
let internal answers<'T, 'Answer> (output: string) (model: Model<'T>) (rows: 'T[]) : 'Answer[] =
    use session = new InferenceSession(Onnx.write model)
    let width = model.Network.Inputs
    let input = DenseTensor<'T>(rows.AsMemory(), ReadOnlySpan [| rows.Length / width; width |])
    let name = Seq.head session.InputNames
    use results = session.Run([ NamedOnnxValue.CreateFromTensor(name, input) ], [ output ])
    (Seq.head results).AsEnumerable<'Answer>() |> Array.ofSeq

/// Its answers to rows by name: one output of a file with an input for each column.
let internal columnAnswers<'T, 'Answer>
    (output: string)
    (model: Model<'T>)
    (rows: Collections.Generic.IReadOnlyDictionary<string, RowCell>[])
    : 'Answer[] =
    use session = new InferenceSession(Expect.ok (ModelExport.onnxByColumns model))
    let shape = [| rows.Length; 1 |]

    let inputs =
        [ for column in model.Preprocessing.Columns ->
              match OnnxColumns.cells column [| for row in rows -> row[column.Title] |] with
              | OnnxCells.Texts texts ->
                  NamedOnnxValue.CreateFromTensor(
                      column.Title,
                      DenseTensor<string>(texts.AsMemory(), ReadOnlySpan shape)
                  )
              | OnnxCells.Numbers numbers ->
                  NamedOnnxValue.CreateFromTensor(
                      column.Title,
                      DenseTensor<float>(numbers.AsMemory(), ReadOnlySpan shape)
                  ) ]

    use results = session.Run(List.toArray inputs, [| output |])
    (Seq.head results).AsEnumerable<'Answer>() |> Array.ofSeq

let private check (case: Case) =
    let model, rows = Travellers.model<float32> case, Travellers.rows<float32> case
    let own = Generate.floats (Travellers.predict model rows)
    let found = answers<float32, float32> (Onnx.outputName model.Network) model rows
    Expect.normWithin "predictions" 1e-5 1.0 own (Generate.floats found)

    if model.IsClassifier then
        answers<float32, int64> "label" model rows
        |> Array.map int
        |> Travellers.sameClasses (Travellers.classes 1e-4 model rows)

/// A table of columns of every kind, some of them with the names that the graph has inside.
let private drawnColumns (random: Random) : Column list =
    let has () = random.Next 2 = 0
    let categories texts = if has () then Array.append [| "" |] texts else texts
    let known = if has () then [| "red"; "blue"; "1"; "01"; "\u00e9\"" |] else [| "-1"; "2"; "0.5"; "1000" |]

    let date hasTime =
        let missing = if has () then Generate.reals random (if hasTime then 9 else 7) else [||]
        Column.Date((if hasTime then "moment" else "raw"), false, hasTime, missing)

    [ Column.Number("features", (if has () then 0.25 else nan))
      Column.Number("column.1", (if has () then -3.0 else nan))
      Column.Category("gone", categories known)
      Column.OpenCategory("/gone", categories known, has ())
      Column.OpenCategory("scaled", categories [| "7" |], has ())
      date true
      date false ]
    |> List.filter (fun _ -> random.Next 4 > 0)
    |> function
        | [] -> [ Column.Number("layers.0.weight", nan) ]
        | columns -> columns

/// A cell, and whether the model has to refuse it.
let private drawnCell (random: Random) (column: Column) : RowCell =
    let isGap = random.Next 5 = 0

    match column with
    | Column.Number _ when isGap -> RowCell.Missing
    | Column.Number _ -> RowCell.Of(Generate.normal random)
    | Column.Date _ when isGap -> RowCell.Missing
    | Column.Date(_, _, hasTime, _) ->
        let day = DateTime.MinValue.AddDays(float (random.Next 3652058))
        // The last moment before midnight, too.
        let ticks = if random.Next 5 = 0 then TimeSpan.TicksPerDay - 1L else random.NextInt64 TimeSpan.TicksPerDay
        RowCell.Of(if hasTime then day.AddTicks ticks else day)
    | _ when isGap -> if random.Next 2 = 0 then RowCell.Missing else RowCell.Of "none of them"
    | _ -> RowCell.Of column.Known[random.Next column.Known.Length]

let private byName<'T> (bound: float) (seed: int) =
    let random = Random seed
    let columns = drawnColumns random
    let inputs = columns |> List.sumBy _.Features
    let isDated = columns |> List.exists _.IsDate
    let isScaled = isDated || random.Next 3 > 0

    // Years would drown the rest, and the digits of float32.
    let scales =
        [| for column in columns do
               for feature in 1 .. column.Features ->
                   (if column.IsDate && feature = 1 then 500.0 else 0.5) + random.NextDouble() |]

    let preprocessing =
        { Preprocessing.None with
            Divisor = (if random.Next 3 = 0 then 4.0 else 1.0)
            Shift = if isScaled then Array.init inputs (fun _ -> random.NextDouble()) else [||]
            Scale = if isScaled then scales else [||]
            Columns = columns }

    let isClasses = random.Next 2 = 0
    let loss = if isClasses then Loss.SoftmaxCrossEntropy else Loss.SquaredError

    let network =
        Network.input inputs
        |> Network.dense 6 (if random.Next 2 = 0 then Activation.ReLU else Activation.Tanh)
        |> Network.dense 3 Activation.Identity
        |> Network.withLoss loss

    let labels = if isClasses then [| "a"; "b"; "c" |] else [||]
    let model = network.Init<'T>(uint64 seed).With(preprocessing, labels)

    let rows =
        [| for _ in 1..40 ->
               let cells =
                   [ for column in columns -> Collections.Generic.KeyValuePair(column.Title, drawnCell random column) ]

               Collections.Generic.Dictionary cells :> Collections.Generic.IReadOnlyDictionary<string, RowCell> |]

    let own =
        [| for row in rows ->
               try
                   Some(Generate.floats (model.Predict row))
               with :? ArgumentException ->
                   None |]

    let output = Onnx.outputName model.Network

    let same (found: float[]) =
        for expected, answer in Array.zip own (Array.chunkBySize 3 found) do
            match expected with
            | Some expected -> Expect.normWithin "predictions" bound 1.0 expected answer
            | None -> Expect.that (Array.forall Double.IsNaN answer) "a row that is refused has an answer"

    same (Generate.floats (columnAnswers<'T, 'T> output model rows))
    same (Expect.ok (ModelExport.onnxByColumns model |> Result.bind (ModelExport.onnxColumnAnswers model rows)))

    if isClasses then
        for row, expected, label in Array.zip3 rows own (columnAnswers<'T, int64> "label" model rows) do
            match expected with
            | None -> Expect.equal -1L label
            | Some chances ->
                let sorted = Array.sortDescending chances
                // Of two that are equal but for rounding either may be the class.
                if sorted[0] - sorted[1] > 1e-4 then
                    Expect.equal (model.Classify row).Class (int label)

let tests =
    group
        "OnnxRuntime"
        [ states [ 74 ] (law "ONNX Runtime predicts what an exported network predicts, and finds its classes" check)
          states [ 80 ] (law "ONNX Runtime predicts what an exported ensemble predicts" (Travellers.ensemble >> check))
          states
              [ 111 ]
              (law "ONNX Runtime predicts rows by the names of their columns as the library does" (fun (seed: int) ->
                  byName<float32> 1e-5 seed
                  // Days in float64 have a part of a day to a tick or so.
                  byName<float> 1e-7 seed))
          test "A column that is called as an output is refused, and a model without columns" (fun () ->
              let model = (Network.input 1 |> Network.dense 1 Activation.Identity).Init<float> 1UL
              let named = { Preprocessing.None with Columns = [ Column.Number("output", nan) ] }

              for model, found in
                  [ model, "inputs: the features of the model have no names"
                    model.With(named, [||]), "inputs: a column is called 'output', as an output is" ] do
                  match ModelExport.onnxByColumns model with
                  | Error defect -> Expect.mentions [ found ] (string defect)
                  | Ok _ -> Expect.that false found) ]
    |> before (fun () -> missing.Value |> Option.iter skip)
