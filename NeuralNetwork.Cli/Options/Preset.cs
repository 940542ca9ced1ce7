using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

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
                BatchSettings.Size.To(128),
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

/// <summary>
/// The options that suit tables: what the library has for a table of that size, as far as it goes with the options that are
/// given. docs/study/tables.md says what was tried, on which data, and what it came to.
/// </summary>
internal static class TablePreset
{
    /// <summary>What it says for such data, beside the options that are given.</summary>
    public static IEnumerable<OptionValue> For(DataShape data, TrainingSpec given)
    {
        bool Leaves(params string[] names) => !names.Any(given.IsSaid);
        var shape = TableShape.Of(data.Rows, data.Features);
        yield return ModelSettings.Hidden.To(shape.Hidden);
        // The usual batch is cut to the rows there are, and nobody has to be told.
        if (shape.Rows > 2 * shape.BatchSize)
            yield return BatchSettings.Size.To(shape.BatchSize);
        // Weights that are read from a file have a shape of their own, and a beginning.
        if (Leaves(OptionName.Init, OptionName.InitFrom))
            yield return ModelSettings.OutputInit.Value("zeros");
        var begun = given.Model.InitFrom is { } file ? StartingModel.NetworkIn(file) : null;
        foreach (var value in given.Model.InitFrom is null ? EmbeddingFor(shape) : EmbeddingSettings.Of(begun))
            yield return value;
        var members = MembersFor(shape, given, begun);
        yield return ModelSettings.Members.To(members);
        if (members > 1 && given.Data.Time is null)
            yield return TrainingSettings.Validation.To(ValidationRows.Folds);
        if (IsValidated(given))
            yield return TrainingSettings.Calibrate.To(true);
        // A decay is in the rate's units, and the longer the training the more of it there is: it goes with Adam's rate, and with
        // no other penalty.
        if (
            shape.Decay > 0
            && Leaves(
                OptionName.Optimizer,
                OptionName.Convention,
                OptionName.LearningRate,
                OptionName.L1,
                OptionName.L2,
                OptionName.InitFrom
            )
        )
            yield return OptimizerSettings.Decay.To(shape.Decay);
        // An end that the user gives is the end.
        if (!Leaves(OptionName.Epochs, OptionName.Steps))
            yield break;
        yield return TrainingSettings.Epochs.To(shape.Epochs);
        if (IsValidated(given))
            yield return TrainingSettings.EarlyStopping.To(shape.Patience);
    }

    private static IEnumerable<OptionValue> EmbeddingFor(TableShape shape) =>
        shape.HasWaves ? [EmbeddingSettings.Use.To(true)] : [];

    /// <summary>As many as the user says, or as the network of the file that is begun with has.</summary>
    private static int MembersFor(TableShape shape, TrainingSpec given, Network? begun) =>
        given.IsSaid(OptionName.Members) ? given.Model.Members
        : given.Model.InitFrom is not null ? begun?.Members ?? 1
        : shape.Members;

    private static bool IsValidated(TrainingSpec given) =>
        !given.IsSaid(OptionName.Validation) || given.Fit.Validation != ValidationRows.Nothing;
}
