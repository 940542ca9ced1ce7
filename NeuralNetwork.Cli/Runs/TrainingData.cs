using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>The rows of a run: to train with, to validate with if there are any, and the class names.</summary>
internal sealed record TrainingData(Data Train, Data? Validation, string[] Labels, bool IsBytes)
{
    /// <summary>Sets a share of the rows aside, chosen by the seed, both parts in their old order.</summary>
    public static TrainingData Split(Sample sample, double share, ulong seed)
    {
        var classes = Math.Max(2, sample.Classes);
        var whole = sample.Of(classes);
        var aside = (int)Math.Round(share * sample.Rows);
        var labels = Enumerable.Range(0, classes).Select(label => $"{label}").ToArray();
        var isBytes = sample.Features is Table.Bytes;
        if (share == 0)
            return new(whole, null, labels, isBytes);
        if (aside == 0 || aside == sample.Rows)
            throw Failure.Usage($"--validation: {aside} of {sample.Rows} rows (both parts need a row)");

        var order = new int[sample.Rows];
        Random.shuffleInto(Random.key(seed, Purpose.Split), order);
        var (train, validation) = (order[aside..], order[..aside]);
        Array.Sort(train);
        Array.Sort(validation);
        return new(Take(sample, classes, train), Take(sample, classes, validation), labels, isBytes);
    }

    /// <summary>The same with a weight for each row, by its class among the training rows; the test is never weighed.</summary>
    public TrainingData Weighed(WeightSettings weights) =>
        this with
        {
            Train = weights.Weigh(Train, Train),
            Validation = Validation is null ? null : weights.Weigh(Validation, Train),
        };

    private static Data Take(Sample sample, int classes, int[] rows)
    {
        Table features = sample.Features switch
        {
            Table.Bytes table => Table.NewBytes(Take(table.Item, sample.Cols, rows)),
            Table.Singles table => Table.NewSingles(Take(table.Item, sample.Cols, rows)),
            Table.Doubles table => Table.NewDoubles(Take(table.Item, sample.Cols, rows)),
            _ => throw new InvalidOperationException("a kind of table that rows are not taken from"),
        };
        var labels = Array.ConvertAll(rows, row => sample.Labels[row]);
        return new Data(rows.Length, sample.Cols, features, Targets.NewLabels(labels, classes), []);
    }

    private static T[] Take<T>(T[] from, int cols, int[] rows)
    {
        var taken = new T[(long)rows.Length * cols];
        for (var place = 0; place < rows.Length; place++)
            from.AsSpan(rows[place] * cols, cols).CopyTo(taken.AsSpan(place * cols));
        return taken;
    }
}
