using System.Collections.Concurrent;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// Trains runs that belong together, each from its beginning, or from where an earlier process left it. A run that goes wrong is a
/// result; the others go on. Where what is trained with is no longer the same, none does. Once it is settled what they are trained with,
/// several may be trained at a time.
/// </summary>
internal sealed class RunSeries(bool isResumed, Screen screen)
{
    private readonly StudyData data = new();
    private readonly ConcurrentDictionary<string, Failure> failures = new();

    // What the first run is trained with: those that follow are, too.
    private volatile string? engine;

    // What decides with the data whether there can be intervals and thresholds.
    private static readonly string[] Deciding =
    [
        OptionName.Interval,
        OptionName.Threshold,
        OptionName.Loss,
        OptionName.Output,
        OptionName.Validation,
        OptionName.TrainRows,
        OptionName.Members,
    ];

    /// <summary>The options in which the runs differ.</summary>
    public IEnumerable<string> Varied { get; init; } = [];

    /// <summary>What the first run that went wrong ended with.</summary>
    public Failure? First { get; private set; }

    /// <summary>What a run that went wrong ended with; null for another.</summary>
    public Failure? FailureOf(PlannedRun run) => failures.GetValueOrDefault(run.Order.Out);

    /// <summary>
    /// Whether it is known what the runs are trained with. Before, they go one by one: what the first one measures, or is refused for, holds for
    /// all.
    /// </summary>
    public bool IsSettled => engine is not null;

    /// <summary>Says what went wrong with a run.</summary>
    public Action<string> Warn { get; init; } = screen.Warn;

    /// <summary>Says what was put right in the folder of a run.</summary>
    public Action<string> Say { get; init; } = screen.Say;

    /// <summary>What to do as soon as a run has its data, and before it writes anything.</summary>
    public Action Ready { get; init; } = () => { };

    /// <summary>What to do once it is known what the runs are trained with.</summary>
    public Action Settled { get; init; } = () => { };

    /// <summary>The study as one that other processes work on, too; null where none does.</summary>
    public JoinedStudy? Joined { get; init; }

    /// <summary>Has runs trained with what those of other processes are.</summary>
    public void Know(string trainedWith) => engine = trainedWith;

    /// <summary>
    /// The outcome of a run, and whether it was there; null where another process has the run in hand. What has to be done
    /// before others may have it is done with both.
    /// </summary>
    public RunOutcome? TryTrain(
        PlannedRun run,
        string title,
        Screen inner,
        Action<RunOutcome, bool> done,
        CancellationToken cancel,
        Screen? own = null
    )
    {
        cancel.ThrowIfCancellationRequested();
        if (Joined?.EndOf(run) is { } end)
        {
            Remember(run, end.Failure);
            done(end.Outcome, true);
            return end.Outcome;
        }
        using var claim = Joined is null ? null : RunClaim.Try(run);
        if (Joined is not null && claim is null)
            return null;
        // Whoever had it until now may have ended it.
        if (Joined?.EndOf(run) is { } late)
        {
            Remember(run, late.Failure);
            done(late.Outcome, true);
            return late.Outcome;
        }
        var kept = Kept(run);
        var outcome = kept ?? Train(run, title, inner, cancel, own);
        if (Joined is not null && kept is null && outcome.Status != RunStatus.Finished && EarlierRun.Of(run) is null)
            Joined.SaveEnd(run, outcome, FailureOf(run)!.Code);
        done(outcome, kept is not null);
        return outcome;
    }

    private void Remember(PlannedRun run, Failure failure)
    {
        lock (data)
            First ??= failure;
        failures[run.Order.Out] = failure;
    }

    /// <summary>
    /// What a run has already come to, on an earlier rung or in an earlier process; null where there is work left. A failure where
    /// that was another run, or one of other data than those known so far.
    /// </summary>
    public RunOutcome? Kept(PlannedRun run)
    {
        if (!IsGoingOn(run) || EarlierRun.Of(run) is not { } outcome)
            return null;
        Add(run, outcome.Fingerprints, outcome.Engine, []);
        return EarlierRun.IsShort(run, outcome) ? null : outcome;
    }

