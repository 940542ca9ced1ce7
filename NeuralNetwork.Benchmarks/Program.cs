// How fast an app gets answers from a model.
//
//   dotnet run -c Release --project NeuralNetwork.Benchmarks -- --filter '*Predictions*'   beside ONNX Runtime, by the rows of a call
//   dotnet run -c Release --project NeuralNetwork.Benchmarks -- --filter '*Callers*'       one, two and 64 threads that call at once
//
// Machines differ and drift: compare the lines of one run.

using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
