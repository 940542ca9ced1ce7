using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Some rows of a sample, as a sample of their own.</summary>
internal static class TakenRows
{
    /// <summary>The rows at these places, in this order.</summary>
    public static Sample Take(Sample sample, int[] rows) =>
        sample with
        {
            Rows = rows.Length,
            Numbers = sample.Numbers.Take(rows),
            Features = Take(sample.Features, sample.Cols, rows),
            Targets = sample.Targets is { } targets ? Take(targets, rows) : null,
        };

    /// <summary>The rows of data at these places, without weights and folds.</summary>
    public static Data Take(Data data, int[] rows) =>
        new(rows.Length, data.Cols, Take(data.Inputs, data.Cols, rows), Take(data.Targets, rows), [], []);

    private static Targets Take(Targets targets, int[] rows) =>
        targets switch
        {
            Targets.Labels labels => Targets.NewLabels(
                Array.ConvertAll(rows, row => labels.Labels[row]),
                labels.Classes
            ),
            Targets.Values values => Targets.NewValues(Take(values.Values, values.Cols, rows), values.Cols),
            _ => throw new InvalidOperationException("a kind of targets that rows are not taken from"),
        };

    private static Table Take(Table table, int cols, int[] rows) =>
        table switch
        {
            Table.Bytes bytes => Table.NewBytes(Take(bytes.Item, cols, rows)),
            Table.Singles numbers => Table.NewSingles(Take(numbers.Item, cols, rows)),
            Table.Doubles numbers => Table.NewDoubles(Take(numbers.Item, cols, rows)),
            _ => throw new InvalidOperationException("a kind of table that rows are not taken from"),
        };

    private static T[] Take<T>(T[] from, int cols, int[] rows)
    {
        var taken = new T[(long)rows.Length * cols];
        for (var place = 0; place < rows.Length; place++)
            from.AsSpan(rows[place] * cols, cols).CopyTo(taken.AsSpan(place * cols));
        return taken;
    }
}

/// <summary>
/// Which row of its file each row of some data was, counted from 0 without the line of names, as `nn predict` counts: rows
/// that were left out because cells are missing count, too.
/// </summary>
/// <param name="All">A number for each row; null where they are all rows of the file in order.</param>
internal readonly record struct RowNumbers(int[]? All)
{
    public int this[int row] => All is null ? row : All[row];

    /// <summary>The numbers of the rows at these places.</summary>
    public RowNumbers Take(int[] rows)
    {
        var all = All;
        return new(all is null ? rows : Array.ConvertAll(rows, row => all[row]));
    }
}

/// <summary>The rows of a table of any kind, as float64.</summary>
internal static class TableRows
{
    /// <summary>Shows every row of so many numbers, from the first on. It is the row only until the next one.</summary>
    public static void Visit(Table table, int cols, Action<ReadOnlySpan<double>> see)
    {
        switch (table)
        {
            case Table.Bytes bytes:
                Visit(bytes.Item, cols, x => x, see);
                break;
            case Table.Singles numbers:
                Visit(numbers.Item, cols, x => x, see);
                break;
            case Table.Doubles numbers:
                for (var start = 0; start < numbers.Item.Length; start += cols)
                    see(numbers.Item.AsSpan(start, cols));
                break;
            default:
                throw new InvalidOperationException("a kind of table that rows are not taken from");
        }
    }

    private static void Visit<T>(T[] numbers, int cols, Func<T, double> widen, Action<ReadOnlySpan<double>> see)
    {
        var row = new double[cols];
        for (var start = 0; start < numbers.Length; start += cols)
        {
            for (var column = 0; column < cols; column++)
                row[column] = widen(numbers[start + column]);
            see(row);
        }
    }
}
