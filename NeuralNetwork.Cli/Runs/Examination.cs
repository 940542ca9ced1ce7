using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What the best model of a run makes of rows, in numbers of no precision in particular.</summary>
/// <param name="Part">Which rows these are: those to test with if there are any.</param>
/// <param name="Numbers">Which rows of their file they are.</param>
/// <param name="Layers">What the weights, activations and gradients of its layers look like.</param>
internal sealed record Examination(
    string Part,
    Data Data,
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

    private static (string Part, Data Data, RowNumbers Numbers) Rows(TrainReport report) =>
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

    public static Findings Of<T>(Schema schema, Network network, Data data, T[] predictions)
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
