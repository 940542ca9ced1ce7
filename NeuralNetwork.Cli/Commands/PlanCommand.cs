using System.CommandLine;

namespace NeuralNetwork.Cli;

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
        command.SetAction(result => Run(result, screen));
        return command;
    }

    private static int Run(ParseResult result, Screen screen)
    {
        var training = new TrainingSettings(result);
        var model = new ModelSettings(result);
        var shape = ShapeOf(result, training.Seeded);
        var network = model.Build(shape.Features, shape.Learned);
        var batch = training.Fit(network, shape.Rows ?? int.MaxValue).BatchSize;
        if (batch == int.MaxValue)
            throw Failure.Usage($"{TrainingSettings.BatchName}: all rows, but of what? (nn explain plan DATA knows)");
        var plan = Compiled(network, training.Describe(1), batch);
        var report = new PlanReport(network, plan, model.IsDouble, shape.Source);
        if (screen.Json)
            Screen.PrintDocument(Json.Text(report.Document()));
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
            throw Failure.Usage($"{TrainingSettings.BatchName}: {error.Message}");
        }
    }

    private static (Features Features, Learned Learned, int? Rows, string Source) ShapeOf(
        ParseResult result,
        ulong seed
    ) =>
        result.GetValue(Data) is { } data ? OfData(result, data, seed)
        : ConfigFile.Resolved(result) is { } network ? OfRun(result, network)
        : (Features.All(Inputs.Of(result)), Count(Classes.Of(result)), null, Source(result));

    private static string Source(ParseResult result) =>
        Inputs.IsGiven(result) && Classes.IsGiven(result)
            ? "as given"
            : "assumed: data, --inputs and --classes say others";

    private static (Features, Learned, int?, string) OfData(ParseResult result, string data, ulong seed)
    {
        foreach (
            var (name, isGiven) in new[]
            {
                (Inputs.Name, Inputs.IsGiven(result)),
                (Classes.Name, Classes.IsGiven(result)),
            }
        )
            if (isGiven)
                throw Failure.Usage($"{name}: does not go with {data} (which has features and classes of its own)");
        var settings = new DataSettings(result);
        var source = settings.Open(data);
        var training = TrainingData.Of(source, settings, _ => new(ValidationRows.Nothing, seed));
        return (Features.Of(training.Schema), training.Schema.Learned, training.Train.Rows, $"as in {data}");
    }

    private static (Features, Learned, int?, string) OfRun(ParseResult result, Network network)
    {
        var output = LossModule.output(network.Loss);
        // One output tells two classes apart, if it is a probability.
        Learned learned =
            Classes.IsGiven(result) ? Count(Classes.Of(result))
            : output.IsSoftmax || output.IsSigmoid ? Count(Math.Max(2, network.Outputs))
            : new Learned.Values(network.Outputs);
        var features = Inputs.IsGiven(result) ? Features.All(Inputs.Of(result)) : Features.Of(network);
        return (features, learned, null, "as in the run");
    }

    private static Learned.Classes Count(int classes) =>
        new([.. Enumerable.Range(0, classes).Select(label => $"{label}")]);
}
