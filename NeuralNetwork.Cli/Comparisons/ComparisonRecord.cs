using System.Text.Json;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What a comparison was asked for, as its folder remembers it.</summary>
/// <param name="What">The name of the subject.</param>
/// <param name="Data">The data, as the user named them.</param>
/// <param name="Preset">The name of the preset.</param>
/// <param name="Values">What is compared, as the user named it.</param>
/// <param name="Seeds">One after another.</param>
/// <param name="Options">The words of each option that all variants share.</param>
/// <param name="Strengths">The words that the user gave for options that only some variants have.</param>
internal sealed record ComparisonRecord(
    string What,
    string Data,
    string Preset,
    IReadOnlyList<string> Values,
    IReadOnlyList<ulong> Seeds,
    IReadOnlyList<string[]> Options,
    IReadOnlyList<string[]> Strengths
)
{
    /// <summary>What a comparison is called among the kinds of studies.</summary>
    public const string Kind = "comparison";

    private const string StrengthsField = "strengths";

    /// <summary>What the folder of a comparison that goes on remembers; null where one begins.</summary>
    public static ComparisonRecord? In(StudyFolder folder)
    {
        var path = folder.Within($"{Kind}.json");
        if (folder.Existing != Existing.Resume || !File.Exists(path))
            return null;
        try
        {
            return Of(JsonNode.Parse(File.ReadAllText(path))!.AsObject());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw Failure.BadInput($"{path}: not what a comparison writes (--force begins it again)");
        }
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["what"] = What,
            ["data"] = Data,
            ["preset"] = Preset,
            ["variants"] = Json.Array(Values, value => (JsonNode)value),
            ["seeds"] = Json.Array(Seeds, seed => (JsonNode)seed),
            ["options"] = Json.Array(Options.SelectMany(option => option), word => (JsonNode)word),
            [StrengthsField] = Json.Array(Strengths.SelectMany(option => option), word => (JsonNode)word),
        };

    /// <summary>The words of each option in the record of a comparison, those that only some variants have behind the others.</summary>
    public static IEnumerable<string[]> Said(JsonObject record) =>
        Split(record["options"]).Concat(Split(record[StrengthsField]));

    /// <summary>The words of each shared option in the record of a comparison, from its name to the next one's.</summary>
    public static IEnumerable<string[]> Shared(JsonObject record) => Split(record["options"]);

    /// <summary>
    /// The same with more values and seeds, and with these options in place of what was said about them. None that were there go.
    /// </summary>
    public ComparisonRecord With(IEnumerable<string> values, int seeds, IReadOnlyDictionary<string, string[]> given)
    {
        var varied = Subject.Find(What).Varied.ToHashSet();
        return this with
        {
            Values = [.. Values.Union(values)],
            Seeds = [.. SeedsFrom(Seeds[0], Math.Max(seeds, Seeds.Count))],
            Options = [.. Over(Options, given.Where(one => !varied.Contains(one.Key)))],
            Strengths = [.. Over(Strengths, given.Where(one => varied.Contains(one.Key)))],
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
        var strengths = Strengths.ToDictionary(option => option[0]);
        var variants = Values.Select(value => subject.Variant(value, strengths)).ToArray();
        var twice = variants.GroupBy(variant => variant.Folder).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? variants : throw Failure.Usage($"--values: {twice.Key}: given twice");
    }

    private PlannedRun Plan(Variant variant, ulong seed, StudyFolder folder)
    {
        var place = folder.Within(seed == Seeds[0] ? variant.Folder : $"{variant.Folder}-seed-{seed}");
        // A variant's own rate wins over that of all.
        var shared = Options.Where(option => !variant.Words.Contains(option[0])).SelectMany(option => option);
        return PlannedRun.Of(variant, seed, Data, shared, place, folder.Existing);
    }

    private static ComparisonRecord Of(JsonObject record) =>
        new(
            $"{record["what"]}",
            $"{record["data"]}",
            $"{record["preset"]}",
            [.. record["variants"]!.AsArray().Select(value => $"{value}")],
            [.. record["seeds"]!.AsArray().Select(seed => (ulong)seed!)],
            [.. Split(record["options"])],
            [.. Split(record[StrengthsField])]
        );

    private static IEnumerable<string[]> Over(
        IReadOnlyList<string[]> before,
        IEnumerable<KeyValuePair<string, string[]>> given
    )
    {
        var now = given.ToDictionary();
        return before
            .Select(option => now.GetValueOrDefault(option[0], option))
            .Concat(now.Values.Where(option => before.All(one => one[0] != option[0])));
    }

    private static IEnumerable<string[]> Split(JsonNode? list)
    {
        string[] words = [.. (list?.AsArray() ?? []).Select(word => $"{word}")];
        int[] starts =
        [
            .. words.Index().Where(one => one.Item.StartsWith("--", StringComparison.Ordinal)).Select(one => one.Index),
        ];
        return starts.Zip([.. starts.Skip(1), words.Length], (start, end) => words[start..end]);
    }
}
