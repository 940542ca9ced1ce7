// nn-serve RUN: the model of a run behind HTTP. `nn serve` starts it, and it can be started alone.
//
//   GET  /              a page with a field for each column
//   GET  /openapi.json  the same for programs
//   POST /predict       rows as JSON or a table as CSV  ->  what nn predict says of them
//   GET  /health        whether it answers, and which model
//   GET  /metrics       counts and times, as Prometheus reads them
//
// Standard output has one line, once it listens; everything else is said on standard error. It has no authentication, and so it
// listens on this machine alone where nothing else is asked for.

using NeuralNetwork.Server;

try
{
    return Options.Of(args) is { } options ? await Service.RunAsync(options) : Options.Help();
}
catch (Refusal refusal)
{
    Console.Error.WriteLine($"nn-serve: error: {refusal.Message}");
    return refusal.Code;
}
