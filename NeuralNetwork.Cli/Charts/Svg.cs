using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

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
