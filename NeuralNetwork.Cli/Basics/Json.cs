using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli.Basics;

/// <summary>JSON for people and programs: indented, numbers that read back as they were, null for what is not there.</summary>
internal static class Json
{
    /// <summary>The version of every document this program writes.</summary>
    public const int Schema = 1;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // The same bytes on every system.
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(JsonNode node) => node.ToJsonString(Indented);

    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    public static JsonObject Score(Score score) =>
        new()
        {
            ["loss"] = Number(score.Loss),
            ["accuracy"] = Number(score.Accuracy),
            ["r2"] = Number(score.R2),
            ["rmse"] = Number(score.RMSE),
        };

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];
}
