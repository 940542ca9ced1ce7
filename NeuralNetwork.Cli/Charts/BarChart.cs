using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

/// <summary>A value, and the bounds of what it may be: both the value where there are none.</summary>
internal sealed record Bar(string Name, double Value, double Low, double High)
{
    public Bar(string name, double value)
        : this(name, value, value, value) { }

    /// <summary>The mean of some values, from the least to the greatest; of none, a place without a bar.</summary>
    public static Bar Of(string name, double[] values) =>
        values.Length == 0 ? new(name, double.NaN) : new(name, values.Average(), values.Min(), values.Max());
}

/// <summary>A value for each name. Across says what the names are, Up what the values.</summary>
internal sealed record BarChart(string Title, string Across, string Up, Scale Scale, IReadOnlyList<Bar> Bars)
    : Chart(Title)
{
    /// <summary>Numbers further from 0 are written without a bar.</summary>
    public double Greatest { get; init; } = double.PositiveInfinity;

    /// <summary>Whether a number has a place in the picture.</summary>
    public bool Has(double value) => Math.Abs(value) <= Greatest && Scale.Has(value);

    private bool HasBounds => Bars.Any(bar => bar.High > bar.Low);

    public override ChartTable Table() =>
        new(HasBounds ? [Across, Up, "from", "to"] : [Across, Up], [.. Bars.Select(Row)]);

    private string[] Row(Bar bar) =>
        HasBounds
            ? [bar.Name, Scale.Written(bar.Value), Scale.Written(bar.Low), Scale.Written(bar.High)]
            : [bar.Name, Scale.Written(bar.Value)];
}

/// <summary>
/// Bars that lie, a name before and a value behind each. A bar is a length, so its axis begins at 0; where all values are
/// far from 0 and close to each other, dots take the place of bars and need no 0.
/// </summary>
internal sealed class BarPicture
{
    private const double Row = 26;
    private const double Thickness = 14;
    private const double Gap = 8;
    private const int LongestName = 28;
    private const int Rows = 300;

    private readonly BarChart chart;
    private readonly Bar[] bars;
    private readonly Plot plot;
    private readonly double width;
    private readonly int nameLength;
    private readonly bool hasLengths;

    private BarPicture(BarChart chart, double width)
    {
        (this.chart, this.width) = (chart, width);
        bars = [.. chart.Bars.Take(Rows)];
        nameLength = Math.Min(LongestName, (int)(width / 24));
        var left = Sheet.Margin + Gap + Longest(bar => Theme.WidthOf(Svg.Cut(bar.Name, nameLength)));
        var right = width - Sheet.Margin - Gap - Longest(bar => Theme.TickWidthOf(chart.Scale.Written(bar.Value)));
        double[] values =
        [
            .. bars.SelectMany(bar => new[] { bar.Value, bar.Low, bar.High }).Where(value => chart.Has(value)),
        ];
        var across = Axis.Upright(chart.Scale, values, Plot.TicksAcross(right - left));
        hasLengths = chart.Scale != Scale.Logarithmic && across.Low <= 0 && across.High >= 0;
        var bottom = Sheet.Top + (Row * Math.Max(1, bars.Length));
        plot = new(across, Axis.Counted([0, 1], 1), left, Sheet.Top, right, bottom);
    }

    public static XElement Draw(BarChart chart, double width) => new BarPicture(chart, width).Draw();

    private double Longest(Func<Bar, double> length) => bars.Select(length).DefaultIfEmpty(0).Max();

    private XElement Draw() =>
        Sheet
            .Of(chart.Title, chart.Up, About(), width, plot.Bottom + 32, captionLines: 2)
            .With(
                plot.Across.Ticks.Select(tick =>
                    Plot.Straight("grid", plot.X(tick.Value), plot.Top, plot.X(tick.Value), plot.Bottom)
                )
            )
            .With(plot.Floor())
            .With(bars.SelectMany(Parts))
            .With(bars.Length == 0 ? [plot.Nothing()] : []);

    private IEnumerable<XElement> Parts(Bar bar, int place)
    {
        var middle = plot.Top + ((place + 0.5) * Row);
        yield return Plot.Words("label", Svg.Cut(bar.Name, nameLength), plot.Left - Gap, middle + 4.5, "end")
            .With(Svg.Words("title", bar.Name));
        if (!chart.Has(bar.Value))
        {
            yield return Plot.Tick(Unplaced(bar), plot.Left + Gap, middle + 4, "start");
            yield break;
        }
        yield return hasLengths ? Length(bar, middle) : Dot(bar, middle);
        var (low, high) = Bounds(bar);
        if (high > low)
            yield return Plot.Straight("whisker", plot.X(low), middle, plot.X(high), middle);
        var end = plot.X(Math.Max(Math.Max(high, bar.Value), hasLengths ? 0 : double.NegativeInfinity));
        yield return Plot.Tick(chart.Scale.Written(bar.Value), end + Gap, middle + 4, "start");
    }

    private string Unplaced(Bar bar) =>
        $"{chart.Scale.Written(bar.Value)}{(Math.Abs(bar.Value) > chart.Greatest ? " (off the scale)" : "")}";

    private XElement Length(Bar bar, double middle)
    {
        var (from, to) = (plot.X(Math.Min(0, bar.Value)), plot.X(Math.Max(0, bar.Value)));
        return Svg.Element(
                "rect",
                ("class", "bar c0"),
                ("x", from),
                ("y", middle - (Thickness / 2)),
                ("width", to - from),
                ("height", Thickness)
            )
            .With(Told(bar));
    }

    private XElement Dot(Bar bar, double middle) =>
        Svg.Element("circle", ("class", "dot c0"), ("cx", plot.X(bar.Value)), ("cy", middle), ("r", 5.0))
            .With(Told(bar));

    private XElement Told(Bar bar) => Svg.Words("title", $"{bar.Name}: {chart.Scale.Written(bar.Value)}");

    private (double Low, double High) Bounds(Bar bar) =>
        chart.Has(bar.Low) && chart.Has(bar.High) ? (bar.Low, bar.High) : (bar.Value, bar.Value);

    /// <summary>The picture in words.</summary>
    private string About() =>
        $"{chart.Up} by {chart.Across}. "
        + string.Join("; ", bars.Select(bar => $"{bar.Name}: {chart.Scale.Written(bar.Value)}"));
}
