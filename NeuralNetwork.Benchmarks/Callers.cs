using BenchmarkDotNet.Attributes;

namespace NeuralNetwork.Benchmarks;

/// <summary>So many threads that ask one model for a row at a time, and the time of an answer over all of them.</summary>
public class Callers
{
    private const int Answers = 200_000;
    private Model<float> model = null!;
    private float[] features = null!;

    /// <summary>The threads that call at once.</summary>
    [Params(1, 2, 64)]
    public int Threads { get; set; }

    /// <summary>Makes the model and a thousand rows.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        model = Models.Of("784-128-10");
        features = Models.Rows(model, 1000);
    }

    /// <summary>All threads until they have had their answers.</summary>
    [Benchmark(OperationsPerInvoke = Answers)]
    public void Answer()
    {
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(Call)).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
    }

    private void Call()
    {
        var (inputs, output) = (model.Network.Inputs, new float[model.Network.Outputs]);

        for (var number = 0; number < Answers / Threads; number++)
            model.Predict(features.AsSpan(number % 1000 * inputs, inputs), output);
    }
}
