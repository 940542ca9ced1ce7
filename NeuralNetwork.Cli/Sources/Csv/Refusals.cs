using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>All that is wrong with a table while it is read to train on: whoever has to mend it hears it at once.</summary>
internal sealed class Refusals(string path, IReadOnlyList<Cells> targets, TableOrder order)
{
    private readonly List<Refusal> all = [];
    private readonly Dictionary<(Cells, Refused), Refusal> known = [];
    private NumberNotation notation = NumberNotation.Plain;

    public bool Any => all.Count > 0;

    /// <summary>One more cell that cannot be taken. What is wrong with it is asked of the first one only.</summary>
    public void Add(Cells column, Refused why, RowCursor at, Func<string> found)
    {
        if (!known.TryGetValue((column, why), out var refusal))
        {
            var where = at.Path == path ? at.Where : $"{at.Path}, {at.Where}";
            refusal = new(column, targets.Contains(column), why, $"{where}, ", found());
            known.Add((column, why), refusal);
            all.Add(refusal);
            notation = at.Numbers;
        }
        refusal.Add(at.Text(column.Place));
    }

    /// <summary>A column in which all cells are missing, whatever is to become of missing ones.</summary>
    public void AddEmpty(Cells column)
    {
        if (known.Remove((column, Refused.Missing), out var missing))
            all.Remove(missing);
        all.Add(
            new(
                column,
                targets.Contains(column),
                Refused.Empty,
                "",
                $"every row has it missing (--ignore {ShellLine.Quoted(column.Name)} leaves it out)"
            )
        );
    }

    /// <summary>Whether anything is wrong with a column.</summary>
    public bool IsAbout(Cells column) => known.Keys.Any(key => key.Item1 == column);

    /// <summary>What reading ends with.</summary>
    /// <param name="classes">The classes with their rows, if those are known.</param>
    /// <param name="other">What else is wrong with the file; null for nothing.</param>
    public TableRefusal Failure(IReadOnlyList<(string Name, int Rows)> classes, Failure? other) =>
        new(path, all, notation, classes, other, order);
}

/// <summary>A table that cannot be trained on as it is.</summary>
internal sealed class TableRefusal(
    string path,
    IReadOnlyList<Refusal> all,
    NumberNotation notation,
    IReadOnlyList<(string Name, int Rows)> classes,
    Failure? other,
    TableOrder order
) : Failure(Exit.BadInput, Line(path, all, other, OptionsFor(all, notation, order)))
{
    /// <summary>Of every column what is wrong with it.</summary>
    public IReadOnlyList<Refusal> All { get; } = all;

    /// <summary>What is wrong with the file beside its columns.</summary>
    public Failure? Other { get; } = other;

    /// <summary>The classes with their rows; none where the target is no class, or refused itself.</summary>
    public IReadOnlyList<(string Name, int Rows)> Classes { get; } = classes;

    /// <summary>The options that take every column, with what was given of the same.</summary>
    public IReadOnlyList<(string Name, string Value)> Options { get; } = OptionsFor(all, notation, order);

    /// <summary>Options as one types them.</summary>
    public static string Typed(IEnumerable<(string Name, string Value)> options) =>
        string.Join(' ', options.Select(option => $"{option.Name} {ShellLine.Quoted(option.Value)}"));

    private static string Line(
        string path,
        IReadOnlyList<Refusal> all,
        Failure? other,
        IReadOnlyList<(string Name, string Value)> options
    )
    {
        var first = other?.Message ?? $"{path}: {all[0].Found}";
        var more = all.Skip(other is null ? 1 : 0)
            .Select(refusal => refusal.Column)
            .Except(other is null ? [all[0].Column] : [])
            .ToArray();
        var isAlone = other is null && all.Count == 1;
        return isAlone ? first
            : more.Length == 0 ? $"{first}; in all: {Typed(options)}"
            : $"{first}; and so with {more.Length} more column{(more.Length == 1 ? "" : "s")}: {TextCells.Some(more)}"
                + $" (in all: {Typed(options)}; {ShellLine.Typed("nn", "data", "inspect", path)} says more)";
    }

    /// <summary>
    /// One option for each kind of remedy. Rows whose target is missing can only be left out, and those with other missing
    /// cells then are, too.
    /// </summary>
    private static (string Name, string Value)[] OptionsFor(
        IReadOnlyList<Refusal> all,
        NumberNotation notation,
        TableOrder order
    )
    {
        var remedies = all.Select(refusal => (refusal.Column, Remedy: refusal.Remedy(notation))).ToArray();
        var ignored = remedies.Where(one => one.Remedy.Option == OptionName.Ignore).Select(one => one.Column);
        return
        [
            .. remedies
                .Where(one => one.Remedy.Option == OptionName.Ignore || !ignored.Contains(one.Column))
                .GroupBy(one => one.Remedy.Option)
                .OrderBy(group => Array.IndexOf(Order, group.Key))
                .Select(group =>
                {
                    var values = group.Select(one => one.Remedy.Value).OfType<string>().Distinct().ToArray();
                    var given = group.Key == OptionName.Ignore ? order.Ignored : order.Categorical;
                    var value =
                        values.Length == 0
                            ? ColumnNames.Join(given.Each.Concat(group.Select(one => one.Column)).Distinct())
                        : values.Contains("drop") ? "drop"
                        : values[0];
                    return (group.Key, value);
                }),
        ];
    }

    private static readonly string[] Order =
    [
        "--decimal",
        "--task",
        OptionName.Missing,
        OptionName.Ignore,
        OptionName.Categorical,
    ];
}

