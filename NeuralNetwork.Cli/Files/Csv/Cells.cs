namespace NeuralNetwork.Cli;

/// <summary>The cells of a column, as they come in row by row.</summary>
internal abstract class Cells(string name, int place, MissingCells missing)
{
    public string Name { get; } = name;

    /// <summary>The column's place in the file.</summary>
    public int Place { get; } = place;

    /// <summary>What can be done about a missing cell.</summary>
    public string Advice { get; init; } = "--missing mean, median or drop accepts it in training";

    /// <summary>Takes the cell of a record; false where its row is to be left out. A failure where it is no such cell.</summary>
    public bool Add(RowCursor at)
    {
        if (TryAdd(at))
            return true;
        if (!CellText.IsMissing(at[Place]))
            throw at.Wrong(Name, Refusal(at));
        if (missing == MissingCells.Refuse)
            throw at.Wrong(Name, $"{CsvCursor.Quote(at.Text(Place))} is missing ({Advice})");
        if (missing == MissingCells.Drop)
            return false;
        AddMissing();
        return true;
    }

    /// <summary>Takes back the cell just added.</summary>
    public abstract void RemoveLast();

    protected abstract bool TryAdd(RowCursor at);

    protected abstract void AddMissing();

    protected abstract string Refusal(RowCursor at);
}

/// <summary>A column of numbers; NaN stands for a missing one.</summary>
internal sealed class NumberCells : Cells
{
    private readonly double fill = double.NaN;

    /// <summary>A column whose missing cells are filled later, if they are accepted.</summary>
    public NumberCells(string name, int place, MissingCells missing)
        : base(name, place, missing) { }

    /// <summary>A column for whose missing cells there is a number; NaN: there is none, and this becomes of them.</summary>
    public NumberCells(string name, int place, double fill, MissingCells otherwise)
        : base(name, place, double.IsNaN(fill) ? otherwise : MissingCells.Mean) => this.fill = fill;

    /// <summary>What can be done with a column of other cells than numbers.</summary>
    public string WayOut { get; init; } = "";

    public Blocks<double> Values { get; } = new();

    public override void RemoveLast() => Values.RemoveLast();

    protected override bool TryAdd(RowCursor at)
    {
        if (!at.TryNumber(Place, out var number) || !double.IsFinite(number))
            return false;
        Values.Add(number);
        return true;
    }

    protected override void AddMissing() => Values.Add(fill);

    protected override string Refusal(RowCursor at) =>
        at.TryNumber(Place, out _)
            ? $"{CsvCursor.Quote(at.Text(Place))} is not finite"
            : CellText.NoNumber(at.Text(Place), WayOut) + at.Hint;
}

/// <summary>A column of texts, each kept as its place among the different ones.</summary>
internal class TextCells : Cells
{
    private readonly Dictionary<string, int> codes = new(StringComparer.Ordinal);
    private readonly int most;
    private readonly bool isClosed;
    private readonly bool isTarget;

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
    }

    /// <summary>What can be done about too many different texts.</summary>
    public string? Remedy { get; init; }

    public Blocks<int> Codes { get; } = new();

    /// <summary>The different texts, in the order of their codes.</summary>
    public IReadOnlyCollection<string> Texts => codes.Keys;

    public override void RemoveLast() => Codes.RemoveLast();

    protected override bool TryAdd(RowCursor at) => !CellText.IsMissing(at[Place]) && TryAdd(at, at.Text(Place));

    protected override void AddMissing() => Codes.Add(codes.TryGetValue("", out var code) ? code : Open(""));

    protected override string Refusal(RowCursor at) =>
        isTarget
            ? $"label {CsvCursor.Quote(at.Text(Place))} is no class of the model (known: {Some(codes.Keys)})"
            : $"category {CsvCursor.Quote(at.Text(Place))} was not there in training"
                + $" (known: {Some(codes.Keys)}; leave the row out, or train again with such rows or with --ignore {ShellLine.Quoted(Name)})";

    /// <summary>What is wrong with one more text than there may be.</summary>
    protected virtual Failure TooMany(RowCursor at) =>
        at.Wrong(
            Name,
            $"more than {most} different texts ({Remedy ?? $"--ignore {ShellLine.Quoted(Name)} leaves the column out"})"
        );

    private bool TryAdd(RowCursor at, string text)
    {
        if (!codes.TryGetValue(text, out var code) && !TryNumeral(at, out code))
        {
            if (isClosed)
                return false;
            if (codes.Count == most)
                throw TooMany(at);
            code = Open(text);
        }
        Codes.Add(code);
        return true;
    }

    /// <summary>A number is the same text however it is written: 1.0 where 1 is known.</summary>
    private bool TryNumeral(RowCursor at, out int code)
    {
        code = 0;
        return isClosed && at.TryNumber(Place, out var number) && codes.TryGetValue(Text.number(number), out code);
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
    : TextCells(name, place, missing, Answers.MostClasses)
{
    // The first number that is not whole: it may still be the text of a class.
    private Failure? broken;

    /// <summary>The numbers of all rows; null where there are other texts. A failure where a number is not whole.</summary>
    public double[]? ToNumbers()
    {
        var numbers = Texts.Select(NeuralNetwork.Text.tryNumber).ToArray();
        if (!Array.TrueForAll(numbers, number => number is not null && double.IsFinite(number.Value)))
            return null;
        return broken is null ? Array.ConvertAll(Codes.TakeAll(), code => numbers[code]!.Value) : throw broken;
    }

    protected override bool TryAdd(RowCursor at)
    {
        if (
            broken is null
            && at.TryNumber(Place, out var number)
            && double.IsFinite(number)
            && !double.IsInteger(number)
        )
            broken = at.Wrong(
                Name,
                $"label {NeuralNetwork.Text.number(number)} (classes are whole numbers; --task regression learns any)"
            );
        return base.TryAdd(at);
    }

    protected override Failure TooMany(RowCursor at) => broken ?? base.TooMany(at);
}
