using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// A study that several processes work on, on one machine or on several that share its folder. Its record has what they have agreed on; a lock of
/// the system, the writing lock, is held by one of them at a time, for the record and the tables. Whoever comes first keeps it until it is
/// settled what the runs are trained with. Nothing here has to be there for the study to go on without it.
/// </summary>
internal sealed class JoinedStudy : IDisposable
{
    private const string Field = "joined";
    private const string EngineField = "engine";
    private const string CircumstancesField = "circumstances";
    private const string FilesField = "sha256";
    private const string RungsField = "rungs";
    private const string EndsField = "ended";
    private const string OverField = "over";

    private readonly object gate = new();
    private readonly string folder;
    private readonly string path;
    private readonly bool isNewFolder;
    private readonly Action<string> say;
    private readonly FolderLock shared;
    private FolderLock? writing;
    private bool isMine;

    /// <summary>Makes the folder, or joins those that work in it, and waits until its record may be read.</summary>
    public JoinedStudy(string folder, string recordName, Screen screen)
    {
        (this.folder, path, isNewFolder) = (folder, Path.Combine(folder, recordName), !Directory.Exists(folder));
        say = screen.Say;
        Durable.CreateFolder(folder);
        shared = FolderLock.Share(folder);
        try
        {
            writing = Await();
            if (!writing.KeepsOut())
                throw Failure.InputOutput(
                    $"{folder}: its file system has no locks, which keep processes apart that join a study (without --join one works there)"
                );
            LeftOver.Sweep(folder);
            if (Engine is not null)
                Release();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Ends every wait.</summary>
    public CancellationToken Cancel { get; set; }

    /// <summary>What the runs are trained with; null as long as that is open.</summary>
    public string? Engine => (string?)Agreed?[EngineField];

    /// <summary>Whether all runs are over, and the tables are those of the end.</summary>
    public bool IsOver => Agreed?[OverField] is not null;

    /// <summary>Says in the folder what the study is, unless that is there.</summary>
    public void Begin(JsonObject record)
    {
        if (File.Exists(path))
            return;
        isMine = true;
        Write(record);
    }

    /// <summary>What was begun stays, whatever comes of it here.</summary>
    public void Keep() => isMine = false;

    /// <summary>Does what writes in the folder, once no other process does.</summary>
    public void Hold(Action act)
    {
        lock (gate)
        {
            var isHeld = writing is not null;
            writing ??= Await();
            try
            {
                act();
            }
            finally
            {
                if (!isHeld)
                    Release();
            }
        }
    }

    /// <summary>The same where no other process does, and nothing otherwise.</summary>
    public void TryHold(Action act)
    {
        lock (gate)
        {
            if (writing is not null)
                act();
            else if (FolderLock.TryTake(folder, FolderLock.WritingName) is { } taken)
                using (taken)
                    act();
        }
    }

    /// <summary>A failure where the data that a run read are none of the study.</summary>
    public void CheckData(IEnumerable<KeyValuePair<string, string>> files) => Check(Agreed, FilesField, files);

    /// <summary>
    /// Has a run's data, and what it is trained with, in common with the other processes; a failure, which names both, where they have others. A
    /// run that is there already has no circumstances to compare.
    /// </summary>
    public void Agree(
        string engine,
        IReadOnlyCollection<KeyValuePair<string, string>> circumstances,
        IReadOnlyCollection<KeyValuePair<string, string>> files
    )
    {
        void CheckAll(JsonObject? agreed)
        {
            if (circumstances.Count > 0 && (string?)agreed?[EngineField] is { } before && before != engine)
                throw Otherwise(EngineField, before, engine);
            Check(agreed, CircumstancesField, circumstances);
            Check(agreed, FilesField, files);
        }

        bool Has(string field, IEnumerable<KeyValuePair<string, string>> all) =>
            all.All(one => Agreed?[field]?[one.Key] is not null);

        CheckAll(Agreed);
        if (Engine is null || !Has(CircumstancesField, circumstances) || !Has(FilesField, files))
            Change(agreed =>
            {
                CheckAll(agreed);
                agreed[EngineField] ??= engine;
                foreach (var (field, all) in new[] { (CircumstancesField, circumstances), (FilesField, files) })
                foreach (var (name, value) in all)
                    Within(agreed, field)[name] = value;
            });
        lock (gate)
            Release();
    }

    /// <summary>The trials that go on after a rung, the best first; null where it is not over, as far as is known.</summary>
    public IReadOnlyList<int>? ChoiceOf(int rung) =>
        Agreed?[RungsField]?[$"{rung}"] is JsonArray all ? [.. all.Select(one => (int)one!)] : null;

    /// <summary>The same where all outcomes of the rung are known here: the first choice is that of all.</summary>
    public IReadOnlyList<int> Choose(int rung, IReadOnlyList<int> best)
    {
        if (ChoiceOf(rung) is null)
            Change(agreed => Within(agreed, RungsField)[$"{rung}"] ??= Json.Array(best, one => (JsonNode)one));
        return ChoiceOf(rung) ?? best;
    }

    /// <summary>What a run came to that left nothing in its folder, and the failure that it ended with; null for others.</summary>
    public (RunOutcome Outcome, Failure Failure)? EndOf(PlannedRun run) =>
        Agreed?[EndsField]?[run.FolderName] is JsonObject end
        && Enum.TryParse<RunStatus>($"{end["status"]}", out var status)
            ? (RunOutcome.Without(run, status, $"{end["reason"]}"), new Failure((int)end["code"]!, $"{end["reason"]}"))
            : null;

    /// <summary>Keeps that for the other processes.</summary>
    public void SaveEnd(PlannedRun run, RunOutcome outcome, int code) =>
        Change(agreed =>
            Within(agreed, EndsField)[run.FolderName] = new JsonObject
            {
                ["status"] = $"{outcome.Status}",
                ["reason"] = outcome.Reason,
                ["code"] = code,
            }
        );

    /// <summary>Says that all runs are over.</summary>
    public void End()
    {
        if (!IsOver)
            Change(agreed => agreed[OverField] = true);
    }

    /// <summary>Leaves the study to the others. What was begun for nothing goes.</summary>
    public void Dispose()
    {
        if (isMine && Engine is null && Directory.Exists(folder) && Directory.GetFileSystemEntries(folder).All(IsBare))
            Durable.Discard(path);
        Release();
        shared.Dispose();
        if (isNewFolder)
            Durable.DiscardFolder(folder);
    }

    private bool IsBare(string entry) =>
        Path.GetFileName(entry) is FolderLock.Name or FolderLock.WritingName
        || Path.GetFileName(entry) == Path.GetFileName(path);

    private JsonObject? Agreed
    {
        get
        {
            if (!File.Exists(path))
                return null;
            var record = RecordFile.Open(path);
            return IsAsWritten(record.Content[Field]) ? (JsonObject?)record.Content[Field] : throw record.Refuse(Field);
        }
    }

    private static bool IsAsWritten(JsonNode? node) =>
        node is null
        || (
            node is JsonObject agreed
            && (agreed[EngineField] is null || IsOf<string>(agreed[EngineField]))
            && AreAll(agreed[CircumstancesField], IsOf<string>)
            && AreAll(agreed[FilesField], IsOf<string>)
            && AreAll(agreed[RungsField], all => all is JsonArray numbers && numbers.All(IsOf<int>))
            && AreAll(
                agreed[EndsField],
                one => one is JsonObject end && IsOf<string>(end["reason"]) && IsOf<int>(end["code"])
            )
        );

    private static bool AreAll(JsonNode? node, Func<JsonNode?, bool> fits) =>
        node is null || (node is JsonObject all && all.All(one => fits(one.Value)));

    private static bool IsOf<T>(JsonNode? node) => node is JsonValue value && value.TryGetValue<T>(out _);

    private void Change(Action<JsonObject> change) =>
        Hold(() =>
        {
            var record = RecordFile.Open(path).Content;
            change(Within(record, Field));
            Write(record);
        });

    private void Write(JsonObject record) => Durable.Replace(path, $"{Json.Text(record)}\n");

    private static JsonObject Within(JsonObject document, string field)
    {
        if (document[field] is not JsonObject found)
            document[field] = found = [];
        return found;
    }

    private void Check(JsonObject? agreed, string field, IEnumerable<KeyValuePair<string, string>> now)
    {
        if (agreed?[field] is not JsonObject before)
            return;
        foreach (var (name, value) in now)
            if ((string?)before[name] is not { } there)
            {
                // Files to validate and to test with may differ from run to run.
                if (field == FilesField && !StudyData.IsBeside(name))
                    throw Failure.BadInput(
                        $"{name}: none of the data of {folder} ({string.Join(", ", before.Select(one => one.Key))})"
                    );
            }
            else if (there != value)
                throw field == FilesField
                    ? Failure.BadInput(
                        $"{name}: sha256: {Short(there)} in {folder}, {Short(value)} here (the runs of a study read the same data)"
                    )
                    : Otherwise(name, there, value);
    }

    private static string Short(string hash) => $"{string.Concat(hash.Take(8))}…";

    private Failure Otherwise(string name, string before, string now) =>
        Failure.BadInput(
            $"{folder}: {name}: {before} in the study, {now} here (its runs have all this in common; with --blas managed any machine can join)"
        );

    private void Release()
    {
        writing?.Dispose();
        writing = null;
    }

    private FolderLock Await()
    {
        var isSaid = false;
        for (var pause = new Pause(); ; pause.Wait(Cancel))
        {
            if (FolderLock.TryTake(folder, FolderLock.WritingName) is { } taken)
                return taken;
            if (!pause.IsLong || isSaid)
                continue;
            isSaid = true;
            say(
                $"waiting for {FolderLock.HolderOf(folder, FolderLock.WritingName)}, which begins the study, or writes its tables"
            );
        }
    }
}
