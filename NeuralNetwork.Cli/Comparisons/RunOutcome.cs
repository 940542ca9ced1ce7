using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What a run of a comparison came to.</summary>
internal enum RunStatus
{
    Finished,

    /// <summary>The loss left the finite numbers. Epochs before that have their results.</summary>
    Diverged,

    /// <summary>It could not be trained at all.</summary>
    Failed,
}

/// <summary>A finished epoch, by the names of the history's columns.</summary>
internal sealed record EpochRow(IReadOnlyDictionary<string, double> Values)
{
    /// <summary>A number of the row; NaN where there is none.</summary>
    public double this[string column] => Values.GetValueOrDefault(column, double.NaN);
}

/// <summary>What a run of a comparison came to, as its folder tells.</summary>
/// <param name="Reason">Why it did not finish; empty where it did.</param>
/// <param name="Results">The results in the run's manifest: scores of the best model.</param>
internal sealed record RunOutcome(
    string Variant,
    ulong Seed,
    RunStatus Status,
    string Reason,
    IReadOnlyList<EpochRow> Epochs,
    JsonObject Results
)
{
    public double Seconds => Epochs.Sum(epoch => epoch["seconds"]);

    /// <summary>A score of the best model: "test", "accuracy"; NaN where there is none.</summary>
    public double Score(string part, string measure) => Number(Results[part]?[measure]);

    /// <summary>A run of which nothing was saved.</summary>
    public static RunOutcome Without(PlannedRun run, RunStatus status, string reason) =>
        new(run.Variant.Name, run.Seed, status, reason, [], []);

    /// <summary>The outcome in a run's folder; null where it has not come to its end, or began before a time.</summary>
    public static RunOutcome? Read(PlannedRun run, DateTimeOffset since)
    {
        var manifest = Path.Combine(run.Order.Out, RunFolder.ManifestName);
        if (!File.Exists(manifest))
            return null;
        var record = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        if ((bool)record["interrupted"]! || (DateTimeOffset)record["started"]! < since)
            return null;
        var at = record["diverged"];
        return new(
            run.Variant.Name,
            run.Seed,
            at is null ? RunStatus.Finished : RunStatus.Diverged,
            at is null ? "" : $"epoch {at["epoch"]} step {at["step"]}: {at["cause"]}",
            [.. File.ReadLines(Path.Combine(run.Order.Out, RunFolder.LinesName)).Select(Row)],
            record["results"]!.AsObject()
        );
    }

    private static EpochRow Row(string line) =>
        new(JsonNode.Parse(line)!.AsObject().ToDictionary(cell => cell.Key, cell => Number(cell.Value)));

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;
}
