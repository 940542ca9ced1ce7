// How fast an app gets answers from a model.
//
//   dotnet run -c Release --project NeuralNetwork.Benchmarks -- --filter '*Predictions*'   beside ONNX Runtime, by the rows of a call
//   dotnet run -c Release --project NeuralNetwork.Benchmarks -- --filter '*Callers*'       one, two and 64 threads that call at once
//
// Machines differ and drift: compare the lines of one run.

using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

// All of one table in one process, a tenth of a second for each of fifteen measurements.
var job = Job
    .Default.WithToolchain(InProcessEmitToolchain.Instance)
    .WithIterationTime(TimeInterval.FromMilliseconds(100))
    .WithWarmupCount(5)
    .WithIterationCount(15);

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
