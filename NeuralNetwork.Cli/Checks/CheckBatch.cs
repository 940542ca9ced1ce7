using NeuralNetwork.Engine;
using NeuralNetwork.Verification;

namespace NeuralNetwork.Cli;

/// <summary>A few rows in float64: features x (rows x inputs) and targets t (rows x outputs).</summary>
internal sealed record CheckBatch(double[] X, double[] T)
{
    /// <summary>Rows and targets that suit a network.</summary>
    public static CheckBatch MakeUp(Network network, int rows, ulong seed) =>
        new(MadeUp.inputs(network, rows, seed), MadeUp.targets(network, rows, seed));

    /// <summary>The first rows of a sample, as training sees them. The divisor is for images of bytes alone.</summary>
    public static CheckBatch Of(Sample sample, Preprocessing preprocessing, int outputs, int rows)
    {
        var count = Math.Min(rows, sample.Rows);
        var raw = Raw(sample.Features, count * sample.Cols);
        var features = preprocessing.Features;
        if (sample.Features is not Table.Bytes)
            features = new Affine(1, features.Shift, features.Scale);
        return new(
            [.. raw.Select((number, place) => features.Of(place % sample.Cols, number))],
            Targets(sample.Labels.AsSpan(0, count), outputs)
        );
    }

    /// <summary>The weight of each row by its class, none where all count the same. A usage failure where rows have no class.</summary>
    public double[] Weights(WeightSettings weights, Network network)
    {
        if (!weights.IsWeighted)
            return [];
        if (CostModule.output(network.Cost).IsLinear || CostModule.output(network.Cost).IsExponential)
            throw WeightSettings.NoClasses();
        var labels = T.Chunk(network.Outputs).Select(Label).ToArray();
        return ClassWeights.ofRows(weights.Of(Math.Max(2, network.Outputs), labels), labels);
    }

    private static int Label(double[] targets) =>
        targets.Length == 1 ? (int)targets[0] : Array.IndexOf(targets, targets.Max());

    private static double[] Raw(Table table, int length) =>
        table switch
        {
            Table.Bytes bytes => Array.ConvertAll(bytes.Item[..length], number => (double)number),
            Table.Singles numbers => Array.ConvertAll(numbers.Item[..length], number => (double)number),
            Table.Doubles numbers => numbers.Item[..length],
            _ => throw new InvalidOperationException("a kind of table that rows are not taken from"),
        };

    private static double[] Targets(ReadOnlySpan<int> labels, int outputs)
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
