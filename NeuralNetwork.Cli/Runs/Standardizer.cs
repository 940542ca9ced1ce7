using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>Means and deviations of the columns of a table, in the units of its numbers divided by a divisor.</summary>
internal static class Standardizer
{
    /// <summary>
    /// Means, and deviations (divided by n) with 1 where a column never changes. They are found of the numbers divided by
    /// the power of two below the greatest of their column: exactly the same, and no sum or square leaves float64.
    /// </summary>
    public static (double[] Means, double[] Deviations) Of(Table table, int cols, double divisor)
    {
        var rows = table.Length / cols;
        var powers = Array.ConvertAll(Greatest(table, cols), greatest => Power(greatest / divisor));
        double Part(int column, double x) => Math.ScaleB(x / divisor, -powers[column]);
        var parts = Array.ConvertAll(Sums(table, cols, Part), sum => sum / rows);
        var squares = Sums(table, cols, (column, x) => Square(Part(column, x) - parts[column]));
        var means = parts.Zip(powers, Math.ScaleB).ToArray();
        var deviations = squares.Zip(powers, (sum, power) => Math.ScaleB(Math.Sqrt(sum / rows), power)).ToArray();
        deviations = Array.ConvertAll(deviations, deviation => deviation > 0 ? deviation : 1);
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

    /// <summary>The first column whose least and greatest number are so far apart that float64 has no difference of them.</summary>
    public static int? TooWide(Table table, int cols)
    {
        var (least, greatest) = (new double[cols], new double[cols]);
        Visit(table, cols, (column, x) => least[column] = Math.Min(least[column], x));
        Visit(table, cols, (column, x) => greatest[column] = Math.Max(greatest[column], x));
        var place = Enumerable.Range(0, cols).FirstOrDefault(c => !double.IsFinite(greatest[c] - least[c]), -1);
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

    private static double Square(double x) => x * x;

    private static int Power(double greatest) => greatest > 0 ? Math.ILogB(greatest) : 0;

    private static double[] Greatest(Table table, int cols)
    {
        var greatest = new double[cols];
        Visit(table, cols, (column, x) => greatest[column] = Math.Max(greatest[column], Math.Abs(x)));
        return greatest;
    }

    private static double[] Sums(Table table, int cols, Func<int, double, double> term)
    {
        var sums = new double[cols];
        Visit(table, cols, (column, x) => sums[column] += term(column, x));
        return sums;
    }

    private static void Visit(Table table, int cols, Action<int, double> act)
    {
        var column = 0;
        for (var place = 0; place < table.Length; place++)
        {
            act(column, At(table, place));
            column = column + 1 == cols ? 0 : column + 1;
        }
    }
}
