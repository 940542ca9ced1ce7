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
