using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Exports;

/// <summary>
/// Rows of raw features to compare predictions on, as a model takes them: bytes where features are divided by 255, numbers
/// around each mean where there are means, one category of each column, and standard normal numbers otherwise.
/// </summary>
internal static class ComparisonRows
{
    public const int Count = 256;
    public const int Seed = 42;

    // Bytes of images are divided by this, always.
    private const double OfBytes = 255;

    /// <summary>The same rows for the same model, every time.</summary>
    public static Table Of<T>(Model<T> model)
    {
        var random = new System.Random(Seed);
        var rows = Enumerable.Range(0, Count).SelectMany(_ => Row(model.Preprocessing, model.Network.Inputs, random));
        return Table.NewDoubles([.. rows]);
    }

    /// <summary>A failure where a number is beyond those of a model: what is predicted of it says nothing.</summary>
    public static T[] Checked<T>(T[] rows, string from, Func<int, string> called, int cols)
        where T : struct
    {
        var place = Array.FindIndex(rows, number => number is float single && !float.IsFinite(single));
        return place < 0
            ? rows
            : throw Failure.Numeric(
                $"{from}: row {place / cols}: {called(place % cols)}: beyond float32, which the exported model takes"
                    + " (nn train --precision float64 makes one that takes float64)"
            );
    }

    /// <summary>The features of a table as numbers of a model.</summary>
    public static T[] Of<T>(Table features)
        where T : struct =>
        features switch
        {
            Table.Bytes bytes => Array.ConvertAll(bytes.Item, number => Number<T>(number)),
            Table.Singles singles => Array.ConvertAll(singles.Item, number => Number<T>(number)),
            Table.Doubles doubles => Array.ConvertAll(doubles.Item, Number<T>),
            _ => throw new InvalidOperationException("a table of a type that has no command"),
        };

    private static double[] Row(Preprocessing preprocessing, int inputs, System.Random random)
    {
        var row = new double[inputs];
        for (var feature = 0; feature < inputs; feature++)
            row[feature] = Feature(preprocessing, feature, random);
        foreach (var (column, first) in preprocessing.Columns.Placed())
            if (column is Column.Category)
                Choose(row.AsSpan(first, column.Features), random);
        return row;
    }

    private static double Feature(Preprocessing preprocessing, int feature, System.Random random)
    {
        if (preprocessing.Shift.Length > 0)
            return preprocessing.Divisor
                * (preprocessing.Shift[feature] + (preprocessing.Scale[feature] * Normal(random)));
        return preprocessing.Divisor == OfBytes ? random.Next(256) : preprocessing.Divisor * Normal(random);
    }

    private static void Choose(Span<double> categories, System.Random random)
    {
        categories.Clear();
        categories[random.Next(categories.Length)] = 1;
    }

    // Box and Muller 1958.
    private static double Normal(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static T Number<T>(double number)
        where T : struct => typeof(T) == typeof(float) ? (T)(object)(float)number : (T)(object)number;
}
