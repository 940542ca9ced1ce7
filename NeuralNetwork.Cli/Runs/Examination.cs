using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
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
    /// <summary>The intervals of the model, where it has some.</summary>
    public PredictionIntervals? Intervals { get; private init; }

    private const string TestPart = "test";

    // Rows to train with may be millions, and what a network makes of rows it knows says little.
    private const int MostKnown = 10_000;

    public static Examination Of<T>(TrainReport report, Model<T> model)
        where T : struct
    {
        var (part, data, numbers) = Rows(report);
        var findings = Findings.Of(report.Data.Schema, model.Network, data, Fit.predict(report.Machine, model, data));
        return new(
            part,
            data,
            numbers,
            // Nor for this.
            report.IsInterrupted
                ? findings
                : findings.Doubted(report.Training.Seed),
            LayerLook.Of(report, model)
        )
        {
            // On the rows that they were found on, intervals hold what they should.
            Intervals = PredictionIntervals.Of(model) is var found && part == TestPart ? found?.On(findings) : found,
        };
    }

    /// <summary>The scores on these rows with their doubt, for the record.</summary>
    public JsonObject DoubtDocument()
    {
        var document = Findings.ScoreDocument();
        document.Insert(0, "rows", Part);
        return document;
    }

    private static (string Part, Dataset Data, RowNumbers Numbers) Rows(TrainReport report) =>
        (report.Data.Test, report.Data.Validation) switch
        {
            // Who has interrupted a run does not wait for a test.
            ({ } test, _) when !report.IsInterrupted => (TestPart, test, report.Data.Numbers.Test),
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

        /// <summary>The class of each row, whether it was predicted, and what is given for each class, rows x classes.</summary>
        public required (int[] Labels, bool[] IsRight, double[] Given) Answers { get; init; }

        /// <summary>What is given for the class of each row's answer.</summary>
        public double[] Confidence => [.. Answers.Given.Chunk(Names.Count).Select(row => row.Max())];

        public Interval Accuracy { get; private init; }
        public Interval AUC { get; private init; }

        public override Findings Doubted(ulong seed) =>
            this with
            {
                Accuracy = new(Metrics.accuracyInterval(seed, Answers.IsRight)),
                AUC = new(Metrics.aucInterval(seed, Names.Count, Answers.Labels, Answers.Given)),
            };

        public override Findings With(Findings others)
        {
            var (one, other) = (Answers, ((Classes)others).Answers);
            (int[] Labels, bool[] IsRight, double[] Given) both = (
                [.. one.Labels, .. other.Labels],
                [.. one.IsRight, .. other.IsRight],
                [.. one.Given, .. other.Given]
            );
            return this with { Answers = both };
        }

        private double Share => Answers.IsRight.Average(isRight => isRight ? 1.0 : 0.0);

        private double Area => Metrics.macroAUC(Names.Count, Answers.Labels, Answers.Given);

        public override string? DoubtLine =>
            !Accuracy.IsKnown
                ? null
                : $"accuracy {Numeral.Share(Share)}, {Accuracy.Written(Numeral.Share)}"
                    + (AUC.IsKnown ? $"; AUC {Numeral.Of(Area)}, {AUC.Written(Numeral.Of)}" : "");

        public override JsonObject ScoreDocument() =>
            new()
            {
                ["accuracy"] = Json.Number(Share),
                ["accuracy_interval"] = Accuracy.Document(),
                ["auc"] = Json.Number(Area),
                ["auc_interval"] = AUC.Document(),
            };
    }

    /// <summary>Of values: for each output what should have been and what was predicted, row by row.</summary>
    internal sealed record Values(IReadOnlyList<ValueReport> Reports, double[][] Targets, double[][] Predicted)
        : Findings
    {
        public Interval R2 { get; private init; }

        public override Findings Doubted(ulong seed) =>
            this with
            {
                R2 = new(Metrics.r2Interval(seed, Targets, Predicted)),
            };

        public override Findings With(Findings others)
        {
            double[][] Joined(double[][] one, double[][] other) =>
                [.. one.Zip(other, (a, b) => (double[])[.. a, .. b])];
            var more = (Values)others;
            var (targets, predicted) = (Joined(Targets, more.Targets), Joined(Predicted, more.Predicted));
            return new Values([.. targets.Zip(predicted, Metrics.values)], targets, predicted);
        }

        /// <summary>The share of the rows whose value is no further than this from the prediction of an output.</summary>
        public double Coverage(double margin, int output) =>
            Metrics.coverage(margin, Targets[output], Predicted[output]);

        private double Share => Metrics.overOutputs([.. Reports]).R2;

        public override string? DoubtLine =>
            R2.IsKnown ? $"R2 {Numeral.InUnits(Share)}, {R2.Written(Numeral.InUnits)}" : null;

        public override JsonObject ScoreDocument() =>
            new() { ["r2"] = Json.Number(Share), ["r2_interval"] = R2.Document() };
    }

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
                Answers = AnswersOf(network, labels.Labels, classes.Names.Length, predictions),
            },
            (_, Targets.Values values) => Of(values, Array.ConvertAll(predictions, Widened.Of)),
            _ => throw new InvalidOperationException("targets of another kind than the model's"),
        };
    }

    /// <summary>The same with how far its measures might be others had the rows been others, from a seed.</summary>
    public abstract Findings Doubted(ulong seed);

    /// <summary>The findings on these rows and on others of the same kind, together.</summary>
    public abstract Findings With(Findings others);

    /// <summary>The measures with their doubt; null where that is not known.</summary>
    public abstract string? DoubtLine { get; }

    /// <summary>The measures with their doubt, for programs.</summary>
    public abstract JsonObject ScoreDocument();

    private static (int[] Labels, bool[] IsRight, double[] Given) AnswersOf<T>(
        Network network,
        int[] labels,
        int classes,
        T[] predictions
    )
        where T : struct
    {
        var given = new double[labels.Length * classes];
        for (var place = 0; place < given.Length; place++)
            given[place] = ClassOutput.Of(network, predictions, place / classes, place % classes);
        return (
            labels,
            [.. Metrics.classesOf(network, predictions).Zip(labels, (said, label) => said == label)],
            given
        );
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
        var targets = Columns(place => values.Values.At(place));
        var predicted = Columns(place => numbers[place]);
        return new([.. targets.Zip(predicted, Metrics.values)], targets, predicted);
    }
}

