using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Means and deviations of the columns of a table, in the units of its numbers divided by a divisor.</summary>
internal static class Standardizer
{
    /// <summary>Means, and deviations (divided by n) with 1 where a column never changes.</summary>
    public static (double[] Means, double[] Deviations) Of(NumberArray table, int cols, double divisor) =>
        table.Standardization(cols, divisor);

    /// <summary>The places of the columns that never change.</summary>
    public static IEnumerable<int> Constants(NumberArray table, int cols) =>
        ColumnRange.Of(table, cols).Index().Where(column => column.Item.IsConstant).Select(column => column.Index);

    /// <summary>The first column whose least and greatest number are so far apart that float64 has no difference of them.</summary>
    public static int? TooWide(NumberArray table, int cols)
    {
        var place = Array.FindIndex(ColumnRange.Of(table, cols), range => range.IsTooWide);
        return place < 0 ? null : place;
    }

    /// <summary>What takes the place of missing numbers: NaN in a table of float64, filled column by column.</summary>
    public static void Fill(NumberArray table, int cols, IReadOnlyList<double> fills)
    {
        if (table is not NumberArray.Doubles numbers)
            return;
        for (var place = 0; place < numbers.Item.Length; place++)
            if (double.IsNaN(numbers.Item[place]))
                numbers.Item[place] = fills[place % cols];
    }
}
