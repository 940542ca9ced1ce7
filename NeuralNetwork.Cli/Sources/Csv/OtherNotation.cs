using System.Globalization;
using System.Text.RegularExpressions;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Texts that a reader takes for numbers and a program does not: 1,5 and 1 234 and $5 and 0x1F. A column of them is a mistake,
/// and never one of categories.
/// </summary>
internal static partial class OtherNotation
{
    private const int Longest = 40;

    private static readonly NumberNotation[] Known =
    [
        NumberNotation.Plain,
        new(',', Thousands.Nothing),
        new('.', Thousands.Comma),
        new(',', Thousands.Dot),
        new('.', Thousands.Space),
        new(',', Thousands.Space),
        new('.', Thousands.Apostrophe),
        new(',', Thousands.Apostrophe),
        new('.', Thousands.Underscore),
        new(',', Thousands.Underscore),
    ];

    private static readonly string[] Currencies =
    [
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CHF",
        "CNY",
        "INR",
        "US$",
        "R$",
        "A$",
        "C$",
    ];

    /// <summary>Whether a text is a number, but not in the notation of its table.</summary>
    public static bool Is(string text, NumberNotation expected) => Found(text, expected) is not null;

    /// <summary>What kind of number a text is, and in brackets what reads it; null where it is none.</summary>
    public static (string Kind, string Remedy)? Found(string text, NumberNotation expected)
    {
        if (text.Length > Longest || !text.Any(char.IsDigit))
            return null;
        var readings = Readings(text).Where(reading => reading != expected).ToArray();
        if (readings.Length > 0)
            return (Kind(readings), string.Join(", ", readings.Select(reading => Reads(reading, text))));
        if (Radix().IsMatch(text))
            return ("is a number in another notation", "write it in decimal digits");
        var bare = Bare(text);
        if (bare == text)
            return null;
        var inside = Readings(bare).ToArray();
        return inside is [var only] && only.TryNumber(bare, out var number)
                ? ("is a number in another notation", $"write it as {NeuralNetwork.Text.number(number)}")
            : inside.Length > 0 ? ("is a number in another notation", "write it with digits and a point alone")
            : null;
    }

    private static string Kind(NumberNotation[] readings) =>
        readings.Any(reading => reading.IsPlain) ? "has a decimal point"
        : readings.All(reading => reading.Thousands == Thousands.Nothing) ? "has a decimal comma"
        : readings.Any(reading => reading.Thousands == Thousands.Nothing) ? "has a decimal comma or thousands separator"
        : "has thousands separators";

    private static string Reads(NumberNotation notation, string text)
    {
        notation.TryNumber(text, out var number);
        return $"{notation.Options} reads {NeuralNetwork.Text.number(number)}";
    }

    // A notation with more marks than the text has says nothing that a simpler one does not.
    private static IEnumerable<NumberNotation> Readings(string text) =>
        Known.Where(notation =>
            notation.TryNumber(text, out var number)
            && double.IsFinite(number)
            && (notation.IsPlain || HasMarksOf(notation, text))
        );

    private static bool HasMarksOf(NumberNotation notation, string text) =>
        notation.Thousands == Thousands.Nothing
            ? text.Contains(notation.Decimal)
            : !new NumberNotation(notation.Decimal, Thousands.Nothing).TryNumber(text, out _)
                && (
                    notation.Decimal == '.'
                    || text.Contains(',')
                    || (notation.Thousands == Thousands.Dot && text.Count(letter => letter == '.') > 1)
                );

    /// <summary>Without currency, percent, brackets of accountants; digits and signs of other scripts as those of ASCII.</summary>
    private static string Bare(string text)
    {
        var bare = string.Concat(text.Select(Ascii)).Trim();
        if (bare is ['(', .., ')'])
            bare = bare[1..^1].Trim();
        for (var shorter = Shorter(bare); shorter != bare; shorter = Shorter(bare))
            bare = shorter;
        return Fortran().Replace(bare, "$1e$2");
    }

    private static string Shorter(string text)
    {
        var sign = text is ['+' or '-', ..] ? text[..1] : "";
        var rest = text[sign.Length..].Trim();
        if (rest.Length > 0 && IsMark(rest[0]))
            rest = rest[1..];
        else if (rest.Length > 0 && IsMark(rest[^1]))
            rest = rest[..^1];
        else if (Currencies.FirstOrDefault(name => rest.StartsWith(name, StringComparison.Ordinal)) is { } before)
            rest = rest[before.Length..];
        else if (Currencies.FirstOrDefault(name => rest.EndsWith(name, StringComparison.Ordinal)) is { } behind)
            rest = rest[..^behind.Length];
        rest = rest.Trim();
        return sign.Length > 0 && rest is ['+' or '-', ..] ? text : sign + rest;
    }

    private static bool IsMark(char letter) =>
        letter is '%' or '\u2030' || char.GetUnicodeCategory(letter) == UnicodeCategory.CurrencySymbol;

    private static char Ascii(char letter) =>
        letter switch
        {
            '\u2212' or '\u2013' or '\uFF0D' or '\uFE63' => '-',
            '\uFF0B' => '+',
            '\uFF0E' or '\u066B' => '.',
            '\uFF0C' or '\u066C' => ',',
            _ when char.IsDigit(letter) => (char)('0' + (int)char.GetNumericValue(letter)),
            _ => letter,
        };

    [GeneratedRegex("^[+-]?0([xX][0-9a-fA-F_]+|[bB][01_]+|[oO][0-7_]+)$")]
    private static partial Regex Radix();

    // 1.5D+03
    [GeneratedRegex(@"^([+-]?\d*\.\d*)[dD]([+-]?\d+)$")]
    private static partial Regex Fortran();
}
