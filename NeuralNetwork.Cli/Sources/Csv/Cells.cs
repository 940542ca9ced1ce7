using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The cells of a column, as they come in row by row.</summary>
internal abstract class Cells(string name, int place, MissingCells missing)
{
    public string Name { get; } = name;

    /// <summary>The column's place in the file.</summary>
    public int Place { get; } = place;

    /// <summary>What can be done about a missing cell.</summary>
    public string Advice { get; init; } = "--missing mean, median or drop accepts it in training";

    /// <summary>Where cells that cannot be taken are gathered; null: the first one is a failure.</summary>
    public Refusals? Refusals { get; set; }

    /// <summary>Whether every cell so far was missing.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>What the column is taken for, and where it is.</summary>
    public virtual string Described => $"{GetType().Name} {Place} {Name}";

    /// <summary>Takes the cell of a record; false where its row is to be left out. A failure where it is no such cell.</summary>
    public bool Add(RowCursor at)
    {
        // A number may be a word for a missing cell: -999.
        if (!(at.Missing.HasNumbers && at.IsMissing(Place)) && TryAdd(at))
        {
            IsEmpty = false;
            return true;
        }
        return at.IsMissing(Place) ? AddMissing(at) : RefuseCell(at);
    }

    /// <summary>Refuses a cell: gathers it with others of its kind, or ends reading. True, as nothing is left out.</summary>
    protected bool Refuse(Refused why, RowCursor at, Func<string> found)
    {
        if (Refusals is null)
            throw at.Wrong(Name, found());
        Refusals.Add(this, why, at, found);
        return true;
    }

    private bool RefuseCell(RowCursor at)
    {
        IsEmpty = false;
        return Refuse(KindOf(at), at, () => Refusal(at));
    }

    /// <summary>Why a cell cannot be taken.</summary>
    protected virtual Refused KindOf(RowCursor at) => at.TryNumber(Place, out _) ? Refused.NotFinite : Refused.NoNumber;

    private bool AddMissing(RowCursor at)
    {
        if (missing == MissingCells.Refuse)
            return Refuse(
                Refused.Missing,
                at,
                () => $"{Failure.Quote(at.Text(Place))} is missing ({Advice}{WordAdvice(at.Text(Place))})"
            );
        if (missing == MissingCells.Drop)
            return false;
        AddMissing();
        return true;
    }

    /// <summary>A word may be what it says, and no missing cell.</summary>
    protected virtual string WordAdvice(string text) => "";

    /// <summary>The smallest kind of numbers that holds every feature of these cells exactly; NaN stands for a missing one.</summary>
    public abstract TypeCode Kind { get; }

    /// <summary>Takes back the cell just added.</summary>
    public abstract void RemoveLast();

    /// <summary>Where the cells are. They may be moved out of memory.</summary>
    public abstract IReadOnlyList<Blocks> All { get; }

    /// <summary>Keeps what is known of the cells so far beside themselves.</summary>
    public virtual void Keep(KeptState state) => IsEmpty = state.Keep(IsEmpty);

    protected abstract bool TryAdd(RowCursor at);

    protected abstract void AddMissing();

    protected abstract string Refusal(RowCursor at);
}

/// <summary>A column of numbers; NaN stands for a missing one.</summary>
internal class NumberCells : Cells
{
    private readonly double fill = double.NaN;
    private TypeCode kind = TypeCode.Byte;

    // Before the last cell.
    private TypeCode before = TypeCode.Byte;

    /// <summary>A column whose missing cells are filled later, if they are accepted.</summary>
    public NumberCells(string name, int place, MissingCells missing)
        : base(name, place, missing) { }

    /// <summary>A column for whose missing cells there is a number; NaN: there is none, and this becomes of them.</summary>
    public NumberCells(string name, int place, double fill, MissingCells otherwise)
        : base(name, place, double.IsNaN(fill) ? otherwise : MissingCells.Mean) => this.fill = fill;

    /// <summary>What can be done with a column of other cells than numbers.</summary>
    public string WayOut { get; init; } = "";

    public Blocks<double> Values { get; } = new();

    public override TypeCode Kind => kind;

    public override void RemoveLast()
    {
        Values.RemoveLast();
        kind = before;
    }

    public override IReadOnlyList<Blocks> All => [Values];

    public override void Keep(KeptState state)
    {
        base.Keep(state);
        kind = (TypeCode)state.Keep((int)kind);
    }

    protected override bool TryAdd(RowCursor at)
    {
        if (!at.TryNumber(Place, out var number) || !double.IsFinite(number))
            return false;
        Add(number);
        return true;
    }

    protected override void AddMissing() => Add(fill);

    private void Add(double number)
    {
        Values.Add(number);
        before = kind;
        kind = NumberKind.With(kind, number);
    }

    protected override string Refusal(RowCursor at) =>
        at.TryNumber(Place, out _)
            ? CellText.NotFinite(at.Text(Place), WayOut)
            : CellText.NoNumber(at.Text(Place), at.Numbers, WayOut) + at.Hint(Place);
}

/// <summary>
/// A target of numbers that may be classes, which only all of them tell: the texts are kept as long as they may, for a class
/// is called as the file has it, and an id above 2^53 is more than a float64.
/// </summary>
internal sealed class GuessedCells(string name, int place, MissingCells missing) : NumberCells(name, place, missing)
{
    // Few numbers may be written in many ways: 1, 1.0, 1.00.
    private static readonly int MostTexts = 10 * Column.MostGuessedClasses;

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
            var areFew = Column.AreClasses(names.Names.Length, places.Count);
            return areFew ? (names, places.TakeAll()) : null;
        }
    }

    public override IReadOnlyList<Blocks> All => [Values, places];

    public override void RemoveLast()
    {
        base.RemoveLast();
        if (!isOver)
            places.RemoveLast();
    }

    public override void Keep(KeptState state)
    {
        base.Keep(state);
        foreach (var text in state.Keep(codes.Keys))
            codes.TryAdd(text, codes.Count);
        notation = notation.Keep(state);
        isOver = state.Keep(isOver);
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

/// <summary>Kinds that numbers are kept in.</summary>
internal static class NumberKind
{
    /// <summary>The smallest kind that holds a number exactly and all those of another kind; NaN takes no byte.</summary>
    public static TypeCode With(TypeCode kind, double number) =>
        kind == TypeCode.Double || (kind == TypeCode.Byte && number == (byte)Math.Clamp(number, 0, 255)) ? kind
        : double.IsNaN(number) || (float)number == number ? TypeCode.Single
        : TypeCode.Double;

    /// <summary>The larger of two kinds.</summary>
    public static TypeCode Larger(TypeCode one, TypeCode other) => one > other ? one : other;
}

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
        text.AsSpan().ContainsAny(",\"") || text.AsSpan().Trim().Length < text.Length ? CsvText.InQuotes(text) : text;

    /// <summary>What is wrong with a cell that should be a number, and what else could be done with it.</summary>
    public static string NoNumber(string text, NumberNotation notation, string wayOut)
    {
        var shown = Failure.Quote(text);
        if (OtherNotation.Found(text, notation) is (var kind, var remedy))
            return $"{shown} {kind} ({remedy}{wayOut})";
        return $"{shown} (expected a number{wayOut}{(IsWord(text) ? $"; {AsMissing(text)}" : "")})";
    }

    /// <summary>What is wrong with a number that is none to learn from: an infinite one.</summary>
    public static string NotFinite(string text, string wayOut) =>
        $"{Failure.Quote(text)} is not finite ({AsMissing(text)}{wayOut})";

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
