using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Spec;

/// <summary>How much each class counts, in training and in validation.</summary>
/// <param name="weights">Nothing where all count the same, no numbers where they are to be balanced.</param>
internal sealed class ClassWeighting(double[]? weights)
{
    /// <summary>Whether rows count differently at all.</summary>
    public bool IsWeighted => weights is not null;

    /// <summary>The weight of each class, the balanced ones by these labels. A usage failure where they do not fit.</summary>
    public double[] Of(int classes, int[] labels)
    {
        var all = weights is { Length: > 0 } ? weights : ClassWeights.balanced(classes, labels);
        if (all.Length != classes)
            throw Failure.Usage(OptionName.ClassWeights, $"{all.Length} weights for {classes} classes (one for each)");
        if (all.All(weight => weight == 0))
            throw Failure.Usage(OptionName.ClassWeights, "all weights are 0 (nothing would be learned)");
        return all;
    }

    /// <summary>What is wrong where values are learned.</summary>
    public static Failure NoClasses() =>
        Failure.Usage(OptionName.ClassWeights, "there are no classes (values are learned)");

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
