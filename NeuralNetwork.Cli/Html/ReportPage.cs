using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Xml.Linq;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Html;

/// <summary>
/// A report as one HTML file that is well-formed XML, too. It fetches nothing and runs no script; every text in it is text.
/// A chart is drawn twice, for wide screens and for narrow ones, which see one each.
/// </summary>
internal static class ReportPage
{
    /// <summary>Pictures are as wide as the text and their own margins.</summary>
    public const double Wide = 760 + (2 * Sheet.Margin);
    public const double Narrow = 350 + (2 * Sheet.Margin);

    private const int MostRows = 200;

    /// <summary>A table of more columns is set tighter, and a number may have its deviation below it.</summary>
    private const int ManyColumns = 8;

    /// <summary>So many letters have room in a line of a headline.</summary>
    private const int LongestLine = 12;

    /// <summary>A chart of more elements than this is drawn once.</summary>
    private const int Heavy = 4000;

    /// <summary>The text of the file.</summary>
    public static string Of(Report report)
    {
        var page = new XElement(
            "html",
            new XAttribute("lang", "en"),
            Head(report),
            new XElement("body", new XElement("main", Body(report)))
        );
        return $"<!DOCTYPE html>\n{Markup.Of(page, isIndented: false)}\n";
    }

    private static XElement Head(Report report) =>
        new(
            "head",
            new XElement("meta", new XAttribute("charset", "utf-8")),
            Meta("viewport", "width=device-width, initial-scale=1"),
            Meta("color-scheme", "light dark"),
            // Nothing from anywhere else, whatever is in the data.
            new XElement(
                "meta",
                new XAttribute("http-equiv", "Content-Security-Policy"),
                new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
            ),
            Words("title", report.Title),
            new XElement("style", ReportStyle.Text)
        );

    private static XElement Meta(string name, string content) =>
        new("meta", new XAttribute("name", name), new XAttribute("content", content));

    private static IEnumerable<XElement> Body(Report report)
    {
        yield return new("header", Words("h1", report.Title), Words("p", report.Lead, "lead"));
        if (report.Headlines.Count > 0)
            yield return Of("dl", "headlines", report.Headlines.Select(Headline));
        foreach (var section in report.Sections.Where(section => section.Blocks.Count > 0))
            yield return new("section", Words("h2", section.Title), section.Blocks.SelectMany(Block));
        yield return new(
            "footer",
            Words("p", $"Written by nn {Host.Version.Split('+')[0]}. This file is complete: it loads nothing.")
        );
    }

    /// <summary>A number and its unit stay on a line; a longer text may need several.</summary>
    private static XElement Headline(Fact fact) =>
        new(
            "div",
            Words("dt", fact.Name),
            Words("dd", fact.Value, fact.Value.Length <= LongestLine ? "line" : "lines")
        );

    private static XElement Fact(Fact fact) => new("div", Words("dt", fact.Name), Words("dd", fact.Value));

    private static IEnumerable<XElement> Block(ReportBlock block) =>
        block switch
        {
            ReportBlock.Prose prose => [Words("p", prose.Text)],
            ReportBlock.Drawing drawing => [Figure(drawing.Chart)],
            ReportBlock.Rows rows => [Scroll(Table(rows.Table, rows.Links))],
            ReportBlock.Folded folded => [Details(folded.Title, folded.Table)],
            ReportBlock.Facts facts => [Of("dl", "facts", facts.All.Select(Fact))],
            ReportBlock.Images images => [Of("ul", "images", images.All.Select(Image))],
            ReportBlock.Code code => [new("pre", new XElement("code", Lines(code.Text)))],
            _ => throw new InvalidOperationException("a block that no page has"),
        };

    private static XElement Figure(Chart chart)
    {
        var wide = Picture.Draw(chart, Wide);
        var figure = new XElement("figure");
        if (wide.Descendants().Take(Heavy).Count() == Heavy)
            figure.Add(wide);
        else
            figure.Add(Of("div", "wide", [wide]), Of("div", "narrow", [Picture.Draw(chart, Narrow)]));
        var table = chart.Table();
        if (table.Rows.Count > 0)
            figure.Add(Details("The numbers", Thinned(table)));
        return figure;
    }

    private static XElement Details(string title, ChartTable table) =>
        new("details", Words("summary", title), Scroll(Table(table, [])));

    /// <summary>A table of at most so many rows; of a longer one every so many-th, and the last.</summary>
    private static ChartTable Thinned(ChartTable table)
    {
        var every = (table.Rows.Count + MostRows - 1) / MostRows;
        return every <= 1
            ? table
            : new(
                table.Heads,
                [.. table.Rows.Where((_, place) => place % every == 0 || place == table.Rows.Count - 1)]
            );
    }

    private static XElement Scroll(XElement table) => Of("div", "scroll", [table]);

    private static XElement Table(ChartTable table, IReadOnlyList<string> links)
    {
        string[] kinds = [.. table.Heads.Select((_, column) => KindOf(table, column))];
        return new(
            "table",
            table.Heads.Count > ManyColumns ? new XAttribute("class", "tight") : null,
            new XElement(
                "thead",
                new XElement("tr", table.Heads.Select((head, column) => Words("th", head, kinds[column])))
            ),
            new XElement(
                "tbody",
                table.Rows.Select((row, place) => Row(row, kinds, links.ElementAtOrDefault(place) ?? ""))
            )
        );
    }

