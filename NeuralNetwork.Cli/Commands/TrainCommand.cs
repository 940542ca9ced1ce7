using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>nn train DATA --out RUN: from a data set to a run folder.</summary>
internal static class TrainCommand
{
    private static readonly Setting<string> Out = new("--out", "RUN", "The folder to save the run in", Read.Any);

    public static void Fill(Command command, Screen screen)
    {
        var data = Arguments.Data();
        command.Add(data);
        Out.Option.Required = true;
        command.Add(Out.Option);
        command.Add(Arguments.Force);
        foreach (
            var option in (Option[])[.. ModelSettings.Options, .. TrainingSettings.Options, .. EngineSettings.Options]
        )
            command.Add(option);
        command.SetAction(result => Run(result.GetRequiredValue(data), result, screen));
    }

    // Every option is read, and every place checked, before anything is opened or written.
    private static int Run(string data, ParseResult result, Screen screen)
    {
        var order = new TrainOrder(
            new ModelSettings(result),
            new TrainingSettings(result),
            new EngineSettings(result),
            new RunFolder(Out.Name, Out.Of(result), result.GetValue(Arguments.Force)),
            Out.Of(result)
        );
        var source = DataSource.Find(data);
        return order.Model.IsDouble
            ? new TrainRun<double>(order, source, screen).Run()
            : new TrainRun<float>(order, source, screen).Run();
    }
}

/// <summary>What the user asked for.</summary>
internal sealed record TrainOrder(
    ModelSettings Model,
    TrainingSettings Training,
    EngineSettings Engine,
    RunFolder Folder,
    string Out
);
