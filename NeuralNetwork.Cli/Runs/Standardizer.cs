using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>Means and deviations of the columns of a table, in the units of its numbers divided by a divisor.</summary>
internal static class Standardizer
{
    /// <summary>Means, and deviations (divided by n) with 1 where a column never changes.</summary>
    public static (double[] Means, double[] Deviations) Of(Table table, int cols, double divisor)
    {
        var rows = table.Length / cols;
        var means = Array.ConvertAll(Sums(table, cols, (_, x) => x / divisor), sum => sum / rows);
        var squares = Sums(table, cols, (column, x) => Square((x / divisor) - means[column]));
        var deviations = Array.ConvertAll(squares, sum => sum > 0 ? Math.Sqrt(sum / rows) : 1);
        // The mean of equal numbers is another one by rounding, which their deviation must not be made of.
        foreach (var column in Constants(table, cols))
            (means[column], deviations[column]) = (At(table, column) / divisor, 1);
        return (means, deviations);
    }

    /// <summary>The places of the columns that never change.</summary>
    public static IEnumerable<int> Constants(Table table, int cols)
    {
        var first = Enumerable.Range(0, cols).Select(column => At(table, column)).ToArray();
        var changes = Sums(table, cols, (column, x) => x == first[column] ? 0 : 1);
        return Enumerable.Range(0, cols).Where(column => changes[column] == 0);
    }

    /// <summary>What takes the place of missing numbers: NaN in a table of float64, filled column by column.</summary>
    public static void Fill(Table table, int cols, IReadOnlyList<double> fills)
    {
        if (table is not Table.Doubles numbers)
            return;
        for (var place = 0; place < numbers.Item.Length; place++)
            if (double.IsNaN(numbers.Item[place]))
                numbers.Item[place] = fills[place % cols];
    }

    /// <summary>The numbers of a column that are there, from the least on.</summary>
    public static double[] Sorted(Table table, int cols, int column)
    {
        var numbers = Enumerable
            .Range(0, table.Length / cols)
            .Select(row => At(table, (row * cols) + column))
            .Where(number => !double.IsNaN(number))
            .ToArray();
        Array.Sort(numbers);
        return numbers;
    }

    /// <summary>A number of a table of any kind.</summary>
    public static double At(Table table, int place) =>
        table switch
        {
            Table.Bytes bytes => bytes.Item[place],
            Table.Singles numbers => numbers.Item[place],
            Table.Doubles numbers => numbers.Item[place],
            _ => throw new InvalidOperationException("a kind of table that numbers are not taken from"),
        };

    private static double Square(double x) => x * x;

    private static double[] Sums(Table table, int cols, Func<int, double, double> term)
    {
        var sums = new double[cols];
        var column = 0;
        for (var place = 0; place < table.Length; place++)
        {
            sums[column] += term(column, At(table, place));
            column = column + 1 == cols ? 0 : column + 1;
        }
        return sums;
    }
}
