namespace NeuralNetwork.Cli.Charts;

/// <summary>What a picture shows, before anything is drawn: data, and no more.</summary>
internal abstract record Chart(string Title)
{
    /// <summary>The same numbers in words and columns, for whoever cannot or will not see the picture.</summary>
    public abstract ChartTable Table();
}

/// <summary>Rows under heads. The first column has names or places, the others have numbers.</summary>
internal sealed record ChartTable(IReadOnlyList<string> Heads, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>How the numbers of an axis are spread and written.</summary>
internal enum Scale
{
    Linear,

    /// <summary>Equal ratios are equal distances. Numbers up to 0 have no place.</summary>
    Logarithmic,

    /// <summary>Linear, written as percentages.</summary>
    Share,
}

/// <summary>What a scale makes of numbers.</summary>
internal static class Scaling
{
    // Spans and steps of axes must stay numbers, too.
    private const double Greatest = 1e300;
    private const double Least = 1e-300;

    /// <summary>Whether a number has a place on such an axis.</summary>
    public static bool Has(this Scale scale, double value) =>
        Math.Abs(value) <= Greatest && (scale != Scale.Logarithmic || value >= Least);

    /// <summary>What stands at an axis: what it shows, and how where that is not what one expects.</summary>
    public static string Caption(this Scale scale, string name) =>
        scale == Scale.Logarithmic ? $"{name}, logarithmic scale" : name;

    /// <summary>A number for people: four digits and more of whole ones, shares as percentages, nothing for none.</summary>
    public static string Written(this Scale scale, double value) =>
        !double.IsFinite(value) ? "–"
        : scale == Scale.Share ? $"{100 * value:0.00} %"
        : Math.Abs(value) is >= 1e6 or (> 0 and < 1e-4) ? value.ToString("0.###e0")
        : Math.Abs(value) >= 1000 ? value.ToString("#,0.#")
        : value.ToString("G4");

    /// <summary>Whether such values are better told apart by their ratios.</summary>
    public static bool IsWide(IEnumerable<double> values)
    {
        var shown = values.Where(value => value > 0 && Scale.Linear.Has(value)).DefaultIfEmpty(1).ToArray();
        return shown.Max() > 30 * shown.Min();
    }
}

/// <summary>Moves labels apart.</summary>
internal static class Spread
{
    /// <summary>
    /// The places nearest to those wanted (in squares), in the same order, with a gap between neighbours, from low to high.
    /// Wanted places are in order. Where there is no room for all, they begin at low and go beyond high.
    /// Moving the i-th one down by i gaps makes it a regression to rising numbers: neighbours in the wrong order share
    /// their mean.
    /// </summary>
    public static double[] Apart(IReadOnlyList<double> wanted, double gap, double low, double high)
    {
        var pools = new Stack<(double Sum, int Count)>();
        for (var place = 0; place < wanted.Count; place++)
        {
            var pool = (Sum: wanted[place] - (place * gap), Count: 1);
            while (pools.TryPeek(out var before) && before.Sum / before.Count > pool.Sum / pool.Count)
                pool = (pool.Sum + pools.Peek().Sum, pool.Count + pools.Pop().Count);
            pools.Push(pool);
        }
        var top = Math.Max(low, high - ((wanted.Count - 1) * gap));
        return
        [
            .. pools
                .Reverse()
                .SelectMany(pool => Enumerable.Repeat(Math.Clamp(pool.Sum / pool.Count, low, top), pool.Count))
                .Select((start, place) => start + (place * gap)),
        ];
    }
}
