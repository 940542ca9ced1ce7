using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A column of texts, each kept as its place among the different ones.</summary>
internal class TextCells : Cells
{
    private readonly Dictionary<string, int> codes = new(StringComparer.Ordinal);

    // Where all known names are numbers: how each of them is written canonically.
    private readonly Dictionary<string, int> numerals = [];
    private readonly int most;
    private readonly bool isClosed;
    private readonly bool isTarget;
    private NumberNotation notation = NumberNotation.Plain;

    /// <summary>A column that may have any texts, up to so many different ones.</summary>
    public TextCells(string name, int place, MissingCells missing, int most)
        : base(name, place, missing) => this.most = most;

    /// <summary>
    /// A column whose texts are known. The empty one among them stands for missing cells; without it, this becomes of them.
    /// </summary>
    public TextCells(string name, int place, IReadOnlyList<string> known, MissingCells otherwise, bool isTarget)
        : base(name, place, known.Contains("") ? MissingCells.Mean : otherwise)
    {
        (isClosed, this.isTarget) = (true, isTarget);
        foreach (var text in known)
            codes.Add(text, codes.Count);
        numerals = ClassNames.Numerals(known);
    }

    /// <summary>What can be done about too many different texts.</summary>
    public string? Remedy { get; init; }

    public Blocks<int> Codes { get; } = new();

    /// <summary>The different texts, in the order of their codes.</summary>
    public IReadOnlyCollection<string> Texts => codes.Keys;

    /// <summary>What the texts are called as categories or classes; known ones keep their names and places.</summary>
    public ClassNames Names =>
        isClosed
            ? new([.. Texts], [.. Enumerable.Range(0, codes.Count)], numerals.Count > 0)
            : ClassNames.Of(Texts, notation);

    public override void RemoveLast() => Codes.RemoveLast();

    protected override bool TryAdd(RowCursor at) => !at.IsMissing(Place) && TryAdd(at, at.Text(Place));

    protected override void AddMissing() => Codes.Add(codes.TryGetValue("", out var code) ? code : Open(""));

    protected override string WordAdvice(string text) =>
        text.Length > 0 ? "; --missing-words none takes the word for a text" : "";

    protected override string Refusal(RowCursor at) =>
        isTarget
            ? $"label {Failure.Quote(at.Text(Place))} is no class of the model (known: {Some(codes.Keys)})"
            : $"category {Failure.Quote(at.Text(Place))} was not there in training"
                + $" (known: {Some(codes.Keys)}; leave the row out, or train again with such rows or with --ignore {ShellLine.Quoted(Name)})";

    /// <summary>What is wrong with one more text than there may be.</summary>
    private string TooMany =>
        $"more than {most} different texts ({Remedy ?? $"--ignore {ShellLine.Quoted(Name)} leaves the column out"})";

    /// <summary>What is wrong with an earlier cell if there are too many texts; null for nothing.</summary>
    protected virtual Failure? Doubt => null;

    private bool TryAdd(RowCursor at, string text)
    {
        if (!codes.TryGetValue(text, out var code) && !TryNumeral(at, text, out code))
        {
            if (isClosed)
                return false;
            if (codes.Count == most)
                return Doubt is { } doubt ? throw doubt : Refuse(Refused.TooMany, at, () => TooMany);
            code = Open(text);
            notation = at.Numbers;
        }
        Codes.Add(code);
        return true;
    }

    /// <summary>Where all known names are numbers, a number is the same however it is written: 1.0 where 1 is known.</summary>
    private bool TryNumeral(RowCursor at, string text, out int code)
    {
        code = 0;
        return numerals.Count > 0
            && ClassNames.Number(at.Numbers.ToPlain(text)) is { } number
            && numerals.TryGetValue(number.ToString(), out code);
    }

    private int Open(string text)
    {
        codes.Add(text, codes.Count);
        return codes.Count - 1;
    }

    /// <summary>Up to ten names of many; the empty one stands for missing cells.</summary>
    public static string Some(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return string.Join(", ", all.Take(10).Select(name => name.Length > 0 ? CellText.Listed(name) : "(missing)"))
            + (all.Length > 10 ? ", …" : "");
    }
}

/// <summary>A target whose cells are classes: whole numbers if all of them are numbers, and texts otherwise.</summary>
internal sealed class ClassCells(string name, int place, MissingCells missing)
    : TextCells(name, place, missing, TargetEncoder.MostClasses)
{
    // The first number that is not whole: it may still be the text of a class.
    private Failure? broken;

    /// <summary>The classes. A failure where all of them are numbers, and one is not whole.</summary>
    public ClassNames Checked() =>
        Names is { AreNumbers: true, AreWhole: false } && broken is not null ? throw broken : Names;

    protected override bool TryAdd(RowCursor at)
    {
        if (broken is null && IsBroken(at))
            broken = at.Wrong(
                Name,
                $"label {at.Text(Place)} (classes are whole numbers; --task regression learns any, --categorical"
                    + $" {ShellLine.Quoted(Name)} takes the texts as they are)"
            );
        return base.TryAdd(at);
    }

    protected override Failure? Doubt => broken;

    private bool IsBroken(RowCursor at) =>
        at.TryNumber(Place, out var number) && double.IsFinite(number) && !double.IsInteger(number);
}

/// <summary>
/// A target of numbers that may be classes, which only all of them tell: the texts are kept as long as they may, for a class
/// is called as the file has it, and an id above 2^53 is more than a float64.
/// </summary>
internal sealed class GuessedCells(string name, int place, MissingCells missing) : NumberCells(name, place, missing)
{
    // Few numbers may be written in many ways: 1, 1.0, 1.00.
    private const int MostTexts = 10 * TargetEncoder.MostGuessed;

    private readonly Dictionary<string, int> codes = new(StringComparer.Ordinal);
    private readonly Blocks<int> places = new();
    private NumberNotation notation = NumberNotation.Plain;
    private bool isOver;

    /// <summary>The classes and the rows' codes of their texts; null where the target is one of values.</summary>
    public (ClassNames Classes, int[] Codes)? Classes
    {
        get
        {
            if (isOver || codes.Count == 0)
                return null;
            var names = ClassNames.Of(codes.Keys, notation);
            var areFew = names.Names.Length <= Math.Min(TargetEncoder.MostGuessed, places.Count / 2);
            return areFew ? (names, places.TakeAll()) : null;
        }
    }

    public override void RemoveLast()
    {
        base.RemoveLast();
        if (!isOver)
            places.RemoveLast();
    }

    protected override bool TryAdd(RowCursor at)
    {
        if (!base.TryAdd(at))
            return false;
        if (!isOver)
            Keep(at);
        return true;
    }

    private void Keep(RowCursor at)
    {
        at.TryNumber(Place, out var number);
        isOver = !double.IsInteger(number);
        if (isOver)
            return;
        var text = at.Text(Place);
        if (!codes.TryGetValue(text, out var code))
        {
            isOver = codes.Count == MostTexts;
            codes.Add(text, code = codes.Count);
            notation = at.Numbers;
        }
        places.Add(code);
    }
}

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
