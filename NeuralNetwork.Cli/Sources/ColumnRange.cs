using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The least and the greatest number of a column: NaN both where one of its numbers is.</summary>
internal readonly record struct ColumnRange(double Least, double Greatest)
{
    /// <summary>Whether all numbers of the column are equal.</summary>
    public bool IsConstant => Least == Greatest;

    /// <summary>Whether they are so far apart that float64 has no difference of them.</summary>
    public bool IsTooWide => double.IsInfinity(Greatest - Least);

    /// <summary>The number farthest from 0, without its sign.</summary>
    public double Magnitude => Math.Max(Math.Abs(Least), Math.Abs(Greatest));

    /// <summary>The range of every column.</summary>
    public static ColumnRange[] Of(Table table, int cols)
    {
        var (least, greatest) = (new double[cols], new double[cols]);
        Array.Fill(least, double.PositiveInfinity);
        Array.Fill(greatest, double.NegativeInfinity);
        TableRows.Visit(
            table,
            cols,
            row =>
            {
                for (var column = 0; column < row.Length; column++)
                {
                    least[column] = Math.Min(least[column], row[column]);
                    greatest[column] = Math.Max(greatest[column], row[column]);
                }
            }
        );
        return [.. least.Zip(greatest, (low, high) => new ColumnRange(low, high))];
    }
}
