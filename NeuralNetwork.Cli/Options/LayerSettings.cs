using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

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
        SpecParts.BatchNorm.Flag(
            OptionName.BatchNorm,
            "Normalise each hidden layer over the batch",
            norm => norm.IsUsed,
            (norm, isUsed) => norm with { IsUsed = isUsed }
        );

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        Use,
        SpecParts.BatchNorm.Of(
            OptionName.BatchNormPosition,
            "before|after",
            "Where: before or after the activation (default: before)",
            Read.OneOf(Positions),
            Write.OneOf(Positions),
            norm => norm.IsAfter,
            (norm, isAfter) => norm with { IsAfter = isAfter }
        ),
        SpecParts.BatchNorm.Of(
            OptionName.BatchNormDecay,
            "SHARE",
            "Share of the running statistics that a step keeps (default: the convention's)",
            Read.Share.Optional(),
            Write.Number,
            norm => norm.Decay,
            (norm, decay) => norm with { Decay = decay }
        ),
        SpecParts.BatchNorm.Of(
            OptionName.BatchNormEpsilon,
            "ε",
            "Added to the variance under the root (default: the convention's)",
            Read.Positive.Optional(),
            Write.Number,
            norm => norm.Epsilon,
            (norm, epsilon) => norm with { Epsilon = epsilon }
        ),
        SpecParts.BatchNorm.Of(
            OptionName.BatchNormVariance,
            "NAME",
            "Variance of a batch that is kept: biased, unbiased, keras2 (default: the convention's)",
            Read.OneOf(Variances),
            Write.OneOf(Variances),
            norm => norm.Variance,
            (norm, variance) => norm with { Variance = variance }
        ),
    ];
}

/// <summary>The options that say how numbers enter a network: as they are, or with learned waves of them beside.</summary>
internal static class EmbeddingSettings
{
    private static readonly (string Name, bool Value)[] Kinds =
    [
        (EmbeddingSpec.None, false),
        (EmbeddingSpec.Periodic, true),
    ];

    public static SpecOption<bool> Use { get; } =
        SpecParts.Embedding.Of(
            OptionName.Embedding,
            "NAME",
            "How numbers enter: none (as they are), periodic (with learned waves of each beside; categories stay as they are)",
            Read.OneOf(Kinds),
            Write.OneOf(Kinds),
            embedding => embedding.IsUsed,
            (embedding, isUsed) => embedding with { IsUsed = isUsed }
        );

    private static readonly SpecOption<int?> Waves = SpecParts.Embedding.Of(
        OptionName.EmbeddingWaves,
        "N",
        $"Waves of each number (default: {EmbeddingSpec.Usual.Frequencies})",
        Read.Whole(Periodic.Limit).Optional(),
        Write.Whole,
        embedding => embedding.Waves,
        (embedding, waves) => embedding with { Waves = waves }
    );

    private static readonly SpecOption<int?> Mixtures = SpecParts.Embedding.Of(
        OptionName.EmbeddingMixtures,
        "N",
        $"Numbers that are made of these waves, beside the number itself (default: {EmbeddingSpec.Usual.Outputs})",
        Read.Whole(Periodic.Limit).Optional(),
        Write.Whole,
        embedding => embedding.Mixtures,
        (embedding, mixtures) => embedding with { Mixtures = mixtures }
    );

    private static readonly SpecOption<double?> Scale = SpecParts.Embedding.Of(
        OptionName.EmbeddingScale,
        "σ",
        $"Standard deviation of the frequencies at the beginning, in turns for each unit (default: {EmbeddingSpec.Usual.Scale})",
        Read.Positive.Optional(),
        Write.Number,
        embedding => embedding.Scale,
        (embedding, scale) => embedding with { Scale = scale }
    );

    public static IReadOnlyList<SpecOption> All { get; } = [Use, Waves, Mixtures, Scale];

    /// <summary>What asks for the waves of a network; nothing where it has none.</summary>
    public static IEnumerable<OptionValue> Of(Network? network)
    {
        if (network?.Layers.OfType<Layer.Periodic>().FirstOrDefault() is not { } waves)
            yield break;
        yield return Use.To(true);
        yield return Waves.To(waves.Settings.Frequencies);
        yield return Mixtures.To(waves.Settings.Outputs);
    }
}
