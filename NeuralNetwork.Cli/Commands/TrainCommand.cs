using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Studies;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn train DATA --out RUN: from a data set to a run folder.</summary>
internal static class TrainCommand
{
    /// <summary>What to call a run that has no name yet.</summary>
    public const string AnyRun = "RUN";

    private static readonly Setting<string> Out = new(
        OptionName.Out,
        AnyRun,
        "The folder to save the run in",
        Read.Any
    );

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Read the data, check all options, and say what would be trained; write nothing",
    };

    private static readonly DataArgument Data = Arguments.DataOr(ConfigFile.Option);

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Data);
        Out.Option.Required = true;
        foreach (
            var option in (Option[])
                [Out.Option, DryRun, PlotSettings.Option, Arguments.Force, ConfigFile.Option, .. SpecOptions.Options]
        )
            command.Add(option);
        command.SetAction(result => ConfigFile.Under(result, file => Run(result, file, screen)));
    }

    // Every option is read, and every place checked, before anything is opened or written.
    private static int Run(ParseResult result, ConfigFile? file, Screen screen)
    {
        var data = result.GetValue(Data) ?? file?.Data ?? throw Arguments.Missing(Data.Name, "nn train");
        var order = Order(result, file, data);
        order = CrossValidation.Before(order, data, isResumed: false, screen);
        return TrainStart.Fresh(order, order.Open(data), screen).Run();
    }

    private static TrainOrder Order(ParseResult result, ConfigFile? file, string data)
    {
        var read = SpecReader.Of(result, file);
        var spec = read with { Data = read.Data with { Name = data } };
        var folder = new RunFolder(Out.Name, Out.Of(result), result.GetValue(Arguments.Force), spec.Saving.HasCurves);
        var order = new TrainOrder(spec, folder, Out.Of(result), PlotSettings.Of(result))
        {
            IsRehearsal = result.GetValue(DryRun),
            Carried = CarriedOver.Of(spec, file, Arguments.Whole(data)),
        };
        spec.CheckTraining();
        return order;
    }
}
