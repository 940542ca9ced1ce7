using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn explain plan: what a network is compiled to, for data, for a run's options, or for a shape.</summary>
internal static class PlanCommand
{
    private static readonly Setting<int> Inputs = new("--inputs", "N", "Features of a row", Read.Count, "784");
    private static readonly Setting<int> Classes = new("--classes", "N", "Classes to tell apart", Read.Count, "10");

    // Not called as the data of other commands: those of a config.json need not be there for its plan.
    private static readonly Argument<string?> Data = new("rows")
    {
        HelpName = Arguments.DataName,
        Description = "Data whose features and classes the network is for (default: --inputs and --classes)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Of(Screen screen)
    {
        var command = new Command("plan", "The operations of a prediction and of a training step, and their memory.");
        command.Add(Data);
        Option[] own = [ConfigFile.Option, Inputs.Option, Classes.Option];
        Option[] all = [.. own, .. DataSettings.Options, .. ModelSettings.Options, .. TrainingSettings.Options];
        foreach (var option in all)
            command.Add(option);
        command.SetAction(result => ConfigFile.Under(result, file => Run(result, file, screen)));
        return command;
    }

    private static int Run(ParseResult result, ConfigFile? file, Screen screen)
    {
        var spec = SpecReader.Of(result, file);
        var shape = ShapeOf(result, file, spec);
        var network = spec.Build(shape.Features, shape.Learned);
        var batch = spec.Fit.For(network, shape.Rows ?? int.MaxValue).BatchSize;
        if (batch == int.MaxValue)
            throw Failure.Usage(OptionName.BatchSize, "all rows, but of what? (nn explain plan DATA knows)");
        var plan = Compiled(network, spec.Describe(1), batch);
        var report = new PlanReport(network, plan, spec.Model.IsDouble, shape.Source);
        if (screen.Json)
            screen.PrintDocument(Json.Text(report.Document()));
        else
            foreach (var line in report.Lines())
                screen.Print(line);
        return Exit.Done;
    }

    private static PlanOutline Compiled(Network network, Training training, int batch)
    {
        try
        {
            return PlanOutline.Of(network, training, batch);
        }
        catch (ArgumentException error)
        {
            throw Failure.Usage(OptionName.BatchSize, error.Message);
        }
    }

    private static (Features Features, Learned Learned, int? Rows, string Source) ShapeOf(
        ParseResult result,
        ConfigFile? file,
        TrainingSpec spec
    ) =>
        result.GetValue(Data) is { } data ? OfData(result, file, spec, data)
        : file is not null && ResolvedConfig.NetworkOf(file.Path) is { } network ? OfRun(result, file, network)
        : (Features.All(Inputs.Of(result, file)), Count(Classes.Of(result, file)), null, Source(result, file));

    private static string Source(ParseResult result, ConfigFile? file) =>
        Inputs.IsGiven(result, file) && Classes.IsGiven(result, file)
            ? "as given"
            : "assumed: data, --inputs and --classes say others";

    private static (Features, Learned, int?, string) OfData(
        ParseResult result,
        ConfigFile? file,
        TrainingSpec spec,
        string data
    )
    {
        foreach (var count in new[] { Inputs, Classes })
            if (count.IsGiven(result, file))
                throw Failure.Usage(count.Name, $"does not go with {data} (which has features and classes of its own)");
        var source = spec.Data.Open(data);
        var training = TrainingData.Of(source, spec.Data, _ => new(ValidationRows.Nothing, spec.Fit.Seed));
        return (Features.Of(training.Schema), training.Schema.Learned, training.Train.Rows, $"as in {data}");
    }

    private static (Features, Learned, int?, string) OfRun(ParseResult result, ConfigFile file, Network network)
    {
        var output = Loss.output(network.Loss);
        // One output tells two classes apart, if it is a probability.
        Learned learned =
            Classes.IsGiven(result, file) ? Count(Classes.Of(result, file))
            : output.IsSoftmax || output.IsSigmoid ? Count(Math.Max(2, network.Outputs))
            : new Learned.Values(network.Outputs);
        var features = Inputs.IsGiven(result, file) ? Features.All(Inputs.Of(result, file)) : Features.Of(network);
        return (features, learned, null, "as in the run");
    }

    private static Learned.Classes Count(int classes) =>
        new([.. Enumerable.Range(0, classes).Select(label => $"{label}")]);
}

/// <summary>What there is to say about a plan: its shape and where that comes from, its memory, its operations.</summary>
internal sealed class PlanReport(Network network, PlanOutline plan, bool isDouble, string source)
{
    private string Precision => isDouble ? "float64" : "float32";

    public IEnumerable<string> Lines()
    {
        yield return $"{network.Inputs} inputs, {network.Outputs} outputs ({source})";
        yield return $"{Precision}: {Megabytes(plan.Numbers)} = {Megabytes(plan.StateNumbers)} that stay + "
            + $"{Megabytes(plan.Numbers - plan.StateNumbers)} for a batch";
        foreach (var line in $"{plan}".Split('\n'))
            yield return line;
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["inputs"] = network.Inputs,
            ["outputs"] = network.Outputs,
            ["shape"] = source,
            ["parameters"] = plan.Parameters,
            ["batch"] = plan.Batch,
            ["shards"] = plan.Shards,
            ["rows_at_once"] = plan.RowsAtOnce,
            ["precision"] = Precision,
            ["memory"] = new JsonObject
            {
                ["numbers"] = plan.Numbers,
                ["state_numbers"] = plan.StateNumbers,
                ["batch_numbers"] = plan.Numbers - plan.StateNumbers,
                ["partial_sums"] = plan.PartialSums,
                ["bytes"] = Bytes(plan.Numbers),
            },
            ["predict"] = Json.Array(plan.Predict, operation => operation),
            ["shard_gradient"] = Json.Array(plan.ShardGradient, operation => operation),
            ["step"] = Json.Array(plan.Step, operation => operation),
        };

    private long Bytes(int numbers) => numbers * (isDouble ? sizeof(double) : (long)sizeof(float));

    private string Megabytes(int numbers) => $"{Bytes(numbers) / 1e6:0.00} MB";
}
