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
