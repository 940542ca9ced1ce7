using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// Trains what is to be compared, one run after another, and keeps the tables and pictures up to date. A run that goes
/// wrong is a result; the others go on.
/// </summary>
internal sealed class ComparisonRun
{
    private readonly ComparisonOrder order;
    private readonly Screen screen;
    private readonly RunSeries series;
    private readonly Throttled saving;
    private readonly RunOutcome?[] found;
    private int done;

    // As long as no run has got to its first step, it may be that none will: that is one error, and not one of each.
    private readonly List<Action> waiting = [];
    private bool isUnderWay;

    public ComparisonRun(ComparisonOrder order, Screen screen)
    {
        (this.order, this.screen) = (order, screen);
        found = new RunOutcome?[order.Runs.Count];
        series = new(order.Folder.Existing is Existing.Resume or Existing.Join, screen)
        {
            Joined = order.Folder.Joined,
            Warn = text => Speak(() => screen.Warn(text)),
            Say = text => Speak(() => screen.Say(text)),
            Ready = order.Folder.GetUnderWay,
            Varied = Subject.Find(order.Record.What).Varied,
        };
        saving = new(screen.Time, () => order.Folder.Save("results.csv", Outcomes.Length, Report.Save));
    }

    // In the order of the runs, whatever was over first.
    private RunOutcome[] Outcomes => [.. found.OfType<RunOutcome>()];

    private ComparisonReport Report => new(order, Outcomes);

    private bool IsAnyFinished => Outcomes.Any(outcome => outcome.Status == RunStatus.Finished);

    private bool IsOneFailure =>
        Outcomes.All(outcome => outcome.Status == RunStatus.Failed)
        && Outcomes.DistinctBy(outcome => outcome.Reason).Count() == 1;

    public int Run()
    {
        using var interruption = new Interruption(screen);
        using var folder = order.Folder;
        folder.Take();
        try
        {
            // Runs of another comparison are noticed before anything is touched. Those that others work on are looked at by who has claimed them.
            if (folder.Joined is null)
                foreach (var run in order.Runs)
                    _ = series.Kept(run);
            folder.Begin(order.Record.Document(), order.Runs, series, interruption.Token);
            screen.Watch(order.Runs.Count, "", meter => TrainAll(meter, interruption.Token));
            if (!IsOneFailure)
                folder.Conclude(Report.Save);
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            saving.Settle();
            screen.Complain(
                order.Folder.Interrupted(
                    $"after {done} of {order.Runs.Count} runs",
                    ["nn", "compare", order.Record.What, order.Record.Data]
                )
            );
            return interruption.ExitCode;
        }
        if (IsOneFailure)
            throw series.First!;
        GetUnderWay();
        Tell();
        return IsAnyFinished
            ? Exit.Done
            : throw series.First ?? Failure.Numeric($"{Outcomes[0].Variant}: {Outcomes[0].Reason}");
    }

    private void TrainAll(ProgressBar? meter, CancellationToken cancel)
    {
        if (order.Folder.Joined is null)
            for (var place = 0; place < found.Length; place++)
                Train(place, meter, cancel);
        else
            new JoinedJobs(1, screen).Each(
                found.Length,
                (place, over) => series.IsSettled || over == place,
                place => place,
                (place, _, stop) => Train(place, meter, stop),
                () => false,
                place => RunClaim.HolderOf(order.Runs[place]),
                cancel
            );
    }

    /// <summary>Trains a run; false where another process has it in hand.</summary>
    private bool Train(int place, ProgressBar? meter, CancellationToken cancel)
    {
        var name = TitleOf(order.Runs[place]);
        var title = $"{name} ({place + 1} of {found.Length})  ";
        var inner = screen.Within(steps => meter?.Piece(place, 1.0 / steps, title));
        var run = order.Runs[place].Until(null, isContinued: false);
        var isKept = false;
        if (series.TryTrain(run, name, inner, (_, wasThere) => isKept = wasThere, cancel) is not { } outcome)
            return false;
        found[place] = outcome;
        done++;
        Speak(() => screen.Say($"{title}{outcome.Line("test", "validation", "train")}{(isKept ? ", kept" : "")}"));
        if (outcome.Status != RunStatus.Failed)
            GetUnderWay();
        if (isUnderWay)
            saving.Ask();
        return true;
    }

    private void Speak(Action say)
    {
        waiting.Add(say);
        if (isUnderWay)
            GetUnderWay();
    }

    private void GetUnderWay()
    {
        isUnderWay = true;
        foreach (var say in waiting)
            say();
        waiting.Clear();
    }

    private void Tell()
    {
        var report = Report;
        if (screen.Json)
        {
            screen.PrintDocument(Json.Text(report.Document()));
            return;
        }
        if (IsAnyFinished)
            screen.Sketch(ComparisonCurves.Loss("Loss", Outcomes));
        foreach (var line in report.Summary())
            screen.Print(line);
        if (report.Doubt is { } doubt)
            screen.Say(doubt.Line);
        if (report.Outlook is { } outlook)
            screen.Say(outlook);
        screen.Say(
            $"saved in {order.Folder.Place}: report.html, pictures (*.svg), curves.csv, results.csv, results.json"
        );
    }

    private string TitleOf(PlannedRun run) =>
        order.Runs.Any(other => other.Seed != run.Seed) ? $"{run.Variant.Name}, seed {run.Seed}" : run.Variant.Name;
}

