using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A table while it is read: which of its columns are features, which is the target, and the cells of each.</summary>
internal sealed partial class CsvTable
{
    private const string NoTarget = "a target cannot be filled in; --missing drop leaves such rows out";

    private readonly RowSource source;
    private readonly string path;
    private readonly int columns;
    private readonly List<Cells> features = [];

    // What was made of columns that nobody said.
    private IReadOnlyList<string> decisions = [];
    private IReadOnlyList<Cells> targets = [];
    private KeyColumns? keys;
    private int rows;
    private int dropped;

    // The numbers of the rows that are kept, from the first one on that is left out; nobody asks for those of rows that are packed.
    private List<int>? kept;

    // How often the target of a row left out was missing, by what it read.
    private readonly Dictionary<string, int> missingTargets = new(StringComparer.Ordinal);

    // Where cells and features go that are not kept in memory, the rows whose cells have gone there, and in how many pieces.
    private Spills? spills;
    private int moved;
    private int pieces;

    private Cells[] All => [.. features, .. targets];

    // Null until all of it is read.
    private ReadFile? file;

    private CsvTable(RowSource source, int columns) =>
        (this.source, path, this.columns) = (source, source.Path, columns);

    /// <summary>Reads a file to train on: its columns decide what they are.</summary>
    /// <param name="spills">Where its cells and features go; null keeps them in memory.</param>
    public static (Sample Sample, ReadFile File) Train(RowSource source, TableOrder order, Spills? spills = null)
    {
        var path = source.Path;
        var look = source.Look(null);
        var targets = look.TargetsOf(path, order.Targets);
        var ignored = order.Ignored.Among(look.Names).Select(name => look.Find(path, "--ignore", name)).ToHashSet();
        foreach (var target in targets.Where(ignored.Contains))
            throw IsTarget(OptionName.Ignore, target);
        var categorical = order
            .Categorical.Among(look.Names)
            .Select(name => look.Find(path, "--categorical", name))
            .ToHashSet();
        var table = new CsvTable(source, look.Names.Length)
        {
            keys = new(source, look, order),
            spills = spills?.For(look.Names.Length),
        };
        foreach (var (option, place) in table.keys.Apart)
        {
            if (targets.Contains(place))
                throw IsTarget(option, place);
            ignored.Add(place);
        }
        var places = Enumerable
            .Range(0, look.Names.Length)
            .Where(place => !targets.Contains(place) && !ignored.Contains(place));
        var dates = DateColumns.Of(source, look, places.Where(place => !categorical.Contains(place)), order.Dates);
        foreach (var place in places)
            table.features.Add(
                dates.TryGetValue(place, out var form)
                    ? new DateCells(look.Names[place], place, form, order.Missing)
                    : Open(look, place, order, categorical.Contains(place))
            );
        table.decisions = [.. dates.OrderBy(one => one.Key).Select(one => one.Value.Note(path, look.Names[one.Key]))];
        if (table.features.Count == 0)
            throw Failure.BadInput(
                $"{path}: no columns beside the target {Failure.Quoted(targets.Select(place => look.Names[place]))}"
                    + (source.Otherwise is { } otherwise ? $" ({otherwise})" : "")
            );
        table.targets =
        [
            .. targets.Select(place => OpenTarget(look, place, order, categorical.Contains(place), targets.Length > 1)),
        ];
        table.refusals = new(path, table.targets, order);
        foreach (var cells in table.features.Concat(table.targets))
            cells.Refusals = table.refusals;
        var likely = order.Targets is null ? look.Likelier(targets[0], ignored) : null;
        var other =
            "--target "
            + (likely is null ? "names another column" : $"{ShellLine.Quoted(likely)} learns another column");
        var sample = table.Read(other, order.Missing).ToSample(other);
        var about = likely is null
            ? null
            : $"the last column, {Failure.Quote(look.Names[targets[0]])}, is learned (--target {ShellLine.Quoted(likely)} learns that one)";
        return (table.Noted(sample, look, about), table.file!);

        Failure IsTarget(string option, int place) =>
            Failure.Usage(
                option,
                $"column {Failure.Quote(look.Names[place])} is {(targets.Length > 1 ? "one of the targets" : "the target")}"
                    + $" (--target names {(targets.Length > 1 ? "others" : "another one")})"
            );
    }

    private Sample Noted(Sample sample, TableLook look, string? about = null) =>
        sample with
        {
            Notes =
            [
                .. Notes(look),
                .. decisions,
                .. features
                    .OfType<TextCells>()
                    .Select(texts => texts.Note)
                    .OfType<string>()
                    .Select(note => $"{path}: {note}"),
                .. about is null ? Array.Empty<string>() : [$"{path}: {about}"],
            ],
            Numbers = new(kept?.ToArray()),
            Keys = keys?.Keys ?? default,
        };

    private static Cells Open(TableLook look, int place, TableOrder order, bool isCategorical) =>
        look.IsNumber[place] && !isCategorical
            ? new NumberCells(look.Names[place], place, order.Missing) { WayOut = WayOut(look.Names[place]) }
            : new TextCells(look.Names[place], place, order.Missing, order.Openness.Most) { Openness = order.Openness };

