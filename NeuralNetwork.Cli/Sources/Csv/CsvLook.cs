using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// What the first rows of a text table say about all of it: how it is written, whether it has a header, its names, and which
/// columns are numbers.
/// </summary>
internal sealed record CsvLook(CsvDialect Dialect, bool HasHeader, string[] Names, bool[] IsNumber)
    : TableLook(Names, IsNumber)
{
    /// <summary>
    /// Looks at the first rows, which have one of the known names above them if they have any. A failure where there are
    /// none, or where lines are above the table that do not belong to it.
    /// </summary>
    public static CsvLook At(string path, CsvFormat format, string[]? known)
    {
        var (dialect, separated) = CsvSeparator.Find(path, format);
        var first = Read(path, dialect, format);
        if (first.Rows.Count == 0)
            throw Failure.BadInput($"{path}: no rows (the file is empty)");
        var isKnown = format.HasHeader is null && IsAmong(first, known);
        CheckBeginning(path, first, isKnown);
        var (found, isDoubtful) = isKnown ? (true, false) : CsvHeader.Find(first);
        var hasHeader = format.HasHeader ?? found;
        var head = first.Rows[0].Cells;
        var from = hasHeader ? 1 : 0;
        if (first.Rows.Count == from)
            throw Failure.BadInput($"{path}: no rows below the header");
        var (shaped, shape) = Shape(path, first, hasHeader);
        var count =
            (hasHeader && head.Length < first.Usual ? first.Usual : head.Length)
            - shaped.First
            - (shaped.OpenEnd > 0 ? 1 : 0);
        // Names of rows have none themselves.
        var names = hasHeader
            ? NamesIn(path, first.Rows[0].Line, head[..Math.Min(count, head.Length)])
            : Numbered(count);
        var isNumber = names.Select((_, place) => first.IsNumberColumn(place + shaped.First, from)).ToArray();
        return new(shaped, hasHeader, names, isNumber)
        {
            Doubt = known is null ? DoubtOf(path, format, hasHeader, isDoubtful, first) : null,
            Decisions =
            [
                .. known is null && separated is not null ? [separated] : Array.Empty<string>(),
                .. shape is not null ? [shape] : Array.Empty<string>(),
            ],
            HasNames = hasHeader,
            Unknown = Enumerable
                .Range(0, count)
                .Where(place => !first.Rows.Skip(from).Any(row => first.IsThere(row, place + shaped.First)))
                .ToHashSet(),
        };
    }

    private static FirstRows Read(string path, CsvDialect dialect, CsvFormat format)
    {
        try
        {
            return FirstRows.Of(path, dialect, isStrict: true);
        }
        catch (Failure failure)
            when (failure.Code == Exit.BadInput
                && format.Separator is not null
                && CsvSeparator.Otherwise(path, format) is { } otherwise
            )
        {
            throw Failure.BadInput($"{failure.Message}; {otherwise}");
        }
    }

    /// <summary>Refuses a file whose first lines are no rows of the table: nothing is left out that nobody said.</summary>
    private static void CheckBeginning(string path, FirstRows first, bool isKnown)
    {
        var head = first.Rows[0];
        var others = first.Rows.TakeWhile(row => row.Count != first.Usual).ToArray();
        var isShortHead = others.Length == 1 && head.Count == first.Usual - 1 && first.Regular == first.Rows.Count - 1;
        if (others.Length > 0 && !isShortHead && first.Regular * 2 >= first.Rows.Count - others.Length)
            throw Failure.BadInput(
                $"{path}: line {head.Line}: {Fields(head.Count)}, and {first.Usual} in the lines below"
                    + $" ({Ending(head, first) ?? Advice(others, first.Rows[others.Length].Line)})"
            );
        if (first.Dialect.Format.HasHeader is not null || isKnown || !CsvHeader.IsPreamble(first))
            return;
        var found = CsvHeader.HasCounts(first)
            ? $"the numbers of rows and features, {head.Cells[0]} and {head.Cells[1]}, and no names of columns"
            : $"no names of columns, and line {first.Rows[1].Line} has some";
        throw Failure.BadInput(
            $"{path}: line {head.Line}: {found} (--skip {first.Rows[1].Line - 1} leaves out what is above the table)"
        );
    }

    private static string Fields(int count) => count == 1 ? "1 field" : $"{count} fields";

    // A single line may have a separator at its end that others do not have.
    private static string? Ending(FirstRow head, FirstRows first) =>
        head.Count == first.Usual + 1 && head.Cells[^1].Length == 0
            ? "it ends with a separator, and they do not"
            : null;

    private static string Advice(FirstRow[] above, long line)
    {
        var sign = CsvCursor.CommentSigns.FirstOrDefault(one =>
            above.All(row => row.Cells[0].StartsWith(one, StringComparison.Ordinal))
        );
        return sign is null
            ? $"--skip {line - 1} leaves out what is above the table"
            : $"comments? --comment {ShellLine.Quoted(sign)} leaves them out";
    }

    /// <summary>
    /// Where the names of rows stand in front, which have no name above them in R, or where a separator ends every line. A
    /// column that has a name is there, empty or not.
    /// </summary>
    private static (CsvDialect Dialect, string? Said) Shape(string path, FirstRows first, bool hasHeader)
    {
        var (head, below) = (first.Rows[0], first.Rows.Skip(hasHeader ? 1 : 0).ToArray());
        var fields = first.Usual;
        if (fields < 2 || below.Length < 2 || Array.Exists(below, row => row.Count != fields))
            return (first.Dialect, null);
        var hasName = hasHeader && head.Count == fields && head.Cells[^1].Length > 0;
        if (!hasName && !Array.Exists(below, row => row.Has(fields - 1)))
            return (
                first.Dialect with
                {
                    OpenEnd = fields,
                },
                $"{path}: a separator ends every line: the column behind it, without a name and with nothing in it, is left out"
            );
        return hasHeader && head.Count == fields - 1
            ? (
                first.Dialect with
                {
                    First = 1,
                },
                $"{path}: {head.Count} names above {fields} fields: the first field is the name of its row, and left out"
            )
            : (first.Dialect, null);
    }

    // Names that are numbers may be cells of the first row: then all of them have to be there, and to be no mere places.
    private static bool IsAmong(FirstRows first, string[]? known)
    {
        var head = first.Rows[0].Cells;
        return known is not null
            && (
                known.Any(first.IsNumber)
                    ? known.All(head.Contains) && !known.All(Numbered(head.Length).Contains)
                    : head.Any(known.Contains)
            );
    }

    private static string? DoubtOf(string path, CsvFormat format, bool hasHeader, bool isDoubtful, FirstRows first)
    {
        var (line, head) = (first.Rows[0].Line, first.Rows[0].Cells);
        var numbers = head.Where(first.IsNumber).ToArray();
        if (head.Length == 1 && format.Separator is not null && CsvSeparator.Otherwise(path, format) is { } otherwise)
            return $"{path}: {otherwise}";
        return (format.HasHeader, hasHeader) switch
        {
            (null, false) =>
                $"{path}: no header found: columns are named 1, 2, … (--header yes takes line {line} as their names)",
            (null, true) when isDoubtful && numbers.Length > 0 =>
                $"{path}: line {line} is taken for the names of the columns, of which {numbers.Length}"
                    + $" {(numbers.Length == 1 ? "is a number" : "are numbers")}: {TextCells.Some(numbers)} (--header no takes it as a row)",
            (true, _) when numbers.Length == head.Length =>
                $"{path}: line {line}: every name is a number: {TextCells.Some(head)} (--header no takes it as a row)",
            _ => null,
        };
    }

    private static string[] Numbered(int count) => [.. Enumerable.Range(1, count).Select(place => $"{place}")];

    private static string[] NamesIn(string path, long line, string[] head)
    {
        var names = head.Select((text, place) => text.Length > 0 ? text : $"column {place + 1}").ToArray();
        var twice = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? names
            : throw Failure.BadInput(
                $"{path}: line {line}: column {Failure.Quote(twice.Key)} is there {twice.Count()} times"
            );
    }
}

