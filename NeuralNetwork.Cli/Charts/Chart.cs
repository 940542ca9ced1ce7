using System.Xml.Linq;

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
        : scale == Scale.Share ? $"{100 * value:0.00;-0.00;0.00} %"
        : Math.Abs(value) is >= 1e6 or (> 0 and < 1e-4) ? value.ToString("0.###e0")
        : Math.Abs(value) >= 1000 ? value.ToString("#,0.#")
        : value.ToString("G4");

    /// <summary>The scale that tells the heights of some lines apart: by their ratios where they differ much.</summary>
    public static Scale For(IEnumerable<ChartLine> lines) =>
        IsWide(lines.SelectMany(line => line.Dots).Select(dot => dot.Y)) ? Scale.Logarithmic : Scale.Linear;

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

/// <summary>The rectangle between two axes, and where numbers stand in it.</summary>
internal sealed record Plot(Axis Across, Axis Up, double Left, double Top, double Right, double Bottom)
{
    /// <summary>From a tick's text to its axis.</summary>
    private const double Gap = 9;

    public double Width => Right - Left;

    public double X(double value) => Left + (Across.Place(value) * Width);

    public double Y(double value) => Bottom - (Up.Place(value) * (Bottom - Top));

    /// <summary>The room that the numbers of an upright axis need beside it.</summary>
    public static double LeftOf(Axis up) => Sheet.Margin + Gap + up.Ticks.Max(tick => Theme.TickWidthOf(tick.Text));

    /// <summary>How many numbers an axis across has room for.</summary>
    public static int TicksAcross(double width) => Math.Clamp((int)(width / 80), 2, 8);

    /// <summary>Lines from the upright axis, numbers at both, and what the one across is called.</summary>
    public IEnumerable<XElement> Grid(string across)
    {
        foreach (var tick in Up.Ticks)
            yield return Straight("grid", Left, Y(tick.Value), Right, Y(tick.Value));
        foreach (var tick in Up.Ticks)
            yield return Tick(tick.Text, Left - Gap, Y(tick.Value) + 4, "end");
        foreach (var element in Floor().Append(Called(across)))
            yield return element;
        yield return Svg.Element(
            "rect",
            ("class", "frame"),
            ("x", Left),
            ("y", Top),
            ("width", Width),
            ("height", Bottom - Top)
        );
    }

    /// <summary>The axis across: a line, and numbers under it.</summary>
    public IEnumerable<XElement> Floor()
    {
        foreach (var tick in Across.Ticks)
        {
            yield return Straight("rule", X(tick.Value), Bottom, X(tick.Value), Bottom + 5);
            yield return Tick(tick.Text, Inside(X(tick.Value), tick.Text), Bottom + 19, "middle");
        }
        yield return Straight("rule", Left, Bottom, Right, Bottom);
    }

    /// <summary>The middle of a number under the axis: at the ends it moves inwards, for there may be others beside it.</summary>
    private double Inside(double x, string text)
    {
        var half = Math.Max(0, (Theme.TickWidthOf(text) / 2) - Gap);
        return Math.Clamp(x, Left + half, Math.Max(Left + half, Right - half));
    }

    /// <summary>What stands in the middle of a picture without numbers.</summary>
    public XElement Nothing() => Words("caption", "nothing to show", (Left + Right) / 2, (Top + Bottom) / 2, "middle");

    public XElement Called(string across) => Words("caption", across, (Left + Right) / 2, Bottom + 40, "middle");

    public static XElement Straight(string kind, double x1, double y1, double x2, double y2) =>
        Svg.Element("line", ("class", kind), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    public static XElement Tick(string text, double x, double y, string anchor) => Words("tick", text, x, y, anchor);

    /// <summary>A text that begins, ends or has its middle at a place.</summary>
    public static XElement Words(string kind, string text, double x, double y, string anchor) =>
        Svg.Words("text", text, ("class", kind), ("x", x), ("y", y), ("text-anchor", anchor));
}
