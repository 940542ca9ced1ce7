using System.Xml.Linq;

namespace NeuralNetwork.Cli;

/// <summary>What all pictures have: their size, their title, and what they show in words.</summary>
internal static class Sheet
{
    public const double Margin = 20;

    /// <summary>From the upper edge to what is drawn, and from there to the lower one.</summary>
    public const double Top = 72;
    public const double Bottom = 52;

    /// <summary>A picture of nothing yet. The caption stands under the title; `about` is read out.</summary>
    public static XElement Of(string title, string caption, string about, double width, double height) =>
        Svg.Element(
                "svg",
                ("viewBox", FormattableString.Invariant($"0 0 {width:0.##} {height:0.##}")),
                ("width", width),
                ("height", height),
                ("role", "img")
            )
            .With(Svg.Words("title", title), Svg.Words("desc", about))
            .With(Svg.Element("rect", ("class", "paper"), ("width", width), ("height", height)))
            .With(Line("title", title, 28, (width - (2 * Margin)) / Theme.TitleLetterWidth))
            .With(Line("caption", caption, 48, (width - (2 * Margin)) / Theme.TickLetterWidth));

    private static XElement Line(string kind, string text, double y, double letters) =>
        Svg.Words("text", Svg.Cut(text, (int)letters), ("class", kind), ("x", Margin), ("y", y));
}
