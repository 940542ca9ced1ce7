using System.Globalization;

namespace NeuralNetwork.Cli.Sources;

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
            ? $"{CsvCursor.Quote(other)} is written with other capitals"
            : $"{CsvCursor.Quote(other)} looks alike, and is written with other characters: {Codes(other)} instead of {Codes(name)}";

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
