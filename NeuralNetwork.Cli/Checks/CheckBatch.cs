using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Engine;
using NeuralNetwork.Verification;

namespace NeuralNetwork.Cli.Checks;

/// <summary>A few rows in float64: features x (rows x inputs) and targets t (rows x outputs).</summary>
internal sealed record CheckBatch(double[] X, double[] T)
{
    /// <summary>Rows and targets that suit a network.</summary>
    public static CheckBatch MakeUp(Network network, int rows, ulong seed) =>
        new(MadeUp.inputs(network, rows, seed), MadeUp.targets(network, rows, seed));

    /// <summary>The first rows of a training, as the network sees them.</summary>
    public static CheckBatch Of(Data data, Preprocessing preprocessing, int outputs, int rows)
    {
        var count = Math.Min(rows, data.Rows);
        return new(
            Mapped(data.Inputs, data.Cols, count, preprocessing.Features),
            data.Targets switch
            {
                Targets.Labels labels => OneHot(labels.Labels.AsSpan(0, count), outputs),
                Targets.Values values => Mapped(values.Values, values.Cols, count, preprocessing.Targets),
                _ => throw new InvalidOperationException("a kind of targets that rows are not taken from"),
            }
        );
    }

    /// <summary>The weight of each row by its class, none where all count the same. A usage failure where rows have no class.</summary>
    public double[] Weights(ClassWeighting weights, Network network)
    {
        if (!weights.IsWeighted)
            return [];
        if (LossModule.output(network.Loss).IsLinear || LossModule.output(network.Loss).IsExponential)
            throw ClassWeighting.NoClasses();
        var labels = T.Chunk(network.Outputs).Select(Label).ToArray();
        return ClassWeights.ofRows(weights.Of(Math.Max(2, network.Outputs), labels), labels);
    }

    private static int Label(double[] targets) =>
        targets.Length == 1 ? (int)targets[0] : Array.IndexOf(targets, targets.Max());

    private static double[] Mapped(Table table, int cols, int rows, Affine map)
    {
        var numbers = new double[rows * cols];
        for (var place = 0; place < numbers.Length; place++)
            numbers[place] = map.Of(place % cols, Standardizer.At(table, place));
        return numbers;
    }

    private static double[] OneHot(ReadOnlySpan<int> labels, int outputs)
    {
        var targets = new double[labels.Length * outputs];
        for (var row = 0; row < labels.Length; row++)
            if (outputs == 1)
                targets[row] = labels[row];
            else
                targets[(row * outputs) + labels[row]] = 1;
        return targets;
    }
}
