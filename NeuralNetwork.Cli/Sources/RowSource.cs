using System.IO.Hashing;
using System.Runtime.InteropServices;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A file of rows under named columns: it is looked at once, and can then be gone through.</summary>
internal abstract class RowSource(string path)
{
    public string Path { get; } = path;

    /// <summary>The files that it is read from.</summary>
    public virtual IEnumerable<string> Paths => [Path];

    /// <summary>
    /// Looks at the first rows, which have one of the known names above them if they have any. A failure where there are
    /// none.
    /// </summary>
    public abstract TableLook Look(string[]? known);

    /// <summary>Goes through the rows from the first one on.</summary>
    public abstract RowCursor Open();

    /// <summary>How its rows are written, as far as that was found out: in another form the same bytes are other cells.</summary>
    public virtual string Form => "";

    /// <summary>Whether the file says itself what its columns have.</summary>
    public virtual bool IsTyped => false;

    /// <summary>What the file looks like if it is read in another way than was asked for; null where nothing is to be said.</summary>
    public virtual string? Otherwise => null;
}

/// <summary>What the columns of a table are called, and which of them have numbers.</summary>
internal record TableLook(string[] Names, bool[] IsNumber)
{
    private static readonly string[] TargetNames = ["label", "target", "class", "y", "outcome", "response"];

    /// <summary>The columns of which the first rows say nothing; they count as numbers.</summary>
    public IReadOnlySet<int> Unknown { get; init; } = new HashSet<int>();

    /// <summary>What may be taken for the wrong thing; null where nothing is in doubt.</summary>
    public string? Doubt { get; init; }

    /// <summary>What was decided about the file that nobody said.</summary>
    public IReadOnlyList<string> Decisions { get; init; } = [];

    /// <summary>Whether the names stand in the file.</summary>
    public bool HasNames { get; init; } = true;

    /// <summary>How names are compared.</summary>
    public IEqualityComparer<string> Comparer { get; init; } = StringComparer.Ordinal;

    // Made once: a table may have a million columns, each of which is looked for.
    private Dictionary<string, int> Places =>
        field ??= Names.Index().ToDictionary(one => one.Item, one => one.Index, Comparer);

    /// <summary>The place of a column; -1 where no column has the name.</summary>
    public int PlaceOf(string name) => Places.GetValueOrDefault(name, -1);

    /// <summary>A column whose name says that it is the target, where nobody said which one is; null where none or more do.</summary>
    public string? Likelier(int target, HashSet<int> ignored)
    {
        static bool IsLikely(string name) => TargetNames.Contains(name, StringComparer.OrdinalIgnoreCase);
        if (IsLikely(Names[target]))
            return null;
        var likely = Names.Where((name, place) => !ignored.Contains(place) && IsLikely(name)).ToArray();
        return likely is [var only] ? only : null;
    }

    /// <summary>The places of the columns to learn, the last one where nobody says which. A failure where one is not there.</summary>
    public int[] TargetsOf(string path, ColumnNames? names)
    {
        if (names is null)
            return [Names.Length - 1];
        var places = names.Among(Names).Select(name => Find(path, OptionName.Target, name)).ToArray();
        var twice = places.GroupBy(place => place).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? places
            : throw Failure.Usage(OptionName.Target, $"column {Failure.Quote(Names[twice.Key])} is there twice");
    }

    /// <summary>The place of a column. A failure where no column has the name.</summary>
    public int Find(string path, string option, string name)
    {
        var place = PlaceOf(name);
        if (place >= 0)
            return place;
        var hint =
            LookAlike.Find(Names, name) is { } alike ? $" ({LookAlike.Difference(name, alike)})"
            : Text.nearest(Names, name) is { } near ? $" (did you mean {near.Value}?)"
            : "";
        throw Failure.BadInput(
            $"{path}: {option}: no column {Failure.Quote(name)}{hint}; has: {TextCells.Some(Names)}"
        );
    }
}

/// <summary>
/// Goes through rows of cells, wherever they come from: what a cell has is a text of UTF-8, never a string each, and what is
/// wrong with it is said with its place. A cell that the file leaves open is an empty one.
/// </summary>
internal abstract class RowCursor : IDisposable
{
    /// <summary>The file, as the user called it.</summary>
    public abstract string Path { get; }

    /// <summary>The cells of the row.</summary>
    public abstract int Count { get; }

    /// <summary>Where in the file the row is, in words: line 7.</summary>
    public abstract string Where { get; }

    /// <summary>The words that say that a cell is missing.</summary>
    public MissingWords Missing { get; init; } = MissingWords.Usual;

    /// <summary>How numbers are written.</summary>
    public NumberNotation Numbers { get; init; } = NumberNotation.Plain;

    /// <summary>What may help where a cell of this row is no number; nothing in most rows.</summary>
    public virtual string Hint(int column) => "";

    /// <summary>Whether the cell is of a kind that is not read: it is refused when somebody asks for it.</summary>
    public virtual bool IsRefused(int column) => false;

    /// <summary>The next row with anything in it.</summary>
    public abstract bool Next();

    /// <summary>A cell of the row.</summary>
    public abstract ReadOnlySpan<byte> this[int column] { get; }

    /// <summary>The whole row, such that equal rows have equal bytes.</summary>
    public abstract ReadOnlySpan<byte> Raw { get; }

    /// <summary>Adds the row to a checksum of those before it: where it is the same, all of their cells are.</summary>
    public virtual void AddTo(XxHash128 rows)
    {
        var raw = Raw;
        var length = raw.Length;
        rows.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
        rows.Append(raw);
    }

    /// <summary>A cell as text; the same text is the same object.</summary>
    public abstract string Text(int column);