    /// <summary>Numbers stand right, so that their digits are under each other; words stand left.</summary>
    private static string KindOf(ChartTable table, int column) =>
        column > 0 && table.Rows.All(row => Numeral.Is(row[column])) ? "number" : "words";

    private static XElement Row(IReadOnlyList<string> cells, string[] kinds, string link) =>
        new(
            "tr",
            cells.Select((cell, column) => column == 0 ? First(cell, link) : Words("td", Breaking(cell), kinds[column]))
        );

    /// <summary>Between a mean and its deviation a line may break, and nowhere else.</summary>
    private static string Breaking(string cell) =>
        cell.Contains('±') ? cell.Replace(' ', '\u00A0').Replace("\u00A0±", " ±") : cell;

    private static XElement First(string cell, string link) =>
        link.Length == 0
            ? Words("th", cell, "words")
            : new(
                "th",
                new XAttribute("class", "words"),
                new XElement("a", new XAttribute("href", Uri.EscapeDataString(link).Replace("%2F", "/")), Clean(cell))
            );

    private static XElement Image(ReportImage image) =>
        new(
            "li",
            new XElement(
                "img",
                new XAttribute("src", Png.Address(image.Pixels, image.Width)),
                new XAttribute("alt", Clean($"{image.Line}, {string.Join(", ", image.Notes)}")),
                new XAttribute("width", 84),
                new XAttribute("height", 84 * (image.Pixels.Length / image.Width) / image.Width)
            ),
            Words("span", image.Line, "line"),
            image.Notes.Select(note => Words("span", note, "note"))
        );

    private static XElement Of(string name, string kind, IEnumerable<XElement> content) =>
        new(name, new XAttribute("class", kind), content);

    private static XElement Words(string name, string text) => new(name, Clean(text));

    private static XElement Words(string name, string text, string kind) =>
        new(name, new XAttribute("class", kind), Clean(text));

    private static string Clean(string text) => Svg.Clean(text);

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Clean));
}

/// <summary>What a page says, before it is written: data, and no more.</summary>
/// <param name="Lead">What it comes to, in a sentence or two.</param>
/// <param name="Headlines">The few numbers that everybody looks for.</param>
internal sealed record Report(
    string Title,
    string Lead,
    IReadOnlyList<Fact> Headlines,
    IReadOnlyList<ReportSection> Sections
);

/// <summary>A number or a few words, and what they are.</summary>
internal readonly record struct Fact(string Name, string Value);

/// <summary>A part of a page under its own title. One without blocks is left out.</summary>
internal sealed record ReportSection(string Title, IReadOnlyList<ReportBlock> Blocks);

/// <summary>One of the things that pages are made of.</summary>
internal abstract record ReportBlock
{
    /// <summary>A paragraph.</summary>
    internal sealed record Prose(string Text) : ReportBlock;

    /// <summary>A picture, and its numbers as a table that opens.</summary>
    internal sealed record Drawing(Chart Chart) : ReportBlock;

    /// <summary>A table. Links are where the first cell of each row leads; empty where there are none.</summary>
    internal sealed record Rows(ChartTable Table, IReadOnlyList<string> Links) : ReportBlock;

    /// <summary>A table that opens when it is asked for.</summary>
    internal sealed record Folded(string Title, ChartTable Table) : ReportBlock;

    /// <summary>Names with their values.</summary>
    internal sealed record Facts(IReadOnlyList<Fact> All) : ReportBlock;

    /// <summary>Small images side by side.</summary>
    internal sealed record Images(IReadOnlyList<ReportImage> All) : ReportBlock;

    /// <summary>Something to be typed.</summary>
    internal sealed record Code(string Text) : ReportBlock;
}

/// <summary>A grey image of one byte a pixel; what is said about it in a line and in smaller ones.</summary>
internal sealed record ReportImage(byte[] Pixels, int Width, string Line, IReadOnlyList<string> Notes);

/// <summary>Grey images as PNG (ISO 15948), one byte a pixel.</summary>
internal static class Png
{
    private static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The file of an image whose rows have so many pixels, from the top down.</summary>
    public static byte[] Of(ReadOnlySpan<byte> pixels, int width)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Chunk(file, "IHDR"u8, Head(width, pixels.Length / width));
        Chunk(file, "IDAT"u8, Packed(pixels, width));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>The image as an address that holds it.</summary>
    public static string Address(ReadOnlySpan<byte> pixels, int width) =>
        $"data:image/png;base64,{Convert.ToBase64String(Of(pixels, width))}";

    private static byte[] Head(int width, int height)
    {
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        // Eight bits of grey; the one way there is to pack, to filter, and no interlacing.
        head[8] = 8;
        return head;
    }

    private static byte[] Packed(ReadOnlySpan<byte> pixels, int width)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            for (var start = 0; start < pixels.Length; start += width)
            {
                // A row begins with its filter: none.
                stream.WriteByte(0);
                stream.Write(pixels.Slice(start, width));
            }
        return packed.ToArray();
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(kind);
        file.Write(content);
        var checksum = new Crc32();
        checksum.Append(kind);
        checksum.Append(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.GetCurrentHashAsUInt32());
        file.Write(number);
    }
}
