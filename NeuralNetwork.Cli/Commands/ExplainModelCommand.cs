using System.CommandLine;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn explain model MODEL DATA: what a model goes by, how it changes with a column, and what single rows were judged by.</summary>
internal static class ExplainModelCommand
{
    private static readonly Setting<int> Deals = new(
        "--deals",
        "N",
        "How often the cells of each column are dealt out anew",
        Read.Number(
                deals => deals is >= 2 and <= 1000 && deals == Math.Truncate(deals),
                "a whole number from 2 to 1000"
            )
            .To(deals => (int)deals),
        "5"
    );

    private static readonly Setting<int?> Rows = new(
        "--rows",
        "N|all",
        "Rows to measure on, of every class its share",
        Read.Count.To(rows => (int?)rows).Or("all", null),
        "2000"
    );

    private static readonly Setting<ulong> Seed = new("--seed", "N", "What the deals follow from", Read.Seed, "42");

    private static readonly Setting<string> Out = new(OptionName.Out, "FILE", "Write a page there, as HTML", Read.Any);

    public static Command Of(Screen screen)
    {
        var command = new Command(
            "model",
            "What a model goes by: how much it loses without a column, how its prediction changes with one, what its worst rows were judged by."
        );
        var use = new UseSettings(command, needsTargets: true);
        foreach (var option in (Option[])[Deals.Option, Rows.Option, Seed.Option, Out.Option, Arguments.Force])
            command.Add(option);
        command.SetAction(result => Run(use, result, screen));
        return command;
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var (deals, rows, seed) = (Deals.Of(result), Rows.Of(result), Seed.Of(result));
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        var used = use.Open(result, screen);
        if (path is not null && used.Source.IsReadFrom(path))
            throw Failure.Usage(Out.Name, $"{path} is what the model is explained on");
        if (KnownRows.Warning(use.ModelPath(result), used.Source) is { } warning)
            screen.Warn(warning);
        using var machine = used.Machine;
        var sample = RowParts.Some(used.Sample, rows ?? used.Sample.Rows, seed);
        var explanation = used.Model switch
        {
            AnyModel.Single single => Explanation.Of(used with { Sample = sample }, single.Item, deals, seed),
            AnyModel.Double twice => Explanation.Of(used with { Sample = sample }, twice.Item, deals, seed),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
        explanation = explanation with { All = used.Sample.Rows };
        if (path is not null)
            OutputFile.Write(path, Encoding.UTF8.GetBytes(ReportPage.Of(explanation.Page())));
        if (screen.Json)
            screen.PrintDocument(Json.Text(explanation.Document()));
        else
            foreach (var line in explanation.Lines())
                screen.Print(line);
        if (path is not null)
            screen.Say($"page: {path}");
        return Exit.Done;
    }
}