    /// <summary>The cell as a number; false where it is none. The greatest finite number is the limit of nothing here.</summary>
    public abstract bool TryNumber(int column, out double number);

    /// <summary>Whether a cell counts as a number where it is found out what its column has.</summary>
    public virtual bool IsNumeral(int column) => TryNumber(column, out var number) && double.IsFinite(number);

    /// <summary>Whether a cell says that its value is not known.</summary>
    public bool IsMissing(int column) => Missing.Has(this[column]);

    /// <summary>Reads to the end of the file: what it was.</summary>
    public abstract ReadFile End();

    public abstract void Dispose();

    /// <summary>What is wrong with a cell of the row.</summary>
    public Failure Wrong(string column, string found) =>
        Failure.BadInput($"{Path}: {Where}, column {Failure.Quote(column)}: {found}");

    /// <summary>Refuses a row that is longer or shorter than the others.</summary>
    public void CheckCount(int expected)
    {
        if (Count != expected)
            throw Miscounted(Where, Count, expected);
    }

    /// <summary>What may help where a row has more or fewer fields than others. It may go to the end of the file for it.</summary>
    protected virtual string Remedy(int expected) => "";

    private Failure Miscounted(string where, int found, int expected) =>
        Failure.BadInput(
            $"{Path}: {where}: {found} field{(found == 1 ? "" : "s")} (expected {expected}{Remedy(expected)})"
        );
}

/// <summary>The columns that say which rows belong together, when each was and how much it counts, while a table is read.</summary>
internal sealed class KeyColumns
{
    private readonly (string Name, int Place)? group;
    private readonly (string Name, int Place)? time;
    private readonly (string Name, int Place)? weight;
    private readonly DateForm? form;
    private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
    private readonly List<int> groups = [];
    private readonly List<double> times = [];
    private readonly List<double> weights = [];

    public KeyColumns(RowSource source, TableLook look, TableOrder order)
    {
        (string, int)? Find(string option, string? name) =>
            name is null ? null : (name, look.Find(source.Path, option, name));
        (group, time) = (Find(OptionName.Group, order.Group), Find(OptionName.Time, order.Time));
        weight = Find(OptionName.Weights, order.Weights);
        if (time is var (_, place))
            form = DateColumns
                .Of(source, look, [place], order.Dates == DateReading.Text ? DateReading.Auto : order.Dates)
                .GetValueOrDefault(place);
    }

    /// <summary>The columns that nothing is learned from, by the options that name them.</summary>
    public IEnumerable<(string Option, int Place)> Apart =>
        new[] { (OptionName.Group, group?.Place ?? -1), (OptionName.Weights, weight?.Place ?? -1) }.Where(one =>
            one.Item2 >= 0
        );

    /// <summary>The keys of the rows that were added.</summary>
    public RowKeys Keys =>
        new(group is null ? null : [.. groups], time is null ? null : [.. times], weight is null ? null : [.. weights]);

    /// <summary>Adds those of the row. A failure where it has none.</summary>
    public void Add(RowCursor at)
    {
        if (group is var (name, place))
        {
            if (at.IsMissing(place))
                throw at.Wrong(name, $"missing ({OptionName.Group} needs a group for every row)");
            var text = at.Text(place);
            known.TryAdd(text, known.Count);
            groups.Add(known[text]);
        }
        if (time is not null)
            times.Add(TimeOf(at, time.Value.Name, time.Value.Place));
        if (weight is not null)
            weights.Add(WeightOf(at, weight.Value.Name, weight.Value.Place));
    }

    private static double WeightOf(RowCursor at, string name, int place) =>
        at.IsMissing(place) ? throw at.Wrong(name, $"missing ({OptionName.Weights} needs a number for every row)")
        : at.TryNumber(place, out var number) && number >= 0 && double.IsFinite(number) ? number
        : throw at.Wrong(
            name,
            $"{Failure.Quote(at.Text(place))} is no weight ({OptionName.Weights} needs a number from 0 on for every row)"
        );

    private double TimeOf(RowCursor at, string name, int place) =>
        !at.IsMissing(place) && form is not null && Column.ReadDate(at.Text(place), form.IsDayFirst) is { } moment
            ? moment.Ticks
        : form is null && !at.IsMissing(place) && at.TryNumber(place, out var number) && double.IsFinite(number)
            ? number
        : throw at.Wrong(
            name,
            $"{Failure.Quote(at.Text(place))} is no {(form is null ? "number, and no date" : "date")} ({OptionName.Time} needs one for every row)"
        );
}

/// <summary>The rows of a table of any kind, as float64.</summary>
internal static class TableRows
{
    /// <summary>Shows every row of so many numbers, from the first on. It is the row only until the next one.</summary>
    public static void Visit(NumberArray table, int cols, Action<ReadOnlySpan<double>> see) =>
        table.Visit(cols, (values, at) => see(values.AsSpan(at, cols)));
}

/// <summary>Looks for numbers that are none.</summary>
internal static class Finite
{
    /// <summary>Refuses a table with a number that is not finite, by row and column; its rows may be those from some row on.</summary>
    public static void Check(string path, NumberArray table, int cols, long first = 0)
    {
        var wrong = table switch
        {
            NumberArray.Doubles numbers => Array.FindIndex(numbers.Item, number => !double.IsFinite(number)),
            NumberArray.Singles numbers => Array.FindIndex(numbers.Item, number => !float.IsFinite(number)),
            _ => -1,
        };
        if (wrong < 0)
            return;
        var (row, column) = Math.DivRem(wrong, cols);
        throw Failure.BadInput($"{path}: row {first + row}, column {column}: not a finite number");
    }
}
