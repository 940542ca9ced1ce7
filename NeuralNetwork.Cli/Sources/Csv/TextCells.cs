using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Plans;

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

    // How many rows have each text, where it matters.
    private List<int> counts = [];
    private int last;

    // The place of what is no known text, where it has one.
    private readonly int? unseen;
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
        codes = ClassNames.PlacesOf(known);
        numerals = ClassNames.Numerals(known);
    }

    /// <summary>A column of known categories, and of others: with none of their features 1, or one of their own.</summary>
    public TextCells(string name, int place, IReadOnlyList<string> known, bool hasOther, bool drops)
        : this(name, place, known, drops ? MissingCells.Drop : MissingCells.Mean, false) =>
        unseen = hasOther ? known.Count : -1;

    /// <summary>What can be done about too many different texts.</summary>
    public string? Remedy { get; init; }

    /// <summary>What becomes of rare categories.</summary>
    public Openness Openness { get; init; } = Openness.None;

    /// <summary>What was made of rare categories; null for nothing.</summary>
    public string? Note { get; private set; }

    /// <summary>For each code the place of its feature; below 0 for none.</summary>
    public int[] Places { get; private set; } = [];

    public Blocks<int> Codes { get; } = new();

    /// <summary>The different texts, in the order of their codes.</summary>
    public IReadOnlyCollection<string> Texts => codes.Keys;

    /// <summary>What the texts are called as categories or classes; known ones keep their names and places.</summary>
    public ClassNames Names =>
        isClosed
            ? new([.. Texts], [.. Enumerable.Range(0, codes.Count)], numerals.Count > 0)
            : ClassNames.Of(Texts, notation);

    /// <summary>The column of categories that the texts are; from now on their codes have places.</summary>
    public Column ToColumn(string path)
    {
        var names = Names;
        var all = names.Names;
        if (Openness.Unseen == Unseen.Refuse)
        {
            Places = names.Places;
            return Column.NewCategory(Name, all);
        }
        var rows = new int[all.Length];
        foreach (var (code, place) in names.Places.Index())
            rows[place] += counts[code];
        // Rows that were left out may have had others.
        var there = all.Where((_, place) => rows[place] > 0).ToArray();
        var kept = all.Where((_, place) => rows[place] >= Openness.Rare).ToArray();
        CheckKept(path, kept.Length);
        var hasOther = Openness.Unseen == Unseen.Other && kept.Length < there.Length;
        // As predictions match them: as numbers, too, if all that are kept are some.
        var (places, numbers) = (ClassNames.PlacesOf(kept), ClassNames.Numerals(kept));
        Places = Array.ConvertAll(names.Places, place => PlaceOf(all[place]));
        if (kept.Length < there.Length)
            Note =
                $"column {Failure.Quote(Name)}: {there.Length - kept.Length} of {there.Length} categories have fewer than {Openness.Rare} rows:"
                + $" {(hasOther ? "together one feature, other" : "no feature is 1 for them")} ({OptionName.Rare} sets the limit)";
        else if (Openness.Unseen == Unseen.Other)
            Note =
                $"column {Failure.Quote(Name)}: no category has fewer than {Openness.Rare} rows, so nothing is known of others:"
                + $" no feature is 1 for an unseen one ({OptionName.Rare} sets the limit)";
        return Column.NewOpenCategory(Name, kept, hasOther);

        int PlaceOf(string text) =>
            places.TryGetValue(text, out var place)
            || (ClassNames.Number(notation.ToPlain(text)) is { } number && numbers.TryGetValue(number, out place))
                ? place
            : hasOther ? kept.Length
            : -1;
    }

    /// <summary>The same for a column that was known before.</summary>
    public void KeepPlaces() =>
        Places = unseen is { } other ? [.. Enumerable.Range(0, codes.Count), other] : Names.Places;

    private void CheckKept(string path, int kept)
    {
        if (kept == 0)
            throw Failure.BadInput(
                $"{path}: column {Failure.Quote(Name)}: every category has fewer than {Openness.Rare} rows"
                    + $" (a lower {OptionName.Rare} keeps some; --ignore {ShellLine.Quoted(Name)} leaves the column out)"
            );
        if (kept > Column.MostCategories)
            throw Failure.BadInput(
                $"{path}: column {Failure.Quote(Name)}: {kept} categories have at least {Openness.Rare} rows, and {Column.MostCategories} may be features"
                    + $" (a greater {OptionName.Rare} keeps fewer; --ignore {ShellLine.Quoted(Name)} leaves the column out)"
            );
    }

    // Each category is a feature of zeros and ones.
    public override TypeCode Kind => TypeCode.Byte;

    public override IReadOnlyList<Blocks> All => [Codes];

    public override void Keep(KeptState state)
    {
        base.Keep(state);
        foreach (var text in state.Keep(codes.Keys))
            codes.TryAdd(text, codes.Count);
        counts = [.. state.Keep(counts)];
        notation = notation.Keep(state);
    }

    public override void RemoveLast()
    {
        Codes.RemoveLast();
        if (Openness.Unseen != Unseen.Refuse)
            counts[last]--;
    }

    protected override bool TryAdd(RowCursor at) => !at.IsMissing(Place) && TryAdd(at, at.Text(Place));

    protected override void AddMissing() =>
        Add(
            codes.TryGetValue("", out var code) ? code
            : isClosed ? codes.Count
            : Open("")
        );

    protected override string WordAdvice(string text) =>
        text.Length > 0 ? "; --missing-words none takes the word for a text" : "";

    protected override string Refusal(RowCursor at) =>
        isTarget
            ? $"label {Failure.Quote(at.Text(Place))} is no class of the model (known: {Some(codes.Keys)})"
            : $"category {Failure.Quote(at.Text(Place))} was not there in training"
                + $" (known: {Some(codes.Keys)}; leave the row out, or train again with such rows, with {OptionName.Unseen} other or with --ignore {ShellLine.Quoted(Name)})";

    /// <summary>What is wrong with one more text than there may be.</summary>
    private string TooMany => $"more than {most} different texts ({Remedy ?? WayOut})";

    private string WayOut =>
        $"--ignore {ShellLine.Quoted(Name)} leaves the column out"
        + (Openness.Rare > 1 ? "" : $"; {OptionName.Rare} {Openness.UsualRare} has features for frequent ones alone");

    /// <summary>What is wrong with an earlier cell if there are too many texts; null for nothing.</summary>
    protected virtual Failure? Doubt => null;

    private bool TryAdd(RowCursor at, string text)
    {
        if (!codes.TryGetValue(text, out var code) && !TryNumeral(at, text, out code))
        {
            if (isClosed && unseen is null)
                return false;
            if (isClosed)
                code = codes.Count;
            else if (codes.Count == most)
                return Doubt is { } doubt ? throw doubt : Refuse(Refused.TooMany, at, () => TooMany);
            else
                code = Open(text);
            notation = at.Numbers;
        }
        Add(code);
        return true;
    }

    private void Add(int code)
    {
        Codes.Add(code);
        if (Openness.Unseen == Unseen.Refuse)
            return;
        while (counts.Count <= code)
            counts.Add(0);
        counts[last = code]++;
    }

    /// <summary>Where all known names are numbers, a number is the same however it is written: 1.0 where 1 is known.</summary>
    private bool TryNumeral(RowCursor at, string text, out int code)
    {
        code = 0;
        return numerals.Count > 0
            && ClassNames.Number(at.Numbers.ToPlain(text)) is { } number
            && numerals.TryGetValue(number, out code);
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

    public override void Keep(KeptState state)
    {
        base.Keep(state);
        var line = state.Keep(broken?.Message ?? "");
        broken = line.Length > 0 ? Failure.BadInput(line) : null;
    }

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
