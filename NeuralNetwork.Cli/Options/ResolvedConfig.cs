using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Options;

/// <summary>What the config.json of a run says beside its options: what they came to, and where their values come from.</summary>
internal static class ResolvedConfig
{
    /// <summary>
    /// What options came to: network, training, the source of each value that was said, and the index of the first feature where
    /// the data were of LIBSVM.
    /// </summary>
    public static JsonObject Document(Network network, Training training, TrainingSpec spec, int? firstIndex)
    {
        var document = new JsonObject
        {
            ["network"] = JsonNode.Parse(Description.network(network)),
            ["training"] = JsonNode.Parse(Description.training(training)),
            [ConfigFile.OriginsField] = new JsonObject(
                SpecOptions
                    .All.Select(option => (option.Field, spec.Sources.GetValueOrDefault(option.Name)?.First))
                    .Where(origin => origin.First is not null)
                    .Select(origin => KeyValuePair.Create(origin.Field, (JsonNode?)origin.First))
            ),
        };
        if (firstIndex is { } first)
            document[OptionName.FieldOf(OptionName.IndexBase)] = first;
        return document;
    }

    /// <summary>The fields of a run's config.json that a preset said.</summary>
    public static IEnumerable<string> ChosenByPreset(JsonObject config) =>
        config[ConfigFile.ResolvedField]?[ConfigFile.OriginsField] is JsonObject origins
            ? origins
                .Where(one => $"{one.Value}".StartsWith(Preset.SourceWord, StringComparison.Ordinal))
                .Select(one => one.Key)
            : [];

    /// <summary>Where the values of a run come from, by their fields; null where nothing says it.</summary>
    public static IReadOnlyDictionary<string, string>? OriginsIn(JsonElement root) =>
        root.TryGetProperty(ConfigFile.ResolvedField, out var resolved)
        && resolved.ValueKind == JsonValueKind.Object
        && resolved.TryGetProperty(ConfigFile.OriginsField, out var origins)
        && origins.ValueKind == JsonValueKind.Object
            ? origins.EnumerateObject().ToDictionary(one => one.Name, one => $"{one.Value}")
            : null;

    /// <summary>The network that the run of a config.json came to; null where it is of no run.</summary>
    public static Network? NetworkOf(string path)
    {
        if (
            !ConfigJson.Parse(path).TryGetProperty(ConfigFile.ResolvedField, out var resolved)
            || !resolved.TryGetProperty("network", out var network)
        )
            return null;
        var outcome = Description.tryNetwork(network.GetRawText());
        return outcome.IsOk
            ? outcome.ResultValue
            : throw ConfigJson.Refuse(path, $"{ConfigFile.ResolvedField}.network", outcome.ErrorValue.ToString());
    }

    /// <summary>The index of the first feature in the LIBSVM file of a run; null where its data were of another kind.</summary>
    public static int? FirstIndexOf(string path) =>
        ConfigJson.Parse(path) is { ValueKind: JsonValueKind.Object } root
        && root.TryGetProperty(ConfigFile.ResolvedField, out var resolved)
        && resolved.ValueKind == JsonValueKind.Object
        && resolved.TryGetProperty(OptionName.FieldOf(OptionName.IndexBase), out var index)
        && index.ValueKind == JsonValueKind.Number
        && index.TryGetInt32(out var first)
            ? first
            : null;

    /// <summary>What the options of a run came to; null where nothing says it.</summary>
    public static JsonElement? Of(string path) =>
        ConfigJson.Parse(path) is { ValueKind: JsonValueKind.Object } root
        && root.TryGetProperty(ConfigFile.ResolvedField, out var resolved)
            ? resolved
            : null;

    /// <summary>Whether a file is the config.json of a run: those of other programs may be called the same.</summary>
    public static Mark MarkOf(string path)
    {
        try
        {
            var root = ConfigJson.Parse(path);
            return
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty(ConfigFile.SchemaField, out var schema)
                && schema.ValueKind == JsonValueKind.Number
                && root.TryGetProperty(ConfigFile.DataField, out var data)
                && data.ValueKind == JsonValueKind.String
                ? Mark.Ours
                : Mark.Another;
        }
        catch (Failure)
        {
            return Mark.None;
        }
    }
}

/// <summary>What a file says of who wrote it.</summary>
internal enum Mark
{
    /// <summary>Not there, or damaged beyond telling.</summary>
    None,
    Ours,
    Another,
}

/// <summary>How the folder of a run is told from others, which may well have files of the same names.</summary>
internal static class RunMarks
{
    // The length of the header comes first; then a file of this program has a checksum before anything else.
    private const int Before = 8;

    private static ReadOnlySpan<byte> Opening => "{\"__metadata__\":{\"sha256\":\""u8;

    /// <summary>Whether a folder has a file that only a run has, and none under a run's name of another program.</summary>
    public static bool AreIn(string folder)
    {
        Mark[] marks =
        [
            ResolvedConfig.MarkOf(Path.Combine(folder, RunFiles.Config)),
            OfTensors(Path.Combine(folder, RunFiles.Checkpoint)),
            OfTensors(Path.Combine(folder, RunFiles.Model)),
        ];
        return marks.Contains(Mark.Ours) && !marks.Contains(Mark.Another);
    }

    /// <summary>Refuses a place that is something else than a run, or one that may not be replaced.</summary>
    public static void CheckPlace(string option, string folder, bool force, bool mayBeBusy = false)
    {
        if (!OutputFile.IsFolderInUse(option, folder, mayBeBusy))
            return;
        if (!AreIn(folder))
            throw Failure.Usage(
                option,
                force
                    ? $"{folder} is no run folder (--force replaces only runs)"
                    : $"{folder} exists and is no run folder (must be new or empty)"
            );
        if (!force)
            throw Failure.Usage(option, $"{folder} exists (--force replaces the run in it)");
    }

    private static Mark OfTensors(string path)
    {
        if (!File.Exists(path))
            return Mark.None;
        try
        {
            return OutputFile.IsRegular(path) ? OfFile(path) : Mark.Another;
        }
        catch (IOException)
        {
            return Mark.None; // a link that leads nowhere
        }
    }

    private static Mark OfFile(string path)
    {
        var bytes = new byte[Before + Opening.Length];
        using var stream = File.OpenRead(path);
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var head = bytes.AsSpan(Math.Min(Before, length)..length);
        return head.SequenceEqual(Opening) ? Mark.Ours
            : head is [(byte)'{', ..] ? Mark.Another
            : Mark.None;
    }
}

/// <summary>An option as a run had it: its name, its value in words, and where that comes from.</summary>
internal sealed record Origin(string Name, string Value, string From)
{
    /// <summary>Whether nobody asked for another value than the usual one.</summary>
    public bool IsDefault => From == ValueSource.Default.From;

    /// <summary>Whether it is there or not, and has no other value.</summary>
    public bool IsFlag { get; init; }

    /// <summary>What one types for it.</summary>
    public IReadOnlyList<string> Words => IsFlag ? [Name] : [Name, Value];

    /// <summary>The options that have a value, as a configuration names them.</summary>
    public static IReadOnlyList<Origin> All(TrainingSpec spec) =>
        [
            .. SpecOptions
                .All.Select(option => (Option: option, Value: ConfigValue.Shown(option, spec)))
                .Where(one => one.Value is not null)
                .Select(one => new Origin(
                    one.Option.Name,
                    one.Value!,
                    spec.Sources.GetValueOrDefault(one.Option.Name, ValueSource.Default).From
                )
                {
                    IsFlag = one.Option.IsFlag,
                }),
        ];
}
