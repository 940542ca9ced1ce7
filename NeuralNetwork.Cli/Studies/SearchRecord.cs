using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What a search was asked for, as its folder remembers it: all that its trials follow from.</summary>
/// <param name="Data">The data, as the user named them.</param>
/// <param name="Preset">The name of the preset.</param>
/// <param name="Count">The number of trials.</param>
/// <param name="Seed">What is drawn is drawn from it, and every trial is trained from it.</param>
/// <param name="Sampler">How the values of a trial are chosen.</param>
/// <param name="Rate">Of so many trials one goes on at each rung; null where all go all the way.</param>
/// <param name="Variations">The options that are drawn.</param>
/// <param name="Options">The options that all trials share.</param>
internal sealed record SearchRecord(
    string Data,
    string Preset,
    int Count,
    ulong Seed,
    Sampler Sampler,
    int? Rate,
    IReadOnlyList<Variation> Variations,
    IReadOnlyList<StudyOption> Options
)
{
    /// <summary>What a search is called among the kinds of studies.</summary>
    public const string Kind = "search";

    public const int MostTrials = 999;

    private const string CountField = "trials";
    private const string SamplerField = "sampler";
    private const string RateField = "halving";
    private const string VariationsField = "vary";
    private const string OptionsField = "options";

    /// <summary>What the folder of a search that goes on remembers; null where one begins.</summary>
    public static SearchRecord? In(StudyFolder folder) =>
        folder.Existing is Existing.Resume or Existing.Join && folder.Record is { } record ? Of(record) : null;

    /// <summary>What people call such a search.</summary>
    public string Title => Sampler == Sampler.Tpe ? "Search with a Parzen estimator" : "Random search";

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = Data,
            ["preset"] = Preset,
            [CountField] = Count,
            ["seed"] = Seed,
            [SamplerField] = Samplers.NameOf(Sampler),
            [RateField] = Rate,
            [VariationsField] = Json.Array(Variations, one => (JsonNode)one.Typed),
            [OptionsField] = StudyOption.Documents(Options),
        };

    /// <summary>The same with these options in place of what was said about them.</summary>
    public SearchRecord With(IEnumerable<OptionValue> given) =>
        this with
        {
            Options = [.. StudyOption.Over(Options, given)],
        };

    /// <summary>Every trial: what is drawn for it, and the training that this comes to.</summary>
    public IEnumerable<Trial> Trials(StudyFolder folder) =>
        Enumerable.Range(1, Count).Select(number => Plan(number, folder));

    /// <summary>A trial whose values are drawn at random.</summary>
    public Trial Plan(int number, StudyFolder folder) =>
        Plan(number, [.. Variations.Select(one => (one, one.Draw(Seed, number)))], folder);

    /// <summary>A trial. A usage failure, under the option that is varied, where a value that is drawn cannot be.</summary>
    public Trial Plan(int number, IReadOnlyList<(Variation Of, string Text)> drawn, StudyFolder folder)
    {
        var name = Trial.NameOf(number);
        try
        {
            var variant = new Variant(name, [.. drawn.Select(one => one.Of.With(one.Text)).OfType<StudyOption>()]);
            var run = PlannedRun.Of(
                variant,
                Seed,
                Data,
                StudyOption.Under(Preset, Options),
                folder.Within(name),
                folder.Existing
            );
            return new(number, drawn, run);
        }
        catch (Failure failure) when (drawn.Any(one => one.Of.Option.Name == failure.Option))
        {
            throw Failure.Usage(VariationText.VaryName, $"trial {number} ({Trial.Told(drawn)}): {failure.Message}");
        }
    }

    private static SearchRecord Of(RecordFile record) =>
        new(
            record.Value<string>("data"),
            record.Value<string>("preset"),
            Number(record, CountField, 1),
            record.Value<ulong>("seed"),
            SamplerIn(record),
            record.Content[RateField] is null ? null : Number(record, RateField, 2),
            [.. record.List(VariationsField, Variation)],
            [.. StudyOption.In(record, OptionsField)]
        );

    // Records of before there were several do not name it.
    private static Sampler SamplerIn(RecordFile record) =>
        record.Content[SamplerField] is not { } node ? Sampler.Random
        : Samplers.Read($"{node}") is { IsOk: true } read ? read.ResultValue
        : throw record.Refuse(SamplerField);

    private static int Number(RecordFile record, string field, int least) =>
        record.Value<int>(field) is var number && number >= least && number <= MostTrials
            ? number
            : throw record.Refuse(field);

    private static Variation? Variation(JsonNode? node)
    {
        try
        {
            return node is JsonValue ? VariationText.Parse($"{node}") : null;
        }
        catch (Failure)
        {
            // Whoever reads the record says where this stands.
            return null;
        }
    }
}

/// <summary>What the user asked to search. Every trial is drawn, and its options are checked, before the first begins.</summary>
/// <param name="Record">What was asked for, for the folder.</param>
/// <param name="Jobs">How many trials are trained at a time. What they come to does not depend on it.</param>
/// <param name="Plot">Where a picture goes besides the folder; null for nowhere.</param>
internal sealed record SearchOrder(
    StudyFolder Folder,
    SearchRecord Record,
    IReadOnlyList<Trial> Trials,
    IReadOnlyList<Rung> Rungs,
    int Jobs,
    string? Plot
);

/// <summary>One training of a search, with what was drawn for it.</summary>
internal sealed record Trial(int Number, IReadOnlyList<(Variation Of, string Text)> Drawn, PlannedRun Run)
{
    /// <summary>The name of its folder. It must not depend on how many trials there are.</summary>
    public static string NameOf(int number) => $"trial-{number:000}";

    public string Name => Run.Variant.Name;

    /// <summary>Whether its curves are written for TensorBoard.</summary>
    public bool HasCurves => Run.Order.Spec.Saving.HasCurves;

    /// <summary>Writes for TensorBoard what was drawn, and whether it came to its end, where it has come to anything.</summary>
    public void SaveSession(RunOutcome outcome, bool isKept, TimeProvider clock)
    {
        var path = Path.Combine(Run.Order.Out, RunFiles.Hparams);
        if (HasCurves && outcome.Epochs.Count > 0 && !(isKept && File.Exists(path)))
            HparamsFile.WriteSession(
                path,
                Drawn.Select(one => (one.Of.Hparam, one.Text)),
                outcome.Status == RunStatus.Finished,
                clock
            );
    }

    /// <summary>What was drawn, in words.</summary>
    public static string Told(IEnumerable<(Variation Of, string Text)> drawn) =>
        string.Join(", ", drawn.Select(one => $"{one.Of.Name} {one.Text}"));

    /// <summary>What was drawn for a variation as a number; NaN where it is none.</summary>
    public double ValueOf(Variation of) =>
        Text.tryNumber(Drawn.First(one => one.Of == of).Text) is { } number ? number.Value : double.NaN;
}
