using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// The folder of a run. Its options are there before its first step. Where they would replace an old run, nothing is
/// touched before the new one has something to say, the end of its first epoch or a checkpoint: then the old one is
/// replaced file by file, and files of others are left alone. The checkpoint alone says how far a run has come; what the
/// other files say beyond it is put right when the run is resumed.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    /// <summary>
    /// The files of a run, in the order an old one's go. The new options come before: they do not go with the old checkpoint,
    /// and where the record of the end is still there without a checkpoint, nothing is begun again by mistake.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        RunFiles.Checkpoint,
        RunFiles.Model,
        RunFiles.Table,
        RunFiles.Lines,
        RunFiles.Manifest,
        RunFiles.Report,
        RunFiles.Events,
        RunFiles.Hparams,
    ];

    private readonly string folder;
    private readonly bool hasCurves;
    private readonly List<string> mended = [];
    private EventFile? curves;
    private FolderLock? held;
    private bool isLent;
    private bool isNew;
    private bool isOpen;
    private bool isFirst;
    private bool isDone;
    private int savedEpoch;
    private JsonObject config = [];
    private TimeProvider clock = null!; // Handed in by what begins the run, or goes on with it.

    /// <summary>Checks the place, without touching it. TensorBoard gets the curves, too, if it is to have them.</summary>
    public RunFolder(string option, string folder, bool force, bool hasCurves)
        : this(folder, hasCurves) => RunMarks.CheckPlace(option, folder, force);

    /// <summary>A place that is not looked at before it is lent the lock of it.</summary>
    public RunFolder(string folder, bool hasCurves) => (this.folder, this.hasCurves) = (folder, hasCurves);

    /// <summary>Takes the folder with a lock that stays another's, beyond the end of the training.</summary>
    public void Take(FolderLock lent)
    {
        RunMarks.CheckPlace(OptionName.Out, folder, force: true, mayBeBusy: true);
        (held, isLent) = (lent, true);
        LeftOver.Sweep(folder);
    }

    /// <summary>What was written although nothing was left to do, a line for each file.</summary>
    public IReadOnlyList<string> Mended => mended;

    /// <summary>Takes the folder: makes it, keeps others out, and so finds out whether it can be written.</summary>
    public void Take()
    {
        if (held is not null)
            return;
        isNew = !Directory.Exists(folder);
        Durable.CreateFolder(folder);
        held = FolderLock.Take(folder);
        LeftOver.Sweep(folder);
    }

    /// <summary>Whether what lies there of folds is this run's: otherwise it goes with the old run.</summary>
    public bool HasFolds { get; set; }

    /// <summary>Whether the folder is that of this run.</summary>
    public bool IsUnderWay => isOpen || (HasFolds && Directory.Exists(Within(RunFiles.Folds)));

    /// <summary>Begins to write: from now on the folder is that of this run.</summary>
    public void GetUnderWay() => Open();

    /// <summary>Saves what the models of the folds predict, unless that is there.</summary>
    public void SaveFolds(string table) => Write(RunFiles.OutOfFold, table);

    /// <summary>A new run with these options: whatever ends it, they are there to begin it again.</summary>
    public void Begin(JsonObject options, TimeProvider time)
    {
        (config, clock) = (options, time);
        isFirst = !File.Exists(Within(RunFiles.Config));
        if (!HasResults)
            SaveConfig();
    }

    /// <summary>
    /// Whether the run has come to an end, or to a pause, and every other file says what its checkpoint does. Where there is no
    /// checkpoint, whether they are there.
    /// </summary>
    public bool IsWhole(AnyCheckpoint? checkpoint) =>
        File.Exists(Within(RunFiles.Report))
        && RunRecord.At(Within(RunFiles.Manifest)) is { Content: var record }
        && RunRecord.IsOfEnd(record)
        && checkpoint switch
        {
            AnyCheckpoint.Single single => Says(single.Item.State, record),
            AnyCheckpoint.Double twice => Says(twice.Item.State, record),
            _ => new[] { RunFiles.Model, RunFiles.Table, RunFiles.Lines }.All(name => File.Exists(Within(name))),
        };

    /// <summary>
    /// The run in the folder as its checkpoint has it. Where nothing is left to do, files that are right are left alone, and
    /// so is the record of the end.
    /// </summary>
    public void GoOn<T>(FitState<T> state, JsonObject options, TimeProvider time, bool isDone)
    {
        (config, clock) = (options, time);
        isOpen = true;
        this.isDone = isDone;
        SaveBest(state);
        SaveHistory(state.History);
        if (isDone)
            Durable.Settle(folder);
        if (!isDone || !HasCurvesOf(state))
            BeginCurves(state.History);
    }

    /// <summary>Another end than before: the options say so, and what there is of the old end goes.</summary>
    public void Lengthen()
    {
        isDone = false;
        SaveConfig();
        RemoveEnd();
    }

    /// <summary>Adds the row of an epoch to the history. Whatever happens to it, the next checkpoint has it, too.</summary>
    public void Append(EpochReport epoch)
    {
        Open();
        Durable.Append(Within(RunFiles.Table), Encoding.UTF8.GetBytes($"{History.Row(epoch)}\n"));
        Durable.Append(Within(RunFiles.Lines), Encoding.UTF8.GetBytes($"{History.Line(epoch)}\n"));
        curves?.Append(epoch);
    }

    /// <summary>Saves where the run stands: the best model if it is a new one, then the checkpoint.</summary>
    public void Save<T>(Checkpoint<T> checkpoint)
    {
        Open();
        KeepConfig();
        if (checkpoint.State.BestEpoch != savedEpoch)
        {
            // An earlier end is that of another model.
            RemoveEnd();
            SaveBest(checkpoint.State);
        }
        Durable.Replace(Within(RunFiles.Checkpoint), stream => checkpoint.WriteTo(stream));
    }

    /// <summary>Saves what the run came to: the whole history, the page about it, and its last file, the record.</summary>
    public void Finish(IEnumerable<EpochReport> history, JsonObject manifest, string page)
    {
        Open();
        KeepConfig();
        SaveHistory(history);
        // Rows that were added have not waited for the disk. The record comes after them.
        foreach (var name in new[] { RunFiles.Table, RunFiles.Lines, RunFiles.Events })
            if (File.Exists(Within(name)))
                Durable.SettleFile(Within(name));
        var isRight =
            isDone
            && RunRecord.At(Within(RunFiles.Manifest)) is { Content: var record }
            && RunRecord.IsAs(record, manifest);
        if (!isRight || !File.Exists(Within(RunFiles.Report)))
            Write(RunFiles.Report, page);
        if (!isRight)
            Write(RunFiles.Manifest, $"{Json.Text(manifest)}\n");
    }

    /// <summary>Lets others in. What was made for nothing goes.</summary>
    public void Dispose()
    {
        if (held is null)
            return;
        if (isFirst && !isOpen)
            Durable.Discard(Within(RunFiles.Config));
        if (isLent)
            return;
        held.Dispose();
        held = null;
        if (isNew)
            Durable.DiscardFolder(folder);
    }

    private void Open()
    {
        if (isOpen)
            return;
        isOpen = true;
        SaveConfig();
        foreach (var name in Names)
            RemoveFile(Within(name));
        if (!HasFolds)
            RunRemoval.RemoveFolds(folder);
        SaveHistory([]);
        BeginCurves([]);
    }

    private bool HasResults => Names.Any(name => File.Exists(Within(name)));

    private void SaveConfig() => Write(RunFiles.Config, $"{Json.Text(config)}\n");

    // Somebody may have removed it: without it the run could not be resumed.
    private void KeepConfig()
    {
        if (!File.Exists(Within(RunFiles.Config)))
            SaveConfig();
    }

    private void BeginCurves(IEnumerable<EpochReport> history)
    {
        if (!hasCurves)
            return;
        TellOf(RunFiles.Events);
        curves = new EventFile(Within(RunFiles.Events), history, clock);
    }

    private bool HasCurvesOf<T>(FitState<T> state) =>
        !hasCurves || EventFile.Holds(Within(RunFiles.Events), state.History);

    private bool Says<T>(FitState<T> state, JsonObject record) =>
        RunRecord.IsOf(record, state)
        && (state.BestEpoch > 0 ? Holds(RunFiles.Model, Best(state)) : !File.Exists(Within(RunFiles.Model)))
        && Holds(RunFiles.Table, Durable.Written(History.Table(state.History)))
        && Holds(RunFiles.Lines, Durable.Written(History.Lines(state.History)))
        && HasCurvesOf(state);

    private static Action<Stream> Best<T>(FitState<T> state) => stream => ModelFile.writeTo(stream, state.Best);

    private void SaveBest<T>(FitState<T> state)
    {
        if (state.BestEpoch > 0)
            Put(RunFiles.Model, Best(state));
        else
            RemoveFile(Within(RunFiles.Model));
        savedEpoch = state.BestEpoch;
    }

    private void SaveHistory(IEnumerable<EpochReport> history)
    {
        Write(RunFiles.Table, History.Table(history));
        Write(RunFiles.Lines, History.Lines(history));
    }

    private void Write(string name, string text) => Put(name, Durable.Written(text));

    private void Put(string name, Action<Stream> write)
    {
        if (isDone && Holds(name, write))
            return;
        TellOf(name);
        Durable.Replace(Within(name), write);
    }

    private void TellOf(string name)
    {
        var path = Within(name);
        if (isDone)
            mended.Add($"{path} was {(File.Exists(path) ? "not what the checkpoint says" : "missing")}: written again");
    }

    private bool Holds(string name, Action<Stream> write)
    {
        if (!File.Exists(Within(name)) || !OutputFile.IsRegular(Within(name)))
            return false;
        using var stream = new MemoryStream();
        write(stream);
        return File.ReadAllBytes(Within(name)).AsSpan().SequenceEqual(stream.ToArray());
    }

    /// <summary>The record of an earlier end, and the page about it.</summary>
    private void RemoveEnd()
    {
        RemoveFile(Within(RunFiles.Manifest));
        RemoveFile(Within(RunFiles.Report));
    }

    private static void RemoveFile(string path) => RunRemoval.RemoveFile(path);

    private string Within(string name) => Path.Combine(folder, name);
}
