using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Whether the files of a run belong together, each of them in order for itself. A run that has come to an end has to be
/// complete. One that was killed may have saved a better model and not yet its checkpoint: a warning, since resuming puts
/// it right.
/// </summary>
internal sealed class RunCheck(string run, Screen screen)
{
    private string At(string name) => Path.Combine(run, name);

    private bool HasEnded => File.Exists(At(RunFiles.Manifest));

    /// <summary>A failure, or warnings, for what is missing or does not belong to the rest.</summary>
    public void Check(IReadOnlyList<ModelBytes> files)
    {
        var model = files.FirstOrDefault(file => Path.GetFileName(file.Path) == RunFiles.Model);
        var checkpoint = files.FirstOrDefault(file => Path.GetFileName(file.Path) == RunFiles.Checkpoint);
        if (File.Exists(At(RunFiles.Config)))
            ConfigFile.Open(At(RunFiles.Config));
        else
            Report(RunFiles.Config, "missing (without it the run cannot be resumed)");
        if (checkpoint is null)
            Report(RunFiles.Checkpoint, "missing (without it the run begins again)");
        else
            Check(checkpoint, model);
    }

    private void Check(ModelBytes checkpoint, ModelBytes? model)
    {
        var read = AnyCheckpoint.Read(checkpoint.Bytes).ResultValue;
        var other = model is null ? null : ModelFile.read(model.Bytes).ResultValue;
        switch (read)
        {
            case AnyCheckpoint.Single single:
                Check(single.Item.State, model is not null, (other as AnyModel.Single)?.Item);
                break;
            case AnyCheckpoint.Double twice:
                Check(twice.Item.State, model is not null, (other as AnyModel.Double)?.Item);
                break;
        }
    }

    private void Check<T>(FitState<T> state, bool isThere, Model<T>? model)
        where T : struct
    {
        if (!isThere && state.BestEpoch > 0)
            Report(RunFiles.Model, $"missing (nn resume writes the best model, that of epoch {state.BestEpoch})");
        if (!isThere)
            return;
        if (model is null || !model.Network.Equals(state.Model.Network))
            throw Failure.BadInput($"{At(RunFiles.Model)}: network: another one than that of the checkpoint");
        if (state.BestEpoch == 0 || !IsSame(model, state.Best))
            Report(RunFiles.Model, "not the best model of the checkpoint (nn resume writes that)");
        // Resuming puts this right, and while a run goes on it is so: never a failure.
        var record = RunRecord.At(At(RunFiles.Manifest));
        if (HasEnded && (record is null || !RunRecord.IsOf(record.Content, state)))
            screen.Warn($"{At(RunFiles.Manifest)}: not the record of the checkpoint (nn resume writes it again)");
    }

    private void Report(string name, string found)
    {
        var line = $"{At(name)}: {found}";
        if (HasEnded)
            throw Failure.BadInput(line);
        screen.Warn(line);
    }

    private static bool IsSame<T>(Model<T> left, Model<T> right)
        where T : struct =>
        IsSame(left.Parameters.Values, right.Parameters.Values)
        && IsSame(left.Parameters.Statistics, right.Parameters.Statistics)
        && left.Coverage.Equals(right.Coverage)
        && IsSame(left.Margins, right.Margins)
        && left.Threshold.Equals(right.Threshold);

    private static bool IsSame<T>(T[] left, T[] right)
        where T : struct => MemoryMarshal.AsBytes<T>(left).SequenceEqual(MemoryMarshal.AsBytes<T>(right));
}

/// <summary>
/// Whether the record of a run's end is what it has to be. A kill between the last checkpoint and the record leaves that of
/// an earlier stop, an interruption or a pause: it is there, in order for itself, and of another state.
/// </summary>
internal static class RunRecord
{
    /// <summary>What says when, on what and by whom: another record of the same end says it otherwise.</summary>
    private static readonly string[] Incidental =
    [
        "program",
        "machine",
        "blas",
        "data",
        "started",
        "seconds",
        "ranks",
        "resumed",
    ];

    /// <summary>The record at a path; null where there is none, or it is not as it was written.</summary>
    public static RecordFile? At(string path)
    {
        try
        {
            return File.Exists(path) ? RecordFile.Open(path) : null;
        }
        catch (RecordFailure)
        {
            return null;
        }
    }

    /// <summary>Whether a record was written where a state stands. After a divergence the state is that before it.</summary>
    public static bool IsOf<T>(JsonObject record, FitState<T> state) =>
        record["results"] is JsonObject results
        && IsNumber(results["epochs"], state.History.Length)
        && (record["diverged"] is not null || IsNumber(results["steps"], state.Step))
        && (state.BestEpoch > 0 ? IsNumber(results["best_epoch"], state.BestEpoch) : results["best_epoch"] is null);

    /// <summary>Whether it is that of an end, or of a pause, and not of an interruption.</summary>
    public static bool IsOfEnd(JsonObject record) =>
        record["interrupted"] is JsonValue value && value.TryGetValue<bool>(out var interrupted) && !interrupted;

    /// <summary>Whether a record says of a run what another one does, on data of the same content.</summary>
    public static bool IsAs(JsonObject record, JsonObject other)
    {
        // In one form: numbers that were read are kept as text.
        var now = (JsonObject)JsonNode.Parse(Json.Text(other))!;
        return now.Where(field => !Incidental.Contains(field.Key))
                .All(field => record.ContainsKey(field.Key) && JsonNode.DeepEquals(record[field.Key], field.Value))
            && JsonNode.DeepEquals((record["data"] as JsonObject)?["sha256"], now["data"]!["sha256"]);
    }

    private static bool IsNumber(JsonNode? node, int number) =>
        node is JsonValue value && value.TryGetValue<int>(out var found) && found == number;
}

/// <summary>Takes runs away, and leaves files of others alone.</summary>
internal static class RunRemoval
{
    /// <summary>
    /// Removes the run in a folder, if there is one, and the folder if there is nothing else in it. Of a link to a folder only
    /// the link.
    /// </summary>
    public static void Remove(string folder)
    {
        if (OwnFile.IsLink(folder))
        {
            RemoveFile(folder);
            return;
        }
        if (!Directory.Exists(folder) || !RunMarks.AreIn(folder))
            return;
        FolderLock.CheckFree(folder);
        RemoveFolds(folder);
        // The options go last: as long as they are there, this is known to be a run.
        foreach (var path in RunFolder.Names.Append(RunFiles.Config).Select(name => Path.Combine(folder, name)))
            RemoveFile(path);
        LeftOver.Sweep(folder);
        Durable.DiscardFolder(folder);
    }

    /// <summary>Removes what lies in the folder of a run of its folds.</summary>
    public static void RemoveFolds(string folder)
    {
        RemoveFile(Path.Combine(folder, RunFiles.OutOfFold));
        var folds = Path.Combine(folder, RunFiles.Folds);
        if (OwnFile.IsLink(folds) || !Directory.Exists(folds))
            return;
        foreach (var fold in Directory.GetDirectories(folds))
            Remove(fold);
        Durable.DiscardFolder(folds);
    }

    /// <summary>Removes a file, or a link and not what it leads to.</summary>
    public static void RemoveFile(string path) => Durable.Step(path, "remove", () => OwnFile.Remove(path));
}
