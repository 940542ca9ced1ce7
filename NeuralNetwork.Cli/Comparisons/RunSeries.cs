namespace NeuralNetwork.Cli;

/// <summary>
/// Trains runs that belong together, one after another: each from its beginning, or from where an earlier process left it.
/// A run that goes wrong is a result; the others go on. Where what is trained with is no longer the same, none does.
/// </summary>
internal sealed class RunSeries(bool isResumed, Screen screen)
{
    private readonly StudyData data = new();

    /// <summary>What the first run that went wrong ended with.</summary>
    public Failure? First { get; private set; }

    /// <summary>Says what went wrong with a run.</summary>
    public Action<string> Warn { get; init; } = screen.Warn;

    /// <summary>What to do as soon as a run has its data, and before it writes anything.</summary>
    public Action Ready { get; init; } = () => { };

    /// <summary>
    /// What an earlier process has already come to; null where there is work left. A failure where that was another run, or
    /// one of other data than those known so far.
    /// </summary>
    public RunOutcome? Kept(PlannedRun run)
    {
        if (!isResumed || EarlierRun.Of(run) is not { } outcome)
            return null;
        data.Add(run, outcome.Fingerprints);
        return EarlierRun.IsShort(run, outcome) ? null : outcome;
    }

    /// <summary>The outcome of a run; null where it was interrupted.</summary>
    public RunOutcome? Train(PlannedRun run, string title, Screen inner, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return null;
        // What the folder says of an earlier rung is not what this one came to.
        var since = TimeProvider.System.GetUtcNow();
        try
        {
            using var folder = run.Order.Folder;
            var source = run.Source();
            var report = Begin(run, source, inner).Complete(cancel, () => Accept(run, source));
            return report.IsInterrupted ? null : RunOutcome.Read(run, since);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Failure failure) when (failure.Code is Exit.Numeric or Exit.Usage)
        {
            First ??= failure;
            Warn($"{title}: {failure.Message}");
            return RunOutcome.Read(run, since)
                ?? RunOutcome.Without(
                    run,
                    failure.Code == Exit.Numeric ? RunStatus.Diverged : RunStatus.Failed,
                    failure.Message
                );
        }
    }

    private void Accept(PlannedRun run, DataSource source)
    {
        data.Add(run, source.Fingerprints);
        Ready();
    }

    /// <summary>A training from its checkpoint on if there is one to go on from.</summary>
    private ITrainRun Begin(PlannedRun run, DataSource source, Screen inner)
    {
        if (!(isResumed || run.IsContinued) || !EarlierRun.HasCheckpoint(run))
            return TrainStart.Fresh(run.Order, source, inner);
        run.Order.Folder.Take();
        var checkpoint = Path.Combine(run.Order.Out, RunFolder.CheckpointName);
        return TrainStart.GoOn(checkpoint, run.Order, source, OnChange.EndStudy, inner);
    }
}
