using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

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

    /// <summary>Says what was put right in the folder of a run.</summary>
    public Action<string> Say { get; init; } = screen.Say;

    /// <summary>What to do as soon as a run has its data, and before it writes anything.</summary>
    public Action Ready { get; init; } = () => { };

    /// <summary>
    /// What a run has already come to, on an earlier rung or in an earlier process; null where there is work left. A failure where
    /// that was another run, or one of other data than those known so far.
    /// </summary>
    public RunOutcome? Kept(PlannedRun run)
    {
        if (!IsGoingOn(run) || EarlierRun.Of(run) is not { } outcome)
            return null;
        data.Add(run, outcome.Fingerprints);
        return EarlierRun.IsShort(run, outcome) ? null : outcome;
    }

    /// <summary>The outcome of a run. An `OperationCanceledException` where it was interrupted.</summary>
    public RunOutcome Train(PlannedRun run, string title, Screen inner, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            using var folder = run.Order.Folder;
            var source = run.Source();
            var report = Begin(run, source, inner).Complete(cancel, () => Accept(run, source));
            foreach (var line in run.Order.Folder.Mended)
                Say(line);
            return report.IsInterrupted ? throw new OperationCanceledException(cancel) : RunOutcome.Read(run);
        }
        catch (Failure failure) when (failure.Code is Exit.Numeric or Exit.Usage)
        {
            First ??= failure;
            Warn($"{title}: {failure.Message}");
            return failure.Code == Exit.Numeric
                ? Diverged(run, failure)
                : RunOutcome.Without(run, RunStatus.Failed, failure.Message);
        }
    }

    // Where no epoch was worth saving, there is no record, or that of a rung before.
    private static RunOutcome Diverged(PlannedRun run, Failure failure) =>
        File.Exists(Path.Combine(run.Order.Out, RunFiles.Manifest))
        && RunOutcome.Read(run) is { Status: RunStatus.Diverged } outcome
            ? outcome
            : RunOutcome.Without(run, RunStatus.Diverged, failure.Message);

    private bool IsGoingOn(PlannedRun run) => isResumed || run.IsContinued;

    private void Accept(PlannedRun run, DataSource source)
    {
        data.Add(run, source.Fingerprints);
        Ready();
    }

    /// <summary>A training from its checkpoint on if there is one to go on from.</summary>
    private ITrainRun Begin(PlannedRun run, DataSource source, Screen inner)
    {
        if (!IsGoingOn(run) || !EarlierRun.HasCheckpoint(run))
            return TrainStart.Fresh(run.Order, source, inner);
        run.Order.Folder.Take();
        var checkpoint = Path.Combine(run.Order.Out, RunFiles.Checkpoint);
        return TrainStart.GoOn(checkpoint, run.Order, source, OnChange.EndStudy, inner);
    }
}
