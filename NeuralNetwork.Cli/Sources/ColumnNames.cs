using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

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

/// <summary>Where columns are among the features that they come to.</summary>
internal static class ColumnPlaces
{
    /// <summary>Each column with the place of its first feature.</summary>
    public static IEnumerable<(Column Column, int First)> Placed(this IEnumerable<Column> columns)
    {
        var first = 0;
        foreach (var column in columns)
        {
            yield return (column, first);
            first += column.Features;
        }
    }
}

/// <summary>The least and the greatest number of a column: NaN both where one of its numbers is.</summary>
internal readonly record struct ColumnRange(double Least, double Greatest)
{
    /// <summary>Whether all numbers of the column are equal.</summary>
    public bool IsConstant => Least == Greatest;

    /// <summary>Whether they are so far apart that float64 has no difference of them.</summary>
    public bool IsTooWide => double.IsInfinity(Greatest - Least);

    /// <summary>The number farthest from 0, without its sign.</summary>
    public double Magnitude => Math.Max(Math.Abs(Least), Math.Abs(Greatest));

    /// <summary>The range of every column.</summary>
    public static ColumnRange[] Of(NumberArray table, int cols) =>
        Array.ConvertAll(table.Ranges(cols), range => new ColumnRange(range.Item1, range.Item2));
}

/// <summary>Which columns of a table have numbers, as its first rows say it.</summary>
internal static class NumberColumns
{
    /// <summary>As many rows are looked at, and as many cells.</summary>
    private const int MostRows = 1000;
    private const int MostCells = 200_000;

    /// <summary>
    /// The columns that have numbers, from the row on where the cursor stands: numbers as soon as half of what is there is a
    /// number, the other half is mistakes, named one by one. Unknown ones are those that have nothing in these rows.
    /// </summary>
    public static (bool[] IsNumber, IReadOnlySet<int> Unknown) Of(RowCursor at)
    {
        var (there, numbers) = (new int[at.Count], new int[at.Count]);
        var rows = 0;
        do
        {
            for (var column = 0; column < there.Length; column++)
            {
                if (at.IsRefused(column) || at.IsMissing(column))
                    continue;
                there[column]++;
                numbers[column] += at.IsNumeral(column) ? 1 : 0;
            }
            rows++;
        } while (rows < MostRows && rows * there.Length < MostCells && at.Next());
        return (
            [.. there.Zip(numbers, (all, some) => Column.AreNumbers(some, all))],
            there.Index().Where(one => one.Item == 0).Select(one => one.Index).ToHashSet()
        );
    }
}

/// <summary>
/// Names that look the same on a screen and are not: ö may be one character or two, a blank may be one that does not break,
/// and letters may be great or small.
/// </summary>
internal static class LookAlike
{
    // The letters from U+00C0 to U+017F without what is above and below them.
    private const char FirstLetter = '\u00C0';
    private const string Letters =
        "AAAAAAÆCEEEEIIIIÐNOOOOO×ØUUUUYÞßaaaaaaæceeeeiiiiðnooooo÷øuuuuyþy"
        + "AaAaAaCcCcCcCcDdĐđEeEeEeEeEeGgGgGgGgHhĦħIiIiIiIiIıĲĳJjKkĸLlLlLlĿŀŁ"
        + "łNnNnNnŉŊŋOoOoOoŒœRrRrRrSsSsSsSsTtTtŦŧUuUuUuUuUuUuWwYyYZzZzZzſ";

    /// <summary>The name among others that looks like one; null where none does.</summary>
    public static string? Find(IEnumerable<string> names, string name)
    {
        var shape = Shape(name);
        return names.FirstOrDefault(other => other != name && Shape(other) == shape);
    }

    /// <summary>How two names differ that look the same.</summary>
    public static string Difference(string name, string other) =>
        string.Equals(name, other, StringComparison.OrdinalIgnoreCase)
            ? $"{Failure.Quote(other)} is written with other capitals"
            : $"{Failure.Quote(other)} looks alike, and is written with other characters: {Codes(other)} instead of {Codes(name)}";

    private static string Shape(string name) =>
        string.Concat(name.Where(letter => !IsUnseen(letter)).Select(Plain)).Trim().ToUpperInvariant();

    private static bool IsUnseen(char letter) =>
        char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format;

    private static char Plain(char letter) =>
        char.IsWhiteSpace(letter) ? ' '
        : letter >= FirstLetter && letter - FirstLetter < Letters.Length ? Letters[letter - FirstLetter]
        : letter;

    // What a terminal does not show: the characters beyond ASCII by their numbers.
    private static string Codes(string name)
    {
        var codes = name.EnumerateRunes().Where(rune => !rune.IsAscii).Select(rune => $"U+{rune.Value:X4}").ToArray();
        return codes.Length == 0 ? "ASCII" : string.Join(' ', codes);
    }
}
