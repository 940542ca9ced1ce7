using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What the text of a cell may stand for.</summary>
internal static class CellText
{
    /// <summary>Without the blanks around it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> cell) => cell.Trim(" \t"u8);

    /// <summary>Whether a text is a number with a comma where the point should be: 1,5 or 1.234,5.</summary>
    public static bool HasDecimalComma(string text) =>
        text.Contains(',', StringComparison.Ordinal)
        && (Comma.TryNumber(text, out _) || CommaAndDots.TryNumber(text, out _));

    private static NumberNotation Comma { get; } = new(',', Thousands.Nothing);

    private static NumberNotation CommaAndDots { get; } = new(',', Thousands.Dot);

    /// <summary>A text among others with commas between them: quoted as in a CSV file where it would not stand out.</summary>
    public static string Listed(string text) =>
        text.AsSpan().ContainsAny(",\"") || text.AsSpan().Trim().Length < text.Length
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;

    /// <summary>What is wrong with a cell that should be a number, and what else could be done with it.</summary>
    public static string NoNumber(string text, NumberNotation notation, string wayOut)
    {
        var shown = CsvCursor.Quote(text);
        if (OtherNotation.Found(text, notation) is (var kind, var remedy))
            return $"{shown} {kind} ({remedy}{wayOut})";
        return $"{shown} (expected a number{wayOut}{(IsWord(text) ? $"; {AsMissing(text)}" : "")})";
    }

    /// <summary>What is wrong with a number that is none to learn from: an infinite one.</summary>
    public static string NotFinite(string text, string wayOut) =>
        $"{CsvCursor.Quote(text)} is not finite ({AsMissing(text)}{wayOut})";

    private static string AsMissing(string text) =>
        $"--missing-words {ShellLine.Quoted($"{MissingWords.UsualName},{Listed(text)}")} if it says that the value is missing";

    // What a program writes for an unknown value has few letters and no digit: -, ., unknown, #DIV/0!, \N.
    private static bool IsWord(string text) =>
        text.Length is > 0 and <= 8 && !text.Any(char.IsWhiteSpace) && IsMark(text);

    private static bool IsMark(string text) =>
        !text.Any(char.IsLetter)
            ? !text.Any(char.IsDigit)
            : text[0] is '#' or '<' or '\\'
                || UnknownWords.Contains(text.TrimStart('+', '-'), StringComparer.OrdinalIgnoreCase);

    private static readonly string[] UnknownWords =
    [
        "unknown",
        "missing",
        "nil",
        "NaT",
        "n.a.",
        "empty",
        "undef",
        "inf",
    ];
}