/// <summary>Why cells of a column cannot be taken.</summary>
internal enum Refused
{
    /// <summary>They are missing.</summary>
    Missing,

    /// <summary>They are texts in a column of numbers.</summary>
    NoNumber,

    /// <summary>They are texts in a column of dates.</summary>
    NoDate,

    /// <summary>They are numbers without an end.</summary>
    NotFinite,

    /// <summary>They are more different texts than there may be.</summary>
    TooMany,

    /// <summary>All of them are missing.</summary>
    Empty,
}

/// <summary>A reason why a column cannot be taken: what is said of its first cell, and how many cells have it.</summary>
internal sealed class Refusal(Cells column, bool isTarget, Refused why, string where, string found)
{
    // As many different texts are kept; a column may not have more categories.
    private readonly HashSet<string> texts = new(StringComparer.Ordinal);

    public string Column => column.Name;

    public Refused Why { get; } = why;

    public int Cells { get; private set; }

    /// <summary>What is wrong with the first of the cells, and where it is.</summary>
    public string Found { get; } = $"{where}column {Failure.Quote(column.Name)}: {found}";

    public void Add(string text)
    {
        Cells++;
        if (texts.Count <= Plans.Column.MostCategories)
            texts.Add(text);
    }

    /// <summary>The option that would help, and the column it is to name if it names any.</summary>
    public (string Option, string? Value) Remedy(NumberNotation notation) =>
        (Why, isTarget) switch
        {
            (Refused.Missing, true) => (OptionName.Missing, "drop"),
            (Refused.Missing, false) => (OptionName.Missing, "median"),
            (Refused.TooMany, true) => ("--task", "regression"),
            (Refused.NoNumber, true) when !AreCommas(notation) => ("--task", "classification"),
            (Refused.NoNumber, _) when AreCommas(notation) => ("--decimal", "comma"),
            (Refused.NoNumber, _) when AreCategories => (OptionName.Categorical, null),
            (Refused.NoDate, _) => (OptionName.Categorical, null),
            _ => (OptionName.Ignore, null),
        };

    private bool AreCommas(NumberNotation notation) =>
        notation.IsPlain && texts.Count > 0 && texts.All(CellText.HasDecimalComma);

    // The numbers of the column are categories then, too.
    private bool AreCategories =>
        column is NumberCells numbers
        && texts.Count + numbers.Values.CountDifferent(Plans.Column.MostCategories) is var all
        && all <= Plans.Column.MostCategories
        && !Identity.IsOfTexts(all, Cells + numbers.Values.Count);
}

/// <summary>What is wrong with rows to train on: all of it is said at once.</summary>
internal sealed partial class CsvTable
{
    // Null where the first thing that is wrong ends reading.
    private Refusals? refusals;

    /// <summary>Reads rows to train on. A failure that says of every column what is wrong with it.</summary>
    private CsvColumns Read(string other, MissingCells missing)
    {
        CsvColumns? columns = null;
        Failure? wrong = null;
        try
        {
            columns = Read();
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            wrong = failure;
        }
        // Rows with a column that is empty would all be left out.
        foreach (var cells in columns is null && rows + dropped == 0 ? [] : features)
            if (cells.IsEmpty && (missing is MissingCells.Refuse or MissingCells.Drop || cells is not TextCells))
                refusals!.AddEmpty(cells);
        if (refusals!.Any)
        {
            var classes = ClassesOf(other, ref wrong);
            throw refusals.Failure(classes, rows == 0 ? null : wrong);
        }
        return columns ?? throw wrong!;
    }

    /// <summary>Refuses one of several targets that is not to be a value.</summary>
    private static void CheckIsValue(TableLook look, int place, TableOrder order, bool isCategorical)
    {
        var name = look.Names[place];
        var alone = $"{OptionName.Target} {ShellLine.Quoted(name)} alone learns its classes";
        if (isCategorical)
            throw Failure.Usage(
                OptionName.Categorical,
                $"column {Failure.Quote(name)} is one of several targets, which are numbers ({alone})"
            );
        if (order.IsClassification == true)
            throw Failure.Usage(OptionName.Task, $"classification is of one target, not of several ({alone})");
        if (order.IsClassification is null && !look.IsNumber[place])
            throw Failure.Usage(
                OptionName.Target,
                $"column {Failure.Quote(name)} has texts, and several targets are numbers ({alone})"
            );
    }

    /// <summary>The classes with their rows, as far as the target is one that can be taken.</summary>
    private (string Name, int Rows)[] ClassesOf(string other, ref Failure? wrong)
    {
        if (targets.Count == 0 || wrong is not null || targets.Any(refusals!.IsAbout))
            return [];
        try
        {
            var (learned, found) = new CsvColumns(path, rows, [], targets).ToTargets(other);
            return TargetEncoder.Balance(learned, found);
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            wrong = failure;
            return [];
        }
    }
}
