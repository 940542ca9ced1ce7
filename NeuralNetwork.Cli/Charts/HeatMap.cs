using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

/// <summary>
/// How often rows of one name (down) are taken for another (across): Counts[down][across]. Where both are the same it is
/// right.
/// </summary>
internal sealed record HeatMap(
    string Title,
    string Across,
    string Down,
    IReadOnlyList<string> Names,
    IReadOnlyList<IReadOnlyList<int>> Counts
) : Chart(Title)
{
    /// <summary>The share of a cell in its row.</summary>
    public double Share(int down, int across)
    {
        var sum = Counts[down].Sum(count => (long)count);
        return sum == 0 ? 0 : (double)Counts[down][across] / sum;
    }

    /// <summary>Every cell that is not 0, the most frequent mistakes first.</summary>
    public override ChartTable Table() =>
        new(
            [Down, Across, "rows", "share"],
            [
                .. Cells()
                    .Where(cell => Counts[cell.Down][cell.Across] > 0)
                    .OrderBy(cell => cell.Down == cell.Across)
                    .ThenByDescending(cell => Counts[cell.Down][cell.Across])
                    .Select(cell => Row(cell.Down, cell.Across)),
            ]
        );

    /// <summary>The places of all cells.</summary>
    public IEnumerable<(int Down, int Across)> Cells() =>
        Enumerable
            .Range(0, Names.Count)
            .SelectMany(down => Enumerable.Range(0, Names.Count).Select(across => (down, across)));

    private string[] Row(int down, int across) =>
        [Names[down], Names[across], $"{Counts[down][across]}", Scale.Share.Written(Share(down, across))];
}

/// <summary>
/// A square of cells. What is right is blue, what is wrong orange, and the more so the greater its share in its row;
/// mistakes are rare where a model is good, so the root of their share is what is shown. Numbers stand in cells that have
/// room for them.
/// </summary>
internal sealed class HeatPicture
{
    private const double Greatest = 56;
    private const double Least = 4;
    private const double Gap = 8;
    private const int LongestName = 16;
    private const double Line = 15;

    /// <summary>The letters of numbers that would not fit, to those of others.</summary>
    private const double Smaller = 0.8;

    private readonly HeatMap map;
    private readonly string[] names;
    private readonly double width;
    private readonly double cell;
    private readonly double left;
    private readonly double top;
    private readonly bool isUpright;

    private HeatPicture(HeatMap map, double width)
    {
        (this.map, this.width) = (map, width);
        var count = Math.Max(1, map.Names.Count);
        names = [.. map.Names.Select(name => Svg.Cut(name, Math.Min(LongestName, (int)(width / 30))))];
        var longest = names.Select(Theme.TickWidthOf).DefaultIfEmpty(0).Max();
        left = Sheet.Margin + Line + Gap + longest;
        cell = Math.Clamp((width - left - Sheet.Margin) / count, Least, Greatest);
        isUpright = longest > cell - 4;
        top = Sheet.Top + Line + Gap + (isUpright ? longest : Line);
    }

    public static XElement Draw(HeatMap map, double width) => new HeatPicture(map, width).Draw();

    private double Side => cell * names.Length;

    private XElement Draw() =>
        Sheet
            .Of(
                map.Title,
                $"{map.Down} down, {map.Across} across",
                About(),
                Math.Max(width, left + Side + Sheet.Margin),
                top + Side + Sheet.Margin
            )
            .With(Plot.Words("caption", map.Across, left, Sheet.Top + 8, "start"))
            .With(Turned("caption", map.Down, Sheet.Margin + 10, top, "end"))
            .With(Heads())
            .With(
                map.Cells().Where(at => map.Counts[at.Down][at.Across] > 0).SelectMany(at => Cell(at.Down, at.Across))
            )
            .With(Svg.Element("rect", ("class", "edge"), ("x", left), ("y", top), ("width", Side), ("height", Side)));

    /// <summary>The names, as many as there is room for.</summary>
    private IEnumerable<XElement> Heads()
    {
        var every = (int)Math.Ceiling(Line / cell);
        for (var place = 0; place < names.Length; place += every)
        {
            var middle = (place + 0.5) * cell;
            yield return Plot.Tick(names[place], left - Gap, top + middle + 4, "end").With(Told(map.Names[place]));
            yield return isUpright
                ? Turned("tick", names[place], left + middle + 4, top - Gap, "start")
                : Plot.Tick(names[place], left + middle, top - Gap, "middle");
        }
    }

    private IEnumerable<XElement> Cell(int down, int across)
    {
        var (count, share, isRight) = (map.Counts[down][across], map.Share(down, across), down == across);
        var (x, y) = (left + (across * cell), top + (down * cell));
        var strength = isRight ? 0.15 + (0.85 * share) : Math.Sqrt(share);
        yield return Svg.Element(
                "rect",
                ("class", isRight ? "cell c0" : "cell c3"),
                ("x", x),
                ("y", y),
                ("width", cell),
                ("height", cell),
                ("fill-opacity", strength)
            )
            .With(Told($"{map.Names[down]} → {map.Names[across]}: {count} ({Scale.Share.Written(share)})"));
        if (Theme.TickWidthOf($"{count}") * Smaller <= cell - 1)
            yield return Number(count, strength > 0.6, x + (cell / 2), y + (cell / 2) + 4);
    }

    private XElement Number(int count, bool isStrong, double x, double y)
    {
        var size = Theme.TickWidthOf($"{count}") <= cell - 3 ? "" : " small";
        return Plot.Words($"count{(isStrong ? " strong" : "")}{size}", $"{count}", x, y, "middle");
    }

    private static XElement Told(string text) => Svg.Words("title", text);

    /// <summary>A text that runs upwards.</summary>
    private static XElement Turned(string kind, string text, double x, double y, string anchor)
    {
        var words = Plot.Words(kind, text, x, y, anchor);
        words.SetAttributeValue("transform", FormattableString.Invariant($"rotate(-90 {x:0.##} {y:0.##})"));
        return words;
    }

    /// <summary>The picture in words.</summary>
    private string About()
    {
        var rows = names.Length;
        var right = Enumerable.Range(0, rows).Sum(place => (long)map.Counts[place][place]);
        var all = map.Counts.Sum(row => row.Sum(count => (long)count));
        return $"{map.Down} by {map.Across}, {rows} each: {right} of {all} are right.";
    }
}
