using System.Diagnostics;

namespace NeuralNetwork.Benchmarks;

/// <summary>A model for digits, and a thousand rows that look like them.</summary>
internal sealed class Subject(Model<float> model)
{
    private const int Inputs = 784;
    private const int Outputs = 10;
    private const int Rows = 1000;

    /// <summary>A model of 784-128-10.</summary>
    public static Model<float> Fresh =>
        Network
            .Input(Inputs)
            .Dense(128, Activation.ReLU)
            .Dense(Outputs)
            .With(Loss.SoftmaxCrossEntropy)
            .Init<float>(seed: 1)
            .With(Preprocessing.Bytes, []);

    private readonly float[] features =
    [
        .. Enumerable.Range(0, Rows * Inputs).Select(place => place % 5 == 0 ? place * 31 % 256 : 0f),
    ];

    /// <summary>Median and 99th percentile of the microseconds that a call with so many rows takes.</summary>
    public (double Median, double Tail) Latency(int rows, int repetitions)
    {
        var output = new float[rows * Outputs];
        var times = new long[repetitions];
        Predict(rows, output, 2000);

        for (var call = 0; call < repetitions; call++)
        {
            var began = Stopwatch.GetTimestamp();
            model.Predict(Row(call, rows), output);
            times[call] = Stopwatch.GetTimestamp() - began;
        }

        Array.Sort(times);
        return (Microseconds(times[repetitions / 2]), Microseconds(times[repetitions * 99 / 100]));
    }

    /// <summary>Predictions a second by so many threads at once, and the bytes that all of them allocated after the first.</summary>
    public (double Rate, long Bytes) Throughput(int callers, int repetitions)
    {
        var each = Math.Max(1000, repetitions / callers);
        var bytes = 0L;
        using var ready = new Barrier(callers + 1);

        void Call()
        {
            var output = new float[Outputs];
            Predict(1, output, 100);
            ready.SignalAndWait();
            var before = GC.GetAllocatedBytesForCurrentThread();
            Predict(1, output, each);
            Interlocked.Add(ref bytes, GC.GetAllocatedBytesForCurrentThread() - before);
            ready.SignalAndWait();
        }

        for (var caller = 0; caller < callers; caller++)
            new Thread(Call).Start();

        ready.SignalAndWait();
        var began = Stopwatch.GetTimestamp();
        ready.SignalAndWait();
        return ((double)callers * each / Stopwatch.GetElapsedTime(began).TotalSeconds, bytes);
    }

    private void Predict(int rows, float[] output, int count)
    {
        for (var call = 0; call < count; call++)
            model.Predict(Row(call, rows), output);
    }

    private ReadOnlySpan<float> Row(int call, int rows) =>
        features.AsSpan(call * rows % (Rows - rows + 1) * Inputs, rows * Inputs);

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
