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

/// <summary>How many numbers lie in each of some bins of the same width, from Low to High.</summary>
/// <param name="Note">A few words under the title.</param>
internal sealed record Histogram(string Title, string Note, double Low, double High, IReadOnlyList<long> Counts)
{
    /// <summary>
    /// Counts finite numbers, their mean and standard deviation in the note. Others are only counted in the note. The
    /// numbers are gone through twice and never held: they may be many millions.
    /// </summary>
    public static Histogram Of(string title, IEnumerable<double> numbers, int bins)
    {
        var (least, greatest, sum) = (double.PositiveInfinity, double.NegativeInfinity, 0.0);
        var (shown, all) = (0L, 0L);
        foreach (var number in numbers)
        {
            all++;
            if (!Scale.Linear.Has(number))
                continue;
            (least, greatest) = (Math.Min(least, number), Math.Max(greatest, number));
            sum += number;
            shown++;
        }
        if (shown == 0)
            return new(title, "no numbers", 0, 1, new long[bins]);
        var (low, high) = Axis.Span([least, greatest]);
        var (counts, squares) = Count(numbers, low, high, sum / shown, bins);
        var others = all == shown ? "" : $", {all - shown} not finite";
        var note = $"mean {Short(sum / shown)}, deviation {Short(Math.Sqrt(squares / shown))}{others}";
        return new(title, note, low, high, counts);
    }

    private static (long[] Counts, double Squares) Count(
        IEnumerable<double> numbers,
        double low,
        double high,
        double mean,
        int bins
    )
    {
        var (counts, squares) = (new long[bins], 0.0);
        foreach (var number in numbers)
        {
            if (!Scale.Linear.Has(number))
                continue;
            counts[Math.Clamp((int)((number - low) / (high - low) * bins), 0, bins - 1)]++;
            squares += (number - mean) * (number - mean);
        }
        return (counts, squares);
    }

    private static string Short(double value) =>
        Math.Abs(value) is > 0 and (< 1e-3 or >= 1e6) ? value.ToString("0.0e0")
        : Math.Abs(value) >= 100 ? value.ToString("#,0")
        : value.ToString("G3");
}

/// <summary>Small pictures of the same kind side by side: one for each layer.</summary>
internal sealed record HistogramStrip(string Title, string Across, IReadOnlyList<Histogram> Histograms) : Chart(Title)
{
    /// <summary>A row for every bin.</summary>
    public override ChartTable Table() =>
        new(
            ["", "from", "to", "count"],
            [.. Histograms.SelectMany(one => one.Counts.Select((count, bin) => Row(one, bin, count)))]
        );

    private static string[] Row(Histogram one, int bin, long count)
    {
        var width = (one.High - one.Low) / one.Counts.Count;
        var (from, to) = (one.Low + (bin * width), one.Low + ((bin + 1) * width));
        return [one.Title, Scale.Linear.Written(from), Scale.Linear.Written(to), $"{count}"];
    }
}

/// <summary>Histograms side by side, in as many rows as it takes. Heights are each picture's own: shapes are compared.</summary>
internal sealed class StripPicture
{
    private const double Least = 200;
    private const double Height = 96;
    private const double Head = 40;
    private const double Foot = 34;
    private const double Gap = 26;

    private readonly HistogramStrip strip;
    private readonly double width;
    private readonly int columns;
    private readonly double panel;

    private StripPicture(HistogramStrip strip, double width)
    {
        (this.strip, this.width) = (strip, width);
        var room = width - (2 * Sheet.Margin);
        columns = Math.Clamp((int)((room + Gap) / (Least + Gap)), 1, Math.Max(1, strip.Histograms.Count));
        panel = Math.Min((room - ((columns - 1) * Gap)) / columns, 1.5 * Least);
    }

    public static XElement Draw(HistogramStrip strip, double width) => new StripPicture(strip, width).Draw();

    private XElement Draw()
    {
        var rows = Math.Max(1, (strip.Histograms.Count + columns - 1) / columns);
        var height = 58 + (rows * (Head + Height + Foot)) + 4;
        return Sheet
            .Of(strip.Title, strip.Across, About(), width, height)
            .With(strip.Histograms.SelectMany((one, place) => Panel(one, PlotOf(one, place))));
    }

    private Plot PlotOf(Histogram one, int place)
    {
        var left = Sheet.Margin + (place % columns * (panel + Gap));
        var top = 58 + (place / columns * (Head + Height + Foot)) + Head;
        var across = Axis.Within(one.Low, one.High, 5);
        var up = Axis.Within(0, Math.Max(1, one.Counts.Max()), 2);
        return new(across, up, left, top, left + panel, top + Height);
    }

    private static IEnumerable<XElement> Panel(Histogram one, Plot plot)
    {
        var letters = (int)(plot.Width / Theme.TickLetterWidth);
        yield return Plot.Words("head", Svg.Cut(one.Title, letters), plot.Left, plot.Top - 24, "start")
            .With(Svg.Words("title", one.Title));
        yield return Plot.Words("note", one.Note, plot.Left, plot.Top - 9, "start");
        var step = plot.Width / one.Counts.Count;
        foreach (var (bin, count) in one.Counts.Index().Where(bar => bar.Item > 0))
            yield return Svg.Element(
                    "rect",
                    ("class", "bar c0"),
                    ("x", plot.Left + (bin * step)),
                    ("y", plot.Y(count)),
                    ("width", Math.Max(0.5, step - 1)),
                    ("height", plot.Bottom - plot.Y(count))
                )
                .With(Svg.Words("title", $"{count}"));
        foreach (var element in plot.Floor())
            yield return element;
    }

    /// <summary>The picture in words.</summary>
    private string About() =>
        $"Histograms of {strip.Across}. {string.Join("; ", strip.Histograms.Select(one => $"{one.Title}: {one.Note}"))}";
}
