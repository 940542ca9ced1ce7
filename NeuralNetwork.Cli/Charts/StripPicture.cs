using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

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
