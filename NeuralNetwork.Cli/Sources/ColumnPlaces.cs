namespace NeuralNetwork.Cli.Sources;

/// <summary>Where columns are among the features that they come to.</summary>
internal static class ColumnPlaces
{
    /// <summary>Each column with the place of its first feature.</summary>
    public static IEnumerable<(Column Column, int First)> Placed(this IEnumerable<Column> columns)
    {
        var first = 0;
        foreach (var column in columns)
        {
            yield return (column, first);
            first += column.Features;
        }
    }
}
