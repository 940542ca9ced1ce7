namespace NeuralNetwork.Cli;

/// <summary>The curves of a comparison as charts.</summary>
internal static class ComparisonCurves
{
    private const string Train = "train_";
    private const string Validation = "validation_";

    /// <summary>Every chart, with the name of its picture.</summary>
    public static IEnumerable<(string File, Chart Chart)> All(
        string title,
        Subject subject,
        IReadOnlyList<RunOutcome> outcomes
    )
    {
        if (subject.IsBySamples)
            foreach (var cost in Progress.Costs)
                yield return (cost.Picture, Loss(title, outcomes, cost, PartOf(outcomes, "loss")));
        else
            yield return (Progress.Epochs.Picture, Loss(title, outcomes));
        if (Has(outcomes, $"{Train}accuracy"))
            yield return ("accuracy.svg", Accuracy(title, outcomes));
        if (Measure.Gap.IsIn(outcomes))
            yield return ("gap.svg", Gap(title, subject, outcomes));
    }

    /// <summary>The loss on the training rows. Losses that differ much are told apart by their ratios.</summary>
    public static LineChart Loss(string title, IReadOnlyList<RunOutcome> outcomes) =>
        Loss(title, outcomes, Progress.Epochs, Train);

    /// <summary>The accuracy on the validation rows, or on those of training where there are no others.</summary>
    public static LineChart Accuracy(string title, IReadOnlyList<RunOutcome> outcomes)
    {
        var part = PartOf(outcomes, "accuracy");
        var lines = Lines(outcomes, $"{part}accuracy", Progress.Epochs);
        return new(title, Progress.Epochs.Name, $"{Called(part)} accuracy{Seeds(outcomes)}", Scale.Share, lines);
    }

    private static LineChart Loss(string title, IReadOnlyList<RunOutcome> outcomes, Progress progress, string part)
    {
        var lines = Within(Greatest(outcomes, part), Lines(outcomes, $"{part}loss", progress));
        var isWide = ScaleOf(lines, dot => dot.Y) == Scale.Logarithmic;
        var up = $"{Called(part)} loss{(isWide ? ", logarithmic scale" : "")}{Seeds(outcomes)}";
        return new(title, progress.Name, up, ScaleOf(lines, dot => dot.Y), lines)
        {
            AcrossScale = progress.IsCounted ? Scale.Linear : ScaleOf(lines, dot => dot.X),
        };
    }

    /// <summary>
    /// A multiple of the greatest loss of the runs that came to their end. What those that diverged had above it would leave no
    /// room for the others.
    /// </summary>
    private static double Greatest(IReadOnlyList<RunOutcome> outcomes, string part) =>
        10
        * outcomes
            .Where(run => run.Status == RunStatus.Finished)
            .SelectMany(run => run.Epochs)
            .Select(epoch => epoch[$"{part}loss"])
            .DefaultIfEmpty(double.PositiveInfinity)
            .Max();

    private static ChartLine[] Within(double greatest, ChartLine[] lines) =>
        [
            .. lines.Select(line =>
                line with
                {
                    Dots = [.. line.Dots.Select(dot => dot.Y <= greatest ? dot : new Dot(dot.X, double.NaN))],
                }
            ),
        ];

    private static Scale ScaleOf(ChartLine[] lines, Func<Dot, double> of) =>
        Scaling.IsWide(lines.SelectMany(line => line.Dots).Select(of)) ? Scale.Logarithmic : Scale.Linear;

    /// <summary>How much worse the best models do on rows they were not trained with.</summary>
    private static BarChart Gap(string title, Subject subject, IReadOnlyList<RunOutcome> outcomes)
    {
        var bars = outcomes
            .Where(run => double.IsFinite(run.Gap))
            .GroupBy(run => run.Variant)
            .Select(runs => new Bar(
                runs.Key,
                runs.Average(run => run.Gap),
                runs.Min(run => run.Gap),
                runs.Max(run => run.Gap)
            ));
        return new(
            title,
            subject.Name,
            $"validation loss less training loss{Seeds(outcomes)}",
            Scale.Linear,
            [.. bars]
        );
    }

    private static string Called(string part) => part == Train ? "training" : "validation";

    /// <summary>Scores at the end of an epoch say more than those on the way through it.</summary>
    private static string PartOf(IReadOnlyList<RunOutcome> outcomes, string measure) =>
        Has(outcomes, $"{Validation}{measure}") ? Validation : Train;

    private static bool Has(IReadOnlyList<RunOutcome> outcomes, string column) =>
        outcomes.Any(run => run.Epochs.Any(epoch => double.IsFinite(epoch[column])));

    private static string Seeds(IReadOnlyList<RunOutcome> outcomes)
    {
        var seeds = outcomes.Select(run => run.Seed).Distinct().Count();
        return seeds > 1 ? $", mean and range of {seeds} seeds" : "";
    }

    private static ChartLine[] Lines(IReadOnlyList<RunOutcome> outcomes, string column, Progress progress) =>
        [
            .. outcomes
                .GroupBy(run => run.Variant)
                .Select(runs => new ChartLine(
                    runs.Key,
                    [
                        .. runs.SelectMany(run => run.Epochs.Zip(progress.Of(run)))
                            .GroupBy(place => place.First["epoch"])
                            .OrderBy(places => places.Key)
                            .Select(places => DotOf(places.Select(place => (place.First[column], place.Second)))),
                    ]
                )),
        ];

    private static Dot DotOf(IEnumerable<(double Y, double X)> places) =>
        new(
            places.Average(place => place.X),
            places.Average(place => place.Y),
            places.Min(place => place.Y),
            places.Max(place => place.Y)
        );
}
