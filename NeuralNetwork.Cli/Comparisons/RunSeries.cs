namespace NeuralNetwork.Cli;

/// <summary>
/// Trains runs that belong together, one after another: each from its beginning, or from where an earlier process left it.
/// A run that goes wrong is a result; the others go on.
/// </summary>
internal sealed class RunSeries(DataSource source, bool isResumed, Screen screen)
{
    private readonly DateTimeOffset started = TimeProvider.System.GetUtcNow();

    /// <summary>What the first run that went wrong ended with.</summary>
    public Failure? First { get; private set; }

    /// <summary>Says what went wrong with a run.</summary>
    public Action<string> Warn { get; init; } = screen.Warn;

    /// <summary>What an earlier process has already come to; null where there is work left.</summary>
    public RunOutcome? Kept(PlannedRun run) => isResumed ? Cli.Kept.Of(run) : null;

    /// <summary>The outcome of a run; null where it was interrupted.</summary>
    public RunOutcome? Train(PlannedRun run, string title, Screen inner, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return null;
        try
        {
            using var folder = run.Order.Folder;
            var report = Begin(run, inner).Complete(cancel);
            return report.IsInterrupted ? null : RunOutcome.Read(run, started);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Failure failure) when (failure.Code is Exit.Numeric or Exit.Usage)
        {
            First ??= failure;
            Warn($"{title}: {failure.Message}");
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
        if (!(isResumed || run.IsContinued) || !Cli.Kept.HasCheckpoint(run))
            return TrainStart.Fresh(run.Order, source, inner);
        run.Order.Folder.Take();
        var checkpoint = Path.Combine(run.Order.Out, RunFolder.CheckpointName);
        return TrainStart.GoOn(checkpoint, run.Order, source, allowChange: false, inner);
    }
}
