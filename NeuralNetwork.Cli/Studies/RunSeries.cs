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

    /// <summary>
    /// What a run has already come to, on an earlier rung or in an earlier process; null where there is work left. A failure where
    /// that was another run, or one of other data than those known so far.
    /// </summary>
    public RunOutcome? Kept(PlannedRun run)
    {
        if (!IsGoingOn(run) || EarlierRun.Of(run) is not { } outcome)
            return null;
        Add(run, outcome.Fingerprints, outcome.Engine);
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
            lock (data)
                First ??= failure;
            failures[run.Order.Out] = failure;
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
        Add(run, source.Fingerprints, report.Machine.Backend.Name, Ready);

    // What has to be done before anything is written is done before others may begin.
    private void Add(
        PlannedRun run,
        IEnumerable<KeyValuePair<string, string>> fingerprints,
        string? trainedWith,
        Action? ready = null
    )
    {
        lock (data)
        {
            data.Add(run, fingerprints);
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

/// <summary>One training of a study: a variant, from one seed.</summary>
/// <param name="Data">The data to train with, as the user named them.</param>
/// <param name="Options">Its options, but for those that say where; the last one of a name holds.</param>
internal sealed record PlannedRun(
    Variant Variant,
    ulong Seed,
    string Data,
    TrainOrder Order,
    IReadOnlyList<StudyOption> Options
)
{
    /// <summary>Whether it goes on from where the same process left it.</summary>
    public bool IsContinued { get; private init; }

    /// <summary>Reads and checks the options of a run, which goes to a place of its own.</summary>
    public static PlannedRun Of(
        Variant variant,
        ulong seed,
        string data,
        IEnumerable<StudyOption> shared,
        string place,
        Existing existing
    )
    {
        StudyOption[] options = [.. shared, .. variant.Options];
        var usual = TrainingSpec.Usual with { Data = TrainingSpec.Usual.Data with { Name = data } };
        var spec = TrainingSettings
            .Seed.To(seed)
            .In(options.Aggregate(usual, (before, option) => option.In(before)), ValueSource.Given);
        var folder = new RunFolder(OptionName.Out, place, existing != Existing.Refuse, spec.Saving.HasCurves);
        spec.CheckTraining();
        if (spec.Fit.Folds is not null)
            throw Failure.Usage(OptionName.Folds, "does not go with a study (--seeds has it train on several splits)");
        return new(variant, seed, data, new TrainOrder(spec, folder, place, Plot: null), options);
    }

    /// <summary>What one types behind `nn train` for the same training elsewhere.</summary>
    public IEnumerable<string> Words =>
        [Data, .. Options.SelectMany(option => option.Words), OptionName.Seed, $"{Seed}"];

    /// <summary>The name of its folder in that of the study.</summary>
    public string FolderName => Path.GetFileName(Order.Out);

    /// <summary>The same run as one of so many at a time.</summary>
    public PlannedRun Among(int others) => this with { Order = Order.Among(others) };

    /// <summary>The data of this run alone: what one run has read is not what the next one reads.</summary>
    public DataSource Source() => Order.Open(Data);

    /// <summary>The shape of its training rows, read for that alone.</summary>
    public DataShape Shape()
    {
        var source = Source();
        return DataShape.Of(source, source.Train(Order.Spec.Data.Order));
    }

    /// <summary>
    /// The same run up to an epoch, or to its end where none is named: from its beginning, or from where it was left on. Its
    /// schedule is that of all its epochs, so that stopping on the way changes no bit.
    /// </summary>
    public PlannedRun Until(int? epochs, bool isContinued)
    {
        if (!isContinued)
            return this with { Order = Order with { Until = epochs } };
        // A folder is checked when it is named: by now there is a run in it.
        var folder = new RunFolder(OptionName.Out, Order.Out, force: true, Order.Spec.Saving.HasCurves);
        return this with { Order = Order with { Until = epochs, Folder = folder }, IsContinued = true };
    }
}

/// <summary>One of the things compared: its name, and the options that make it what it is.</summary>
internal sealed record Variant(string Name, IReadOnlyList<StudyOption> Options)
{
    /// <summary>The words of a command line that make it what it is.</summary>
    public IEnumerable<string> Words => Options.SelectMany(option => option.Words);

    /// <summary>A name for the folder of its run, on every system.</summary>
    public string Folder =>
        string.Concat(
            Name.Select(letter => char.IsAsciiLetterOrDigit(letter) || "-.+@".Contains(letter) ? letter : '_')
        );
}
