using System.CommandLine;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Studies;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn lr-find DATA: the loss at rising learning rates, and the rate that several seeds suggest.</summary>
internal static class RateSearchCommand
{
    private static readonly DataArgument Data = Arguments.DataOr(ConfigFile.Option);

    private static readonly Setting<string> Out = new(OptionName.Out, "FILE", "Write a page there, as HTML", Read.Any);

    private static readonly Setting<double> Low = new(
        "--low",
        "RATE",
        "The rate of the first step",
        Read.Positive,
        "1e-7"
    );

    private static readonly Setting<double> High = new(
        "--high",
        "RATE",
        "The rate of the last step",
        Read.Positive,
        "10"
    );

    private static readonly Setting<int> Rates = new(
        "--rates",
        "N",
        "Rates to try, in equal ratios, a step at each",
        Read.Whole(100_000, least: 100),
        "400"
    );

    private static readonly Setting<int> Seeds = new(
        "--seeds",
        "N",
        $"Try them from N seeds, the first being {OptionName.Seed}'s",
        Read.Whole(1000),
        "3"
    );

    // What nn train does not know.
    private static readonly string[] Own = [Low.Name, High.Name, Rates.Name, Seeds.Name];

    public static void Fill(Command command, Screen screen)
    {
        command.Description +=
            "\n\nOptions of the training to come, those of its end among them, are handed on to the command that is printed; a schedule has no"
            + " part in the test. It takes seconds, so there is nothing to resume: what is written is written at the end, and the same seed gives the same"
            + " curve to the bit.";
        command.Add(Data);
        Option[] own =
        [
            Out.Option,
            PlotSettings.Option,
            Low.Option,
            High.Option,
            Rates.Option,
            Seeds.Option,
            Arguments.Force,
            ConfigFile.Option,
        ];
        foreach (var option in own.Concat(SpecOptions.Options.Except(SavingSettings.All.Select(one => one.Option))))
            command.Add(option);
        command.SetAction(result => ConfigFile.Under(result, file => Run(result, file, screen)));
    }

    private static int Run(ParseResult result, ConfigFile? file, Screen screen)
    {
        var data = result.GetValue(Data) ?? file?.Data ?? throw Arguments.Missing(Data.Name, "nn lr-find");
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        var plot = PlotSettings.Of(result);
        var order = Order(result, file, data);
        using var interruption = new Interruption(screen);
        RateSearch found;
        try
        {
            found = RateSearch.Of(order, screen, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            screen.Complain("interrupted: nothing was written");
            return interruption.ExitCode;
        }
        if (path is not null)
            OutputFile.Write(path, Encoding.UTF8.GetBytes(ReportPage.Of(found.Page())));
        PlotSettings.Draw(plot, () => found.Chart(isForTerminal: false));
        if (screen.Json)
            screen.PrintDocument(Json.Text(found.Document()));
        else
        {
            screen.Sketch(found.Chart(isForTerminal: true));
            foreach (var line in found.Lines())
                screen.Print(line);
        }
        if (path is not null)
            screen.Say($"page: {path}");
        return Exit.Done;
    }

    private static RateOrder Order(ParseResult result, ConfigFile? file, string data)
    {
        var read = SpecReader.Of(result, file);
        var spec = read with { Data = read.Data with { Name = data } };
        spec.CheckTraining();
        var (low, high) = (Low.Of(result, file), High.Of(result, file));
        if (low >= high)
            throw Failure.Usage(Low.Name, $"{low:G} (must be below {High.Name}, {high:G})");
        // What says another rate is what is looked for.
        string[] words =
        [
            .. SpecReader.Given(result).Where(one => one.Name != OptionName.LearningRate).SelectMany(one => one.Words),
        ];
        string[] config = file is null ? [] : [ConfigFile.Option.Name, file.Path];
        return new(spec, data, low, high, Rates.Of(result, file), Seeds.Of(result, file), [.. config, .. words])
        {
            IsFromFile = file is not null && Own.Any(name => file.TextOf(name) is not null),
        };
    }
}
