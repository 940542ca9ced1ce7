// How fast an app gets answers from a model of 784-128-10: a row at a time, and how that holds up when many call at once.
//
//   dotnet run -c Release --project NeuralNetwork.Benchmarks          every library that is found, each in a process of its own
//   dotnet run -c Release --project NeuralNetwork.Benchmarks managed  one of them: mkl, openblas, blis, managed or a path
//   dotnet run -c Release --project NeuralNetwork.Benchmarks FILE     a model of one's own: microseconds of a row, no more
//
// Machines differ and drift: compare lines of one run.

using System.Diagnostics;
using NeuralNetwork;
using NeuralNetwork.Benchmarks;

const int Repetitions = 200_000;
const int Rounds = 7;
var cores = Environment.ProcessorCount;

if (args is [var file] && file.EndsWith(".safetensors", StringComparison.Ordinal))
{
    var (median, _) = new Subject(Model.Load<float>(file)).Latency(rows: 1, Repetitions);
    Console.WriteLine(FormattableString.Invariant($"{median:F3}"));
}
else if (args is [var library])
{
    Environment.SetEnvironmentVariable("NN_BLAS", library);
    Console.WriteLine(Line(Machine.Shared.Backend.Name));
}
else
{
    Console.WriteLine($"784-128-10, float, {cores} cores; times in microseconds, rates in predictions a second");
    Console.WriteLine("library    p50   p99  64 rows   callers=2  callers=64  ratio  bytes");

    foreach (var name in Libraries())
        using (var child = Process.Start(Environment.ProcessPath!, Arguments(name)))
            child.WaitForExit();
}

static string Line(string name)
{
    var subject = new Subject(Subject.Fresh);
    var (median, tail) = subject.Latency(rows: 1, Repetitions);
    var (batch, _) = subject.Latency(rows: 64, Repetitions / 50);
    var rounds = Enumerable.Range(0, Rounds).Select(_ => Round(subject)).ToArray();
    var (few, many, ratio) = (
        Median(rounds, r => r.Few),
        Median(rounds, r => r.Many),
        Median(rounds, r => r.Many / r.Few)
    );
    var bytes = rounds[^1].Bytes;
    return $"{name, -8} {median, 5:F1} {tail, 5:F1} {batch, 8:F0} {few, 11:N0} {many, 11:N0} {ratio, 6:F2} {bytes, 6}";
}

// The two in turn, so that what else the machine does hits both.
static (double Few, double Many, long Bytes) Round(Subject subject)
{
    var (few, _) = subject.Throughput(callers: 2, Repetitions);
    var (many, bytes) = subject.Throughput(callers: 64, Repetitions);
    return (few, many, bytes);
}

static double Median<T>(T[] rounds, Func<T, double> value) => rounds.Select(value).Order().ElementAt(rounds.Length / 2);

// MKL lies where the build fetches it; the others come from the system. Each is named once, under the name it answers to.
static IEnumerable<string> Libraries()
{
    var fetched = Path.Combine(Environment.CurrentDirectory, ".native", "linux-x64");
    return [Directory.Exists(fetched) ? fetched : "mkl", "openblas", "blis", "managed"];
}

// Started as `dotnet x.dll` the process is dotnet, started as an app it is the app.
static string[] Arguments(string library) =>
    Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.GetCommandLineArgs()[0], library]
        : [library];