    /// <summary>
    /// The outcome of a run. An `OperationCanceledException` where it was interrupted. One of several at a time has a screen of its own
    /// for what there is to say of it.
    /// </summary>
    public RunOutcome Train(PlannedRun run, string title, Screen inner, CancellationToken cancel, Screen? own = null)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            using var folder = run.Order.Folder;
            var source = run.Source();
            var report = Begin(run, source, inner).Complete(cancel, report => Accept(run, source, report));
            foreach (var line in run.Order.Folder.Mended)
                (own is null ? Say : own.Say)(line);
            if (report.IsInterrupted)
                throw new OperationCanceledException(cancel);
            return RunOutcome.Read(run);
        }
        catch (Failure failure) when (failure.Code is Exit.Numeric or Exit.Usage && !IsOfEach(failure))
        {
            Remember(run, failure);
            (own is null ? Warn : own.Warn)($"{title}: {failure.Message}");
            return failure.Code == Exit.Numeric
                ? Diverged(run, failure)
                : RunOutcome.Without(run, RunStatus.Failed, failure.Message);
        }
    }

    /// <summary>Whether the first run is refused for what all of them have: then none is begun.</summary>
    private bool IsOfEach(Failure failure) =>
        failure is { Code: Exit.Usage, Option: OptionName.Interval or OptionName.Threshold }
        && First is null
        && engine is null
        && !Deciding.Intersect(Varied).Any();

    // Where no epoch was worth saving, there is no record, or that of a rung before.
    private static RunOutcome Diverged(PlannedRun run, Failure failure) =>
        File.Exists(Path.Combine(run.Order.Out, RunFiles.Manifest))
        && RunOutcome.Read(run) is { Status: RunStatus.Diverged } outcome
            ? outcome
            : RunOutcome.Without(run, RunStatus.Diverged, failure.Message);

    private bool IsGoingOn(PlannedRun run) => isResumed || run.IsContinued;

    private void Accept(PlannedRun run, DataSource source, TrainReport report) =>
        Add(run, source.Fingerprints, report.Machine.Backend.Name, Circumstances.OfProgram(report), Ready);

    // What has to be done before anything is written is done before others may begin.
    private void Add(
        PlannedRun run,
        IEnumerable<KeyValuePair<string, string>> fingerprints,
        string? trainedWith,
        IEnumerable<(string Name, string Value)> circumstances,
        Action? ready = null
    )
    {
        lock (data)
        {
            data.Add(run, fingerprints);
            if (trainedWith is not null)
                Joined?.Agree(
                    trainedWith,
                    [.. circumstances.Select(one => KeyValuePair.Create(one.Name, one.Value))],
                    StudyData.Named(run, fingerprints)
                );
            ready?.Invoke();
            engine ??= trainedWith;
        }
        Settled();
    }

    /// <summary>A training from its checkpoint on if there is one to go on from.</summary>
    private ITrainRun Begin(PlannedRun run, DataSource source, Screen inner)
    {
        if (!IsGoingOn(run) || !EarlierRun.HasCheckpoint(run))
            return TrainStart.Fresh(run.Order with { EarlierEngine = engine }, source, inner);
        run.Order.Folder.Take();
        var checkpoint = Path.Combine(run.Order.Out, RunFiles.Checkpoint);
        return TrainStart.GoOn(checkpoint, run.Order, source, OnChange.EndStudy, inner);
    }
}

/// <summary>The folder of a run in the hand of this process, where several work on a study.</summary>
internal sealed class RunClaim : IDisposable
{
    private readonly string place;
    private readonly FolderLock taken;
    private readonly bool isNew;

    private RunClaim(string place, FolderLock taken, bool isNew) =>
        (this.place, this.taken, this.isNew) = (place, taken, isNew);

    /// <summary>Takes the folder of a run for its training and for reading what that came to; null where another process has it.</summary>
    public static RunClaim? Try(PlannedRun run)
    {
        var place = run.Order.Out;
        // What somebody has taken away is not made again.
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(place))))
            throw Failure.InputOutput($"{place}: create: its folder is gone");
        var isNew = !Directory.Exists(place);
        try
        {
            Durable.CreateFolder(place);
            if (FolderLock.TryTake(place) is not { } taken)
                return null;
            var claim = new RunClaim(place, taken, isNew);
            try
            {
                run.Order.Folder.Take(taken);
                return claim;
            }
            catch
            {
                claim.Dispose();
                throw;
            }
        }
        catch (Failure) when (!Directory.Exists(place))
        {
            // The process that made it has taken it away again.
            return null;
        }
    }

    /// <summary>Who has the folder of a run.</summary>
    public static string HolderOf(PlannedRun run) => $"{run.FolderName} ({FolderLock.HolderOf(run.Order.Out)})";

    /// <summary>Lets others have it. What was made for nothing goes.</summary>
    public void Dispose()
    {
        taken.Dispose();
        if (isNew)
            Durable.DiscardFolder(place);
    }
}
