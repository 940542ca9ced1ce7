using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

/// <summary>A point, and a number that its colour says.</summary>
internal sealed record Spot(string Name, double X, double Y, double Shade);

/// <summary>What an axis or a key says, and how its numbers are spread.</summary>
internal readonly record struct Quantity(string Name, Scale Scale);

/// <summary>Points between two axes, coloured by a third quantity where there is one.</summary>
internal sealed record ScatterChart(
    string Title,
    Quantity Across,
    Quantity Up,
    Quantity? Shade,
    IReadOnlyList<Spot> Spots
) : Chart(Title)
{
    /// <summary>Whether both axes are of one quantity: then they are the same, and a line says where both numbers are equal.</summary>
    public bool IsOfOne { get; init; }

    /// <summary>The points that have a place.</summary>
    public IEnumerable<Spot> Placed => Spots.Where(spot => Across.Scale.Has(spot.X) && Up.Scale.Has(spot.Y));

    public override ChartTable Table() =>
        Shade is { } shade
            ? new(
                ["", Across.Name, Up.Name, shade.Name],
                [.. Spots.Select(spot => (string[])[.. Row(spot), shade.Scale.Written(spot.Shade)])]
            )
            : new(["", Across.Name, Up.Name], [.. Spots.Select(Row)]);

    private string[] Row(Spot spot) => [spot.Name, Across.Scale.Written(spot.X), Up.Scale.Written(spot.Y)];
}

/// <summary>Points between two axes, with a key of shades above them. A point tells its name where one points at it.</summary>
internal sealed class ScatterPicture
{
    private const double Height = 340;
    private const double Swatch = 22;
    private const double LeastSwatch = 10;
    private const int TicksUp = 7;

    /// <summary>Beyond so many, points are small and tell no names.</summary>
    private const int Many = 2000;

    private readonly ScatterChart chart;
    private readonly Spot[] spots;
    private readonly Plot plot;
    private readonly Axis? shades;
    private readonly double width;

    private ScatterPicture(ScatterChart chart, double width)
    {
        (this.chart, this.width) = (chart, width);
        spots = [.. chart.Placed];
        double[] xs = [.. spots.Select(spot => spot.X)];
        double[] ys = [.. spots.Select(spot => spot.Y)];
        var right = width - Sheet.Margin - 14;
        // What both axes have to say has to find room below the one across.
        var up = chart.IsOfOne
            ? Axis.Fitting(chart.Up.Scale, [.. xs, .. ys], Math.Min(TicksUp, Plot.TicksAcross(0.8 * width)))
            : Axis.Upright(chart.Up.Scale, ys, TicksUp);
        var left = Plot.LeftOf(up);
        var across = chart.IsOfOne ? up : Axis.Upright(chart.Across.Scale, xs, Plot.TicksAcross(right - left));
        var top = Sheet.Top + (chart.Shade is null ? 0 : 26);
        plot = new(across, up, left, top, right, top + Math.Min(Height, 0.8 * width));
        shades = chart.Shade is { } shade ? Axis.Upright(shade.Scale, [.. Shaded(shade.Scale)], 4) : null;
    }

    public static XElement Draw(ScatterChart chart, double width) => new ScatterPicture(chart, width).Draw();

    private XElement Draw() =>
        Sheet
            .Of(chart.Title, chart.Up.Scale.Caption(chart.Up.Name), About(), width, plot.Bottom + Sheet.Bottom)
            .With(Key())
            .With(plot.Grid(chart.Across.Scale.Caption(chart.Across.Name)))
            .With(chart.IsOfOne ? [Diagonal()] : [])
            .With(spots.Select(Circle))
            .With(spots.Length == 0 ? [plot.Nothing()] : []);

    private XElement Diagonal() =>
        Plot.Straight("ideal", plot.Left, plot.Bottom, plot.Right, plot.Top)
            .With(Svg.Words("title", $"{chart.Up.Name} = {chart.Across.Name}"));

    private IEnumerable<double> Shaded(Scale scale) =>
        spots.Select(spot => spot.Shade).Where(value => scale.Has(value));

    private XElement Circle(Spot spot)
    {
        var circle = Svg.Element(
            "circle",
            ("class", $"spot {ShadeOf(spot)}"),
            ("cx", plot.X(spot.X)),
            ("cy", plot.Y(spot.Y)),
            ("r", spots.Length > Many ? 2.5 : 5.0)
        );
        return spots.Length > Many ? circle : circle.With(Svg.Words("title", Told(spot)));
    }

    /// <summary>A point without a number for its shade is as grey as the axes are.</summary>
    private string ShadeOf(Spot spot) =>
        shades is null ? "bar c0"
        : shades.Scale.Has(spot.Shade) ? Theme.ShadeOf(shades.Place(spot.Shade))
        : "none";

    private string Told(Spot spot)
    {
        var told =
            $"{spot.Name}: {chart.Across.Name} {chart.Across.Scale.Written(spot.X)}"
            + $", {chart.Up.Name} {chart.Up.Scale.Written(spot.Y)}";
        return chart.Shade is { } shade ? $"{told}, {shade.Name} {shade.Scale.Written(spot.Shade)}" : told;
    }

    /// <summary>What the shades stand for: the least, the greatest, and the colours between them.</summary>
    private IEnumerable<XElement> Key()
    {
        if (shades is null || chart.Shade is not { } shade)
            yield break;
        var (low, high) = (shade.Scale.Written(shades.Low), shade.Scale.Written(shades.High));
        var ends = Theme.TickWidthOf(low) + Theme.TickWidthOf(high) + 22;
        var wide = width - (2 * Sheet.Margin) - ends;
        // In a narrow picture the colours are narrow before the name is cut.
        var swatch = Math.Clamp((wide - Theme.TickWidthOf(shade.Name)) / Theme.ShadeCount, LeastSwatch, Swatch);
        var room = wide - (Theme.ShadeCount * swatch);
        var name =
            Theme.TickWidthOf(shade.Name) < room + 1
                ? shade.Name
                : Svg.Cut(shade.Name, Math.Max(1, (int)(room / Theme.TickLetterWidth)));
        var x = Sheet.Margin + Theme.TickWidthOf(name) + 10;
        yield return Plot.Words("caption", name, Sheet.Margin, 71, "start");
        yield return Plot.Tick(low, x, 71, "start");
        x += Theme.TickWidthOf(low) + 6;
        for (var place = 0; place < Theme.ShadeCount; place++)
            yield return Svg.Element(
                "rect",
                ("class", $"s{place}"),
                ("x", x + (place * swatch)),
                ("y", 60.0),
                ("width", swatch),
                ("height", 13.0)
            );
        yield return Plot.Tick(high, x + (Theme.ShadeCount * swatch) + 6, 71, "start");
    }

    /// <summary>The picture in words.</summary>
    private string About()
    {
        var best = spots.Take(20).Select(Told);
        var shade = chart.Shade is { } one ? $", coloured by {one.Name}" : "";
        var line = chart.IsOfOne ? ", and the line on which they are equal" : "";
        return $"{chart.Up.Name} by {chart.Across.Name}{shade}{line}: {spots.Length} points. {string.Join("; ", best)}";
    }
}
