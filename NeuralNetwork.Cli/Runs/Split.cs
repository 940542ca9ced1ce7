namespace NeuralNetwork.Cli;

/// <summary>Which rows are trained on, and which are set aside: chosen by the seed, both in their old order.</summary>
internal sealed record Split(int[] Train, int[] Aside)
{
    /// <summary>
    /// Sets a share of the rows aside, of every class as exactly as whole rows allow: the last ones go to the classes
    /// that were rounded down the most. No class loses its only row.
    /// </summary>
    public static Split Of(Targets targets, int rows, double share, ulong seed)
    {
        var order = new int[rows];
        RandomModule.shuffleInto(RandomModule.key(seed, Purpose.Split), order);
        var isAside = new bool[rows];
        var groups = targets is Targets.Labels labels
            ? order.GroupBy(row => labels.Labels[row]).OrderBy(group => group.Key).Select(group => group.ToArray())
            : [order];
        foreach (var row in Chosen(groups.ToArray(), (int)Math.Round(share * rows), share))
            isAside[row] = true;
        var all = Enumerable.Range(0, rows).ToLookup(row => isAside[row]);
        return new([.. all[false]], [.. all[true]]);
    }

    private static IEnumerable<int> Chosen(int[][] groups, int total, double share)
    {
        var quotas = Array.ConvertAll(groups, group => (int)Math.Floor(share * group.Length));
        var left = total - quotas.Sum();
        var byRemainder = Enumerable
            .Range(0, groups.Length)
            .OrderByDescending(group => (share * groups[group].Length) - quotas[group])
            .Where(group => quotas[group] + 1 < groups[group].Length);
        foreach (var group in byRemainder.Take(left).ToArray())
            quotas[group]++;
        return groups.SelectMany((group, place) => group.Take(quotas[place]));
    }

    /// <summary>So many rows of a sample, of every class its share; all of them where there are no more.</summary>
    public static Sample Some(Sample sample, int rows, ulong seed) =>
        rows >= sample.Rows
            ? sample
            : TakenRows.Take(sample, Of(sample.Targets!, sample.Rows, (double)rows / sample.Rows, seed).Aside);

    /// <summary>The rows to train with, and those set aside to validate with, if a share of them is.</summary>
    public static (Sample Train, Sample? Aside) Parts(Sample sample, ValidationRows validation, ulong seed)
    {
        if (validation.Share == 0)
            return (sample, null);
        var split = Of(sample.Targets!, sample.Rows, validation.Share, seed);
        return split.Aside.Length > 0 && split.Train.Length > 0
            ? (TakenRows.Take(sample, split.Train), TakenRows.Take(sample, split.Aside))
            : throw TooFew(sample, validation, split.Aside.Length);
    }

    // Nobody asked for the usual share: then it is the data that are too few.
    private static Failure TooFew(Sample sample, ValidationRows validation, int aside) =>
        validation.IsUsual
            ? Failure.BadInput(
                $"{sample.Path}: {sample.Rows} rows: too few to set some aside to validate with (--validation none trains on all)"
            )
            : Failure.Usage($"--validation: {aside} of {sample.Rows} rows (both parts need a row)");
}
