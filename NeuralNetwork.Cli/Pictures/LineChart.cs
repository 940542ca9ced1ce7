namespace NeuralNetwork.Cli;

/// <summary>A place of a line, and the bounds of its band there: both Y where there is none.</summary>
internal readonly record struct Dot(double X, double Y, double Low, double High)
{
    public Dot(double x, double y)
        : this(x, y, y, y) { }
}

/// <summary>Dots in the order they are joined. One that is no number is a gap.</summary>
internal sealed record ChartLine(string Name, IReadOnlyList<Dot> Dots);

/// <summary>How the numbers of an axis are spread and written.</summary>
internal enum Scale
{
    Linear,

    /// <summary>Equal ratios are equal distances. Numbers up to 0 have no place.</summary>
    Logarithmic,

    /// <summary>Linear, written as percentages.</summary>
    Share,
}

/// <summary>Lines over a common axis: what a picture shows, before anything is drawn.</summary>
internal sealed record LineChart(string Title, string Across, string Up, Scale Scale, IReadOnlyList<ChartLine> Lines)
{
    // Spans and steps of axes must stay numbers, too.
    private const double Greatest = 1e300;
    private const double Least = 1e-300;

    /// <summary>The same lines with nothing but dots that have a place, in pieces between the gaps.</summary>
    public IEnumerable<Dot[]> Pieces(ChartLine line)
    {
        var piece = new List<Dot>();
        foreach (var dot in line.Dots)
        {
            if (HasPlace(dot))
                piece.Add(dot with { Low = Bound(dot.Low, dot.Y), High = Bound(dot.High, dot.Y) });
            else if (piece.Count > 0)
            {
                yield return [.. piece];
                piece.Clear();
            }
        }
        if (piece.Count > 0)
            yield return [.. piece];
    }

    /// <summary>Whether lines of such values are better told apart by their ratios.</summary>
    public static bool IsWide(IEnumerable<double> values)
    {
        var shown = values.Where(value => value is > 0 and <= Greatest).DefaultIfEmpty(1).ToArray();
        return shown.Max() > 30 * shown.Min();
    }

    private bool HasPlace(Dot dot) => Math.Abs(dot.X) <= Greatest && HasHeight(dot.Y);

    private bool HasHeight(double y) => Math.Abs(y) <= Greatest && (Scale != Scale.Logarithmic || y >= Least);

    private double Bound(double bound, double y) => HasHeight(bound) ? bound : y;
}
