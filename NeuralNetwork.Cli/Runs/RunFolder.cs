using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>
/// The folder of a run. Nothing in it is touched before the new run has something to say: the end of its first epoch, or
/// a model. An old run is then replaced file by file, and files of others are left alone.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    public const string ModelName = "model.safetensors";
    private const string ConfigName = "config.json";
    private const string ManifestName = "run.json";
    private const string TableName = "history.csv";
    private const string LinesName = "history.jsonl";

    private static readonly string[] Names = [ManifestName, ModelName, TableName, LinesName, ConfigName];

    private readonly string folder;
    private FolderLock? held;
    private bool isNew;
    private bool isOpen;
    private JsonObject config = [];

    /// <summary>Checks the place, without touching it.</summary>
    public RunFolder(string option, string folder, bool force)
    {
        this.folder = folder;
        OutputFile.CheckPath(option, folder);
        if (File.Exists(folder))
            throw Failure.Usage($"{option}: {folder} is not a folder");
        if (!Directory.Exists(folder))
            return;
        if (!force)
            throw Failure.Usage($"{option}: {folder} exists (--force replaces the run in it)");
        var entries = Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Except([FolderLock.Name]);
        if (entries.Any() && !Names.Any(name => File.Exists(Within(name))))
            throw Failure.Usage($"{option}: {folder} is no run folder (--force replaces only runs)");
    }

    /// <summary>Takes the folder: makes it, keeps others out, and so finds out whether it can be written.</summary>
    public void Prepare(JsonObject resolvedOptions)
    {
        config = resolvedOptions;
        isNew = !Directory.Exists(folder);
        Durable.CreateFolder(folder);
        held = FolderLock.Take(folder);
        Durable.Sweep(folder);
    }

    /// <summary>Adds the row of an epoch to the history.</summary>
    public void Append(EpochReport epoch)
    {
        Open();
        Durable.Append(Within(TableName), Encoding.UTF8.GetBytes($"{History.Row(epoch)}\n"));
        Durable.Append(Within(LinesName), Encoding.UTF8.GetBytes($"{History.Line(epoch)}\n"));
    }

    /// <summary>Saves the model of the run.</summary>
    public void Save<T>(Model<T> model)
    {
        Open();
        OutputFile.Write(Within(ModelName), ModelFile.write(model));
    }

    /// <summary>Saves what the run came to: its last file.</summary>
    public void Finish(JsonObject manifest)
    {
        Open();
        Write(ManifestName, $"{Json.Text(manifest)}\n");
    }

    /// <summary>Lets others in. A folder that was made for nothing goes.</summary>
    public void Dispose()
    {
        held?.Dispose();
        if (held is not null && isNew && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    private void Open()
    {
        if (isOpen)
            return;
        isOpen = true;
        foreach (var name in Names)
            File.Delete(Within(name));
        Write(ConfigName, $"{Json.Text(config)}\n");
        Write(TableName, $"{History.Header}\n");
        Write(LinesName, "");
    }

    private void Write(string name, string text) => OutputFile.Write(Within(name), Encoding.UTF8.GetBytes(text));

    private string Within(string name) => Path.Combine(folder, name);
}
