namespace NeuralNetwork.Cli;

/// <summary>
/// Trains what is to be compared, one run after another, and keeps the tables and pictures up to date. A run that goes
/// wrong is a result; the others go on.
/// </summary>
internal sealed class ComparisonRun(ComparisonOrder order, Screen screen)
{
    private readonly DateTimeOffset started = TimeProvider.System.GetUtcNow();
    private readonly List<RunOutcome> outcomes = [];
    private Failure? first;

    public int Run()
    {
        using var interruption = new Interruption(screen);
        using var folder = order.Folder;
        folder.Take();
        var isResumed = folder.Existing == Existing.Resume;
        RunOutcome?[] kept = [.. order.Runs.Select(run => isResumed ? Kept.Of(run) : null)];
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
            throw first ?? Failure.Numeric($"{outcomes[0].Variant}: {outcomes[0].Reason}");
        Tell();
        return Exit.Done;
    }

    /// <summary>Whether the end was reached.</summary>
    private bool TrainAll(RunOutcome?[] kept, Meter? meter, CancellationToken cancel)
    {
        for (var place = 0; place < order.Runs.Count; place++)
        {
            var title = $"{TitleOf(order.Runs[place])} ({place + 1} of {order.Runs.Count})  ";
            var from = place;
            var inner = screen.Within(steps => meter?.Piece(from, 1.0 / steps, title));
            var outcome = kept[place] ?? Train(order.Runs[place], inner, cancel);
            if (outcome is null)
                return false;
            outcomes.Add(outcome);
            new ComparisonReport(order, outcomes).Save();
            screen.Say($"{title}{LineOf(outcome)}{(kept[place] is null ? "" : ", kept")}");
        }
        return true;
    }

    /// <summary>The outcome of a run; null where it was interrupted.</summary>
    private RunOutcome? Train(PlannedRun run, Screen inner, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return null;
        try
        {
            using var folder = run.Order.Folder;
            var report = Begin(run, inner).Complete(cancel);
            return report.IsInterrupted ? null : RunOutcome.Read(run, started);
        }
        catch (Failure failure) when (failure.Code is Exit.Numeric or Exit.Usage)
        {
            first ??= failure;
            screen.Warn($"{TitleOf(run)}: {failure.Message}");
            return RunOutcome.Read(run, started)
                ?? RunOutcome.Without(
                    run,
                    failure.Code == Exit.Numeric ? RunStatus.Diverged : RunStatus.Failed,
                    failure.Message
                );
        }
    }

    /// <summary>A training from its checkpoint on if there is one to go on from.</summary>
    private ITrainRun Begin(PlannedRun run, Screen inner)
    {
        if (order.Folder.Existing != Existing.Resume || !Kept.HasCheckpoint(run))
            return TrainStart.Fresh(run.Order, order.Source, inner);
        run.Order.Folder.Take();
        var checkpoint = Path.Combine(run.Order.Out, RunFolder.CheckpointName);
        return TrainStart.GoOn(checkpoint, run.Order, order.Source, allowChange: false, inner);
    }

    private void Tell()
    {
        var report = new ComparisonReport(order, outcomes);
        if (screen.Json)
        {
            screen.Print(Json.Text(report.Document()));
            return;
        }
        foreach (var line in report.Summary())
            screen.Print(line);
        screen.Say($"saved in {order.Folder.Place}: pictures (*.svg), curves.csv, results.csv, results.json");
    }

    private string TitleOf(PlannedRun run) =>
        order.Runs.Any(other => other.Seed != run.Seed) ? $"{run.Variant.Name}, seed {run.Seed}" : run.Variant.Name;

    private static string LineOf(RunOutcome outcome) =>
        outcome.Status switch
        {
            RunStatus.Finished when double.IsFinite(outcome.Score("test", "accuracy")) =>
                $"test {outcome.Score("test", "accuracy"):P2}, {outcome.Seconds:0.0} s",
            RunStatus.Finished => $"{outcome.Seconds:0.0} s",
            RunStatus.Diverged => "diverged",
            _ => "failed",
        };
}
