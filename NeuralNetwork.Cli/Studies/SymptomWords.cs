using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What was measured on a network that cannot tell rows apart, in words: few for a table, more below it.</summary>
internal static class SymptomWords
{
    private static readonly (string Field, string Word, Func<string, string> Sentence)[] All =
    [
        ("constant_outputs", "constant outputs", _ => "every row gets the same output"),
        (
            "alike_units",
            "units alike",
            layers =>
                $"{layers}: all units are alike, so each gets the gradient of the others, and the layer stays one unit wide"
        ),
        ("zero_gradient", "no gradient", layers => $"{layers}: the gradient is 0, so the weights stay what they are"),
    ];

    /// <summary>The symptoms in the results of a run, a word or two for each.</summary>
    public static IEnumerable<string> Short(JsonObject results) => Shown(results).Select(one => one.Word);

    /// <summary>What a table says of a run behind its scores: its symptoms, or that it did not come to its end.</summary>
    public static IEnumerable<string> Remarks(RunOutcome run) =>
        run.Status == RunStatus.Finished ? Short(run.Results) : [run.StatusWord];

    /// <summary>The symptoms in the results of a run as a sentence; null where there are none.</summary>
    public static string? Long(JsonObject results)
    {
        var sentences = Shown(results).Select(one => one.Sentence(Layers(results["symptoms"]![one.Field]!))).ToArray();
        return sentences.Length == 0 ? null : string.Join("; ", sentences);
    }

    /// <summary>A failure where the symptoms in the record of a run are not as they were written.</summary>
    public static void Check(RecordFile symptoms)
    {
        foreach (var (field, _, _) in All)
            if (symptoms.Content[field] is not (null or JsonArray))
                symptoms.Value<bool>(field);
    }

    private static IEnumerable<(string Field, string Word, Func<string, string> Sentence)> Shown(JsonObject results) =>
        All.Where(one => IsSet(results["symptoms"]?[one.Field]));

    private static bool IsSet(JsonNode? found) =>
        found switch
        {
            null => false,
            JsonArray layers => layers.Count > 0,
            _ => (bool)found,
        };

    private static string Layers(JsonNode found) =>
        found is not JsonArray layers ? ""
        : layers.Count == 1 ? $"layer {layers[0]}"
        : $"layers {string.Join(", ", layers)}";
}
