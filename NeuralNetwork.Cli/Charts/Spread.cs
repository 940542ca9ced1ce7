namespace NeuralNetwork.Cli.Charts;

/// <summary>Moves labels apart.</summary>
internal static class Spread
{
    /// <summary>
    /// The places nearest to those wanted (in squares), in the same order, with a gap between neighbours, from low to high.
    /// Wanted places are in order. Where there is no room for all, they begin at low and go beyond high.
    /// Moving the i-th one down by i gaps makes it a regression to rising numbers: neighbours in the wrong order share
    /// their mean.
    /// </summary>
    public static double[] Apart(IReadOnlyList<double> wanted, double gap, double low, double high)
    {
        var pools = new Stack<(double Sum, int Count)>();
        for (var place = 0; place < wanted.Count; place++)
        {
            var pool = (Sum: wanted[place] - (place * gap), Count: 1);
            while (pools.TryPeek(out var before) && before.Sum / before.Count > pool.Sum / pool.Count)
                pool = (pool.Sum + pools.Peek().Sum, pool.Count + pools.Pop().Count);
            pools.Push(pool);
        }
        var top = Math.Max(low, high - ((wanted.Count - 1) * gap));
        return
        [
            .. pools
                .Reverse()
                .SelectMany(pool => Enumerable.Repeat(Math.Clamp(pool.Sum / pool.Count, low, top), pool.Count))
                .Select((start, place) => start + (place * gap)),
        ];
    }
}