/// <summary>The prediction intervals of a model, and of how many rows they hold the value.</summary>
/// <param name="Coverage">Of how many they should, as a share.</param>
/// <param name="Margins">How far they reach to both sides, for each output, in the units of the data.</param>
/// <param name="Measured">The share of rows whose value they hold, for each output; null where that was not measured.</param>
internal sealed record PredictionIntervals(double Coverage, double[] Margins, double[]? Measured = null)
{
    /// <summary>The field of JSON documents.</summary>
    public const string Field = "prediction_interval";

    /// <summary>The field of what was measured.</summary>
    public const string MeasuredField = "measured_coverage";

    /// <summary>Those of a model; null where it has none.</summary>
    public static PredictionIntervals? Of<T>(Model<T> model) =>
        model.Coverage > 0 ? new(model.Coverage, model.Margins) : null;

    /// <summary>As in: 90 % interval.</summary>
    public string Name => $"{100 * Coverage:0.###} % interval";

    /// <summary>The same, measured on rows that they were not found on.</summary>
    public PredictionIntervals On(Findings findings) =>
        findings is Findings.Values values ? this with { Measured = [.. Margins.Select(values.Coverage)] } : this;

    /// <summary>As in: prediction ± 3.214 (holds 91.20 % of the test rows).</summary>
    public string Line(string rows) =>
        "prediction "
        + string.Join(
            ", ",
            Margins.Select(
                (margin, output) =>
                    $"± {Numeral.InUnits(margin)}"
                    + (Measured is null ? "" : $" (holds {Numeral.Share(Measured[output])} of {rows})")
            )
        );

    public JsonObject Document() =>
        new()
        {
            ["coverage"] = Coverage,
            ["margins"] = Json.Array(Margins, margin => Json.Number(margin)),
            [MeasuredField] = Measured is null ? null : Json.Array(Measured, share => Json.Number(share)),
        };
}

/// <summary>Between what a measure lies in 95 of 100 draws of as many rows from those that it was taken of.</summary>
internal readonly record struct Interval((double Low, double High) Bounds)
{
    /// <summary>Whether it is known at all.</summary>
    public bool IsKnown => Bounds != default && double.IsFinite(Bounds.Low) && double.IsFinite(Bounds.High);

    /// <summary>As in: 95 % interval 88.00 % to 97.33 %.</summary>
    public string Written(Func<double, string> form) => $"95 % interval {form(Bounds.Low)} to {form(Bounds.High)}";

    public JsonNode? Document() => IsKnown ? new JsonArray(Bounds.Low, Bounds.High) : null;
}
