using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Spec;

/// <summary>What network to build, whatever the data: null where the rest decides.</summary>
internal sealed record ModelSpec
{
    /// <summary>Units of the hidden layers.</summary>
    public int[] Hidden { get; init; } = [128];

    /// <summary>Behind each hidden layer: one for all, or one for each.</summary>
    public Named<Layer>[] Activations { get; init; } = [new("relu", Layer.NewActivate(Activation.ReLU))];

    public BatchNormSpec BatchNorm { get; init; } = new();
    public EmbeddingSpec Embedding { get; init; } = new();

    /// <summary>Share of numbers dropped behind each hidden layer: one for all, or one for each.</summary>
    public double[] Dropout { get; init; } = [0];

    public double InputDropout { get; init; }
    public Named<Initializer>? Init { get; init; }
    public Named<Initializer>? OutputInit { get; init; }

    /// <summary>How many networks are trained side by side.</summary>
    public int Members { get; init; } = 1;

    public Output? Output { get; init; }
    public Named<Loss>? Loss { get; init; }

    /// <summary>Share of each target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>The file whose tensors training begins with.</summary>
    public string? InitFrom { get; init; }

    /// <summary>Whether features and classes are found in that file by name, and not by place.</summary>
    public bool IsInitByName { get; init; } = true;

    /// <summary>float64 instead of float32.</summary>
    public bool IsDouble { get; init; }

    /// <summary>The loss that was chosen, its targets smoothed; null where output and data decide.</summary>
    public Loss? ChosenLoss =>
        LabelSmoothing == 0 ? Loss?.Value : NeuralNetwork.Loss.NewSmoothedCrossEntropy(LabelSmoothing);

    /// <summary>A value for each hidden layer.</summary>
    public static T ForLayer<T>(T[] values, int layer) => values.Length == 1 ? values[0] : values[layer];

    /// <summary>A usage failure where values do not go together, whatever the data.</summary>
    public void Check()
    {
        CheckEach(OptionName.Activation, Activations.Length);
        if (LabelSmoothing != 0 && Loss is { Value: { IsSoftmaxCrossEntropy: false } loss })
            throw Failure.Usage(
                OptionName.LabelSmoothing,
                $"does not go with --loss {NeuralNetwork.Loss.name(loss)} (cross-entropy)"
            );
        BatchNorm.Check();
        Embedding.Check();
        CheckEach(OptionName.Dropout, Dropout.Length);
        if (InitFrom is null && !IsInitByName)
            throw Failure.Usage(OptionName.InitMatch, $"nothing to match ({OptionName.InitFrom} names a file)");
        CheckEnd();
    }

    /// <summary>A usage failure where there are neither one value nor as many as hidden layers.</summary>
    private void CheckEach(string option, int values)
    {
        if (values != 1 && values != Hidden.Length)
            throw Failure.Usage(option, $"{values} values, {Hidden.Length} in --hidden (one for all, or one for each)");
    }

    /// <summary>Whether output and loss go together, as far as that does not depend on the data.</summary>
    private void CheckEnd()
    {
        if (Output is null || ChosenLoss is not { } loss || Output.Equals(NeuralNetwork.Loss.output(loss)))
            return;
        if (!(Output.IsSigmoid && loss.IsSquaredError))
            throw Failure.Usage(
                OptionName.Output,
                $"does not go with --loss {NeuralNetwork.Loss.name(loss)} (auto chooses what does)"
            );
    }
}

/// <summary>Batch normalisation of the hidden layers: null where the convention decides.</summary>
internal sealed record BatchNormSpec
{
    public bool IsUsed { get; init; }

    /// <summary>Whether it stands behind the activation.</summary>
    public bool? IsAfter { get; init; }

    /// <summary>Share of the running statistics that a step keeps.</summary>
    public double? Decay { get; init; }

    public double? Epsilon { get; init; }
    public RunningVariance? Variance { get; init; }

    /// <summary>The settings of a convention, but for those that were given.</summary>
    public BatchNorm Norm(Convention convention)
    {
        var usual = Convention.settings(convention);
        return new(
            epsilon: Epsilon ?? usual.BatchNormEpsilon,
            decay: Decay ?? usual.BatchNormDecay,
            variance: Variance ?? usual.RunningVariance
        );
    }

    /// <summary>A usage failure where something is set of what is not used.</summary>
    public void Check()
    {
        var stray =
            IsUsed ? null
            : IsAfter is not null ? OptionName.BatchNormPosition
            : Decay is not null ? OptionName.BatchNormDecay
            : Epsilon is not null ? OptionName.BatchNormEpsilon
            : Variance is not null ? OptionName.BatchNormVariance
            : null;
        if (stray is not null)
            throw Failure.Usage(stray, $"nothing to set (needs {OptionName.BatchNorm})");
    }

    /// <summary>A usage failure if there is nothing to normalise over.</summary>
    public static void CheckBatch(string option, int rows)
    {
        if (rows < 2)
            throw Failure.Usage(
                OptionName.BatchNorm,
                $"a batch of {rows} row has no variance ({option} must be at least 2)"
            );
    }
}

/// <summary>How numbers enter a network: as they are, or with learned waves of them beside. Null stands for the usual number.</summary>
internal sealed record EmbeddingSpec
{
    /// <summary>The value that leaves numbers as they are.</summary>
    public const string None = "none";

    /// <summary>The value that asks for waves.</summary>
    public const string Periodic = "periodic";

    /// <summary>What waves are like where nobody says it.</summary>
    public static Periodic Usual { get; } = Maths.Periodic.Standard();

    public bool IsUsed { get; init; }

    /// <summary>Waves of each number.</summary>
    public int? Waves { get; init; }

    /// <summary>Numbers that are made of these waves, beside the number itself.</summary>
    public int? Mixtures { get; init; }

    /// <summary>Standard deviation of the frequencies at the beginning, in turns for each unit.</summary>
    public double? Scale { get; init; }

    /// <summary>The network with the waves of these features behind all features; as it is where there are none.</summary>
    public Network Add(Network network, IReadOnlyList<int> features) =>
        !IsUsed || features.Count == 0
            ? network
            : network.Periodic(
                new(
                    ListModule.OfSeq(features),
                    Waves ?? Usual.Frequencies,
                    Mixtures ?? Usual.Outputs,
                    Scale ?? Usual.Scale
                )
            );

    /// <summary>A usage failure where something is set of what is not used.</summary>
    public void Check()
    {
        var stray =
            IsUsed ? null
            : Waves is not null ? OptionName.EmbeddingWaves
            : Mixtures is not null ? OptionName.EmbeddingMixtures
            : Scale is not null ? OptionName.EmbeddingScale
            : null;
        if (stray is not null)
            throw Failure.Usage(stray, $"nothing to set (needs {OptionName.Embedding} {Periodic})");
    }
}

/// <summary>A value under the name it was asked for by: leaky-relu and leaky-relu:0.01 are the same, and are written as they were said.</summary>
internal sealed record Named<T>(string Name, T Value);
