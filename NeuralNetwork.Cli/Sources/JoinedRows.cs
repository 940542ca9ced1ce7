using System.IO.Hashing;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Files with the same columns, whose rows come one behind the other as if they were those of one file. The columns of the first one are
/// found in the others by name, in any order; what they have is found out in the first rows of all.
/// </summary>
internal sealed class JoinedRows(RowSource[] parts) : RowSource(Called(parts))
{
    private const int Named = 3;

    // Of each file where the columns of the first one are.
    private int[][] places = [];

    public override IEnumerable<string> Paths => parts.Select(part => part.Path);

    /// <summary>What the files were, once all of them were read.</summary>
    public IReadOnlyList<ReadFile> Read { get; private set; } = [];

    public override string? Otherwise => parts[0].Otherwise;

    public override string Form =>
        string.Join('\n', parts.Zip(places, (part, own) => $"{string.Join(' ', own)} {part.Form}"));

    public override TableLook Look(string[]? known)
    {
        var first = parts[0].Look(known);
        var others = Array.ConvertAll(parts[1..], part => part.Look(first.HasNames ? first.Names : null));
        places =
        [
            [.. Enumerable.Range(0, first.Names.Length)],
            .. others.Select((look, index) => PlacesIn(parts[index + 1].Path, look, first)),
        ];
        var said = others.SelectMany(look => look.Doubt is { } doubt ? [doubt, .. look.Decisions] : look.Decisions);
        var (isNumber, unknown) = Array.Exists(parts, part => part.IsTyped)
            ? (TypesOf([first, .. others], first), new HashSet<int>())
            : Found();
        return first with { IsNumber = isNumber, Unknown = unknown, Decisions = [.. first.Decisions, .. said] };
    }

    public override RowCursor Open()
    {
        var first = parts[0].Open();
        return new Cursor(this, part => parts[part].Open(), first) { Missing = first.Missing, Numbers = first.Numbers };
    }

    private (bool[], IReadOnlySet<int>) Found()
    {
        using var at = Open();
        at.Next();
        return NumberColumns.Of(at);
    }

    // What one file says itself holds for the cells of the others.
    private bool[] TypesOf(TableLook[] looks, TableLook first)
    {
        var typed = Array.FindIndex(parts, part => part.IsTyped);
        bool[] Types(int part) => [.. places[part].Select(place => looks[part].IsNumber[place])];
        var types = Types(typed);
        for (var part = typed + 1; part < parts.Length; part++)
        {
            var own = parts[part].IsTyped ? Types(part) : types;
            var other = Array.FindIndex([.. types.Zip(own, (one, here) => one != here)], isOther => isOther);
            if (other >= 0)
                throw Failure.BadInput(
                    $"{parts[part].Path}: column {Failure.Quote(first.Names[other])} has {(own[other] ? "numbers" : "no numbers")}, otherwise than {parts[typed].Path}"
                );
        }
        return types;
    }

    private static string Called(RowSource[] parts) =>
        parts.Length <= Named
            ? string.Join(", ", parts.Select(part => part.Path))
            : $"{parts[0].Path} and {parts.Length - 1} more files";

    private int[] PlacesIn(string path, TableLook look, TableLook first)
    {
        if (look.HasNames != first.HasNames)
            throw Failure.BadInput(
                $"{path}: {(look.HasNames ? "names" : "no names")} in the first line, otherwise than {parts[0].Path} ({OptionName.Header} yes or no says it of all)"
            );
        if (!first.HasNames)
            return look.Names.Length == first.Names.Length
                ? [.. Enumerable.Range(0, first.Names.Length)]
                : throw Failure.BadInput(
                    $"{path}: {look.Names.Length} columns ({parts[0].Path} has {first.Names.Length})"
                );
        if (Array.Find(look.Names, name => first.PlaceOf(name) < 0) is { } more)
            throw Failure.BadInput($"{path}: column {Failure.Quote(more)}, which {parts[0].Path} does not have");
        return Array.ConvertAll(
            first.Names,
            name =>
                look.PlaceOf(name) is >= 0 and var place
                    ? place
                    : throw Failure.BadInput($"{path}: no column {Failure.Quote(name)}, which {parts[0].Path} has")
        );
    }

    /// <summary>Goes through the rows of one file after the other. What is wrong with one is said by its own name.</summary>
    private sealed class Cursor(JoinedRows rows, Func<int, RowCursor> open, RowCursor first) : RowCursor
    {
        private readonly List<ReadFile> read = [];
        private RowCursor at = first;

        public override string Path => at.Path;

        public override int Count => at.Count;

        public override string Where => at.Where;

        public override ReadOnlySpan<byte> Raw => at.Raw;

        private int[] Places => rows.places[Math.Min(read.Count, rows.places.Length - 1)];

        public override ReadOnlySpan<byte> this[int column] => at[Places[column]];

        public override void AddTo(XxHash128 rows) => at.AddTo(rows);

        public override string Hint(int column) => at.Hint(Places[column]);

        public override bool IsNumeral(int column) => at.IsNumeral(Places[column]);

        public override bool IsRefused(int column) => at.IsRefused(Places[column]);

        public override string Text(int column) => at.Text(Places[column]);

        public override bool TryNumber(int column, out double number) => at.TryNumber(Places[column], out number);

        public override bool Next()
        {
            while (read.Count < rows.places.Length)
            {
                if (at.Next())
                {
                    // Of a shorter row the columns would be elsewhere.
                    at.CheckCount(Places.Length);
                    return true;
                }
                read.Add(at.End());
                if (read.Count == rows.places.Length)
                    break;
                at.Dispose();
                at = open(read.Count);
            }
            rows.Read = read;
            return false;
        }

        public override ReadFile End()
        {
            while (Next()) { }
            return read[^1];
        }

        public override void Dispose() => at.Dispose();
    }
}
