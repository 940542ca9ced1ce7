using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The rows of a table of any kind, as float64.</summary>
internal static class TableRows
{
    /// <summary>Shows every row of so many numbers, from the first on. It is the row only until the next one.</summary>
    public static void Visit(Table table, int cols, Action<ReadOnlySpan<double>> see)
    {
        switch (table)
        {
            case Table.Bytes bytes:
                Visit(bytes.Item, cols, x => x, see);
                break;
            case Table.Singles numbers:
                Visit(numbers.Item, cols, x => x, see);
                break;
            case Table.Doubles numbers:
                for (var start = 0; start < numbers.Item.Length; start += cols)
                    see(numbers.Item.AsSpan(start, cols));
                break;
            default:
                throw new InvalidOperationException("a kind of table that rows are not taken from");
        }
    }

    private static void Visit<T>(T[] numbers, int cols, Func<T, double> widen, Action<ReadOnlySpan<double>> see)
    {
        var row = new double[cols];
        for (var start = 0; start < numbers.Length; start += cols)
        {
            for (var column = 0; column < cols; column++)
                row[column] = widen(numbers[start + column]);
            see(row);
        }
    }
}
