using System.Xml.Linq;
using NeuralNetwork.Maths;

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

/// <summary>
/// A line chart as SVG: the name of each line stands at its end, moved up or down where names would touch, so that no key
/// is needed.
/// </summary>
internal sealed class LinePicture
{
    private const double Height = 310;
    private const double LabelGap = 17;
    private const double Lead = 22;
    private const int LongestName = 22;
    private const int TicksUp = 7;

    /// <summary>Up to so many dots of a line tell their number where one points at them.</summary>
    private const int MostTold = 100;

    private readonly LineChart chart;
    private readonly Dot[][][] pieces;
    private readonly Plot plot;
    private readonly double width;
    private readonly int nameLength;

    private LinePicture(LineChart chart, double width)
    {
        (this.chart, this.width) = (chart, width);
        nameLength = Math.Min(LongestName, (int)(width / 30));
        pieces = [.. chart.Lines.Select(line => chart.Pieces(line).ToArray())];
        var dots = pieces.SelectMany(line => line).SelectMany(piece => piece).ToArray();
        var up = Axis.Upright(chart.Scale, [.. dots.SelectMany(dot => new[] { dot.Y, dot.Low, dot.High })], TicksUp);
        var left = Plot.LeftOf(up);
        var right = width - Lead - 14 - LongestLabel();
        double[] places = [.. dots.Select(dot => dot.X)];
        var ticks = Plot.TicksAcross(right - left);
        var across =
            chart.IsCounted && chart.AcrossScale != Scale.Logarithmic
                ? Axis.Counted(places, ticks)
                : Axis.Upright(chart.AcrossScale, places, ticks);
        var bottom = Sheet.Top + Math.Max(Math.Min(Height, 0.8 * width), chart.Lines.Count * LabelGap);
        plot = new(across, up, left, Sheet.Top, right, bottom);
    }

    public static XElement Draw(LineChart chart, double width) => new LinePicture(chart, width).Draw();

    private double LongestLabel() =>
        chart.Lines.Select(line => Theme.WidthOf(Svg.Cut(line.Name, nameLength))).DefaultIfEmpty(0).Max();

    private XElement Draw()
    {
        var picture = Sheet
            .Of(chart.Title, chart.Scale.Caption(chart.Up), About(), width, plot.Bottom + Sheet.Bottom)
            .With(plot.Grid(chart.AcrossScale.Caption(chart.Across)))
            .With(chart.Lines.SelectMany((_, line) => Bands(line)))
            .With(chart.Lines.SelectMany((_, line) => Strokes(line)))
            .With(chart.Lines.SelectMany((_, line) => Told(line)))
            .With(Labels());
        return pieces.All(line => line.Length == 0) ? picture.With(plot.Nothing()) : picture;
    }

    private IEnumerable<XElement> Bands(int line)
    {
        foreach (var piece in pieces[line].Where(piece => piece.Any(dot => dot.High > dot.Low)))
        {
            var dots = Thinning.Of(piece, (int)plot.Width);
            var edge = dots.Select(dot => (plot.X(dot.X), plot.Y(dot.High)))
                .Concat(dots.Reverse().Select(dot => (plot.X(dot.X), plot.Y(dot.Low))));
            yield return Svg.Element(
                "polygon",
                ("class", $"band {Theme.ColourOf(line)}"),
                ("points", Svg.Points(edge))
            );
        }
    }

    private IEnumerable<XElement> Strokes(int line)
    {
        foreach (var piece in pieces[line])
        {
            if (piece.Length > 1)
                yield return Stroke(line, Thinning.Of(piece, (int)plot.Width));
            // A piece of one dot would not be seen, and the end of a line is where its label belongs.
            if (piece.Length == 1 || piece == pieces[line][^1])
                yield return Circle(line, piece[^1]);
        }
    }

    private XElement Stroke(int line, IReadOnlyList<Dot> dots)
    {
        var stroke = Svg.Element(
                "polyline",
                ("class", $"line {Theme.ColourOf(line)}"),
                ("points", Svg.Points(dots.Select(dot => (plot.X(dot.X), plot.Y(dot.Y)))))
            )
            .With(Svg.Words("title", chart.Lines[line].Name));
        if (Theme.DashesOf(line) is { Length: > 0 } dashes)
            stroke.SetAttributeValue("stroke-dasharray", dashes);
        return stroke;
    }

