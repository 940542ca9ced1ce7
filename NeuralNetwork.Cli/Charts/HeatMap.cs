namespace NeuralNetwork.Cli.Charts;

/// <summary>
/// How often rows of one name (down) are taken for another (across): Counts[down][across]. Where both are the same it is
/// right.
/// </summary>
internal sealed record HeatMap(
    string Title,
    string Across,
    string Down,
    IReadOnlyList<string> Names,
    IReadOnlyList<IReadOnlyList<int>> Counts
) : Chart(Title)
{
    /// <summary>The share of a cell in its row.</summary>
    public double Share(int down, int across)
    {
        var sum = Counts[down].Sum(count => (long)count);
        return sum == 0 ? 0 : (double)Counts[down][across] / sum;
    }

    /// <summary>Every cell that is not 0, the most frequent mistakes first.</summary>
    public override ChartTable Table() =>
        new(
            [Down, Across, "rows", "share"],
            [
                .. Cells()
                    .Where(cell => Counts[cell.Down][cell.Across] > 0)
                    .OrderBy(cell => cell.Down == cell.Across)
                    .ThenByDescending(cell => Counts[cell.Down][cell.Across])
                    .Select(cell => Row(cell.Down, cell.Across)),
            ]
        );

    /// <summary>The places of all cells.</summary>
    public IEnumerable<(int Down, int Across)> Cells() =>
        Enumerable
            .Range(0, Names.Count)
            .SelectMany(down => Enumerable.Range(0, Names.Count).Select(across => (down, across)));

    private string[] Row(int down, int across) =>
        [Names[down], Names[across], $"{Counts[down][across]}", Scale.Share.Written(Share(down, across))];
}
