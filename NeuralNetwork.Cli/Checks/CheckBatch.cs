using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>A few rows in float64: features x (rows x inputs) and targets t (rows x outputs).</summary>
internal sealed record CheckBatch(double[] X, double[] T)
{
    /// <summary>The first rows of a sample, as training sees them.</summary>
    public static CheckBatch Of(Sample sample, int outputs, int rows)
    {
        var count = Math.Min(rows, sample.Rows);
        return new(Features(sample.Features, count * sample.Cols), Targets(sample.Labels.AsSpan(0, count), outputs));
    }

    private static double[] Features(Table table, int length) =>
        table switch
        {
            Table.Bytes bytes => Array.ConvertAll(bytes.Item[..length], number => number / Preprocessing.Bytes.Divisor),
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
