using System.Globalization;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// A decimal number exactly as a text has it, however long: ±0.Digits × 10^Exponent, without zeros at either end of the
/// digits. An id above 2^53 is none that a float64 holds, and two of them may be the same float64.
/// </summary>
internal readonly record struct ExactNumber(bool IsNegative, string Digits, int Exponent) : IComparable<ExactNumber>
{
    // Up to so many zeros are written out.
    private const int MostZeros = 30;
    private const int LongestExponent = 5;

    public bool IsWhole => Exponent >= Digits.Length;

    /// <summary>
    /// Reads 1, 1.0, -.5, 1e3. A number with a zero in front, 01, is none here: it is a code, and its zero is part of it.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out ExactNumber number)
    {
        number = default;
        var rest = text is ['+' or '-', ..] ? text[1..] : text;
        var mantissa = rest.IndexOfAny('e', 'E') is >= 0 and var letter ? rest[..letter] : rest;
        if (!TryExponent(rest[mantissa.Length..], out var exponent))
            return false;
        var point = mantissa.IndexOf('.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = point < 0 ? [] : mantissa[(point + 1)..];
        if (whole.Length + fraction.Length == 0 || whole is ['0', _, ..])
            return false;
        if (whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9'))
            return false;
        var all = string.Concat(whole, fraction);
        var digits = all.TrimStart('0');
        exponent += whole.Length - (all.Length - digits.Length);
        digits = digits.TrimEnd('0');
        number = digits.Length == 0 ? new(false, "", 0) : new(text[0] == '-', digits, exponent);
        return true;
    }

    public int CompareTo(ExactNumber other)
    {
        if (Sign != other.Sign)
            return Sign.CompareTo(other.Sign);
        var size = Exponent != other.Exponent ? Exponent.CompareTo(other.Exponent) : Compare(Digits, other.Digits);
        return IsNegative ? -size : size;
    }

    /// <summary>The one text that stands for the number, however it was written.</summary>
    public override string ToString()
    {
        var sign = IsNegative ? "-" : "";
        if (Digits.Length == 0)
            return "0";
        if (IsWhole && Exponent - Digits.Length <= MostZeros)
            return sign + Digits + new string('0', Exponent - Digits.Length);
        if (!IsWhole && Exponent > 0)
            return $"{sign}{Digits[..Exponent]}.{Digits[Exponent..]}";
        if (!IsWhole && -Exponent <= MostZeros)
            return $"{sign}0.{new string('0', -Exponent)}{Digits}";
        var behind = Digits.Length > 1 ? $".{Digits[1..]}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{Digits[0]}{behind}e{Exponent - 1}");
    }

    private int Sign =>
        Digits.Length == 0 ? 0
        : IsNegative ? -1
        : 1;

    private static int Compare(string left, string right) => string.CompareOrdinal(left, right);

    private static bool TryExponent(ReadOnlySpan<char> text, out int exponent)
    {
        exponent = 0;
        return text.Length == 0
            || (
                text.Length is > 1 and <= LongestExponent + 2
                && int.TryParse(text[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            );
    }
}
