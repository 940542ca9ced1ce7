namespace NeuralNetwork.Cli.Sources;

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
