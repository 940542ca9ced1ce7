using System.Text;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The words of a table that say that a value is not known, in any case of their letters. A cell with nothing in it always
/// does. NaN stands for all that C, Java and their like print for it: -nan, nan(ind), 1.#QNAN.
/// </summary>
internal sealed class MissingWords
{
    private const string NotANumber = "NaN";

    // No spelling of NaN is longer that anybody would write.
    private const int LongestNotANumber = 32;

    private readonly HashSet<string> words;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> known;
    private readonly bool[] begins = new bool[256];
    private readonly int longest;
    private readonly bool hasNotANumber;

    private MissingWords(IEnumerable<string> listed)
    {
        words = new(listed, StringComparer.OrdinalIgnoreCase);
        known = words.GetAlternateLookup<ReadOnlySpan<char>>();
        hasNotANumber = words.Contains(NotANumber);
        foreach (var word in hasNotANumber ? words.Concat(["nan", "+", "-", "1", "q", "s"]) : words)
        foreach (var variant in (string[])[word, word.ToUpperInvariant(), word.ToLowerInvariant()])
            if (variant.Length > 0)
                begins[Encoding.UTF8.GetBytes(variant)[0]] = true;
        longest = words.Select(Encoding.UTF8.GetByteCount).DefaultIfEmpty().Max();
        HasNumbers = words.Any(word => Text.tryNumber(word) is { } number && double.IsFinite(number.Value));
    }

    /// <summary>Those that most programs write.</summary>
    public static MissingWords Usual { get; } = new(["NA", "N/A", "#N/A", NotANumber, "null", "none", "?"]);

    /// <summary>The word that stands for the usual ones, among others, too.</summary>
    public const string UsualName = "usual";

    /// <summary>No word at all: only empty cells are missing.</summary>
    public static MissingWords None { get; } = new([]);

    /// <summary>Whether a number is among them: cells are then looked at before they are taken for numbers.</summary>
    public bool HasNumbers { get; }

    public static MissingWords Of(IEnumerable<string> words) =>
        new(words.SelectMany(word => word == UsualName ? Usual.words : (IEnumerable<string>)[word.Trim(' ', '\t')]));

    /// <summary>Whether a cell says that its value is not known.</summary>
    public bool Has(ReadOnlySpan<byte> cell)
    {
        var text = CellText.Trim(cell);
        return text.IsEmpty || (begins[text[0]] && IsOne(text));
    }

    public bool Has(string text) => Has(Encoding.UTF8.GetBytes(text));

    private bool IsOne(ReadOnlySpan<byte> text)
    {
        if (text.Length <= longest)
        {
            Span<char> letters = stackalloc char[text.Length];
            if (known.Contains(letters[..Encoding.UTF8.GetChars(text, letters)]))
                return true;
        }
        return hasNotANumber && text.Length <= LongestNotANumber && IsNotANumber(text);
    }

    // nan, -nan, nan(0x8000000000000), -nan(ind), NaN., qNaN, 1.#QNAN, -1.#IND00
    private static bool IsNotANumber(ReadOnlySpan<byte> text)
    {
        if (text[0] is (byte)'+' or (byte)'-')
            text = text[1..];
        if (text.StartsWith("1.#"u8))
        {
            var rest = text[3..].TrimEnd("0"u8);
            return Is(rest, "QNAN"u8) || Is(rest, "SNAN"u8) || Is(rest, "NAN"u8) || Is(rest, "IND"u8);
        }
        if (text.Length > 0 && (text[0] | 0x20) is 'q' or 's')
            text = text[1..];
        if (text.Length < 3 || !Is(text[..3], "NAN"u8))
            return false;
        var behind = text[3..];
        return behind.IsEmpty || behind.SequenceEqual("."u8) || (behind[0] == '(' && behind[^1] == ')');
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text, word);
}
