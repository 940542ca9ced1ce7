using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

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
