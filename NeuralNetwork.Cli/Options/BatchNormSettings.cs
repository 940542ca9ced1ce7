using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
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

/// <summary>The options that say how numbers enter a network: as they are, or with learned waves of them beside.</summary>
internal static class EmbeddingSettings
{
    private static readonly (string Name, bool Value)[] Kinds =
    [
        (EmbeddingSpec.None, false),
        (EmbeddingSpec.Periodic, true),
    ];

    public static SpecOption<bool> Use { get; } =
        Of(
            OptionName.Embedding,
            "NAME",
            "How numbers enter: none (as they are), periodic (with learned waves of each beside; categories stay as they are)",
            Read.OneOf(Kinds),
            Write.OneOf(Kinds),
            embedding => embedding.IsUsed,
            (embedding, isUsed) => embedding with { IsUsed = isUsed }
        );

    private static readonly SpecOption<int?> Waves = Of(
        OptionName.EmbeddingWaves,
        "N",
        $"Waves of each number (default: {EmbeddingSpec.Usual.Frequencies})",
        Read.Whole(Periodic.Limit).Optional(),
        Write.Whole,
        embedding => embedding.Waves,
        (embedding, waves) => embedding with { Waves = waves }
    );

    private static readonly SpecOption<int?> Mixtures = Of(
        OptionName.EmbeddingMixtures,
        "N",
        $"Numbers that are made of these waves, beside the number itself (default: {EmbeddingSpec.Usual.Outputs})",
        Read.Whole(Periodic.Limit).Optional(),
        Write.Whole,
        embedding => embedding.Mixtures,
        (embedding, mixtures) => embedding with { Mixtures = mixtures }
    );

    private static readonly SpecOption<double?> Scale = Of(
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

    private static SpecOption<T> Of<T>(
        string name,
        string value,
        string about,
        Reader<T> read,
        Func<T, string?> write,
        Func<EmbeddingSpec, T> get,
        Func<EmbeddingSpec, T, EmbeddingSpec> set
    ) =>
        new(
            name,
            value,
            about,
            read,
            write,
            spec => get(spec.Model.Embedding),
            (spec, part) => spec with { Model = spec.Model with { Embedding = set(spec.Model.Embedding, part) } }
        );
}
