using System.Text.RegularExpressions;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Names of columns as they are typed: with commas between them, quoted as in a CSV file where a name has a comma itself. A
/// text that is the name of a column as it stands means that column.
/// </summary>
internal sealed partial record ColumnNames(string Text, IReadOnlyList<string> Each)
{
    /// <summary>No names at all.</summary>
    public static ColumnNames None { get; } = new("", []);

    /// <summary>The names in a text. What is no list, for a quote without its end, may still be a name.</summary>
    public static FSharpResult<ColumnNames, string> Read(string text) =>
        FSharpResult<ColumnNames, string>.NewOk(new(text, Parts(text) ?? [text]));

    /// <summary>Names as they are typed.</summary>
    public static string Join(IEnumerable<string> names) => string.Join(',', names.Select(CellText.Listed));

    /// <summary>The names that are meant where there are these columns.</summary>
    public IReadOnlyList<string> Among(string[] columns) => columns.Contains(Text) ? [Text] : Each;

    private static List<string>? Parts(string text)
    {
        var parts = new List<string>();
        for (var match = Part().Match(text); match.Success; match = match.NextMatch())
        {
            parts.Add(
                match.Groups["quoted"] is { Success: true } quoted
                    ? quoted.Value.Replace("\"\"", "\"", StringComparison.Ordinal)
                    : match.Groups["plain"].Value
            );
            if (match.Groups["end"].Length == 0)
                return parts;
        }
        return null;
    }

    // The end of a text may come behind a comma, too: then an empty part is there.
    [GeneratedRegex("""\G(?>[ \t]*)(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>(?!")[^,]*?))[ \t]*(?<end>,|\z)""")]
    private static partial Regex Part();
}
