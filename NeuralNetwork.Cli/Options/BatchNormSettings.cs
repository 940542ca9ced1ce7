using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options of batch normalisation, whose defaults are the convention's.</summary>
internal static class BatchNormSettings
{
    private static readonly (string Name, bool? Value)[] Positions = [("before", false), ("after", true)];

    private static readonly (string Name, RunningVariance? Value)[] Variances =
    [
        ("biased", RunningVariance.Biased),
        ("unbiased", RunningVariance.Unbiased),
        ("keras2", RunningVariance.Keras2),
    ];

    public static SpecFlag Use { get; } =
        new(
            OptionName.BatchNorm,
            "Normalise each hidden layer over the batch",
            spec => spec.Model.BatchNorm.IsUsed,
            (spec, isUsed) => With(spec, spec.Model.BatchNorm with { IsUsed = isUsed })
        );

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        Use,
        Of(
            OptionName.BatchNormPosition,
            "before|after",
            "Where: before or after the activation (default: before)",
            Read.OneOf(Positions),
            Write.OneOf(Positions),
            norm => norm.IsAfter,
            (norm, isAfter) => norm with { IsAfter = isAfter }
        ),
        Of(
            OptionName.BatchNormDecay,
            "SHARE",
            "Share of the running statistics that a step keeps (default: the convention's)",
            Read.Share.Optional(),
            Write.Number,
            norm => norm.Decay,
            (norm, decay) => norm with { Decay = decay }
        ),
        Of(
            OptionName.BatchNormEpsilon,
            "ε",
            "Added to the variance under the root (default: the convention's)",
            Read.Positive.Optional(),
            Write.Number,
            norm => norm.Epsilon,
            (norm, epsilon) => norm with { Epsilon = epsilon }
        ),
        Of(
            OptionName.BatchNormVariance,
            "NAME",
            "Variance of a batch that is kept: biased, unbiased, keras2 (default: the convention's)",
            Read.OneOf(Variances),
            Write.OneOf(Variances),
            norm => norm.Variance,
            (norm, variance) => norm with { Variance = variance }
        ),
    ];

    private static TrainingSpec With(TrainingSpec spec, BatchNormSpec norm) =>
        spec with
        {
            Model = spec.Model with { BatchNorm = norm },
        };

    private static SpecOption<T> Of<T>(
        string name,
        string value,
        string about,
        Reader<T> read,
        Func<T, string?> write,
        Func<BatchNormSpec, T> get,
        Func<BatchNormSpec, T, BatchNormSpec> set
    ) =>
        new(
            name,
            value,
            about,
            read,
            write,
            spec => get(spec.Model.BatchNorm),
            (spec, part) => With(spec, set(spec.Model.BatchNorm, part))
        );
}
