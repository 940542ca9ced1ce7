using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Whether the record of a run's end is what it has to be. A kill between the last checkpoint and the record leaves that of
/// an earlier stop, an interruption or a pause: it is there, in order for itself, and of another state.
/// </summary>
internal static class RunRecord
{
    /// <summary>What says when, on what and by whom: another record of the same end says it otherwise.</summary>
    private static readonly string[] Surroundings =
    [
        "program",
        "machine",
        "blas",
        "data",
        "started",
        "seconds",
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
        return now.Where(field => !Surroundings.Contains(field.Key))
                .All(field => record.ContainsKey(field.Key) && JsonNode.DeepEquals(record[field.Key], field.Value))
            && JsonNode.DeepEquals((record["data"] as JsonObject)?["sha256"], now["data"]!["sha256"]);
    }

    private static bool IsNumber(JsonNode? node, int number) =>
        node is JsonValue value && value.TryGetValue<int>(out var found) && found == number;
}
