namespace NeuralNetwork.Cli.Sources;

/// <summary>Which columns of a table have numbers, as its first rows say it.</summary>
internal static class NumberColumns
{
    /// <summary>As many rows are looked at, and as many cells.</summary>
    private const int MostRows = 1000;
    private const int MostCells = 200_000;

    /// <summary>
    /// The columns that have numbers, from the row on where the cursor stands: numbers as soon as half of what is there is a
    /// number, the other half is mistakes, named one by one.
    /// </summary>
    public static bool[] Of(RowCursor at)
    {
        var (there, numbers) = (new int[at.Count], new int[at.Count]);
        var rows = 0;
        do
        {
            for (var column = 0; column < there.Length; column++)
            {
                if (at.IsRefused(column) || at.IsMissing(column))
                    continue;
                there[column]++;
                numbers[column] += at.TryNumber(column, out var number) && double.IsFinite(number) ? 1 : 0;
            }
            rows++;
        } while (rows < MostRows && rows * there.Length < MostCells && at.Next());
        return [.. there.Zip(numbers, (all, some) => some * 2 >= all)];
    }
}