    private XElement Circle(int line, Dot dot) =>
        Svg.Element(
            "circle",
            ("class", $"dot {Theme.ColourOf(line)}"),
            ("cx", plot.X(dot.X)),
            ("cy", plot.Y(dot.Y)),
            ("r", 3.0)
        );

    /// <summary>Where one can point at, to be told the number.</summary>
    private IEnumerable<XElement> Told(int line) =>
        pieces[line].Sum(piece => piece.Length) > MostTold
            ? []
            : pieces[line].SelectMany(piece => piece).Select(dot => Told(line, dot));

    private XElement Told(int line, Dot dot) =>
        Svg.Element("circle", ("class", "told"), ("cx", plot.X(dot.X)), ("cy", plot.Y(dot.Y)), ("r", 6.0))
            .With(
                Svg.Words(
                    "title",
                    $"{chart.Lines[line].Name}, {chart.Across} {dot.X:0.##}: {chart.Scale.Written(dot.Y)}"
                )
            );

    /// <summary>The names, from the top down, each joined to the end of its line. A line without an end has none.</summary>
    private IEnumerable<XElement> Labels()
    {
        var ends = pieces
            .Select((line, place) => (Line: place, Piece: line.LastOrDefault()))
            .Where(one => one.Piece is not null)
            .Select(one => (one.Line, X: plot.X(one.Piece![^1].X), Y: plot.Y(one.Piece[^1].Y)))
            .OrderBy(one => one.Y)
            .ToArray();
        var places = Spread.Apart([.. ends.Select(end => end.Y)], LabelGap, plot.Top, plot.Bottom);
        return ends.Zip(places, (end, place) => Label(end.Line, end.X, end.Y, place)).SelectMany(parts => parts);
    }

    private IEnumerable<XElement> Label(int line, double x, double y, double place)
    {
        var name = chart.Lines[line].Name;
        (double, double)[] lead = [(x + 5, y), (Math.Max(x, plot.Right) + 6, y), (plot.Right + Lead - 5, place)];
        var leader = Svg.Element("polyline", ("class", $"lead {Theme.ColourOf(line)}"), ("points", Svg.Points(lead)));
        // Across the chart it must not look like more of the line.
        if (x < plot.Right - 1)
            leader.SetAttributeValue("stroke-dasharray", "1 4");
        yield return leader;
        var label = Svg.Words(
            "text",
            Svg.Cut(name, nameLength),
            ("class", "label"),
            ("x", plot.Right + Lead),
            ("y", place + 4.5)
        );
        yield return label.With(Svg.Words("title", name));
    }

    /// <summary>The picture in words.</summary>
    private string About()
    {
        var lines = chart.Lines.Select(
            (line, place) =>
                pieces[place] is [.., var last]
                    ? $"{line.Name}: {pieces[place][0][0].Y:0.####} to {last[^1].Y:0.####}"
                    : $"{line.Name}: no numbers"
        );
        var (first, end) = (Text.number(plot.Across.Low), Text.number(plot.Across.High));
        return $"{chart.Up} by {chart.Across}, from {first} to {end}. {string.Join("; ", lines)}.";
    }
}

/// <summary>Leaves out dots that a picture has no room for.</summary>
internal static class Thinning
{
    /// <summary>Of each column of a picture the first dot, the last one and the extremes, in their old order.</summary>
    public static IReadOnlyList<Dot> Of(IReadOnlyList<Dot> dots, int columns)
    {
        if (dots.Count <= 4 * columns)
            return dots;
        var kept = new List<Dot>(4 * columns);
        for (var column = 0; column < columns; column++)
        {
            var (start, end) = (Start(column), Start(column + 1));
            var places = Enumerable.Range(start, end - start).ToArray();
            int[] told = [start, places.MinBy(place => dots[place].Y), places.MaxBy(place => dots[place].Y), end - 1];
            kept.AddRange(told.Distinct().Order().Select(place => dots[place]));
        }
        return kept;

        int Start(int column) => (int)((long)dots.Count * column / columns);
    }
}