/// <summary>A table of which a training or a model knows the columns, in whatever order they are.</summary>
internal sealed partial class CsvTable
{
    /// <summary>Reads a file for whoever knows its columns; without files for them its cells and features stay in memory.</summary>
    public static (Sample Sample, ReadFile File) Use(RowSource source, Schema schema, bool needsTarget, Spills? spills)
    {
        var look = LookFor(source, schema);
        var (table, columns) = Known(source, look, schema, needsTarget);
        table.spills = spills?.For(Math.Max(look.Names.Length, schema.Cols));
        return (table.Noted(table.Read().ToSample(schema, columns), look), table.file!);
    }

    /// <summary>The same for predictions, some rows at a time; what the file was is noted before the last of them.</summary>
    public static SampleStream Stream(RowSource source, Schema schema, Action<ReadFile> note)
    {
        var look = LookFor(source, schema);
        var most = SampleStream.RowsOf(Math.Max(look.Names.Length, schema.Cols), schema);
        // Of rows to predict none is left out: the first ones tell all that there is to say.
        return new([.. new CsvTable(source, look.Names.Length).Notes(look)], Pieces());

        IEnumerable<Sample> Pieces()
        {
            var (table, columns) = Known(source, look, schema, needsTarget: false);
            foreach (var some in table.Read(most))
            {
                if (table.file is { } file)
                    note(file);
                yield return some.ToSample(schema, columns);
            }
        }
    }

