using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>The folder of a comparison or a search: its tables and pictures, and a folder for each run.</summary>
internal sealed class StudyFolder : IDisposable
{
    /// <summary>The files of a study beside its record and its runs.</summary>
    private static readonly string[] Files =
    [
        RunFiles.Report,
        "results.json",
        "results.csv",
        "curves.csv",
        "trials.csv",
        .. Progress.Losses.Select(loss => loss.Picture),
        "accuracy.svg",
        "gap.svg",
        "scatter.svg",
        RunFiles.Hparams,
    ];

    private const string RunsField = "runs";

    private readonly string option;
    private readonly string folder;
    private readonly string recordName;
    private FolderLock? held;
    private bool isNew;
    private JsonObject? waiting;
    private string[] planned = [];

    /// <summary>Checks the place of a study of a kind, without touching it.</summary>
    public StudyFolder(string kind, string option, string folder, Existing existing)
    {
        (this.option, this.folder, Existing, recordName) = (option, folder, existing, $"{kind}.json");
        if (!OutputFile.IsFolderInUse(option, folder, mayBeBusy: existing == Existing.Join))
            return;
        if (!File.Exists(Path.Combine(folder, recordName)))
            throw Failure.Usage(option, $"{folder} exists and is no {kind} (no {recordName} in it)");
        if (existing == Existing.Refuse)
            throw Failure.Usage(option, $"{folder} exists (--resume goes on with it, --force begins it again)");
    }

    /// <summary>The study as one that other processes work on, too; null where none does.</summary>
    public JoinedStudy? Joined { get; private set; }

    /// <summary>Joins those that work on the study, or is the first to, where that is wanted.</summary>
    public void Join(Screen screen)
    {
        if (Existing == Existing.Join)
            Joined = new(folder, recordName, screen);
    }

    /// <summary>
    /// Begins or goes on, in a study that others work on, with what they have agreed on. A failure where the data are others.
    /// </summary>
    public void Begin(JsonObject record, IReadOnlyList<PlannedRun> runs, RunSeries series, CancellationToken cancel)
    {
        Begin(record, runs.Select(run => run.FolderName));
        if (Joined is null)
            return;
        Joined.Cancel = cancel;
        if (Joined.Engine is not { } engine)
            return;
        // Whoever stops the program does not wait for the end of a file.
        Joined.CheckData(Task.Run(runs[0].Fingerprints, cancel).WaitAsync(cancel).GetAwaiter().GetResult());
        series.Know(engine);
    }

    /// <summary>Saves tables of so many rows, and leaves those of a process alone that knows of more.</summary>
    public void Save(string table, int rows, Action save)
    {
        if (Joined is null)
            save();
        else
            Joined.TryHold(() =>
            {
                if (!Joined.IsOver && !(File.Exists(Within(table)) && File.ReadLines(Within(table)).Count() - 1 > rows))
                    save();
            });
    }

    /// <summary>Saves what there is to say in the end.</summary>
    public void Conclude(Action save)
    {
        if (Joined is null)
            save();
        else
            Joined.Hold(() =>
            {
                save();
                Joined.End();
            });
    }

    /// <summary>Where it is, as the user said it.</summary>
    public string Place => folder;

    public Existing Existing { get; }

    /// <summary>Takes the folder: makes it, and keeps others out.</summary>
    public void Take()
    {
        if (Joined is not null)
            return;
        isNew = !Directory.Exists(folder);
        Durable.CreateFolder(folder);
        held = FolderLock.Take(folder);
        LeftOver.Sweep(folder);
    }

    /// <summary>What the folder says it is; null where it says nothing yet.</summary>
    public RecordFile? Record => File.Exists(Within(recordName)) ? RecordFile.Open(Within(recordName)) : null;

    /// <summary>
    /// A study with runs in these folders of it. Where it replaces an old one, nothing is touched before it has something to
    /// say, or its data at least.
    /// </summary>
    public void Begin(JsonObject record, IEnumerable<string> runs)
    {
        string[] names = [.. Existing == Existing.Resume ? OldRuns().Union(runs) : runs];
        if (Existing == Existing.Replace)
            planned = names;
        else
            CheckNoLinks(names);
        var whole = (JsonObject)record.DeepClone();
        whole[RunsField] = Json.Array(names, name => (JsonNode)name);
        if (Joined is not null)
        {
            Joined.Begin(whole);
            return;
        }
        waiting = whole;
        if (Existing != Existing.Replace)
            GetUnderWay();
    }

