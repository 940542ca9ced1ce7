using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Means and deviations of the columns of a table, in the units of its numbers divided by a divisor.</summary>
internal static class Standardizer
{
    // The least exponent whose inverse is a finite power of two with room to spare.
    private const int LeastPower = -1000;

    /// <summary>
    /// Means, and deviations (divided by n) with 1 where a column never changes. They are found of the numbers divided by
    /// the power of two below the greatest of their column: exactly the same, and no sum or square leaves float64.
    /// </summary>
    public static (double[] Means, double[] Deviations) Of(Table table, int cols, double divisor)
    {
        var rows = table.Length / cols;
        var ranges = ColumnRange.Of(table, cols);
        var powers = Array.ConvertAll(ranges, range => Power(range.Magnitude / divisor));
        var units = Array.ConvertAll(powers, power => Math.ScaleB(1, -power));
        var parts = Array.ConvertAll(Sums(table, units, divisor), sum => sum / rows);
        var squares = SquaredDistances(table, units, divisor, parts);
        var means = parts.Zip(powers, Math.ScaleB).ToArray();
        var deviations = squares.Zip(powers, (sum, power) => Math.ScaleB(Math.Sqrt(sum / rows), power)).ToArray();
        for (var column = 0; column < cols; column++)
        {
            // The mean of equal numbers is another one by rounding, which their deviation must not be made of.
            if (ranges[column].IsConstant)
                (means[column], deviations[column]) = (ranges[column].Least / divisor, 1);
            else if (!(deviations[column] > 0))
                deviations[column] = 1;
        }
        return (means, deviations);
    }

    /// <summary>The places of the columns that never change.</summary>
    public static IEnumerable<int> Constants(Table table, int cols) =>
        ColumnRange.Of(table, cols).Index().Where(column => column.Item.IsConstant).Select(column => column.Index);

    /// <summary>The first column whose least and greatest number are so far apart that float64 has no difference of them.</summary>
    public static int? TooWide(Table table, int cols)
    {
        var place = Array.FindIndex(ColumnRange.Of(table, cols), range => range.IsTooWide);
        return place < 0 ? null : place;
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

    private static int Power(double greatest) => greatest > 0 ? Math.Max(Math.ILogB(greatest), LeastPower) : 0;

    private static double[] Sums(Table table, double[] units, double divisor)
    {
        var sums = new double[units.Length];
        TableRows.Visit(
            table,
            units.Length,
            row =>
            {
                for (var column = 0; column < row.Length; column++)
                    sums[column] += row[column] / divisor * units[column];
            }
        );
        return sums;
    }

    private static double[] SquaredDistances(Table table, double[] units, double divisor, double[] from)
    {
        var sums = new double[units.Length];
        TableRows.Visit(
            table,
            units.Length,
            row =>
            {
                for (var column = 0; column < row.Length; column++)
                {
                    var distance = (row[column] / divisor * units[column]) - from[column];
                    sums[column] += distance * distance;
                }
            }
        );
        return sums;
    }
}
