namespace NeuralNetwork.Cli.Charts;

/// <summary>A place of a line, and the bounds of its band there: both Y where there is none.</summary>
internal readonly record struct Dot(double X, double Y, double Low, double High)
{
    public Dot(double x, double y)
        : this(x, y, y, y) { }
}

/// <summary>Dots in the order they are joined. One that is no number is a gap.</summary>
internal sealed record ChartLine(string Name, IReadOnlyList<Dot> Dots);

/// <summary>Lines over a common axis.</summary>
internal sealed record LineChart(string Title, string Across, string Up, Scale Scale, IReadOnlyList<ChartLine> Lines)
    : Chart(Title)
{
    /// <summary>How the numbers of the axis across are spread.</summary>
    public Scale AcrossScale { get; init; } = Scale.Linear;

    /// <summary>Greater numbers are not drawn. The table has them.</summary>
    public double Greatest { get; init; } = double.PositiveInfinity;

    /// <summary>The names of the lines with numbers that are not drawn for their size.</summary>
    public IEnumerable<string> Beyond =>
        Lines.Where(line => line.Dots.Any(dot => dot.Y > Greatest)).Select(line => line.Name);

    /// <summary>Whether the axis across has whole numbers only.</summary>
    public bool IsCounted { get; init; } = true;

    /// <summary>The same lines with nothing but dots that have a place, in pieces between the gaps.</summary>
    public IEnumerable<Dot[]> Pieces(ChartLine line)
    {
        var piece = new List<Dot>();
        foreach (var dot in line.Dots)
        {
            if (AcrossScale.Has(dot.X) && Has(dot.Y))
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

    /// <summary>A row for every place across, with a column for each line.</summary>
    public override ChartTable Table()
    {
        var heights = Lines
            .Select(line => line.Dots.GroupBy(dot => dot.X).ToDictionary(dots => dots.Key, dots => dots.First().Y))
            .ToArray();
        var places = heights.SelectMany(line => line.Keys).Distinct().Order();
        return new(
            [Across, .. Lines.Select(line => line.Name)],
            [.. places.Select(x => (string[])[AcrossScale.Written(x), .. heights.Select(line => Cell(line, x))])]
        );
    }

    private string Cell(Dictionary<double, double> line, double x) =>
        Scale.Written(line.GetValueOrDefault(x, double.NaN));

    private bool Has(double y) => y <= Greatest && Scale.Has(y);

    private double Bound(double bound, double y) => Has(bound) ? bound : y;
}
