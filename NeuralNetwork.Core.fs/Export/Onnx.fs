namespace NeuralNetwork.Export

open NeuralNetwork
open NeuralNetwork.Formats

/// Models as ONNX files for ONNX Runtime and whatever else reads the format: opset 17, one file, an open number of rows.
/// The input `input` takes raw features (batch x inputs), those of a table in the order of its columns with a column for each
/// category; the output is `probabilities` or, for values, `output` (batch x outputs), as `Model.Predict` gives them, and
/// where classes are told apart `label` (batch), the number of the class. The metadata hold the `labels`, the names of the
/// `features` of a table, and the `description` of the model.
module internal Onnx =

    /// The bytes of a model's file: equal models give equal bytes. InvalidOperationException above 2 GB.
    let write (model: Model<'T>) : byte[] = OnnxFile.write (OnnxExport.graph model)

    /// The bytes of a model's file that takes the columns of its table, each by its name. A defect of the `inputs` where there
    /// are none, or one cannot be an input.
    let writeColumns (model: Model<'T>) : Result<byte[], Defect> =
        Defect.catch (fun () -> OnnxFile.write (OnnxExport.columnGraph model))

    /// Reads a file; references to other files are refused.
    let read (bytes: byte[]) : Result<OnnxGraph, Defect> = OnnxFile.read bytes

    /// The output of a graph for rows of raw features, by the naive rules of the standard and without the engine. Only
    /// operators that `write` uses are known.
    let evaluate (output: string) (features: float[]) (graph: OnnxGraph) : Result<float[], Defect> =
        Defect.catch (fun () -> OnnxEvaluation.run graph output features)

    /// The output of a graph for rows given by the names of their columns, by the same rules.
    let evaluateColumns
        (output: string)
        (cells: (string * OnnxCells) list)
        (graph: OnnxGraph)
        : Result<float[], Defect> =
        Defect.catch (fun () -> OnnxEvaluation.runColumns graph output cells)

    /// The name of the output that holds what a model predicts.
    let outputName (network: Network) : string = OnnxExport.outputName network
