using System.Globalization;
using System.Text;

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
