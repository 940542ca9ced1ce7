using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// What can be compared: an option, and the values it takes in turn. A value is a variant's name.
/// </summary>
/// <param name="Name">As the user calls it.</param>
/// <param name="Parts">Options by the words that stand for them in a value, with the value they then have.</param>
/// <param name="Values">What is compared where the user names nothing else.</param>
internal sealed record Subject(string Name, IReadOnlyList<SubjectPart> Parts, IReadOnlyList<string> Values)
{
    private static readonly IReadOnlyDictionary<string, string> Nil = new Dictionary<string, string>();

    /// <summary>A regularised network without any of them.</summary>
    private const string Nothing = "none";

    // Behind a value, its own learning rate: sgd@0.1.
    private const char RateMark = '@';

    public static IReadOnlyList<Subject> All { get; } =
    [
        Of("optimizers", OptionName.Optimizer, "sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam"),
        Of(
            "initializers",
            OptionName.Init,
            "uniform",
            "lecun-uniform",
            "normal",
            "zeros",
            "glorot-normal",
            "glorot-uniform",
            "he-normal",
            "he-uniform"
        ),
        Of("batch-sizes", OptionName.BatchSize, "16", "32", "64", "128", "256", "512"),
        Of(
            "activations",
            OptionName.Activation,
            "sigmoid",
            "tanh",
            "relu",
            "leaky-relu",
            "elu",
            "selu",
            "gelu",
            "silu"
        ),
        Of("conventions", OptionName.Convention, "torch", "keras2", "keras3", "optax"),
        new(
            "regularization",
            [
                new("l1", OptionName.L1, "1e-5"),
                new("l2", OptionName.L2, "1e-4"),
                new("dropout", OptionName.Dropout, "0.2"),
                new("batch-norm", OptionName.BatchNorm, "true"),
            ],
            [Nothing, "l1", "l2", "dropout", "batch-norm", "l2+dropout", "batch-norm+l2", "batch-norm+dropout"]
        )
        {
            // What tables have without being asked is a regularisation, too.
            Usual = [OptimizerSettings.Decay.To(0)],
        },
        Of("batch-modes", OptionName.BatchSize, "full-batch", "mini-batch", "one-by-one") with
        {
            Texts = new Dictionary<string, string>
            {
                ["full-batch"] = "all",
                ["mini-batch"] = "32",
                ["one-by-one"] = "1",
            },
            // Plain gradient descent, on so few rows that a step for each is a matter of a minute.
            Usual =
            [
                SpecOptions.Value(OptionName.Optimizer, "sgd"),
                SpecOptions.Value(OptionName.LearningRate, "0.05"),
                ModelSettings.Hidden.To([128]),
                SpecOptions.Value(OptionName.TrainRows, "12000"),
                TrainingSettings.Epochs.To(30),
                SpecOptions.Value(OptionName.GradientNoise, "1000"),
            ],
            IsBySamples = true,
        },
    ];

    /// <summary>Texts of the option by the names that stand for them.</summary>
    private IReadOnlyDictionary<string, string> Texts { get; init; } = Nil;

    /// <summary>Options that it has where neither the user nor a preset gives others.</summary>
    public IReadOnlyList<OptionValue> Usual { get; private init; } = [];

    /// <summary>Whether variants that take steps of different sizes are compared after equally many rows.</summary>
    public bool IsBySamples { get; private init; }

    /// <summary>Whether a value is any text that its one option takes, and not a sum of parts.</summary>
    private bool IsPlain => Parts is [{ Name: "" }];

    /// <summary>The options that differ between the variants.</summary>
    public IEnumerable<string> Varied => Parts.Select(part => part.Option);

    /// <summary>The subject of a name. A usage failure where there is none.</summary>
    public static Subject Find(string name)
    {
        var outcome = Read.OneOf([.. All.Select(subject => (subject.Name, subject))])(name);
        return outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"WHAT: {outcome.ErrorValue}");
    }

    /// <summary>
    /// The variant of a value. `given` is what the user gave for the options that vary: the strength of a part that a
    /// variant has.
    /// </summary>
    public Variant Variant(string value, IReadOnlyDictionary<string, StudyOption> given)
    {
        if (IsPlain && value.Split(RateMark, 2) is [var plain, var rate])
            return new(value, [Compared(Parts[0].Option, TextOf(plain)), Compared(OptionName.LearningRate, rate)]);
        if (IsPlain)
            return new(value, [Compared(Parts[0].Option, TextOf(value))]);
        var parts = value == Nothing ? [] : value.Split('+').Select(Part).Distinct();
        return new(
            value,
            [.. parts.Select(part => given.GetValueOrDefault(part.Option) ?? Compared(part.Option, part.Value))]
        );
    }

    /// <summary>Whether a value has its own learning rate, if it is one of a plain option.</summary>
    public bool HasOwnRate(string value) => IsPlain && value.Contains(RateMark, StringComparison.Ordinal);

    /// <summary>A usage failure where the user gives a value for what is to have several in turn.</summary>
    public void CheckGiven(IReadOnlyDictionary<string, OptionValue> given)
    {
        if (IsPlain && given.ContainsKey(Parts[0].Option))
            throw Failure.Usage(Parts[0].Option, $"is what {Name} compares (--values a,b,c says which)");
        if (IsBySamples && given.ContainsKey(OptionName.Steps))
            throw Failure.Usage(
                OptionName.Steps,
                $"{Name} sees equally many rows, in steps of different sizes (use --epochs)"
            );
    }

    // The option is not the user's: --values is.
    private static StudyOption Compared(string option, string text) =>
        SpecOptions.Find(option)!.ComplaintOf(text) is { } complaint
            ? throw Failure.Usage(ComparisonRecord.ValuesName, complaint)
            : new(SpecOptions.Value(option, text), StudyOption.Compared);

    private string TextOf(string value) => Texts.GetValueOrDefault(value, value);

    private SubjectPart Part(string name)
    {
        var outcome = Read.OneOf([.. Parts.Select(part => (part.Name, part))])(name);
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.Usage(
                ComparisonRecord.ValuesName,
                $"{outcome.ErrorValue} (or {Nothing}, or several with + between them)"
            );
    }

    private static Subject Of(string name, string option, params string[] values) =>
        new(name, [new("", option, "")], values);
}

/// <summary>An option by its name in a value, and the text it is given.</summary>
internal sealed record SubjectPart(string Name, string Option, string Value);
