namespace NeuralNetwork.Cli;

/// <summary>
/// Trains what is to be compared, one run after another, and keeps the tables and pictures up to date. A run that goes
/// wrong is a result; the others go on.
/// </summary>
internal sealed class ComparisonRun(ComparisonOrder order, Screen screen)
{
    private readonly RunSeries series = new(order.Source, order.Folder.Existing == Existing.Resume, screen);
    private readonly List<RunOutcome> outcomes = [];

    public int Run()
    {
        using var interruption = new Interruption(screen);
        using var folder = order.Folder;
        folder.Take();
        RunOutcome?[] kept = [.. order.Runs.Select(series.Kept)];
        folder.Begin(order.Record);
        var isDone = screen.Watch(order.Runs.Count, "", meter => TrainAll(kept, meter, interruption.Token));
        if (!isDone)
        {
            screen.Say(
                $"interrupted after {outcomes.Count} of {order.Runs.Count} runs; to go on: the same with --resume"
            );
            return interruption.ExitCode;
        }
        if (outcomes.All(outcome => outcome.Status != RunStatus.Finished))
            throw series.First ?? Failure.Numeric($"{outcomes[0].Variant}: {outcomes[0].Reason}");
        Tell();
        return Exit.Done;
    }

    /// <summary>Whether the end was reached.</summary>
    private bool TrainAll(RunOutcome?[] kept, Meter? meter, CancellationToken cancel)
    {
        for (var place = 0; place < order.Runs.Count; place++)
        {
            var name = TitleOf(order.Runs[place]);
            var title = $"{name} ({place + 1} of {order.Runs.Count})  ";
            var from = place;
            var inner = screen.Within(steps => meter?.Piece(from, 1.0 / steps, title));
            var outcome = kept[place] ?? series.Train(order.Runs[place], name, inner, cancel);
            if (outcome is null)
                return false;
            outcomes.Add(outcome);
            new ComparisonReport(order, outcomes).Save();
            screen.Say($"{title}{outcome.Line}{(kept[place] is null ? "" : ", kept")}");
        }
        return true;
    }

    private void Tell()
    {
        var report = new ComparisonReport(order, outcomes);
        if (screen.Json)
        {
            screen.Print(Json.Text(report.Document()));
            return;
        }
        screen.Sketch(ComparisonCurves.Loss("Loss", outcomes));
        foreach (var line in report.Summary())
            screen.Print(line);
        screen.Say(
            $"saved in {order.Folder.Place}: report.html, pictures (*.svg), curves.csv, results.csv, results.json"
        );
    }

    private string TitleOf(PlannedRun run) =>
        order.Runs.Any(other => other.Seed != run.Seed) ? $"{run.Variant.Name}, seed {run.Seed}" : run.Variant.Name;
}
