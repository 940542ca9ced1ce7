namespace NeuralNetwork.Export

open System.Collections.Generic
open NeuralNetwork
open NeuralNetwork.Formats

/// Models as files that other programs read: ONNX, NPZ, the state of a PyTorch Sequential, and source of C#.
module ModelExport =

    /// The bytes of an ONNX file (opset 17). Its input `input` takes raw features (batch x inputs), its output `probabilities` or,
    /// for values, `output` (batch x outputs) is what `Model.Predict` gives, and `label` (batch) the number of the class.
    /// Equal models give equal bytes. InvalidOperationException above 2 GB.
    let onnx (model: Model<'T>) : byte[] = Onnx.write model

    /// The bytes of an ONNX file whose inputs are the columns of the model's table by their names, (batch x 1) each: texts for
    /// categories, "" where one is missing; float64 for numbers, for categories that are all numbers, and for dates, as days
    /// since 1970-01-01 with the part of the day, NaN where one is missing. Outputs are those of `onnx`, and its answers those
    /// of rows by name. Where the model would refuse a cell, the row's predictions are NaN and its `label` is -1. A defect of
    /// the `inputs` where the model has no columns, more than 1000, or one with the name of an output. InvalidOperationException
    /// above 2 GB.
    let onnxByColumns (model: Model<'T>) : Result<byte[], Defect> = Onnx.writeColumns model

    /// What a file of `onnxByColumns` predicts for rows by name, by the naive rules of the standard and without the engine. A
    /// defect where the file is damaged, or a row lacks a column or has a cell of another kind.
    let onnxColumnAnswers
        (model: Model<'T>)
        (rows: IReadOnlyDictionary<string, RowCell> seq)
        (bytes: byte[])
        : Result<float[], Defect> =
        let rows = Array.ofSeq rows

        let cellOf (column: Plans.Column) (row: IReadOnlyDictionary<string, RowCell>) =
            match row.TryGetValue column.Title with
            | true, cell -> cell
            | _ -> Defect.refuse $"column {Defect.quote column.Title}" "is not there"

        let cells () =
            [ for column in model.Preprocessing.Columns ->
                  column.Title, OnnxColumns.cells column (Array.map (cellOf column) rows) ]

        Defect.catch cells
        |> Result.bind (fun cells ->
            Onnx.read bytes |> Result.bind (Onnx.evaluateColumns (Onnx.outputName model.Network) cells))

    /// What an ONNX file of a network predicts for rows of raw features (batch x inputs), by the naive rules of the standard and
    /// without the engine. A defect where the file is damaged, or has an operator that `onnx` does not write.
    let onnxAnswers (network: Network) (features: float[]) (bytes: byte[]) : Result<float[], Defect> =
        Onnx.read bytes |> Result.bind (Onnx.evaluate (Onnx.outputName network) features)

    /// The bytes of an NPZ: an array for each tensor by its name in a model file, and the rest of the model as the bytes of its
    /// JSON in UTF-8. `ModelImport` reads it back.
    let npz (model: Model<'T>) : byte[] = NpzModel.write model

    /// The bytes of a safetensors file with the names of a `state_dict` of PyTorch's `nn.Sequential`. ArgumentException for an
    /// ensemble, each of whose members is a Sequential, and for a periodic embedding.
    let sequential (model: Model<'T>) : byte[] = Sequential.write model

    /// The same network in Python, its output function included. ArgumentException as for `sequential`.
    let sequentialText (model: Model<'T>) : string = Sequential.text model

    /// The source of a C# class in a namespace that predicts without this library. A defect of the `class` or the `namespace` where
    /// its name is a keyword, or one that the class itself uses.
    let csharp (space: string) (name: string) (model: Model<'T>) : Result<string, Defect> =
        CSharpSource.write space name model

    /// The model whose numbers stand in a source of C#: the folded network. A defect where numbers are missing, others than in the
    /// model, or more than there should be.
    let csharpBack (model: Model<'T>) (source: string) : Result<Model<'T>, Defect> = CSharpSource.readBack model source
