using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>Settings under a name: values that stand in for the defaults. What the user gives wins.</summary>
/// <param name="Values">What it says about each option, whatever the data.</param>
/// <param name="Special">What it says otherwise where a subject is compared, or searched for.</param>
/// <param name="Ranges">What a search varies where the user names nothing.</param>
internal sealed record Preset(
    PresetName Of,
    IReadOnlyList<OptionValue> Values,
    IReadOnlyDictionary<string, IReadOnlyList<OptionValue>> Special,
    IReadOnlyList<string> Ranges
)
{
    /// <summary>What a search is called among the subjects.</summary>
    public const string Search = "search";

    /// <summary>Presets by their names: what suits the data, what suits tables, the defaults as they are, and the study.</summary>
    public static (string Name, PresetName Value)[] Names { get; } =
    [
        ("auto", PresetName.Auto),
        ("table", PresetName.Table),
        ("none", PresetName.None),
        ("original", PresetName.Original),
    ];

    private static readonly string[] UsualRanges = ["learning-rate=0.0001..0.1:log", "dropout=0..0.5"];

    /// <summary>
    /// The Keras study of MNIST that this project grew out of. Under its convention He normal is that of Keras 2.1: cut at
    /// two deviations, without correction. How long it trained depends on what it compared.
    /// </summary>
    private static Preset Original() =>
        new(
            PresetName.Original,
            [
                ModelSettings.Hidden.To([512, 512]),
                ModelSettings.Activation.Value("relu"),
                ModelSettings.Dropout.To([0.2]),
                ModelSettings.Init.Value("he-normal"),
                SpecOptions.Value(OptionName.Optimizer, "adam"),
                ConventionSettings.Name.To(Convention.Keras2),
                SpecOptions.Value(OptionName.LearningRate, "0.002"),
                TrainingSettings.BatchSize.To(128),
                TrainingSettings.Validation.To(new(0.2, null)),
                TrainingSettings.Best.To(Criterion.Accuracy),
                TrainingSettings.Epochs.To(25),
            ],
            new Dictionary<string, IReadOnlyList<OptionValue>>
            {
                ["initializers"] = [TrainingSettings.Epochs.To(15)],
                ["batch-sizes"] = [TrainingSettings.Epochs.To(10)],
                [Search] = [TrainingSettings.Epochs.To(10), ModelSettings.Init.Value("he-uniform")],
            },
            // The study drew dropout up to 1, which would drop everything.
            ["learning-rate=0.001..1:log", "dropout=0.1..0.99:log"]
        );

    /// <summary>The preset of a name.</summary>
    public static Preset Named(PresetName name) =>
        name == PresetName.Original
            ? Original()
            : new(name, [], new Dictionary<string, IReadOnlyList<OptionValue>>(), UsualRanges);

    /// <summary>The same by the name that users have for it. A usage failure where there is none of that name.</summary>
    public static Preset Named(string name) => Named(PresetSettings.Name.Value(name).Set(TrainingSpec.Usual).Preset);

    public string Name => NameOf(Of);

    public static string NameOf(PresetName name) => Array.Find(Names, one => one.Value == name).Name;

    /// <summary>What a comparison leaves to the preset of each option, as far as the data have no say.</summary>
    public IEnumerable<OptionValue> For(string subject, Func<string, bool> isTaken)
    {
        var special = Special.GetValueOrDefault(subject) ?? [];
        return Values
            .Where(value => !isTaken(value.Name))
            .Select(value => special.FirstOrDefault(one => one.Name == value.Name) ?? value);
    }

    /// <summary>What the runs of a study are left with, once the study has said all that does not depend on data.</summary>
    public PresetName OfRuns => Values.Count > 0 ? PresetName.None : Of;

    /// <summary>The values of the options that a training on these data leaves to the preset.</summary>
    public IEnumerable<OptionValue> For(DataShape shape, TrainingSpec given) =>
        Of == PresetName.Table
            ? TablePreset.For(shape, given).Where(value => !given.IsSaid(value.Name))
            : For("", given.IsSaid);

    /// <summary>
    /// A spec for data that are known, with all that its preset says about them, and from where: every value is said then.
    /// </summary>
    public static TrainingSpec Fill(TrainingSpec spec, DataShape shape)
    {
        var preset = Named(
            spec.Preset != PresetName.Auto ? spec.Preset
            : shape.IsTable ? PresetName.Table
            : PresetName.None
        );
        var source = new ValueSource($"{SourceWord}{preset.Name}: {shape}");
        var chosen = spec.Preset == PresetName.Auto ? spec.Unsaid(OptionName.Preset) : spec;
        var filled = preset
            .For(shape, spec)
            .Aggregate(
                chosen with
                {
                    Preset = preset.Of,
                },
                (before, value) => value.Set(before).From(value.Name, source)
            );
        filled.CheckTraining();
        return filled;
    }

    /// <summary>How the source of a value begins that a preset says.</summary>
    public const string SourceWord = "preset ";
}

/// <summary>The option that names what the options that are not given come to.</summary>
internal static class PresetSettings
{
    public static SpecOption<PresetName> Name { get; } =
        new(
            OptionName.Preset,
            "NAME",
            "What options come to that are not given: auto (table for tables, none for images), table (by the rows: members, epochs, "
                + "batch size, early stopping), none (the defaults named here), original (the study of MNIST in Keras)",
            Read.OneOf(Preset.Names),
            Write.OneOf(Preset.Names),
            spec => spec.Preset,
            (spec, preset) => spec with { Preset = preset }
        );
}
