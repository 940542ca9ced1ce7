using System.Globalization;
using System.Text;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What stands between the thousands of numbers.</summary>
internal enum Thousands
{
    Nothing,
    Comma,
    Dot,
    Space,
    Apostrophe,
    Underscore,
}

/// <summary>How a table writes numbers: the decimal point, and what stands between thousands.</summary>
internal sealed record NumberNotation(char Decimal, Thousands Thousands)
{
    /// <summary>A longer text is no number.</summary>
    private const int Longest = 512;

    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>-12.5e3</summary>
    public static NumberNotation Plain { get; } = new('.', Thousands.Nothing);

    public bool IsPlain => this == Plain;

    /// <summary>The one that is kept, or that was.</summary>
    public NumberNotation Keep(KeptState state) =>
        new((char)state.Keep(Decimal), (Thousands)state.Keep((int)Thousands));

    /// <summary>The notation with this point, and with this between thousands: '\0' for nothing.</summary>
    public static NumberNotation Of(char point, char thousands) =>
        new(
            point,
            thousands switch
            {
                ',' => Thousands.Comma,
                '.' => Thousands.Dot,
                ' ' => Thousands.Space,
                '\'' => Thousands.Apostrophe,
                '_' => Thousands.Underscore,
                _ => Thousands.Nothing,
            }
        );

    /// <summary>The options that say so.</summary>
    public string Options =>
        string.Join(
            ' ',
            (string[])
                [
                    .. Decimal == ',' ? ["--decimal comma"] : Array.Empty<string>(),
                    .. Thousands == Thousands.Nothing
                        ? Array.Empty<string>()
                        : [$"--thousands {Thousands.ToString().ToLowerInvariant()}"],
                    .. IsPlain ? ["--decimal point --thousands none"] : Array.Empty<string>(),
                ]
        );

    public bool TryNumber(ReadOnlySpan<byte> cell, out double number)
    {
        number = 0;
        var trimmed = CellText.Trim(cell);
        if (trimmed.Length > Longest)
            return false;
        Span<char> text = stackalloc char[trimmed.Length];
        return TryNumber(text[..Encoding.UTF8.GetChars(trimmed, text)], out number);
    }

    public bool TryNumber(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        if (text.Length > Longest)
            return false;
        Span<char> plain = stackalloc char[text.Length];
        return TryPlain(text, plain, out var length)
            && double.TryParse(plain[..length], Style, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>The same number as it is written plainly; the text itself where it is none.</summary>
    public string ToPlain(string text)
    {
        if (IsPlain || text.Length > Longest)
            return text;
        Span<char> plain = stackalloc char[text.Length];
        return TryPlain(text, plain, out var length) ? plain[..length].ToString() : text;
    }

    /// <summary>
    /// Thousands are marked everywhere in a number or nowhere: 1.234.567, and never 1.23. In India the thousands above the
    /// first come in pairs: 12,34,567.
    /// </summary>
    private bool TryPlain(ReadOnlySpan<char> text, Span<char> plain, out int length)
    {
        length = 0;
        var place = 0;
        if (text.Length > 0 && text[0] is '+' or '-')
            plain[length++] = text[place++];
        var (group, groups) = (0, 0);
        for (; place < text.Length; place++)
        {
            if (char.IsAsciiDigit(text[place]))
            {
                plain[length++] = text[place];
                group++;
            }
            else if (IsThousands(text[place]))
            {
                if (group is 0 or > 3 || (groups > 0 && group < 2))
                    return false;
                (group, groups) = (0, groups + 1);
            }
            else
                break;
        }
        if (groups > 0 && group != 3)
            return false;
        if (place < text.Length && text[place] == Decimal)
        {
            plain[length++] = '.';
            place++;
        }
        else if (place < text.Length && text[place] is not ('e' or 'E'))
            return false;
        text[place..].CopyTo(plain[length..]);
        length += text.Length - place;
        // What is left must be digits and an exponent: the reader of plain numbers sees to it.
        return !text[place..].Contains('.');
    }

    private bool IsThousands(char letter) =>
        Thousands switch
        {
            Thousands.Comma => letter == ',',
            Thousands.Dot => letter == '.',
            Thousands.Space => letter is ' ' or '\u00A0' or '\u202F' or '\u2009',
            Thousands.Apostrophe => letter is '\'' or '\u2019',
            Thousands.Underscore => letter == '_',
            _ => false,
        };
}

/// <summary>
/// Texts that a reader takes for numbers and a program does not: 1,5 and 1 234 and $5 and 0x1F. A column of them is a mistake,
/// and never one of categories. What they are is a rule of the library; what reads them is an option.
/// </summary>
internal static class OtherNotation
{
    /// <summary>Whether a text is a number, but not in the notation of its table.</summary>
    public static bool Is(string text, NumberNotation expected) => Found(text, expected) is not null;

    /// <summary>What kind of number a text is, and in brackets what reads it; null where it is none.</summary>
    public static (string Kind, string Remedy)? Found(string text, NumberNotation expected)
    {
        var readings = Readings(text).Where(reading => reading.Notation != expected).ToArray();
        if (readings.Length > 0)
            return (Kind([.. readings.Select(one => one.Notation)]), string.Join(", ", readings.Select(Reads)));
        if (Plans.Column.IsOfRadix(text))
            return ("is a number in another notation", "write it in decimal digits");
        var bare = Plans.Column.WithoutSigns(text);
        if (bare == text)
            return null;
        var inside = Readings(bare).ToArray();
        return inside is [var only]
                ? ("is a number in another notation", $"write it as {Maths.Text.number(only.Number)}")
            : inside.Length > 0 ? ("is a number in another notation", "write it with digits and a point alone")
            : null;
    }

    private static IEnumerable<(NumberNotation Notation, double Number)> Readings(string text) =>
        Plans.Column.NumbersIn(text).Select(one => (NumberNotation.Of(one.Item1, one.Item2), one.Item3));

    private static string Kind(NumberNotation[] readings) =>
        readings.Any(reading => reading.IsPlain) ? "has a decimal point"
        : readings.All(reading => reading.Thousands == Thousands.Nothing) ? "has a decimal comma"
        : readings.Any(reading => reading.Thousands == Thousands.Nothing) ? "has a decimal comma or thousands separator"
        : "has thousands separators";

    private static string Reads((NumberNotation Notation, double Number) reading) =>
        $"{reading.Notation.Options} reads {Maths.Text.number(reading.Number)}";
}

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
    public static MissingWords Usual { get; } = new(NeuralNetwork.Table.MissingWords);

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
