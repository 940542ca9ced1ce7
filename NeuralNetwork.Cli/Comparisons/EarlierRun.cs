using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What an earlier, interrupted study has left in the folder of a run.</summary>
internal static class EarlierRun
{
    /// <summary>
    /// The outcome of a run, as far as its folder tells; null where it has none yet. A failure where it was another run.
    /// </summary>
    public static RunOutcome? Of(PlannedRun run)
    {
        var config = Path.Combine(run.Order.Out, RunFolder.ConfigName);
        if (!File.Exists(config))
            return null;
        Check(run, RecordFile.Open(config).Content);
        return RunOutcome.Read(run, DateTimeOffset.MinValue);
    }

    /// <summary>Whether a run has saved where it stands.</summary>
    public static bool HasCheckpoint(PlannedRun run) =>
        File.Exists(Path.Combine(run.Order.Out, RunFolder.ConfigName))
        && File.Exists(Path.Combine(run.Order.Out, RunFolder.CheckpointName));

    /// <summary>Whether it has stopped before the epoch that it is now to get to.</summary>
    public static bool IsShort(PlannedRun run, RunOutcome outcome) =>
        outcome.IsPaused && outcome.Epochs.Count < (run.Order.Until ?? int.MaxValue);

    /// <summary>A usage failure, for what is in a place, where two configurations are not those of the same run.</summary>
    public static void CheckSame(string place, JsonObject before, JsonObject now)
    {
        var changed = now.Select(one => one.Key)
            .Union(before.Select(one => one.Key))
            .Where(name => !Circumstances.WithoutEffect.Contains(name))
            .FirstOrDefault(name => Text(now[name]) != Text(before[name]));
        if (changed is not null)
            throw Changed(place, changed, Text(before[changed]), Text(now[changed]));
    }

    /// <summary>The failure of what is not to go on as it began.</summary>
    public static Failure Changed(string place, string name, string before, string now) =>
        Failure.Usage(
            $"{place}: {name}: {before} before, {now} now (--resume goes on with the same options; --force begins again)"
        );

    private static void Check(PlannedRun run, JsonObject before)
    {
        before.Remove(ConfigFile.ResolvedField);
        CheckSame(run.Order.Out, before, run.Order.Config);
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "none";
}
