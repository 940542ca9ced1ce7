namespace NeuralNetwork.Cli.Charts;

/// <summary>Leaves out dots that a picture has no room for.</summary>
internal static class Thinning
{
    /// <summary>Of each column of a picture the first dot, the last one and the extremes, in their old order.</summary>
    public static IReadOnlyList<Dot> Of(IReadOnlyList<Dot> dots, int columns)
    {
        if (dots.Count <= 4 * columns)
            return dots;
        var kept = new List<Dot>(4 * columns);
        for (var column = 0; column < columns; column++)
        {
            var (start, end) = (Start(column), Start(column + 1));
            var places = Enumerable.Range(start, end - start).ToArray();
            int[] told = [start, places.MinBy(place => dots[place].Y), places.MaxBy(place => dots[place].Y), end - 1];
            kept.AddRange(told.Distinct().Order().Select(place => dots[place]));
        }
        return kept;

        int Start(int column) => (int)((long)dots.Count * column / columns);
    }
}
