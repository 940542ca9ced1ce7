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

    /// <summary>The threshold between the classes of the model, where it has one.</summary>
    public DecisionThreshold? Threshold { get; private init; }

    private const string TestPart = "test";
    private const string ValidationPart = "validation";

    // Rows to train with may be millions, and what a network makes of rows it knows says little.
    private const int MostKnown = 10_000;

    public static Examination Of<T>(TrainReport report, Model<T> model)
        where T : struct
    {
        var (part, data, numbers) = Rows(report);
        var findings = Findings.Of(report.Data.Schema, model, data, Fit.predict(report.Machine, model, data));
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
            Intervals = IntervalsOf(report, model, part, findings),
            Threshold = ThresholdOf(report, model, part, findings),
        };
    }

    // On the rows that they were found on, intervals hold what they should.
    private static PredictionIntervals? IntervalsOf<T>(
        TrainReport report,
        Model<T> model,
        string part,
        Findings findings
    )
        where T : struct =>
        (PredictionIntervals.Of(model), findings) switch
        {
            ({ } intervals, Findings.Values values) when part == TestPart => intervals.On(findings) with
            {
                Curve = CoverageCurve.Of(TestPart, ValidationMisses.Of(report, model), values.Misses),
            },
            ({ } intervals, _) when !report.IsInterrupted => intervals with
            {
                Curve = CoverageCurve.OfHalves(ValidationPart, ValidationMisses.Of(report, model)),
            },
            var (intervals, _) => intervals,
        };

    // Rows that were learned from say nothing of it.
    private static DecisionThreshold? ThresholdOf<T>(TrainReport report, Model<T> model, string part, Findings findings)
        where T : struct =>
        (DecisionThreshold.Of(model, report.Data.Schema.Learned), report.Order.Spec.Fit.Threshold, findings) switch
        {
            ({ } threshold, { } by, Findings.Classes classes) when part is TestPart or ValidationPart => threshold.On(
                part,
                by,
                classes
            ),
            ({ } threshold, { } by, _) => threshold.ChosenBy(by),
            var (threshold, _, _) => threshold,
        };

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
            (_, { } validation) => (ValidationPart, validation, report.Data.Numbers.Validation),
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

        /// <summary>The class of each row, the one that was predicted, and what is given for each class, rows x classes.</summary>
        public required (int[] Labels, int[] Said, double[] Given) Answers { get; init; }

        /// <summary>Whether the class of each row was predicted.</summary>
        public bool[] IsRight => [.. Answers.Labels.Zip(Answers.Said, (label, said) => label == said)];

        /// <summary>What is given for the class of each row's answer.</summary>
        public double[] Confidence =>
            [.. Answers.Said.Select((said, row) => Answers.Given[(row * Names.Count) + said])];

        public Interval Accuracy { get; private init; }
        public Interval AUC { get; private init; }

        public override Findings Doubted(ulong seed) =>
            this with
            {
                Accuracy = new(Metrics.accuracyInterval(seed, IsRight)),
                AUC = new(Metrics.aucInterval(seed, Names.Count, Answers.Labels, Answers.Given)),
            };

        public override Findings With(Findings others)
        {
            var (one, other) = (Answers, ((Classes)others).Answers);
            (int[] Labels, int[] Said, double[] Given) both = (
                [.. one.Labels, .. other.Labels],
                [.. one.Said, .. other.Said],
                [.. one.Given, .. other.Given]
            );
            return this with { Answers = both };
        }

        private double Share => IsRight.Average(isRight => isRight ? 1.0 : 0.0);

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
    internal sealed record Values(IReadOnlyList<string> Names, double[][] Targets, double[][] Predicted) : Findings
    {
        public ValueReport[] Reports { get; } = [.. Targets.Zip(Predicted, Metrics.values)];

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
            return new Values(Names, Joined(Targets, more.Targets), Joined(Predicted, more.Predicted));
        }

        /// <summary>How far each row's value is from its prediction, for each output.</summary>
        public double[][] Misses =>
            [.. Targets.Zip(Predicted, (t, y) => t.Zip(y, (target, value) => Math.Abs(target - value)).ToArray())];

        /// <summary>The share of the rows whose value is no further than this from the prediction of an output.</summary>
        public double Coverage(double margin, int output) =>
            Metrics.coverage(margin, Targets[output], Predicted[output]);

        private double Share => Metrics.overOutputs(Reports).R2;

        public override string? DoubtLine =>
            R2.IsKnown ? $"R2 {Numeral.InUnits(Share)}, {R2.Written(Numeral.InUnits)}" : null;

        public override JsonObject ScoreDocument() =>
            ValueScores.With(this, new() { ["r2"] = Json.Number(Share), ["r2_interval"] = R2.Document() });
    }

    public static Findings Of<T>(Schema schema, Model<T> model, Dataset data, T[] predictions)
        where T : struct
    {
        return (schema.Learned, data.Targets) switch
        {
            (Learned.Classes classes, Targets.Labels labels) => new Classes(
                classes.Names,
                Metrics.reportAt(model.Threshold, model.Network, labels.Labels, predictions),
                Mistake.All(
                    model.Network,
                    labels.Labels,
                    Metrics.classesAt(model.Threshold, model.Network, predictions),
                    predictions
                )
            )
            {
                IsProbability = ClassOutput.IsProbability(model.Network),
                Answers = AnswersOf(model, labels.Labels, classes.Names.Length, predictions),
            },
            (_, Targets.Values values) => Of(schema.ValueNames, values, Array.ConvertAll(predictions, Widened.Of)),
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

    private static (int[] Labels, int[] Said, double[] Given) AnswersOf<T>(
        Model<T> model,
        int[] labels,
        int classes,
        T[] predictions
    )
        where T : struct
    {
        var given = new double[labels.Length * classes];
        for (var place = 0; place < given.Length; place++)
            given[place] = ClassOutput.Of(model.Network, predictions, place / classes, place % classes);
        return (labels, Metrics.classesAt(model.Threshold, model.Network, predictions), given);
    }

    private static Values Of(string[] names, Targets.Values values, double[] numbers)
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
        return new(names, Columns(place => values.Values.At(place)), Columns(place => numbers[place]));
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
