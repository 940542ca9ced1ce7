using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Charts;

/// <summary>Charts as SVG: pure functions of a chart and a width. They run no script and fetch nothing.</summary>
internal static class Picture
{
    /// <summary>How wide pictures in files are.</summary>
    public const double Wide = 760;

    /// <summary>The picture of a chart as the text of a file, colours and all.</summary>
    public static string Of(Chart chart)
    {
        var picture = Draw(chart, Wide);
        picture.Elements().ElementAt(1).AddAfterSelf(Svg.Element("style").With(Theme.Style));
        return $"{Markup.Of(picture, isIndented: true)}\n";
    }

    /// <summary>The picture for a page that has the style once.</summary>
    public static XElement Draw(Chart chart, double width) =>
        chart switch
        {
            LineChart lines => LinePicture.Draw(lines, width),
            BarChart bars => BarPicture.Draw(bars, width),
            ScatterChart spots => ScatterPicture.Draw(spots, width),
            HeatMap map => HeatPicture.Draw(map, width),
            HistogramStrip strip => StripPicture.Draw(strip, width),
            _ => throw new InvalidOperationException("a chart without a picture"),
        };
}

/// <summary>What all pictures have: their size, their title, and what they show in words.</summary>
internal static class Sheet
{
    public const double Margin = 20;

    /// <summary>From the upper edge to what is drawn, and from there to the lower one.</summary>
    public const double Top = 72;
    public const double Bottom = 52;

    /// <summary>
    /// A picture of nothing yet. The caption stands under the title, in as many lines as there is room for; `about` is read
    /// out.
    /// </summary>
    public static XElement Of(
        string title,
        string caption,
        string about,
        double width,
        double height,
        int captionLines = 1
    ) =>
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
            .With(Captions(caption, (int)((width - (2 * Margin)) / Theme.TickLetterWidth), captionLines));

    private static IEnumerable<XElement> Captions(string text, int letters, int lines)
    {
        for (var line = 0; line < lines && text.Length > 0; line++)
        {
            // The last line has what is left, cut if it must be.
            var fits = line == lines - 1 || text.Length <= letters;
            var end = fits ? text.Length : text.LastIndexOf(' ', letters);
            end = end <= 0 ? text.Length : end;
            yield return Line("caption", text[..end], 48 + (16 * line), letters);
            text = text[end..].TrimStart();
        }
    }

    private static XElement Line(string kind, string text, double y, double letters) =>
        Svg.Words("text", Svg.Cut(text, (int)letters), ("class", kind), ("x", Margin), ("y", y));
}

/// <summary>Elements as text, with the same ends of lines on every system.</summary>
internal static class Markup
{
    public static string Of(XElement element, bool isIndented)
    {
        var format = new XmlWriterSettings
        {
            OmitXmlDeclaration = true,
            Indent = isIndented,
            NewLineChars = "\n",
        };
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, format))
            element.WriteTo(writer);
        return text.ToString();
    }
}

/// <summary>Elements of SVG. Any text may go in: what would not be seen is escaped.</summary>
internal static class Svg
{
    private static readonly XNamespace Space = "http://www.w3.org/2000/svg";

    /// <summary>An element of attributes (a name, then its value, and so on) and what is in it.</summary>
    public static XElement Element(string name, params (string Name, object Value)[] attributes) =>
        new(Space + name, attributes.Select(one => new XAttribute(one.Name, Written(one.Value))));

    /// <summary>The same element with more in it.</summary>
    public static XElement With(this XElement element, params IEnumerable<object> content)
    {
        element.Add(content);
        return element;
    }

    /// <summary>An element of nothing but text.</summary>
    public static XElement Words(string name, string text, params (string Name, object Value)[] attributes) =>
        Element(name, attributes).With(Clean(text));

    /// <summary>Points of a line, as its attribute has them.</summary>
    public static string Points(IEnumerable<(double X, double Y)> points) =>
        string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"));

    /// <summary>A text cut to so many letters.</summary>
    public static string Cut(string text, int letters)
    {
        var elements = new StringInfo(Clean(text));
        return elements.LengthInTextElements <= letters ? elements.String
            : letters <= 1 ? "…"
            : $"{elements.SubstringByTextElements(0, letters - 1)}…";
    }

    private static string Written(object value) => value is double number ? Number(number) : Clean($"{value}");

    /// <summary>Hundredths of a pixel are more than anybody sees.</summary>
    private static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A text such that all of it is seen, which XML can hold, too: neither turns the letters around it.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        // The last two code points of the plane are no letters, and not for XML either.
        foreach (var letter in Text.visible(text).EnumerateRunes())
            clean.Append(letter.IsBmp && !XmlConvert.IsXmlChar((char)letter.Value) ? "\uFFFD" : letter.ToString());
        return clean.ToString();
    }
}
