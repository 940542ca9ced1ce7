using System.Text;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What to do with a study that is there already.</summary>
internal enum Existing
{
    Refuse,
    Resume,
    Replace,
}

/// <summary>The folder of a comparison or a search: its tables and pictures, and a folder for each run.</summary>
internal sealed class StudyFolder : IDisposable
{
    private readonly string folder;
    private readonly string recordName;
    private FolderLock? held;
    private bool isNew;

    /// <summary>Checks the place of a study of a kind, without touching it.</summary>
    public StudyFolder(string kind, string option, string folder, Existing existing)
    {
        (this.folder, Existing, recordName) = (folder, existing, $"{kind}.json");
        OutputFile.CheckPath(option, folder);
        if (File.Exists(folder))
            throw Failure.Usage($"{option}: {folder} is not a folder");
        if (!Directory.Exists(folder) || Names().All(name => name == FolderLock.Name || Durable.IsUnfinished(name)))
            return;
        if (!File.Exists(Path.Combine(folder, recordName)))
            throw Failure.Usage($"{option}: {folder} exists and is no {kind} (no {recordName} in it)");
        if (existing == Existing.Refuse)
            throw Failure.Usage($"{option}: {folder} exists (--resume goes on with it, --force begins it again)");
    }

    /// <summary>Where it is, as the user said it.</summary>
    public string Place => folder;

    public Existing Existing { get; }

    /// <summary>Takes the folder: makes it, and keeps others out.</summary>
    public void Take()
    {
        isNew = !Directory.Exists(folder);
        Durable.CreateFolder(folder);
        held = FolderLock.Take(folder);
        Durable.Sweep(folder);
    }

    /// <summary>What the folder says it is; null where it says nothing yet.</summary>
    public RecordFile? Record => File.Exists(Within(recordName)) ? RecordFile.Open(Within(recordName)) : null;

    /// <summary>Says in the folder what it is.</summary>
    public void Begin(JsonObject record) => Write(recordName, $"{Json.Text(record)}\n");

    /// <summary>Lets others in. A folder that was made for nothing goes.</summary>
    public void Dispose()
    {
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

    public void Write(string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Durable.Replace(Within(name), stream => stream.Write(bytes));
    }
}
