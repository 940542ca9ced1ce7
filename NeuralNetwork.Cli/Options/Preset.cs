using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

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

/// <summary>
/// The options that suit tables, by their size: several small networks, each of which leaves out a part of the rows that it is then
/// measured on, trained for as long as that measure gets better. docs/study/tables.md says what was tried, on which data, and
/// what it came to.
/// </summary>
internal static class TablePreset
{
    // More members make more of few rows, and cost more where there are many; where there are very many, one is enough.
    private const int FewRows = 2_000;
    private const int LeastRowsForMembers = 10;
    private const int FewRowsForDecay = 1_000;
    private const int MostRowsForMembers = 20_000;

    // Waves of numbers pay where there are rows enough to learn them from, and loss for each feature: many are more likely those
    // of pictures, where they do not pay.
    private const int LeastRowsForWaves = 2_000;
    private const int MostFeaturesForWaves = 200;

    // Long enough for tables of a hundred rows, whose epochs have few steps, and not too long for those of a million.
    private const int Epochs = 200;
    private const int MostEpochs = 1_000;
    private const int LeastEpochs = 10;
    private const int LeastSteps = 3_000;
    private const int MostSeen = 2_000_000;

    // Without a better loss for so many epochs, and so many steps, there is none to come.
    private const int Patience = 30;
    private const int PatientSteps = 1_000;

    /// <summary>What it says for such data, beside the options that are given.</summary>
    public static IEnumerable<OptionValue> For(DataShape shape, TrainingSpec given)
    {
        bool Leaves(params string[] names) => !names.Any(given.IsSaid);
        yield return ModelSettings.Hidden.To([64, 64]);
        // The usual batch is cut to the rows there are, and nobody has to be told.
        if (shape.Rows > 2 * BatchFor(shape.Rows))
            yield return TrainingSettings.BatchSize.To(BatchFor(shape.Rows));
        // Weights that are read from a file have a shape of their own, and a beginning.
        if (Leaves(OptionName.Init, OptionName.InitFrom))
            yield return ModelSettings.OutputInit.Value("zeros");
        var begun = given.Model.InitFrom is { } file ? StartingModel.NetworkIn(file) : null;
        foreach (var value in given.Model.InitFrom is null ? EmbeddingFor(shape) : EmbeddingSettings.Of(begun))
            yield return value;
        var members = MembersFor(shape.Rows, given, begun);
        yield return ModelSettings.Members.To(members);
        if (members > 1 && given.Data.Time is null)
            yield return TrainingSettings.Validation.To(ValidationRows.Folds);
        if (IsValidated(given))
            yield return TrainingSettings.Calibrate.To(true);
        // A decay is in the rate's units, and the longer the training the more of it there is: it goes with Adam's rate, with no
        // other penalty, and with few rows.
        if (
            shape.Rows < FewRowsForDecay
            && Leaves(
                OptionName.Optimizer,
                OptionName.Convention,
                OptionName.LearningRate,
                OptionName.L1,
                OptionName.L2,
                OptionName.InitFrom
            )
        )
            yield return OptimizerSettings.Decay.To(1);
        if (Leaves(OptionName.Epochs, OptionName.Steps))
            foreach (var value in Budget(shape.Rows, IsValidated(given)))
                yield return value;
    }

    private static IEnumerable<OptionValue> EmbeddingFor(DataShape shape) =>
        shape is { Rows: >= LeastRowsForWaves, Features: <= MostFeaturesForWaves }
            ? [EmbeddingSettings.Use.To(true)]
            : [];

    private static int BatchFor(int rows) =>
        rows < FewRows ? 32
        : rows < 50_000 ? 128
        : 256;

    /// <summary>As many as the user says, or as the network of the file that is begun with has.</summary>
    private static int MembersFor(int rows, TrainingSpec given, Network? begun) =>
        given.IsSaid(OptionName.Members) ? given.Model.Members
        : given.Model.InitFrom is not null ? begun?.Members ?? 1
        : rows is < LeastRowsForMembers or > MostRowsForMembers ? 1
        : rows < FewRows ? 10
        : 5;

    /// <summary>How long: an end that the user gives is the end.</summary>
    private static IEnumerable<OptionValue> Budget(int rows, bool isValidated)
    {
        var steps = Math.Max(1, rows / BatchFor(rows));
        var usual = Math.Min(Epochs, MostSeen / Math.Max(1, rows));
        var epochs = Math.Max(LeastEpochs, Math.Max(usual, Math.Min(MostEpochs, LeastSteps / steps)));
        yield return TrainingSettings.Epochs.To(epochs);
        if (isValidated)
            yield return TrainingSettings.EarlyStopping.To(
                Math.Min(epochs / 2, Math.Max(Patience, PatientSteps / steps))
            );
    }

    private static bool IsValidated(TrainingSpec given) =>
        !given.IsSaid(OptionName.Validation) || given.Fit.Validation != ValidationRows.Nothing;
}
