using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// What a model predicts on the mean over the rows where a column has the same cell in all of them: partial dependence
/// (Friedman 2001).
/// </summary>
/// <param name="Places">The cells as numbers; null of a category.</param>
/// <param name="Cells">The cells.</param>
/// <param name="Lines">What is predicted: of each class, or value, a name and a number for each cell.</param>
internal sealed record Dependence(
    string Title,
    double[]? Places,
    string[] Cells,
    IReadOnlyList<(string Name, double[] Predictions)> Lines
)
{
    private const int MostColumns = 6;
    private const int MostLines = 6;
    private const int MostCategories = 20;

    // Every twentieth part of the rows, but for the first and the last.
    private const int Parts = 20;

    /// <summary>Those columns of numbers and categories whose importance is the greatest.</summary>
    public static IReadOnlyList<Dependence> Of<T>(Used used, Model<T> model, double[] importances)
        where T : struct
    {
        var schema = used.Sample.Schema;
        var columns =
            schema.Columns.Count == 0
                ? Enumerable
                    .Range(0, schema.Cols)
                    .Select(feature => (Column.NewNumber($"{feature}", double.NaN), feature))
                : schema.Columns.Placed();
        return
        [
            .. columns
                .Zip(importances)
                .OrderByDescending(one => one.Second)
                .Select(one => Of(used, model, one.First.Item1, one.First.Item2))
                .OfType<Dependence>()
                .Take(MostColumns),
        ];
    }

    /// <summary>Of one column; null of dates, whose features are none that a row could have alone, and of what is always the same.</summary>
    private static Dependence? Of<T>(Used used, Model<T> model, Column column, int first)
        where T : struct
    {
        var (data, schema) = (used.Sample.Data, used.Sample.Schema);
        var (places, cells, features) = column switch
        {
            Column.Number => Numbers(data, first),
            Column.Category category => Categories(category.Categories, category.Categories.Length),
            Column.OpenCategory open => Categories(open.Categories, column.Features),
            _ => default,
        };
        if (features is not { Length: > 1 })
            return null;
        var found = Attribution.Dependence(used.Machine, model, data, first, features);
        return new(Explanation.NameOf(schema, column.Title), places, cells, [.. LinesOf(schema, model, data, found)]);
    }

    private static (double[]? Places, string[] Cells, double[][] Features) Numbers(Dataset data, int first)
    {
        double[] sorted =
        [
            .. Enumerable
                .Range(0, data.Rows)
                .Select(row => data.Inputs.At((row * data.Cols) + first))
                .Where(double.IsFinite)
                .Order(),
        ];
        double[] places =
        [
            .. Enumerable
                .Range(1, sorted.Length == 0 ? 0 : Parts - 1)
                .Select(part => sorted[part * (sorted.Length - 1) / Parts])
                .Distinct(),
        ];
        return (
            places,
            Array.ConvertAll(places, Numeral.InUnits),
            Array.ConvertAll(places, place => (double[])[place])
        );
    }

    private static (double[]? Places, string[] Cells, double[][] Features) Categories(string[] names, int features)
    {
        var shown = names
            .Select(name => name.Length == 0 ? "(missing)" : name)
            .Concat(features > names.Length ? ["(other)"] : []);
        return (
            null,
            [.. shown.Take(MostCategories)],
            [
                .. Enumerable
                    .Range(0, Math.Min(features, MostCategories))
                    .Select(category =>
                        Enumerable.Range(0, features).Select(place => place == category ? 1.0 : 0.0).ToArray()
                    ),
            ]
        );
    }

    /// <summary>Of two classes the second one, of more those that most of the rows have.</summary>
    private static IEnumerable<(string, double[])> LinesOf<T>(
        Schema schema,
        Model<T> model,
        Dataset data,
        double[][] found
    )
        where T : struct
    {
        double[] Output(int output) => Array.ConvertAll(found, predictions => predictions[output]);
        if (schema.Learned is not Learned.Classes classes)
            return Enumerable
                .Range(0, Math.Min(model.Network.Outputs, MostLines))
                .Select(output => (model.Network.Outputs == 1 ? "value" : $"value {output}", Output(output)));
        if (classes.Names.Length == 2)
            return [(classes.Names[1], Output(model.Network.Outputs - 1))];
        var labels = ((Targets.Labels)data.Targets).Labels;
        return Enumerable
            .Range(0, classes.Names.Length)
            .OrderByDescending(label => labels.Count(other => other == label))
            .Take(MostLines)
            .Order()
            .Select(label => (classes.Names[label], Output(label)));
    }

    /// <summary>What the column changes most.</summary>
    public (string Name, double[] Predictions) Most =>
        Lines.MaxBy(line => line.Predictions.Max() - line.Predictions.Min());

    /// <summary>The same in a line: of numbers the first, the middle and the last place, of categories the two furthest apart.</summary>
    public string Told(Func<double, string> form)
    {
        var predictions = Most.Predictions;
        int[] shown = Places is null
            ? [Array.IndexOf(predictions, predictions.Min()), Array.IndexOf(predictions, predictions.Max())]
            : [0, predictions.Length / 2, predictions.Length - 1];
        return string.Join(", ", shown.Distinct().Select(place => $"{form(predictions[place])} at {Cells[place]}"));
    }
}
