using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

/// <summary>An option of the runs of a study: its value, and where that comes from.</summary>
internal sealed record StudyOption(OptionValue Value, string From)
{
    /// <summary>What a comparison says of its own accord where nobody gives another value.</summary>
    public const string Usual = "comparison";

    /// <summary>What differs between the variants of a comparison.</summary>
    public const string Compared = "compared";

    /// <summary>What a search has drawn for a trial.</summary>
    public const string Drawn = "drawn";

    public string Name => Value.Name;

    /// <summary>What one types for it.</summary>
    public IReadOnlyList<string> Words => Value.Words;

    /// <summary>The option with its value and origin, for people.</summary>
    public Origin Origin => new(Name, Value.Text, From);

    /// <summary>A spec with the value in it.</summary>
    public TrainingSpec In(TrainingSpec spec) => Value.In(spec, new ValueSource(From));

    /// <summary>An option that a user gave a value.</summary>
    public static StudyOption Given(OptionValue value) => new(value, ValueSource.Given.From);

    /// <summary>The options of a preset that are not given, and those that are.</summary>
    public static IEnumerable<StudyOption> Of(
        Preset preset,
        string subject,
        IReadOnlyDictionary<string, OptionValue> given,
        IReadOnlySet<string> varied
    ) =>
        preset
            .For(subject, name => varied.Contains(name) || given.ContainsKey(name))
            .Select(value => new StudyOption(value, $"{Preset.SourceWord}{preset.Name}"))
            .Concat(
                given
                    .Values.Where(one => one.Name != OptionName.Seed && !varied.Contains(one.Name))
                    .Select(one => Given(one.Name == OptionName.Preset ? OfRuns(preset) : one))
            );

    /// <summary>
    /// The options of a run, its preset among them: a record of before trainings had one names it, and no option does.
    /// </summary>
    public static IEnumerable<StudyOption> Under(string preset, IReadOnlyList<StudyOption> options) =>
        preset == Preset.NameOf(PresetName.Auto) || options.Any(option => option.Name == OptionName.Preset)
            ? options
            : options.Prepend(Given(OfRuns(Preset.Named(preset))));

    /// <summary>The options there were, with those that are given now in place of what was said about them, or behind.</summary>
    public static IEnumerable<StudyOption> Over(IReadOnlyList<StudyOption> before, IEnumerable<OptionValue> given)
    {
        var now = given.ToDictionary(one => one.Name, Given);
        return before
            .Select(option => now.GetValueOrDefault(option.Name, option))
            .Concat(now.Values.Where(option => before.All(one => one.Name != option.Name)));
    }

    private static OptionValue OfRuns(Preset preset) => PresetSettings.Name.To(preset.OfRuns);

    public static JsonArray Documents(IEnumerable<StudyOption> options) => Json.Array(options, one => one.Document());

    /// <summary>The options in a record. Those of earlier versions are words alone, one after another.</summary>
    public static IEnumerable<StudyOption> In(RecordFile record, string field) =>
        record.Content[field] is JsonArray words && words.All(word => word is JsonValue)
            ? Split([.. words.Select(word => $"{word}")])
                .Select(option => Given(Read(option) ?? throw record.Refuse(field)))
            : record.List(field, Read);

    private JsonObject Document() => new() { ["words"] = Json.Array(Words, word => (JsonNode)word), ["from"] = From };

    private static StudyOption? Read(JsonNode? node) =>
        node is JsonObject option
        && option["words"] is JsonArray { Count: > 0 } words
        && words.All(word => word is JsonValue)
        && option["from"] is JsonValue from
        && Read([.. words.Select(word => $"{word}")]) is { } value
            ? new(value, $"{from}")
            : null;

    private static OptionValue? Read(string[] words) =>
        SpecOptions.Find(words[0])?.Value(words.Length == 1 ? Write.Flag(true) : string.Join(' ', words[1..]));

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

/// <summary>
/// What was in the files that the runs of a study have read, whichever process trained them: the same for all, or their
/// results are not to be compared.
/// </summary>
internal sealed class StudyData
{
    // Two files to validate with may be called the same: the runs that vary them know where they are.
    private readonly Dictionary<(string? Place, string Name), (string Hash, string Run)> files = [];

    /// <summary>Adds what a run has read. A failure where another run found something else in the same file.</summary>
    public void Add(PlannedRun run, IEnumerable<KeyValuePair<string, string>> fingerprints)
    {
        foreach (var (name, hash) in fingerprints)
        {
            var file = (PlaceOf(run, name), name);
            if (!files.TryAdd(file, (hash, run.Order.Out)) && files[file] is var first && first.Hash != hash)
                throw Failure.BadInput(
                    $"{name}: sha256: {hash[..8]}… for {run.Order.Out}, {first.Hash[..8]}… for {first.Run} "
                        + "(the runs of a study read the same data; --force begins it again)"
                );
        }
    }

    private static string? PlaceOf(PlannedRun run, string name) =>
        name.StartsWith($"{TrainingData.ValidationRole} ", StringComparison.Ordinal)
            ? run.Order.Spec.Fit.Validation.Path
        : name.StartsWith($"{TrainingData.TestRole} ", StringComparison.Ordinal) ? run.Order.Spec.Data.TestPath
        : null;
}
