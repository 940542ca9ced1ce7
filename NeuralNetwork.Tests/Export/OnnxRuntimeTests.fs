/// ONNX Runtime itself on what the library exports.
module NeuralNetwork.Tests.Export.OnnxRuntimeTests

open System
open Microsoft.ML.OnnxRuntime
open Microsoft.ML.OnnxRuntime.Tensors
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
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

let private check (case: Case) =
    let model, rows = Travellers.model<float32> case, Travellers.rows<float32> case
    let own = Generate.floats (Travellers.predict model rows)
    let found = answers<float32, float32> (Onnx.outputName model.Network) model rows
    Expect.normWithin "predictions" 1e-5 1.0 own (Generate.floats found)

    if model.IsClassifier then
        answers<float32, int64> "label" model rows
        |> Array.map int
        |> Travellers.sameClasses (Travellers.classes 1e-4 model rows)

let tests =
    group
        "OnnxRuntime"
        [ states [ 74 ] (law "ONNX Runtime predicts what an exported network predicts, and finds its classes" check)
          states [ 80 ] (law "ONNX Runtime predicts what an exported ensemble predicts" (Travellers.ensemble >> check)) ]
    |> before (fun () -> missing.Value |> Option.iter skip)
