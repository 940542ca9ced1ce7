using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What is in data, column by column, of whatever can be trained on or not.</summary>
internal sealed record TableProfile(
    string Data,
    int Rows,
    int Duplicates,
    IReadOnlyList<ColumnProfile> Columns,
    ColumnProfile? Target
)
{
    /// <summary>What is found of data that are one matrix; null for a table.</summary>
    public string? Range { get; init; }

    /// <summary>Of a table, whose mistakes are counted and not refused.</summary>
    public static TableProfile Of(RowSource source, TableOrder order)
    {
        var path = source.Path;
        var look = source.Look(null);
        var place = order.Target is { } target ? look.Find(path, OptionName.Target, target) : look.Names.Length - 1;
        var categorical = order.Categorical.Among(look.Names);
        var places = Enumerable.Range(0, look.Names.Length).Where(column => !categorical.Contains(look.Names[column]));
        // Where nobody says which number is the day, training refuses the column: here it is shown.
        var dates = DateColumns.Of(
            source,
            look,
            places,
            order.Dates == DateReading.Auto ? DateReading.DayFirst : order.Dates
        );
        var columns = look
            .Names.Select((name, column) => new ColumnProfile(name, column, dates.GetValueOrDefault(column)))
            .ToArray();
        var seen = new HashSet<ulong>();
        var rows = 0;
        using var at = source.Open();
        for (; at.Next(); rows++)
        {
            at.CheckCount(columns.Length);
            seen.Add(Hash(at.Raw));
            foreach (var column in columns)
                column.Add(at);
        }
        return new(path, rows, rows - seen.Count, columns, columns[place]);
    }

    /// <summary>Of data that are one matrix: its width and its range.</summary>
    public static TableProfile Of(DataSource source, TableOrder order)
    {
        var sample = source.Train(order);
        var ranges = ColumnRange.Of(sample.Features, sample.Cols);
        var constant = ranges.Count(column => column.IsConstant);
        var (least, greatest) = (ranges.Min(column => column.Least), ranges.Max(column => column.Greatest));
        return new(source.Name, sample.Rows, 0, [], null)
        {
            Range =
                $"{sample.Cols} features from {Text.number(least)} to {Text.number(greatest)}, {constant} of them constant",
        };
    }

    /// <summary>What may be wrong that training does not say.</summary>
    public IEnumerable<string> Findings()
    {
        if (Range is not null)
            yield return Range;
        if (Duplicates > 0)
            yield return $"{Duplicates} rows are there more than once";
        if (Target is { Missing: > 0 })
            yield return $"{Target.Missing} rows have no target";
        foreach (var empty in Columns.Where(column => column.IsEmpty && column != Target))
            yield return $"{Failure.Quote(empty.Name)} is empty in every row: --ignore {ShellLine.Quoted(empty.Name)}";
    }

    /// <summary>
    /// Columns that say nearly all about the target, of a table that cannot be read to train on: otherwise it is training that
    /// says so.
    /// </summary>
    public IEnumerable<string> Leaks(bool areClasses, TableOrder order)
    {
        if (Target is null || Target.Missing > 0 || (!areClasses && !Target.IsNumber))
            yield break;
        var ignored = order.Ignored.Among([.. Columns.Select(column => column.Name)]);
        var codes = new Dictionary<double, int>();
        foreach (var value in Target.Kept)
            codes.TryAdd(value, codes.Count);
        foreach (var column in Columns)
        {
            if (column == Target || column.IsEmpty || column.IsIdentity || ignored.Contains(column.Name))
                continue;
            var share = areClasses
                ? SingleColumn.OfClasses(
                    column.Kept,
                    Array.ConvertAll(Target.Kept, value => codes[value]),
                    column.IsNumber
                )
                : SingleColumn.OfValues(column.Kept, Target.Kept, column.IsNumber);
            if (!double.IsNaN(share))
                yield return $"{Data}: {Suspicions.LeakLine(column.Name, Target.Name, share)}";
        }
    }

    public IEnumerable<string> Lines() =>
        TextTable.Columns([
            ["column", "type", "least", "greatest", "missing", "different", ""],
            .. Columns.Select(column => column.Line()),
        ]);

    public JsonArray Document() => Json.Array(Columns, column => column.Document());

    // FNV-1a: rows of equal bytes have equal hashes, and others practically never.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037;
        foreach (var one in bytes)
            hash = (hash ^ one) * 1099511628211;
        return hash;
    }
}
