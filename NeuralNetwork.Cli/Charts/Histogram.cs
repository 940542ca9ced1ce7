using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

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
