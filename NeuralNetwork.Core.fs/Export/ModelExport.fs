namespace NeuralNetwork.Export

open NeuralNetwork
open NeuralNetwork.Formats

/// Models as files that other programs read: ONNX, NPZ, the state of a PyTorch Sequential, and source of C#.
module ModelExport =

    /// The bytes of an ONNX file (opset 17). Its input `input` takes raw features (batch x inputs), its output `probabilities` or,
    /// for values, `output` (batch x outputs) is what `Model.Predict` gives, and `label` (batch) the number of the class.
    /// Equal models give equal bytes. InvalidOperationException above 2 GB.
    let onnx (model: Model<'T>) : byte[] = Onnx.write model

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
