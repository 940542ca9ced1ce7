using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Exports;

/// <summary>
/// What it costs a prediction that a program gives a model its features in float32, while this one reads them in float64. A
/// column that has more digits than float32 (1000000001, 1000000002, …) is another one there.
/// </summary>
internal static class InputRounding
{
    // Of each prediction, or absolute where it is below 1: three digits of it.
    private const double Limit = 1e-3;

    /// <summary>
    /// The largest difference of predictions for rows and for the same rows as a program gives them; null where they are given
    /// as they are. A failure where it is beyond the limit.
    /// </summary>
    /// <param name="isDrawn">Whether nobody has such rows: they were drawn at random.</param>
    public static double? Difference<T>(Model<T> model, Table features, T[] given, Schema schema, bool isDrawn)
        where T : struct
    {
        if (typeof(T) != typeof(float) || features is not Table.Doubles numbers)
            return null;
        var (exact, rounded) = (Export.Own(model, features), Export.Own(model, given));
        var worst = 0.0;
        for (var place = 0; place < exact.Length; place++)
        {
            var difference = exact[place].Equals(rounded[place]) ? 0 : Math.Abs(exact[place] - rounded[place]);
            if (!(difference <= Limit * Math.Max(1, Math.Abs(exact[place]))))
                throw Failure.Numeric(
                    $"export: {Worst(numbers.Item, given, model.Preprocessing, schema)}: more digits than float32 has, which"
                        + $" the exported model takes: prediction {place} would be {Text.number(rounded[place])} instead of"
                        + $" {Text.number(exact[place])} (nn train --precision float64 makes one that takes float64"
                        + $"{(isDrawn ? "; --data compares rows of yours" : "")})"
                );
            worst = Math.Max(worst, difference);
        }
        return worst;
    }

    /// <summary>What the feature is called that loses most, in the units that the network takes it in.</summary>
    private static string Worst<T>(double[] features, T[] given, Preprocessing preprocessing, Schema schema)
    {
        var losses = new double[schema.Cols];
        for (var place = 0; place < features.Length; place++)
        {
            var column = place % schema.Cols;
            var scale = preprocessing.Divisor * (preprocessing.Scale.Length > 0 ? preprocessing.Scale[column] : 1);
            var loss = Math.Abs(features[place] - (float)(object)given[place]!) / scale;
            losses[column] = Math.Max(losses[column], loss);
        }
        return schema.Called(Array.IndexOf(losses, losses.Max()));
    }
}
