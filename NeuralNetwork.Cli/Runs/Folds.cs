namespace NeuralNetwork.Cli.Runs;

/// <summary>Which member of an ensemble does not learn from a row, and is measured on it.</summary>
internal static class Folds
{
    /// <summary>
    /// A member for each row, chosen by the seed: members leave out equally many rows of each class, and of all of them, to
    /// within one.
    /// </summary>
    public static int[] Of(Targets targets, int rows, int members, ulong seed)
    {
        var order = new int[rows];
        Key.Of(seed, Purpose.Split).Shuffle(order);
        if (targets is Targets.Labels labels)
            order = [.. order.OrderBy(row => labels.Labels[row])];
        var folds = new int[rows];
        foreach (var (place, row) in order.Index())
            folds[row] = place % members;
        return folds;
    }
}
