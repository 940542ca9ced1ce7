using System.Text;
using System.Text.RegularExpressions;

namespace NeuralNetwork.Cli;

/// <summary>What the text of a cell may stand for.</summary>
internal static partial class CellText
{
    private static readonly HashSet<string> MissingWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "",
        "NA",
        "N/A",
        "#N/A",
        "NaN",
        "null",
        "none",
        "?",
    };

    /// <summary>Without the blanks around it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> cell) => cell.Trim(" \t"u8);

    /// <summary>Whether a cell says that its value is not known: it is empty, or one of the usual words.</summary>
    public static bool IsMissing(ReadOnlySpan<byte> cell)
    {
        var text = Trim(cell);
        return text.Length <= 4 && MissingWords.Contains(Encoding.UTF8.GetString(text));
    }

    /// <summary>Whether a text is a number with a comma where the point should be: 1,5 or 1.234,5.</summary>
    public static bool HasDecimalComma(string text) => DecimalComma().IsMatch(text);

    /// <summary>A text among others with commas between them: quoted as in a CSV file where it would not stand out.</summary>
    public static string Listed(string text) =>
        text.AsSpan().ContainsAny(",\"") || text.AsSpan().Trim().Length < text.Length
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;

    /// <summary>What is wrong with a cell that should be a number, and what else could be done with it.</summary>
    public static string NoNumber(string text, string wayOut) =>
        HasDecimalComma(text)
            ? $"{CsvCursor.Quote(text)} has a decimal comma or thousands separator (numbers are written with a point)"
            : $"{CsvCursor.Quote(text)} (expected a number{wayOut})";

    [GeneratedRegex(@"^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+([eE][+-]?\d+)?$")]
    private static partial Regex DecimalComma();
}
