namespace NeuralNetwork.Cli;

/// <summary>The curves of a comparison as charts.</summary>
internal static class ComparisonCurves
{
    private const string Train = "train_";
    private const string Validation = "validation_";

    /// <summary>The loss on the training rows. Losses that differ much are told apart by their ratios.</summary>
    public static LineChart Loss(string title, IReadOnlyList<RunOutcome> outcomes)
    {
        var lines = Lines(outcomes, $"{Train}loss");
        var isWide = Scaling.IsWide(lines.SelectMany(line => line.Dots).Select(dot => dot.Y));
        var up = $"training loss{(isWide ? ", logarithmic scale" : "")}{Seeds(outcomes)}";
        return new(title, "epoch", up, isWide ? Scale.Logarithmic : Scale.Linear, lines);
    }

    /// <summary>The accuracy on the validation rows, or on those of training where there are no others.</summary>
    public static LineChart Accuracy(string title, IReadOnlyList<RunOutcome> outcomes)
    {
        var isValidated = outcomes.Any(run => run.Epochs.Any(epoch => double.IsFinite(epoch[$"{Validation}accuracy"])));
        var (part, name) = isValidated ? (Validation, "validation") : (Train, "training");
        var lines = Lines(outcomes, $"{part}accuracy");
        return new(title, "epoch", $"{name} accuracy{Seeds(outcomes)}", Scale.Share, lines);
    }

    private static string Seeds(IReadOnlyList<RunOutcome> outcomes)
    {
        var seeds = outcomes.Select(run => run.Seed).Distinct().Count();
        return seeds > 1 ? $", mean and range of {seeds} seeds" : "";
    }

    private static ChartLine[] Lines(IReadOnlyList<RunOutcome> outcomes, string column) =>
        [
            .. outcomes
                .GroupBy(run => run.Variant)
                .Select(runs => new ChartLine(
                    runs.Key,
                    [
                        .. runs.SelectMany(run => run.Epochs)
                            .GroupBy(epoch => epoch["epoch"], epoch => epoch[column])
                            .OrderBy(epoch => epoch.Key)
                            .Select(epoch => new Dot(epoch.Key, epoch.Average(), epoch.Min(), epoch.Max())),
                    ]
                )),
        ];
}