/// <summary>What a comparison was asked for, as its folder remembers it.</summary>
/// <param name="What">The name of the subject.</param>
/// <param name="Data">The data, as the user named them.</param>
/// <param name="Preset">The name of the preset.</param>
/// <param name="Values">What is compared, as the user named it.</param>
/// <param name="Seeds">One after another.</param>
/// <param name="Options">The options that all variants share.</param>
/// <param name="Strengths">What the user gave for options that only some variants have.</param>
internal sealed record ComparisonRecord(
    string What,
    string Data,
    string Preset,
    IReadOnlyList<string> Values,
    IReadOnlyList<ulong> Seeds,
    IReadOnlyList<StudyOption> Options,
    IReadOnlyList<StudyOption> Strengths
)
{
    /// <summary>What a comparison is called among the kinds of studies.</summary>
    public const string Kind = "comparison";

    /// <summary>The option that says what is compared.</summary>
    public const string ValuesName = "--values";

    private const string ValuesField = "variants";
    private const string SeedsField = "seeds";
    private const string OptionsField = "options";
    private const string StrengthsField = "strengths";

    /// <summary>What the folder of a comparison that goes on remembers; null where one begins.</summary>
    public static ComparisonRecord? In(StudyFolder folder) =>
        folder.Existing is Existing.Resume or Existing.Join && folder.Record is { } record ? Of(record) : null;

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["what"] = What,
            ["data"] = Data,
            ["preset"] = Preset,
            [ValuesField] = Json.Array(Values, value => (JsonNode)value),
            [SeedsField] = Json.Array(Seeds, seed => (JsonNode)seed),
            [OptionsField] = StudyOption.Documents(Options),
            [StrengthsField] = StudyOption.Documents(Strengths),
        };

    /// <summary>
    /// The same with more values and seeds, and with these options in place of what was said about them. None that were there go.
    /// </summary>
    public ComparisonRecord With(IEnumerable<string> values, int seeds, IReadOnlyList<OptionValue> given)
    {
        var varied = Subject.Find(What).Varied.ToHashSet();
        return this with
        {
            Values = [.. Values.Union(values)],
            Seeds = [.. SeedsFrom(Seeds[0], Math.Max(seeds, Seeds.Count))],
            Options = [.. StudyOption.Over(Options, given.Where(one => !varied.Contains(one.Name)))],
            Strengths = [.. StudyOption.Over(Strengths, given.Where(one => varied.Contains(one.Name)))],
        };
    }

    public static IEnumerable<ulong> SeedsFrom(ulong first, int count) =>
        Enumerable.Range(0, count).Select(place => first + (ulong)place);

    /// <summary>Every run, variant by variant and seed by seed.</summary>
    public IEnumerable<PlannedRun> Runs(StudyFolder folder) =>
        Variants().SelectMany(variant => Seeds.Select(seed => Plan(variant, seed, folder)));

    /// <summary>The run of each variant from the first seed.</summary>
    public IEnumerable<PlannedRun> FirstRuns(StudyFolder folder) =>
        Variants().Select(variant => Plan(variant, Seeds[0], folder));

    private Variant[] Variants()
    {
        var subject = Subject.Find(What);
        var strengths = Strengths.ToDictionary(option => option.Name);
        var variants = Values.Select(value => subject.Variant(value, strengths)).ToArray();
        return Duplicates.In(variants.Select(variant => variant.Folder)) is { } twice
            ? throw Failure.Usage(ValuesName, $"{twice}: given twice")
            : variants;
    }

    private PlannedRun Plan(Variant variant, ulong seed, StudyFolder folder)
    {
        var place = folder.Within(seed == Seeds[0] ? variant.Folder : $"{variant.Folder}-seed-{seed}");
        // A variant's own rate wins over that of all.
        var own = variant.Options.Select(option => option.Name).ToHashSet();
        var shared = StudyOption.Under(Preset, Options).Where(option => !own.Contains(option.Name));
        return PlannedRun.Of(variant, seed, Data, shared, place, folder.Existing);
    }

    private static ComparisonRecord Of(RecordFile record)
    {
        ulong[] seeds = [.. record.List(SeedsField, seed => Number(seed)).Select(seed => seed!.Value)];
        return new(
            record.Value<string>("what"),
            record.Value<string>("data"),
            record.Value<string>("preset"),
            [.. record.List(ValuesField, value => value is JsonValue ? $"{value}" : null)],
            seeds.Length > 0 ? seeds : throw record.Refuse(SeedsField),
            [.. StudyOption.In(record, OptionsField)],
            record.Content.ContainsKey(StrengthsField) ? [.. StudyOption.In(record, StrengthsField)] : []
        );
    }

    private static ulong? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<ulong>(out var number) ? number : null;
}

/// <summary>What the user asked to compare. Every run is known, and its options are checked, before the first begins.</summary>
/// <param name="Subject">What is compared.</param>
/// <param name="Runs">Variant by variant, seed by seed.</param>
/// <param name="Record">What was asked for, for the folder.</param>
/// <param name="Plot">Where to draw the curves besides.</param>
internal sealed record ComparisonOrder(
    Subject Subject,
    StudyFolder Folder,
    IReadOnlyList<PlannedRun> Runs,
    ComparisonRecord Record,
    string? Plot
);
