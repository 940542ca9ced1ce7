using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn evaluate MODEL DATA: how good a model is, as a whole and class by class, or value by value.</summary>
internal static class EvaluateCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var use = new UseSettings(command, needsTargets: true);
        command.Add(PlotSettings.Option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(use, result, screen));
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var plot = PlotSettings.Of(result);
        var used = use.Open(result, screen);
        if (KnownRows.Warning(use.ModelPath(result), used.Source) is { } warning)
            screen.Warn(warning);
        using var machine = used.Machine;
        var report = used.Model switch
        {
            AnyModel.Single single => EvaluationReport.Of(used, single.Item, use.SeedOf(result)),
            AnyModel.Double twice => EvaluationReport.Of(used, twice.Item, use.SeedOf(result)),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
        PlotSettings.Draw(plot, report.Chart);
        if (screen.Json)
            Screen.PrintDocument(Json.Text(report.Document()));
        else
            foreach (var line in report.Lines())
                screen.Print(line);
        if (report is { Guessing: { } guessing, Defect: null })
            screen.Warn($"{use.ModelPath(result)}: on these rows {guessing}");
        return report.Defect is { } defect
            ? throw Failure.Numeric(
                $"{use.ModelPath(result)}: {defect} (training diverged, or these rows are far from its own)"
            )
            : Exit.Done;
    }
}
