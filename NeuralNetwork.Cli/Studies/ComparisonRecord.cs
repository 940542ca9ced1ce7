using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What a comparison was asked for, as its folder remembers it.</summary>
/// <param name="What">The name of the subject.</param>
/// <param name="Data">The data, as the user named them.</param>
/// <param name="Preset">The name of the preset.</param>
/// <param name="Values">What is compared, as the user named it.</param>
/// <param name="Seeds">One after another.</param>
/// <param name="Options">The options that all variants share.</param>
/// <param name="Strengths">What the user gave for options that only some variants have.</param>
internal sealed record ComparisonRecord(
    string What,
    string Data,
    string Preset,
    IReadOnlyList<string> Values,
    IReadOnlyList<ulong> Seeds,
    IReadOnlyList<StudyOption> Options,
    IReadOnlyList<StudyOption> Strengths
)
{
    /// <summary>What a comparison is called among the kinds of studies.</summary>
    public const string Kind = "comparison";

    /// <summary>The option that says what is compared.</summary>
    public const string ValuesName = "--values";

    private const string ValuesField = "variants";
    private const string SeedsField = "seeds";
    private const string OptionsField = "options";
    private const string StrengthsField = "strengths";

    /// <summary>What the folder of a comparison that goes on remembers; null where one begins.</summary>
    public static ComparisonRecord? In(StudyFolder folder) =>
        folder.Existing == Existing.Resume && folder.Record is { } record ? Of(record) : null;

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["what"] = What,
            ["data"] = Data,
            ["preset"] = Preset,
            [ValuesField] = Json.Array(Values, value => (JsonNode)value),
            [SeedsField] = Json.Array(Seeds, seed => (JsonNode)seed),
            [OptionsField] = StudyOption.Documents(Options),
            [StrengthsField] = StudyOption.Documents(Strengths),
        };

    /// <summary>
    /// The same with more values and seeds, and with these options in place of what was said about them. None that were there go.
    /// </summary>
    public ComparisonRecord With(IEnumerable<string> values, int seeds, IReadOnlyList<OptionValue> given)
    {
        var varied = Subject.Find(What).Varied.ToHashSet();
        return this with
        {
            Values = [.. Values.Union(values)],
            Seeds = [.. SeedsFrom(Seeds[0], Math.Max(seeds, Seeds.Count))],
            Options = [.. StudyOption.Over(Options, given.Where(one => !varied.Contains(one.Name)))],
            Strengths = [.. StudyOption.Over(Strengths, given.Where(one => varied.Contains(one.Name)))],
        };
    }

    public static IEnumerable<ulong> SeedsFrom(ulong first, int count) =>
        Enumerable.Range(0, count).Select(place => first + (ulong)place);

    /// <summary>Every run, variant by variant and seed by seed.</summary>
    public IEnumerable<PlannedRun> Runs(StudyFolder folder) =>
        Variants().SelectMany(variant => Seeds.Select(seed => Plan(variant, seed, folder)));

    /// <summary>The run of each variant from the first seed.</summary>
    public IEnumerable<PlannedRun> FirstRuns(StudyFolder folder) =>
        Variants().Select(variant => Plan(variant, Seeds[0], folder));

    private Variant[] Variants()
    {
        var subject = Subject.Find(What);
        var strengths = Strengths.ToDictionary(option => option.Name);
        var variants = Values.Select(value => subject.Variant(value, strengths)).ToArray();
        return Duplicates.In(variants.Select(variant => variant.Folder)) is { } twice
            ? throw Failure.Usage(ValuesName, $"{twice}: given twice")
            : variants;
    }

    private PlannedRun Plan(Variant variant, ulong seed, StudyFolder folder)
    {
        var place = folder.Within(seed == Seeds[0] ? variant.Folder : $"{variant.Folder}-seed-{seed}");
        // A variant's own rate wins over that of all.
        var own = variant.Options.Select(option => option.Name).ToHashSet();
        var shared = StudyOption.Under(Preset, Options).Where(option => !own.Contains(option.Name));
        return PlannedRun.Of(variant, seed, Data, shared, place, folder.Existing);
    }

    private static ComparisonRecord Of(RecordFile record)
    {
        ulong[] seeds = [.. record.List(SeedsField, seed => Number(seed)).Select(seed => seed!.Value)];
        return new(
            record.Value<string>("what"),
            record.Value<string>("data"),
            record.Value<string>("preset"),
            [.. record.List(ValuesField, value => value is JsonValue ? $"{value}" : null)],
            seeds.Length > 0 ? seeds : throw record.Refuse(SeedsField),
            [.. StudyOption.In(record, OptionsField)],
            record.Content.ContainsKey(StrengthsField) ? [.. StudyOption.In(record, StrengthsField)] : []
        );
    }

    private static ulong? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<ulong>(out var number) ? number : null;
}

/// <summary>What the user asked to compare. Every run is known, and its options are checked, before the first begins.</summary>
/// <param name="Subject">What is compared.</param>
/// <param name="Runs">Variant by variant, seed by seed.</param>
/// <param name="Record">What was asked for, for the folder.</param>
/// <param name="Plot">Where to draw the curves besides.</param>
internal sealed record ComparisonOrder(
    Subject Subject,
    StudyFolder Folder,
    IReadOnlyList<PlannedRun> Runs,
    ComparisonRecord Record,
    string? Plot
);