    // A target that is missing cannot be made up: its row can only be left out.
    private static Cells OpenTarget(TableLook look, int place, TableOrder order, bool isCategorical, bool isOfSeveral)
    {
        var missing = order.Missing == MissingCells.Drop ? MissingCells.Drop : MissingCells.Refuse;
        var name = look.Names[place];
        if (isOfSeveral)
            CheckIsValue(look, place, order, isCategorical);
        if (isCategorical && order.IsClassification == false)
            throw Failure.Usage(OptionName.Categorical, $"column {Failure.Quote(name)} is the target of a regression");
        if (order.IsClassification == true && !isCategorical)
            return new ClassCells(name, place, missing)
            {
                Advice = NoTarget,
                Remedy = "--task regression learns numbers",
            };
        if (isCategorical || (order.IsClassification is null && !look.IsNumber[place]))
            return new TextCells(name, place, missing, TargetEncoder.MostClasses)
            {
                Advice = NoTarget,
                Remedy = "--target names another column",
            };
        return order.IsClassification == false
            ? new NumberCells(name, place, missing) { Advice = NoTarget }
            : new GuessedCells(name, place, missing)
            {
                Advice = NoTarget,
                WayOut = "; --task classification takes texts",
            };
    }

    private static string WayOut(string name) =>
        $"; --categorical {ShellLine.Quoted(name)} takes texts, --ignore {ShellLine.Quoted(name)} leaves the column out";

    private IEnumerable<string> Notes(TableLook look)
    {
        if (look.Doubt is not null)
            yield return look.Doubt;
        foreach (var decision in look.Decisions)
            yield return decision;
        if (dropped > 0)
            yield return $"{path}: {dropped} of {rows + dropped} rows left out: cells are missing (--missing drop){Targetless()}";
    }

    /// <summary>A class called None is read as missing: all of it would be gone in silence.</summary>
    private string Targetless()
    {
        if (missingTargets.Count == 0)
            return "";
        var readings = missingTargets
            .OrderByDescending(pair => pair.Value)
            .Select(pair => Failure.Quote(pair.Key) + (missingTargets.Count > 1 ? $" ({pair.Value})" : ""));
        var words = missingTargets.Keys.Any(word => word.Length > 0)
            ? "; --missing-words none takes words for classes"
            : "";
        return $"; {missingTargets.Values.Sum()} of them because the target reads {string.Join(" or ", readings)}{words}";
    }

    private CsvColumns Read() => Read(int.MaxValue).Single();

    /// <summary>
    /// Reads so many rows at a time, the next ones when those before were laid out. Whoever gets the last ones knows that nothing is
    /// wrong with the end of the file.
    /// </summary>
    private IEnumerable<CsvColumns> Read(int most)
    {
        var all = All;
        using var at =
            spills?.Packing?.Open(source, [source.Form, .. all.Select(cells => cells.Described)], Keep)
            ?? source.Open();
        while (at.Next())
        {
            spills?.Packing?.Add(at);
            if (rows == most)
            {
                yield return new(path, rows, features, targets);
                rows = 0;
            }
            at.CheckCount(columns);
            if (TryAdd(at, all))
                Keep(at);
            else
                Drop(at);
            if (spills is not null && rows % spills.Rows == 0)
                Move(spills, at);
            else if (spills is null && rows % 65536 == 0 && most == int.MaxValue)
                MachineMemory.Check(path, rows, all.Length);
        }
        file = at.End();
        if (spills is { Packing: { } packing } && packing.IsDue(isEnd: true))
            Move(spills, at, isEnd: true);
        yield return rows > 0
            ? new(path, rows, features, targets) { Spills = spills }
            : throw Failure.BadInput($"{path}: no rows without missing cells");
    }

    /// <summary>Moves the cells since the last time out of memory, and puts on record, from time to time, how far that has come.</summary>
    private void Move(Spills to, RowCursor at, bool isEnd = false)
    {
        if (rows > moved)
        {
            foreach (var blocks in All.SelectMany(cells => cells.All))
                blocks.MoveTo(to.Cells);
            (moved, pieces) = (rows, pieces + 1);
        }
        // Where a cell was refused, nothing will come of the rest.
        if (to.Packing is { } packing && (isEnd || packing.IsDue()) && refusals is not { Any: true })
            packing.Save(at, (long)rows + dropped, isEnd, Keep);
    }

    /// <summary>Keeps what is known of the rows so far, and where their cells are.</summary>
    private void Keep(KeptState state)
    {
        (rows, dropped) = (state.Keep(rows), state.Keep(dropped));
        var words = state.Keep(missingTargets.Keys);
        foreach (var (word, count) in words.Zip(state.Keep(missingTargets.Values)))
            missingTargets[word] = count;
        foreach (var cells in All)
            cells.Keep(state);
        (moved, pieces) = (rows, state.Keep(pieces));
        for (var piece = 0; state.IsRead && piece < pieces; piece++)
            foreach (var blocks in All.SelectMany(cells => cells.All))
                blocks.ComeFrom(spills!.Cells);
    }

    private void Keep(RowCursor at)
    {
        keys?.Add(at);
        kept?.Add(rows + dropped);
        rows++;
    }

    private void Drop(RowCursor at)
    {
        if (spills?.Packing is null)
            kept ??= [.. Enumerable.Range(0, rows)];
        dropped++;
        if (targets.FirstOrDefault(cells => at.IsMissing(cells.Place)) is { Place: var place })
            missingTargets[at.Text(place)] = missingTargets.GetValueOrDefault(at.Text(place)) + 1;
    }

    private bool TryAdd(RowCursor at, Cells[] all)
    {
        for (var place = 0; place < all.Length; place++)
        {
            if (all[place].Add(at))
                continue;
            // Nothing is made of a table with a column that is refused: its cells are no longer as many as the others.
            if (refusals is { Any: true })
                return false;
            for (var before = 0; before < place; before++)
                all[before].RemoveLast();
            return false;
        }
        return true;
    }
}
