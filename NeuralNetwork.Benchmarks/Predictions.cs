using BenchmarkDotNet.Attributes;
using Microsoft.ML.OnnxRuntime;
using NeuralNetwork.Export;

namespace NeuralNetwork.Benchmarks;

/// <summary>
/// A call that predicts some rows, and the same by ONNX Runtime from the file that the model is exported to, in the same process. Input and
/// output are in place before the clock starts, on both sides.
/// </summary>
[MemoryDiagnoser]
public class Predictions : IDisposable
{
    private Model<float> model = null!;
    private InferenceSession oneThread = null!;
    private InferenceSession allCores = null!;
    private float[] features = null!;
    private float[] predictions = null!;
    private OrtValue input = null!;
    private OrtValue output = null!;
    private readonly RunOptions options = new();
    private string[] inputs = null!;
    private string[] outputs = null!;

    /// <summary>The widths of the layers, ReLU between them and softmax behind.</summary>
    [Params("20-64-32-2", "784-128-10", "784-512-512-10")]
    public string Layers { get; set; } = "";

    /// <summary>The rows of a call.</summary>
    [Params(1, 8, 64, 256, 1000)]
    public int Rows { get; set; }

    /// <summary>Makes the model, and two sessions of what it is exported to.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        model = Models.Of(Layers);
        var exported = ModelExport.onnx(model);
        oneThread = new(exported, new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 });
        allCores = new(
            exported,
            new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount, InterOpNumThreads = 1 }
        );
        features = Models.Rows(model, Rows);
        predictions = new float[Rows * model.Network.Outputs];
        input = OrtValue.CreateTensorValueFromMemory(features, [Rows, model.Network.Inputs]);
        output = OrtValue.CreateTensorValueFromMemory(new float[predictions.Length], [Rows, model.Network.Outputs]);
        inputs = [oneThread.InputNames[0]];
        outputs = [oneThread.OutputNames.First(name => name != "label")];
    }

    /// <summary>ONNX Runtime with one thread.</summary>
    [Benchmark(Baseline = true)]
    public void OnnxRuntime() => oneThread.Run(options, inputs, [input], outputs, [output]);

    /// <summary>ONNX Runtime with a thread for each core.</summary>
    [Benchmark]
    public void OnnxRuntimeAllCores() => allCores.Run(options, inputs, [input], outputs, [output]);

    /// <summary>This library, as an app calls it.</summary>
    [Benchmark]
    public void ThisLibrary() => model.Predict(features, predictions);

    /// <summary>Lets go of what is not managed.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        options.Dispose();
        input.Dispose();
        output.Dispose();
        oneThread.Dispose();
        allCores.Dispose();
        GC.SuppressFinalize(this);
    }
}
