using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>
/// The folder of a run. Nothing in it is touched before the new run has something to say: the end of its first epoch, or
/// a model. An old run is then replaced file by file, and files of others are left alone.
/// </summary>
internal sealed class RunFolder
{
    public const string ModelName = "model.safetensors";
    private const string ConfigName = "config.json";
    private const string ManifestName = "run.json";
    private const string TableName = "history.csv";
    private const string LinesName = "history.jsonl";

    private static readonly string[] Names = [ManifestName, ModelName, TableName, LinesName, ConfigName];

    private readonly string folder;
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
        if (Directory.EnumerateFileSystemEntries(folder).Any() && !Names.Any(name => File.Exists(Within(name))))
            throw Failure.Usage($"{option}: {folder} is no run folder (--force replaces only runs)");
    }

    /// <summary>Makes sure that the folder can be written, before work begins.</summary>
    public void Prepare(JsonObject resolvedOptions)
    {
        config = resolvedOptions;
        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        var trial = Within($".{Environment.ProcessId}.tmp");
        File.Create(trial).Dispose();
        File.Delete(trial);
        if (isNew)
            Directory.Delete(folder);
    }

    /// <summary>Adds the row of an epoch to the history.</summary>
    public void Append(EpochReport epoch)
    {
        Open();
        File.AppendAllText(Within(TableName), $"{History.Row(epoch)}\n");
        File.AppendAllText(Within(LinesName), $"{History.Line(epoch)}\n");
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
        OutputFile.Write(Within(ManifestName), Encoding.UTF8.GetBytes($"{Json.Text(manifest)}\n"));
    }

    private void Open()
    {
        if (isOpen)
            return;
        isOpen = true;
        Directory.CreateDirectory(folder);
        foreach (var name in Names)
            File.Delete(Within(name));
        OutputFile.Write(Within(ConfigName), Encoding.UTF8.GetBytes($"{Json.Text(config)}\n"));
        File.WriteAllText(Within(TableName), $"{History.Header}\n");
        File.WriteAllText(Within(LinesName), "");
    }

    private string Within(string name) => Path.Combine(folder, name);
}
