using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// What a model predicts on the mean over the rows where a column has the same cell in all of them: partial dependence
/// (Friedman 2001).
/// </summary>
/// <param name="Places">The cells as numbers; null of a category.</param>
/// <param name="Cells">The cells as they are shown.</param>
/// <param name="Lines">What is predicted: of each class, or value, a name and a number for each cell.</param>
internal sealed record PartialDependence(
    string Title,
    double[]? Places,
    string[] Cells,
    IReadOnlyList<(string Name, double[] Predictions)> Lines
)
{
    public const int MostColumns = 6;
    private const int MostLines = 6;
    private const int MostCategories = 20;

    // Where a column has more different numbers: one at every twentieth part of the rows, but for the first and the last.
    private const int Parts = 20;

    /// <summary>The categories themselves, in the order of the cells: "" where cells are missing, null for others.</summary>
    public IReadOnlyList<string?> Categories { get; private init; } = [];

    /// <summary>How many categories the column has.</summary>
    public int AllCategories { get; private init; }

    /// <summary>Those columns of numbers and categories whose importance is the greatest.</summary>
    public static IReadOnlyList<PartialDependence> Of<T>(Used used, Model<T> model, double[] importances)
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
                .OfType<PartialDependence>()
                .Take(MostColumns),
        ];
    }

    /// <summary>Of one column; null of dates, whose features are none that a row could have alone, and of what is always the same.</summary>
    private static PartialDependence? Of<T>(Used used, Model<T> model, Column column, int first)
        where T : struct
    {
        var (data, schema) = (used.Sample.Data, used.Sample.Schema);
        var names = column switch
        {
            Column.Category known => known.Categories,
            Column.OpenCategory open => open.Categories,
            _ => [],
        };
        if (column is not (Column.Number or Column.Category or Column.OpenCategory))
            return null;
        var places = column is Column.Number ? Numbers(data, first) : null;
        var shown = places is null ? Frequent(data, first, column.Features) : [];
        double[][] features = places is null
            ? Array.ConvertAll(shown, category => OneOf(column.Features, category))
            : Array.ConvertAll(places, place => (double[])[place]);
        if (features.Length < 2)
            return null;
        var categories = Array.ConvertAll(shown, place => place < names.Length ? names[place] : null);
        var found = Attribution.PartialDependence(used.Machine, model, data, first, features);
        return new(
            Explanation.NameOf(schema, column.Title),
            places,
            places is null ? Array.ConvertAll(categories, Shown) : Array.ConvertAll(places, Text.number),
            [.. LinesOf(schema, model, data, found)]
        )
        {
            Categories = categories,
            AllCategories = places is null ? column.Features : 0,
        };
    }

    private static double[] OneOf(int count, int one) =>
        [.. Enumerable.Range(0, count).Select(place => place == one ? 1.0 : 0.0)];

    private static double[] Numbers(Dataset data, int first)
    {
        double[] sorted =
        [
            .. Enumerable
                .Range(0, data.Rows)
                .Select(row => data.Inputs.At((row * data.Cols) + first))
                .Where(double.IsFinite)
                .Order(),
        ];
        double[] different = [.. sorted.Distinct()];
        double[] Spread(double[] all) =>
            [.. Enumerable.Range(1, Parts - 1).Select(part => all[part * (all.Length - 1) / Parts]).Distinct()];
        // Where nearly all rows have the same number, the others are spread by themselves.
        return different.Length <= Parts ? different
            : Spread(sorted) is { Length: > 1 } places ? places
            : Spread(different);
    }

    /// <summary>The categories that most of the rows have, in their order.</summary>
    private static int[] Frequent(Dataset data, int first, int features) =>
        [
            .. Enumerable
                .Range(0, features)
                .OrderByDescending(place =>
                    Enumerable.Range(0, data.Rows).Count(row => data.Inputs.At((row * data.Cols) + first + place) > 0)
                )
                .Take(MostCategories)
                .Order(),
        ];

    private static string Shown(string? category) =>
        category switch
        {
            null => "(other)",
            "" => "(missing)",
            _ => category,
        };

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
                .Select(output => (model.Network.Outputs == 1 ? "value" : schema.CalledValue(output), Output(output)));
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
