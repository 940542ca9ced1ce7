using System.Xml.Linq;

namespace NeuralNetwork.Cli;

/// <summary>
/// A line chart as SVG: the name of each line stands at its end, moved up or down where names would touch, so that no key
/// is needed. A pure function of the chart. It runs no script and fetches nothing.
/// </summary>
internal sealed class LinePicture
{
    private const double Width = 760;
    private const double Left = 64;
    private const double Top = 72;
    private const double Bottom = 52;
    private const double LabelGap = 17;
    private const double Lead = 22;
    private const int LongestName = 22;
    private const int TicksAcross = 8;
    private const int TicksUp = 7;

    private readonly LineChart chart;
    private readonly Dot[][][] pieces;
    private readonly Axis across;
    private readonly Axis up;
    private readonly double right;
    private readonly double bottom;

    private LinePicture(LineChart chart)
    {
        this.chart = chart;
        pieces = [.. chart.Lines.Select(line => chart.Pieces(line).ToArray())];
        var dots = pieces.SelectMany(line => line).SelectMany(piece => piece).ToArray();
        across = Axis.Counted([.. dots.Select(dot => dot.X)], TicksAcross);
        up = Axis.Upright(chart.Scale, [.. dots.SelectMany(dot => new[] { dot.Y, dot.Low, dot.High })], TicksUp);
        var longest = chart
            .Lines.Select(line => Theme.WidthOf(Svg.Cut(line.Name, LongestName)))
            .DefaultIfEmpty(0)
            .Max();
        right = Width - Lead - 14 - longest;
        bottom = Top + Math.Max(310, chart.Lines.Count * LabelGap);
    }

    /// <summary>The picture of a chart, as the text of a file.</summary>
    public static string Of(LineChart chart) => $"{new LinePicture(chart).Draw()}\n";

    private XElement Draw()
    {
        var height = bottom + Bottom;
        var picture = Svg.Element(
                "svg",
                ("viewBox", FormattableString.Invariant($"0 0 {Width} {height}")),
                ("width", Width),
                ("height", height),
                ("role", "img")
            )
            .With(Svg.Words("title", chart.Title), Svg.Words("desc", About()), Svg.Words("style", Theme.Style))
            .With(Svg.Element("rect", ("class", "paper"), ("width", Width), ("height", height)))
            .With(Svg.Words("text", chart.Title, ("class", "title"), ("x", 20.0), ("y", 28.0)))
            .With(Svg.Words("text", chart.Up, ("class", "caption"), ("x", 20.0), ("y", 48.0)))
            .With(Grid())
            .With(chart.Lines.SelectMany((_, line) => Bands(line)))
            .With(chart.Lines.SelectMany((_, line) => Strokes(line)))
            .With(Labels());
        return pieces.All(line => line.Length == 0) ? picture.With(Nothing()) : picture;
    }

    private double X(double value) => Left + (across.Place(value) * (right - Left));

    private double Y(double value) => bottom - (up.Place(value) * (bottom - Top));

    private XElement Nothing() =>
        Svg.Words(
            "text",
            "nothing to show yet",
            ("class", "caption"),
            ("x", (Left + right) / 2),
            ("y", (Top + bottom) / 2),
            ("text-anchor", "middle")
        );

    private IEnumerable<XElement> Grid()
    {
        foreach (var tick in up.Ticks)
        {
            var y = Y(tick.Value);
            yield return Straight("grid", Left, y, right, y);
            yield return Tick(tick.Text, Left - 9, y + 4, "end");
        }
        foreach (var tick in across.Ticks)
        {
            var x = X(tick.Value);
            yield return Straight("rule", x, bottom, x, bottom + 5);
            yield return Tick(tick.Text, x, bottom + 19, "middle");
        }
        yield return Straight("rule", Left, bottom, right, bottom);
        yield return Svg.Words(
            "text",
            chart.Across,
            ("class", "caption"),
            ("x", (Left + right) / 2),
            ("y", bottom + 40),
            ("text-anchor", "middle")
        );
        yield return Svg.Element(
            "rect",
            ("class", "frame"),
            ("x", Left),
            ("y", Top),
            ("width", right - Left),
            ("height", bottom - Top)
        );
    }

    private static XElement Straight(string kind, double x1, double y1, double x2, double y2) =>
        Svg.Element("line", ("class", kind), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    private static XElement Tick(string text, double x, double y, string anchor) =>
        Svg.Words("text", text, ("class", "tick"), ("x", x), ("y", y), ("text-anchor", anchor));

    private IEnumerable<XElement> Bands(int line)
    {
        foreach (var piece in pieces[line].Where(piece => piece.Any(dot => dot.High > dot.Low)))
        {
            var dots = Thinning.Of(piece, (int)(right - Left));
            var edge = dots.Select(dot => (X(dot.X), Y(dot.High)))
                .Concat(dots.Reverse().Select(dot => (X(dot.X), Y(dot.Low))));
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
                yield return Stroke(line, Thinning.Of(piece, (int)(right - Left)));
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
                ("points", Svg.Points(dots.Select(dot => (X(dot.X), Y(dot.Y)))))
            )
            .With(Svg.Words("title", chart.Lines[line].Name));
        if (Theme.DashesOf(line) is { Length: > 0 } dashes)
            stroke.SetAttributeValue("stroke-dasharray", dashes);
        return stroke;
    }

    private XElement Circle(int line, Dot dot) =>
        Svg.Element("circle", ("class", $"dot {Theme.ColourOf(line)}"), ("cx", X(dot.X)), ("cy", Y(dot.Y)), ("r", 3.0));

    /// <summary>The names, from the top down, each joined to the end of its line. A line without an end has none.</summary>
    private IEnumerable<XElement> Labels()
    {
        var ends = pieces
            .Select((line, place) => (Line: place, Piece: line.LastOrDefault()))
            .Where(one => one.Piece is not null)
            .Select(one => (one.Line, X: X(one.Piece![^1].X), Y: Y(one.Piece[^1].Y)))
            .OrderBy(one => one.Y)
            .ToArray();
        var places = Spread.Apart([.. ends.Select(end => end.Y)], LabelGap, Top, bottom);
        return ends.Zip(places, (end, place) => Label(end.Line, end.X, end.Y, place)).SelectMany(parts => parts);
    }

    private IEnumerable<XElement> Label(int line, double x, double y, double place)
    {
        var name = chart.Lines[line].Name;
        (double, double)[] lead = [(x + 5, y), (Math.Max(x, right) + 6, y), (right + Lead - 5, place)];
        var leader = Svg.Element("polyline", ("class", $"lead {Theme.ColourOf(line)}"), ("points", Svg.Points(lead)));
        // Across the chart it must not look like more of the line.
        if (x < right - 1)
            leader.SetAttributeValue("stroke-dasharray", "1 4");
        yield return leader;
        var label = Svg.Words(
            "text",
            Svg.Cut(name, LongestName),
            ("class", "label"),
            ("x", right + Lead),
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
        var (first, end) = (Text.number(across.Low), Text.number(across.High));
        return $"{chart.Up} by {chart.Across}, from {first} to {end}. {string.Join("; ", lines)}.";
    }
}
