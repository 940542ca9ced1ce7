using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What the best model of a run makes of rows, in numbers of no precision in particular.</summary>
/// <param name="Part">Which rows these are: those to test with if there are any.</param>
/// <param name="Numbers">Which rows of their file they are.</param>
/// <param name="Layers">What the weights, activations and gradients of its layers look like.</param>
internal sealed record Examination(
    string Part,
    Dataset Data,
    RowNumbers Numbers,
    Findings Findings,
    IReadOnlyList<HistogramStrip> Layers
)
{
    // Rows to train with may be millions, and what a network makes of rows it knows says little.
    private const int MostKnown = 10_000;

    public static Examination Of<T>(TrainReport report, Model<T> model)
        where T : struct
    {
        var (part, data, numbers) = Rows(report);
        var predictions = Fit.predict(report.Machine, model, data);
        return new(
            part,
            data,
            numbers,
            Findings.Of(report.Data.Schema, model.Network, data, predictions),
            LayerLook.Of(report, model)
        );
    }

    private static (string Part, Dataset Data, RowNumbers Numbers) Rows(TrainReport report) =>
        (report.Data.Test, report.Data.Validation) switch
        {
            // Who has interrupted a run does not wait for a test.
            ({ } test, _) when !report.IsInterrupted => ("test", test, report.Data.Numbers.Test),
            (_, { } validation) => ("validation", validation, report.Data.Numbers.Validation),
            _ when report.Data.Train.Rows > MostKnown => (
                "first training",
                LayerLook.First(report, MostKnown),
                report.Data.Numbers.Train
            ),
            _ => ("training", report.Data.Train, report.Data.Numbers.Train),
        };
}

/// <summary>What predictions come to.</summary>
internal abstract record Findings
{
    /// <summary>Of classes: Names by label; the rows whose class was not predicted, the most mistaken first.</summary>
    internal sealed record Classes(IReadOnlyList<string> Names, ClassReport Report, IReadOnlyList<Mistake> Mistakes)
        : Findings
    {
        /// <summary>Whether what the network gives for each class is a probability.</summary>
        public bool IsProbability { get; init; } = true;
    }

    /// <summary>Of values: for each output what should have been and what was predicted, row by row.</summary>
    internal sealed record Values(IReadOnlyList<ValueReport> Reports, double[][] Targets, double[][] Predicted)
        : Findings;

    public static Findings Of<T>(Schema schema, Network network, Dataset data, T[] predictions)
        where T : struct
    {
        return (schema.Learned, data.Targets) switch
        {
            (Learned.Classes classes, Targets.Labels labels) => new Classes(
                classes.Names,
                Metrics.report(network, labels.Labels, predictions),
                Mistake.All(network, labels.Labels, Metrics.classesOf(network, predictions), predictions)
            )
            {
                IsProbability = ClassOutput.IsProbability(network),
            },
            (_, Targets.Values values) => Of(values, Array.ConvertAll(predictions, Widened.Of)),
            _ => throw new InvalidOperationException("targets of another kind than the model's"),
        };
    }

    private static Values Of(Targets.Values values, double[] numbers)
    {
        var rows = numbers.Length / values.Cols;
        double[][] Columns(Func<int, double> at) =>
            [
                .. Enumerable
                    .Range(0, values.Cols)
                    .Select(output =>
                        Enumerable.Range(0, rows).Select(row => at((row * values.Cols) + output)).ToArray()
                    ),
            ];
        var targets = Columns(place => Standardizer.At(values.Values, place));
        var predicted = Columns(place => numbers[place]);
        return new([.. targets.Zip(predicted, Metrics.values)], targets, predicted);
    }
}

/// <summary>A row that was taken for another class: what the network gave for that one, and for its own.</summary>
internal readonly record struct Mistake(int Row, int Label, int Said, double Given, double Own)
{
    /// <summary>All mistakes, those first in which the wrong class was ahead of the right one by most.</summary>
    public static IReadOnlyList<Mistake> All<T>(Network network, int[] labels, int[] said, T[] predictions)
        where T : struct
    {
        double At(int row, int label) => ClassOutput.Of(network, predictions, row, label);
        return
        [
            .. Enumerable
                .Range(0, labels.Length)
                .Where(row => said[row] != labels[row])
                .Select(row => new Mistake(row, labels[row], said[row], At(row, said[row]), At(row, labels[row])))
                .OrderByDescending(mistake => mistake.Given - mistake.Own),
        ];
    }
}

/// <summary>The features of a row in the columns they come from.</summary>
internal static class RowCells
{
    /// <summary>What the columns are called.</summary>
    public static IEnumerable<string> Heads(Schema schema) =>
        schema.Columns.Count > 0
            ? schema.Columns.Select(column => column.Title)
            : Enumerable.Range(0, schema.Cols).Select(feature => $"feature {feature}");

    /// <summary>The row's numbers, and the categories it is of.</summary>
    public static IEnumerable<string> Of(Schema schema, Dataset data, int row)
    {
        if (schema.Columns.Count == 0)
        {
            for (var feature = 0; feature < data.Cols; feature++)
                yield return Scale.Linear.Written(At(feature));
            yield break;
        }
        foreach (var (column, first) in schema.Columns.Placed())
            yield return column switch
            {
                Column.Category category => CategoryOf(category.Categories, first),
                Column.OpenCategory open => CategoryOf([.. open.Categories, "(other)"], first),
                Column.Date => DateOf(At(first)),
                _ => Scale.Linear.Written(At(first)),
            };

        double At(int feature) => Standardizer.At(data.Inputs, (row * data.Cols) + feature);

        string CategoryOf(string[] categories, int first) =>
            categories.Where((_, place) => first + place < data.Cols && At(first + place) == 1).FirstOrDefault("–");
    }

    /// <summary>The moment of which a year with its part is the first feature.</summary>
    private static string DateOf(double year)
    {
        var start = new DateTime((int)year, 1, 1);
        var days = DateTime.IsLeapYear(start.Year) ? 366 : 365;
        return DateForm.Shown(start.AddSeconds(Math.Round((year - start.Year) * days * 86400)));
    }
}

/// <summary>Rows that are square images.</summary>
internal static class RowImage
{
    private const int Least = 8;
    private const int Greatest = 256;

    /// <summary>Whether rows are images as far as one can tell: features without names that make up a square.</summary>
    public static bool Has(Schema schema, Dataset data) =>
        schema.Columns.Count == 0 && Side(data) is >= Least and <= Greatest and var side && side * side == data.Cols;

    public static int Side(Dataset data) => (int)Math.Round(Math.Sqrt(data.Cols));

    /// <summary>The pixels of a row. Those that are no bytes are spread from the least to the greatest of the row.</summary>
    public static byte[] Of(Dataset data, int row)
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