    private static TableLook LookFor(RowSource source, Schema schema) =>
        source.Look([.. schema.Columns.Select(column => column.Title)]);

    private static (CsvTable Table, IReadOnlyList<Column> Columns) Known(
        RowSource source,
        TableLook look,
        Schema schema,
        bool needsTarget
    )
    {
        var table = new CsvTable(source, look.Names.Length);
        var known = schema.Columns.Count > 0 ? schema : Nameless(source.Path, look, schema);
        foreach (var column in known.Columns)
            table.features.Add(Open(column, table.Place(look, known, column.Title), schema.Drops, needsTarget));
        if (needsTarget && known.Targets.Any(name => look.PlaceOf(name) >= 0))
            table.targets = [.. known.Targets.Select(name => OpenTarget(source.Path, known, name, look.PlaceOf(name)))];
        return (table, known.Columns);
    }

    private static Cells Open(Column column, int place, bool drops, bool needsTarget)
    {
        var otherwise = drops ? MissingCells.Drop : MissingCells.Refuse;
        var advice = needsTarget
            ? "none was in training; --missing drop leaves such rows out"
            : "every row needs an answer; a model trained with --missing mean or median has one";
        return column switch
        {
            Column.Number number => new NumberCells(number.Name, place, number.Missing, otherwise) { Advice = advice },
            Column.Category category => new TextCells(category.Name, place, category.Categories, otherwise, false)
            {
                Advice = advice,
            },
            Column.OpenCategory open => new TextCells(open.Name, place, open.Categories, open.HasOther, drops),
            Column.Date date => new DateCells(
                date.Name,
                place,
                new(date.IsDayFirst, date.HasTime),
                date.Missing,
                otherwise
            )
            {
                Advice = advice,
            },
            _ => throw new InvalidOperationException("a kind of column that cells are not read for"),
        };
    }

    private static Cells OpenTarget(string path, Schema schema, string name, int place)
    {
        if (place < 0)
            throw Failure.BadInput($"{path}: no column {Failure.Quote(name)}, one of the targets of the model");
        var missing = schema.Drops ? MissingCells.Drop : MissingCells.Refuse;
        return schema.Learned is Learned.Classes classes
            ? new TextCells(name, place, classes.Names, missing, isTarget: true) { Advice = NoTarget }
            : new NumberCells(name, place, missing) { Advice = NoTarget };
    }

    /// <summary>Columns by their places for a model whose features have no names; one more may be the target.</summary>
    private static Schema Nameless(string path, TableLook look, Schema schema)
    {
        if (look.Names.Length != schema.Cols && look.Names.Length != schema.Cols + 1)
            throw Failure.BadInput($"{path}: {look.Names.Length} columns (the model takes {schema.Cols} features)");
        return schema with
        {
            Columns = [.. look.Names.Take(schema.Cols).Select(name => Column.NewNumber(name, double.NaN))],
            Targets = look.Names.Length > schema.Cols ? [look.Names[^1]] : [],
        };
    }

    private int Place(TableLook look, Schema schema, string name)
    {
        var place = look.PlaceOf(name);
        if (place >= 0)
            return place;
        var missing = schema.Columns.Select(column => column.Title).Except(look.Names).ToArray();
        var alike = LookAlike.Find(look.Names, name) is { } other ? $"; {LookAlike.Difference(name, other)}" : "";
        throw Failure.BadInput(
            $"{path}: columns: no {string.Join(", ", missing.Take(10).Select(Failure.Quote))}, which the model needs"
                + $" (has: {TextCells.Some(look.Names)}{(look.HasNames ? "" : "; no header")}{alike})"
        );
    }
}
