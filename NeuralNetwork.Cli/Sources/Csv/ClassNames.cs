using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// What the different texts of a column are called as categories or classes, in order, and which of them each text is. Where
/// all are numbers, those of the same exact value are the same, 1 and 1.0 and 1e0, and are in the order of their size; otherwise every text
/// is what it is (01 is not 1), and they are in the order of their code points. The text "" stands for missing cells.
/// </summary>
/// <param name="Names">The names, the one for missing cells first.</param>
/// <param name="Places">For each text its place among the names.</param>
/// <param name="AreNumbers">Whether all of them are numbers.</param>
internal sealed record ClassNames(string[] Names, int[] Places, bool AreNumbers)
{
    /// <summary>Whether all of them are whole numbers.</summary>
    public bool AreWhole =>
        AreNumbers && Array.TrueForAll(Names, name => name.Length == 0 || Number(name)!.Value.IsWhole);

    /// <summary>Of a column of a table that writes numbers so.</summary>
    public static ClassNames Of(IReadOnlyCollection<string> texts, NumberNotation notation)
    {
        var numbers = texts.Select(text => Number(notation.ToPlain(text))).ToArray();
        var areNumbers =
            texts.Any(text => text.Length > 0)
            && texts.Zip(numbers).All(pair => pair.First.Length == 0 || pair.Second is not null);
        var names = areNumbers ? texts.Zip(numbers, (_, number) => $"{number}").ToArray() : [.. texts];
        string[] ordered = areNumbers
            ?
            [
                .. names.Contains("") ? [""] : Array.Empty<string>(),
                .. numbers.OfType<ExactNumber>().Distinct().Order().Select(number => number.ToString()),
            ]
            : [.. names.Distinct().Order(CodePoints.Order)];
        var places = ordered.Index().ToDictionary(one => one.Item, one => one.Index);
        return new(ordered, [.. names.Select(name => places[name])], areNumbers);
    }

    /// <summary>
    /// Of names that are known already, each number's text with its place: how a number of them may be written otherwise.
    /// Nothing where not all of them are numbers.
    /// </summary>
    public static Dictionary<string, int> Numerals(IReadOnlyList<string> names)
    {
        var numerals = new Dictionary<string, int>();
        foreach (var (place, name) in names.Index())
            if (name.Length > 0 && (Number(name) is not { } number || !numerals.TryAdd(number.ToString(), place)))
                return [];
        return numerals;
    }

    /// <summary>The number that a plain text has; null where it has none, or a zero in front.</summary>
    public static ExactNumber? Number(string text) => ExactNumber.TryRead(text, out var number) ? number : null;
}

/// <summary>Texts in the order of their code points, which is that of their bytes in UTF-8 and of sorted() in Python.</summary>
internal sealed class CodePoints : IComparer<string>
{
    public static CodePoints Order { get; } = new();

    public int Compare(string? left, string? right)
    {
        var (one, other) = (left ?? "", right ?? "");
        var same = one.AsSpan().CommonPrefixLength(other);
        if (same == one.Length || same == other.Length)
            return one.Length.CompareTo(other.Length);
        // Surrogates stand for what lies above all other units of UTF-16.
        var (a, b) = (one[same], other[same]);
        return char.IsSurrogate(a) == char.IsSurrogate(b)
            ? a.CompareTo(b)
            : char.IsSurrogate(a).CompareTo(char.IsSurrogate(b));
    }
}
