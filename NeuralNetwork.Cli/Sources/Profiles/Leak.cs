namespace NeuralNetwork.Cli.Sources;

/// <summary>Whether a single column says nearly all about the target: it may have been made from it.</summary>
internal static class Leak
{
    private const double Enough = 0.99;
    private const int FewestRows = 20;

    /// <summary>The share of the target that a column alone explains; NaN where that says nothing.</summary>
    public static double Share(ColumnProfile column, ColumnProfile target, bool areClasses)
    {
        var (x, t) = (column.Kept, target.Kept);
        if (x.Length < FewestRows || column.IsConstant || column.IsIdentity || target.IsConstant)
            return double.NaN;
        return areClasses ? Majority(x, t)
            : column.IsNumber && target.IsNumber ? Correlation(x, t)
            : double.NaN;
    }

    public static bool IsLeak(double share) => share >= Enough;

    /// <summary>
    /// The hits of the best guess from the column: rows in the order of its values, cut where there are ten rows with the
    /// same values or more, and in each piece the most frequent class.
    /// </summary>
    private static double Majority(double[] x, double[] t)
    {
        var rows = Enumerable.Range(0, x.Length).OrderBy(row => x[row]).ThenBy(row => t[row]).ToArray();
        var fewest = Math.Max(10, rows.Length / 100);
        var (hits, piece) = (0, new Dictionary<double, int>());
        for (var place = 0; place < rows.Length; place++)
        {
            var label = t[rows[place]];
            piece[label] = piece.GetValueOrDefault(label) + 1;
            var isLast = place + 1 == rows.Length;
            if (!isLast && (piece.Values.Sum() < fewest || x[rows[place]].Equals(x[rows[place + 1]])))
                continue;
            hits += piece.Values.Max();
            piece.Clear();
        }
        return (double)hits / rows.Length;
    }

    /// <summary>The square of the correlation.</summary>
    private static double Correlation(double[] x, double[] t)
    {
        var rows = Enumerable.Range(0, x.Length).Where(row => !double.IsNaN(x[row] + t[row])).ToArray();
        if (rows.Length < FewestRows)
            return double.NaN;
        var (meanX, meanT) = (rows.Average(row => x[row]), rows.Average(row => t[row]));
        var xx = rows.Sum(row => (x[row] - meanX) * (x[row] - meanX));
        var tt = rows.Sum(row => (t[row] - meanT) * (t[row] - meanT));
        var xt = rows.Sum(row => (x[row] - meanX) * (t[row] - meanT));
        return xx * tt == 0 ? double.NaN : xt * xt / (xx * tt);
    }
}