    /// <summary>Says in the folder what it is. What an old study has left goes, and the best model of one that goes on.</summary>
    public void GetUnderWay()
    {
        if (waiting is not { } record)
            return;
        waiting = null;
        if (Existing == Existing.Replace)
            Clear();
        Remove(RunFiles.Model);
        Write(recordName, $"{Json.Text(record)}\n");
    }

    /// <summary>
    /// What the last line of a study that was interrupted says: how far it came, and the command that goes on with it. What was
    /// asked for stays in the folder, even where no run has begun.
    /// </summary>
    public string Interrupted(string standing, IEnumerable<string> command)
    {
        if (waiting is not null)
            return $"interrupted before the first step: nothing was trained, and {folder} is as it was";
        isNew = false;
        Joined?.Keep();
        var goOn = Joined is null ? OptionName.Resume : OptionName.Join;
        return $"interrupted {standing}; to go on: {ShellLine.Typed([.. command, option, folder, goOn])}";
    }

    // A run goes into a folder of the study, and not to where somebody's link of that name leads.
    private void CheckNoLinks(IEnumerable<string> runs)
    {
        foreach (var run in runs.Select(Within))
            Durable.Step(run, "open", () => OwnFile.CheckNoLink(run));
    }

    // The record goes last: as long as it is there, so is what is left of the study.
    private void Clear()
    {
        foreach (var run in planned.Where(run => OwnFile.IsLink(Within(run))))
            Remove(run);
        foreach (var run in OldRuns())
            RunRemoval.Remove(Within(run));
        foreach (var name in Files.Distinct())
            Remove(name);
    }

    private void Remove(string name) => Durable.Step(Within(name), "remove", () => OwnFile.Remove(Within(name)));

    /// <summary>The folders of the runs that the record names; none where it is damaged, or of an earlier version.</summary>
    private string[] OldRuns()
    {
        try
        {
            return Record?.Content[RunsField] is JsonArray runs
                ? [.. runs.Select(run => $"{run}").Where(run => run.Length > 0 && Path.GetFileName(run) == run)]
                : [];
        }
        catch (Failure)
        {
            return [];
        }
    }

    /// <summary>Lets others in. A folder that was made for nothing goes.</summary>
    public void Dispose()
    {
        Joined?.Dispose();
        if (held is null)
            return;
        held.Dispose();
        held = null;
        if (!isNew || Names().Any(name => name != recordName))
            return;
        Durable.Discard(Within(recordName));
        Durable.DiscardFolder(folder);
    }

    private IEnumerable<string> Names() =>
        Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path));

    public string Within(string name) => Path.Combine(folder, name);

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    /// <summary>Gives a file of the study new content. In one that others work on, what is the same already is left alone.</summary>
    public void Write(string name, byte[] bytes)
    {
        GetUnderWay();
        var path = Within(name);
        if (Joined is null || !File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
            Durable.Replace(path, stream => stream.Write(bytes));
    }
}

/// <summary>An option that is not what it was when a study began, or an argument.</summary>
internal sealed record StudyChange(string Name, string Before, string Now)
{
    /// <summary>What there is where an option is not set.</summary>
    public const string Nothing = "none";

    /// <summary>What differs between the configurations of two runs, but for what changes no bit of them.</summary>
    public static IEnumerable<StudyChange> Between(JsonObject before, JsonObject now) =>
        now.Select(one => one.Key)
            .Union(before.Select(one => one.Key))
            .Where(field => !Circumstances.WithoutEffect.Contains(field))
            .Where(field => now[field]?.ToJsonString() != before[field]?.ToJsonString())
            .Select(field => new StudyChange(NameOf(field), Shown(before[field]), Shown(now[field])));

    /// <summary>What differs between two runs that are to be the same.</summary>
    public static IEnumerable<StudyChange> Between(PlannedRun before, PlannedRun now) =>
        Between(before.Order.Config, now.Order.Config);

    /// <summary>A usage failure that names them all, for what is in a place, if there are any.</summary>
    public static void Refuse(string place, IEnumerable<StudyChange> changes)
    {
        StudyChange[] all = [.. changes.Where(one => one.Before != one.Now).Distinct()];
        if (all.Length > 0)
            throw Failure.Usage(
                $"{place}: {string.Join("; ", all.Select(one => $"{one.Name}: {one.Before} before, {one.Now} now"))} "
                    + "(--resume and --join go on with the same options; --force begins again)"
            );
    }

    /// <summary>An option by its field in a configuration; the data have none.</summary>
    private static string NameOf(string field) =>
        field == ConfigFile.DataField ? Arguments.DataName : OptionName.Of(field);

    private static string Shown(JsonNode? value) =>
        value switch
        {
            null => Nothing,
            JsonArray list => ColumnNames.Join(list.Select(item => $"{item}")),
            _ => $"{value}",
        };
}
