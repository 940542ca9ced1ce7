using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The features of a row in the columns they come from.</summary>
internal static class RowCells
{
    /// <summary>What the columns are called.</summary>
    public static IEnumerable<string> Heads(Schema schema) =>
        schema.Columns.Count > 0
            ? schema.Columns.Select(column => column.Title)
            : Enumerable.Range(0, schema.Cols).Select(feature => $"feature {feature}");

    /// <summary>The row's numbers, and the categories it is of.</summary>
    public static IEnumerable<string> Of(Schema schema, Data data, int row)
    {
        if (schema.Columns.Count == 0)
        {
            for (var feature = 0; feature < data.Cols; feature++)
                yield return Scale.Linear.Written(At(feature));
            yield break;
        }
        foreach (var (column, first) in schema.Columns.Placed())
            yield return column is Column.Category category
                ? category.Categories.Where((_, place) => At(first + place) == 1).FirstOrDefault("–")
                : Scale.Linear.Written(At(first));

        double At(int feature) => Standardizer.At(data.Inputs, (row * data.Cols) + feature);
    }
}

/// <summary>Rows that are square images.</summary>
internal static class RowImage
{
    private const int Least = 8;
    private const int Greatest = 256;

    /// <summary>Whether rows are images as far as one can tell: features without names that make up a square.</summary>
    public static bool Has(Schema schema, Data data) =>
        schema.Columns.Count == 0 && Side(data) is >= Least and <= Greatest and var side && side * side == data.Cols;

    public static int Side(Data data) => (int)Math.Round(Math.Sqrt(data.Cols));

    /// <summary>The pixels of a row. Those that are no bytes are spread from the least to the greatest of the row.</summary>
    public static byte[] Of(Data data, int row)
    {
        double[] pixels =
        [
            .. Enumerable.Range(row * data.Cols, data.Cols).Select(place => Standardizer.At(data.Inputs, place)),
        ];
        if (data.Inputs is NeuralNetwork.Engine.Table.Bytes)
            return Array.ConvertAll(pixels, pixel => (byte)pixel);
        var (low, high) = Axis.Span(pixels);
        return Array.ConvertAll(pixels, pixel => (byte)Math.Clamp(255 * (pixel - low) / (high - low), 0, 255));
    }
}
