using System.CommandLine;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>The option that says how much each class counts, in training and in validation.</summary>
internal sealed class WeightSettings(ParseResult result)
{
    private const string None = "none";
    private const string Balanced = "balanced";

    // Nothing where all count the same, no numbers where they are to be balanced.
    private static readonly Setting<double[]?> Weights = new(
        "--class-weights",
        "balanced|W,W,…",
        "How much the rows of each class count in the loss: none (all the same), balanced (every class as much as the "
            + "others), or a number for each class. The loss is the sum of weight times loss over the rows, divided by their "
            + "number, as in Keras (PyTorch divides by the sum of the weights)",
        Read.List(Read.NotNegative, 1 << 16).To(weights => (double[]?)weights).Or(Balanced, []).Or(None, null),
        None
    );

    private readonly double[]? weights = Weights.Of(result);

    public static Option Option => Weights.Option;

    /// <summary>Whether rows count differently at all.</summary>
    public bool IsWeighted => weights is not null;

    /// <summary>The weight of each class, the balanced ones by these labels. A usage failure where they do not fit.</summary>
    public double[] Of(int classes, int[] labels)
    {
        var all = weights is { Length: > 0 } ? weights : ClassWeights.balanced(classes, labels);
        if (all.Length != classes)
            throw Failure.Usage($"{Weights.Name}: {all.Length} weights for {classes} classes (one for each)");
        if (all.All(weight => weight == 0))
            throw Failure.Usage($"{Weights.Name}: all weights are 0 (nothing would be learned)");
        return all;
    }

    /// <summary>What is wrong where values are learned.</summary>
    public static Failure NoClasses() => Failure.Usage($"{Weights.Name}: there are no classes (values are learned)");

    /// <summary>Data with the weights of their classes, the balanced ones by the labels of the training data.</summary>
    public Data Weigh(Data data, Data train)
    {
        if (!IsWeighted)
            return data;
        if (data.Targets is not Targets.Labels labels || train.Targets is not Targets.Labels learned)
            throw NoClasses();
        var rows = ClassWeights.ofRows(Of(learned.Classes, learned.Labels), labels.Labels);
        return data.With(rows);
    }
}
