using NeuralNetwork.Cli.Charts;

namespace NeuralNetwork.Cli.Html;

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
