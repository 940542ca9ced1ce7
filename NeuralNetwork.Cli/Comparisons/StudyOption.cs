using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>An option of the runs of a study: its words, and where its value comes from.</summary>
internal sealed record StudyOption(IReadOnlyList<string> Words, string From)
{
    public const string Given = "given";

    /// <summary>What a comparison says of its own accord where nobody gives another value.</summary>
    public const string Usual = "comparison";

    /// <summary>What differs between the variants of a comparison.</summary>
    public const string Compared = "compared";

    /// <summary>What a search has drawn for a trial.</summary>
    public const string Drawn = "drawn";

    public string Name => Words[0];

    /// <summary>The option with its value and origin, for people.</summary>
    public Origin Origin => new(Name, Words.Count == 1 ? "true" : string.Join(' ', Words.Skip(1)), From);

    /// <summary>The options of a preset that are not given, and those that are.</summary>
    public static IEnumerable<StudyOption> Of(
        Preset preset,
        string subject,
        IReadOnlyDictionary<string, string[]> given,
        IReadOnlySet<string> varied
    ) =>
        preset
            .Words(subject, name => varied.Contains(name) || given.ContainsKey(name))
            .Select(words => new StudyOption(words, $"preset {preset.Name}"))
            .Concat(
                given
                    .Where(one => one.Key != TrainingSettings.SeedName && !varied.Contains(one.Key))
                    .Select(one =>
                        one.Key == PresetSettings.Name
                            ? new StudyOption([one.Key, preset.OfRuns.Name], Given)
                            : new StudyOption(one.Value, Given)
                    )
            );

    /// <summary>
    /// The options of a run, its preset among them: a record of before trainings had one names it, and no option does.
    /// </summary>
    public static IEnumerable<StudyOption> Under(string preset, IReadOnlyList<StudyOption> options) =>
        preset == Preset.Auto.Name || options.Any(option => option.Name == PresetSettings.Name)
            ? options
            : options.Prepend(new([PresetSettings.Name, Preset.Parse(preset).ResultValue.OfRuns.Name], Given));

    /// <summary>The options there were, with those that are given now in place of what was said about them, or behind.</summary>
    public static IEnumerable<StudyOption> Over(
        IReadOnlyList<StudyOption> before,
        IEnumerable<KeyValuePair<string, string[]>> given
    )
    {
        var now = given.ToDictionary(one => one.Key, one => new StudyOption(one.Value, Given));
        return before
            .Select(option => now.GetValueOrDefault(option.Name, option))
            .Concat(now.Values.Where(option => before.All(one => one.Name != option.Name)));
    }

    public static JsonArray Documents(IEnumerable<StudyOption> options) => Json.Array(options, one => one.Document());

    /// <summary>The options in a record. Those of earlier versions are words alone, one after another.</summary>
    public static IEnumerable<StudyOption> In(RecordFile record, string field) =>
        record.Content[field] is JsonArray words && words.All(word => word is JsonValue)
            ? Split([.. words.Select(word => $"{word}")]).Select(option => new StudyOption(option, Given))
            : record.List(field, Read);

    private JsonObject Document() => new() { ["words"] = Json.Array(Words, word => (JsonNode)word), ["from"] = From };

    private static StudyOption? Read(JsonNode? node) =>
        node is JsonObject option
        && option["words"] is JsonArray { Count: > 0 } words
        && words.All(word => word is JsonValue)
        && option["from"] is JsonValue from
            ? new([.. words.Select(word => $"{word}")], $"{from}")
            : null;

    /// <summary>From the name of an option to that of the next one.</summary>
    private static IEnumerable<string[]> Split(string[] words)
    {
        int[] starts =
        [
            .. words.Index().Where(one => one.Item.StartsWith("--", StringComparison.Ordinal)).Select(one => one.Index),
        ];
        return starts.Zip([.. starts.Skip(1), words.Length], (start, end) => words[start..end]);
    }
}
