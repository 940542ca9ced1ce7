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
    IReadOnlyList<ColumnProfile> Targets
)
{
    /// <summary>What is found of data that are one matrix; null for a table.</summary>
    public string? Range { get; init; }

    /// <summary>Of a table, whose mistakes are counted and not refused.</summary>
    public static TableProfile Of(RowSource source, TableOrder order)
    {
        var path = source.Path;
        var look = source.Look(null);
        var targets = look.TargetsOf(path, order.Targets);
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
        return new(path, rows, rows - seen.Count, columns, [.. targets.Select(place => columns[place])]);
    }

    /// <summary>Of data that are one matrix: its width and its range.</summary>
    public static TableProfile Of(DataSource source, TableOrder order)
    {
        var sample = source.Train(order);
        var ranges = ColumnRange.Of(sample.Features, sample.Cols);
        var constant = ranges.Count(column => column.IsConstant);
        var (least, greatest) = (ranges.Min(column => column.Least), ranges.Max(column => column.Greatest));
        return new(source.Name, sample.Rows, 0, [], [])
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
        foreach (var target in Targets.Where(target => target.Missing > 0))
            yield return $"{target.Missing} rows have no {(Targets.Count > 1 ? Failure.Quote(target.Name) : "target")}";
        foreach (var empty in Columns.Where(column => column.IsEmpty && !Targets.Contains(column)))
            yield return $"{Failure.Quote(empty.Name)} is empty in every row: --ignore {ShellLine.Quoted(empty.Name)}";
    }

    /// <summary>
    /// Columns that say nearly all about the target, of a table that cannot be read to train on: otherwise it is training that
    /// says so.
    /// </summary>
    public IEnumerable<string> Leaks(bool areClasses, TableOrder order)
    {
        var ignored = order.Ignored.Among([.. Columns.Select(column => column.Name)]);
        var others = Columns
            .Where(column => !Targets.Contains(column) && !column.IsEmpty && !column.IsIdentity)
            .Where(column => !ignored.Contains(column.Name))
            .ToArray();
        foreach (var target in Targets.Where(target => target.Missing == 0 && (areClasses || target.IsNumber)))
        {
            var codes = new Dictionary<double, int>();
            foreach (var value in target.Kept)
                codes.TryAdd(value, codes.Count);
            foreach (var column in others)
            {
                var share = areClasses
                    ? SingleColumn.OfClasses(
                        column.Kept,
                        Array.ConvertAll(target.Kept, value => codes[value]),
                        column.IsNumber
                    )
                    : SingleColumn.OfValues(column.Kept, target.Kept, column.IsNumber);
                if (!double.IsNaN(share))
                    yield return $"{Data}: {Suspicions.LeakLine(column.Name, target.Name, share)}";
            }
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

/// <summary>
/// How well a single column says the target, of rows that it was not learned from: every row is predicted by the others with a
/// like value, or by a line through all others. A column that says nearly all may have been made from the target. A column of texts
/// that hardly any other row has says nothing here.
/// </summary>
internal static class SingleColumn
{
    private const double Enough = 0.99;

    // What is left of the errors of guessing: where 99 of 100 rows are of one class, 99 % is no news.
    private const double MostLeft = 0.1;

    private const int FewestRows = 20;
    private const int FewestInBin = 10;

    // Fewer rows with the same category may be one row that is there several times.
    private const int FewestToVote = 5;
    private const int MostBins = 100;

    /// <summary>The share of the rows' classes that a column says; NaN unless it is nearly all of them.</summary>
    /// <param name="column">A number for each row: its value or the number of its category; NaN where it is missing.</param>
    /// <param name="classes">The class of each row.</param>
    public static double OfClasses(double[] column, int[] classes, bool isNumber)
    {
        if (column.Length < FewestRows)
            return double.NaN;
        var counts = new int[classes.Max() + 1];
        foreach (var label in classes)
            counts[label]++;
        var usual = Array.IndexOf(counts, counts.Max());
        Array.Clear(counts);
        var hits = 0;
        foreach (var rows in Groups(column, isNumber))
        {
            foreach (var row in rows.Span)
                counts[classes[row]]++;
            hits += Hits(rows.Span, classes, counts, usual);
            foreach (var row in rows.Span)
                counts[classes[row]] = 0;
        }
        var share = (double)hits / classes.Length;
        var chance = (double)classes.Count(label => label == usual) / classes.Length;
        return share >= Enough && 1 - share <= MostLeft * (1 - chance) && chance < 1 ? share : double.NaN;
    }

    /// <summary>The share of the variance of the rows' values that a column says; NaN unless it is nearly all of it.</summary>
    public static double OfValues(double[] column, double[] values, bool isNumber)
    {
        var known = Enumerable.Range(0, values.Length).Where(row => !double.IsNaN(values[row])).ToArray();
        var t = Array.ConvertAll(known, row => values[row]);
        var x = Array.ConvertAll(known, row => column[row]);
        if (t.Length < FewestRows)
            return double.NaN;
        var mean = t.Average();
        var others = t.Length / (t.Length - 1.0);
        var all = t.Sum(value => Square((value - mean) * others));
        var left = isNumber ? Math.Min(BesideMeans(x, t, isNumber), BesideLine(x, t)) : BesideMeans(x, t, isNumber);
        var share = 1 - (left / all);
        return share >= Enough ? share : double.NaN;
    }

    /// <summary>The rows whose class is the most frequent one among the others of their group.</summary>
    private static int Hits(ReadOnlySpan<int> rows, int[] classes, int[] counts, int usual)
    {
        if (rows.Length < FewestToVote)
            return counts[usual];
        var (top, second, first) = (0, 0, -1);
        foreach (var row in rows)
        {
            var label = classes[row];
            if (label == first)
                continue;
            if (counts[label] > top)
                (top, second, first) = (counts[label], top, label);
            else
                second = Math.Max(second, counts[label]);
        }
        return top - 1 > second ? top : 0;
    }

    private static double BesideMeans(double[] x, double[] t, bool isNumber)
    {
        var total = t.Sum();
        var left = 0.0;
        foreach (var rows in Groups(x, isNumber))
        {
            var sum = 0.0;
            foreach (var row in rows.Span)
                sum += t[row];
            foreach (var row in rows.Span)
                left += Square(
                    t[row]
                        - (
                            rows.Length >= FewestToVote
                                ? (sum - t[row]) / (rows.Length - 1)
                                : (total - t[row]) / (t.Length - 1)
                        )
                );
        }
        return left;
    }

    /// <summary>Squared distances from the line through all other rows: e / (1 − h), the leverage h = 1/n + d²/Σd².</summary>
    private static double BesideLine(double[] x, double[] t)
    {
        if (Array.Exists(x, double.IsNaN))
            return double.PositiveInfinity;
        var (meanX, meanT) = (x.Average(), t.Average());
        var xx = x.Sum(value => Square(value - meanX));
        if (!(xx > 0))
            return double.PositiveInfinity;
        var slope = x.Zip(t, (one, value) => (one - meanX) * (value - meanT)).Sum() / xx;
        var left = 0.0;
        for (var row = 0; row < x.Length; row++)
        {
            var beside = 1 - (1.0 / x.Length) - (Square(x[row] - meanX) / xx);
            left +=
                beside > 0 ? Square((t[row] - meanT - (slope * (x[row] - meanX))) / beside) : double.PositiveInfinity;
        }
        return left;
    }

    /// <summary>
    /// Rows with one value each where values are categories or few, and otherwise with numbers that follow each other: no value
    /// is in two groups.
    /// </summary>
    private static IEnumerable<ReadOnlyMemory<int>> Groups(double[] column, bool isNumber)
    {
        var (values, rows) = ((double[])column.Clone(), Enumerable.Range(0, column.Length).ToArray());
        Array.Sort(values, rows);
        var different = 1;
        for (var place = 1; place < values.Length; place++)
            different += values[place].Equals(values[place - 1]) ? 0 : 1;
        var isFew = !isNumber || different * FewestInBin <= values.Length;
        var fewest = isFew ? 1 : Math.Max(FewestInBin, values.Length / MostBins);
        var start = 0;
        for (var place = 1; place <= values.Length; place++)
        {
            var isLast = place == values.Length;
            if (!isLast && (values[place].Equals(values[place - 1]) || place - start < fewest))
                continue;
            yield return rows.AsMemory(start, place - start);
            start = place;
        }
    }

    private static double Square(double x) => x * x;
}
