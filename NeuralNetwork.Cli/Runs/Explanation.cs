using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>A row, and what its columns have added to its prediction.</summary>
/// <param name="Row">Its number in the file.</param>
/// <param name="Gap">
/// How far off the prediction is; of an unsure one, how far the likeliest class is ahead, or how far from the threshold, where there is one.
/// </param>
internal sealed record ExplainedRow(
    int Row,
    string True,
    string Said,
    double Gap,
    Attribution From,
    (string Column, double Added)[] Parts
);

/// <summary>How much a score falls without a column.</summary>
internal readonly record struct Importance(string Title, double Mean, double Deviation);

/// <summary>
/// What a model goes by on some rows: how much its score falls where a column says nothing any more, and what the rows were
/// judged by that it is most wrong about, and least sure of.
/// </summary>
internal sealed partial record Explanation(
    string Data,
    int Rows,
    bool HasClasses,
    double Score,
    int Deals,
    Importance[] Columns,
    ExplainedRow[] Wrong,
    ExplainedRow[] Unsure
)
{
    private const int MostRows = 5;

    /// <summary>How many rows there were to choose from.</summary>
    public int All { get; init; } = Rows;

    /// <summary>What of a row its columns add to.</summary>
    public required string Explained { get; init; }

    /// <summary>What the rows and the deals follow from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether what is explained is a probability.</summary>
    public bool IsShare { get; init; }

    /// <summary>What is predicted as a column changes, of the columns that count most.</summary>
    public required IReadOnlyList<PartialDependence> Dependences { get; init; }

    public static Explanation Of<T>(Used used, Model<T> model, int deals, ulong seed)
        where T : struct
    {
        var (sample, data) = (used.Sample, used.Sample.Data);
        var predictions = Fit.predict(used.Machine, model, data);
        var findings = Findings.Of(sample.Schema, model, data, predictions);
        Importance[] importances =
        [
            .. Attribution
                .OfColumns(used.Machine, model, data, deals, seed)
                .Select(one => new Importance(NameOf(sample.Schema, one.Item1), one.Item2, one.Item3)),
        ];
        var dependences = PartialDependence.Of(used, model, [.. importances.Select(one => one.Mean)]);
        var origin = Attribution.Origin(model);

        // One output speaks for the second class: what it says of the first is turned round, as predictions are.
        ExplainedRow Explain(int row, string right, string said, double gap, int output, bool isTurned = false)
        {
            var features = Enumerable.Range(row * data.Cols, data.Cols).Select(place => data.Inputs.At(place));
            var from = Attribution.IntegratedGradients(used.Machine, model, [.. features], origin, output);
            if (isTurned)
                from = Turned(from, ClassOutput.IsProbability(model.Network) ? 1 : 0);
            return new(sample.Numbers[row], right, said, gap, from, Parts(sample.Schema, from));
        }

        if (findings is Findings.Values values)
        {
            var (targets, predicted) = (values.Targets[0], values.Predicted[0]);
            var furthest = Enumerable
                .Range(0, data.Rows)
                .OrderByDescending(row => Math.Abs(predicted[row] - targets[row]))
                .Take(MostRows)
                .Select(row =>
                    Explain(
                        row,
                        Numeral.InUnits(targets[row]),
                        Numeral.InUnits(predicted[row]),
                        Math.Abs(predicted[row] - targets[row]),
                        0
                    )
                );
            var score = Metrics.overOutputs(values.Reports).R2;
            return new(used.Source.Name, data.Rows, false, score, deals, importances, [.. furthest], [])
            {
                Explained =
                    values.Targets.Length == 1 ? "value"
                    : sample.Schema.Targets.Count > 1
                        ? $"value of {Failure.Quote(sample.Schema.Targets[0])}, the first of {values.Targets.Length}"
                    : $"first of {values.Targets.Length} values",
                Seed = seed,
                Dependences = dependences,
            };
        }

        var classes = (Findings.Classes)findings;
        var labels = ((Targets.Labels)data.Targets).Labels;
        var isSingle = model.Network.Outputs == 1;
        int OutputOf(int label) => isSingle ? 0 : label;
        double Given(int row, int label) => ClassOutput.Of(model.Network, predictions, row, label);
        var wrong = classes
            .Mistakes.Take(MostRows)
            .Select(one =>
                Explain(
                    one.Row,
                    classes.Names[one.Label],
                    classes.Names[one.Said],
                    one.Given - one.Own,
                    OutputOf(one.Said),
                    isSingle && one.Said == 0
                )
            );
        var unsure = Enumerable
            .Range(0, data.Rows)
            .Select(row =>
            {
                if (!double.IsNaN(model.Threshold))
                    return (Row: row, Said: classes.Answers.Said[row], Gap: Math.Abs(Given(row, 1) - model.Threshold));
                var ranked = Enumerable
                    .Range(0, classes.Names.Count)
                    .OrderByDescending(label => Given(row, label))
                    .Take(2)
                    .ToArray();
                return (Row: row, Said: ranked[0], Gap: Given(row, ranked[0]) - Given(row, ranked[1]));
            })
            .OrderBy(one => one.Gap)
            .Take(MostRows)
            .Select(one =>
                Explain(
                    one.Row,
                    classes.Names[labels[one.Row]],
                    classes.Names[one.Said],
                    one.Gap,
                    OutputOf(one.Said),
                    isSingle && one.Said == 0
                )
            );
        return new(
            used.Source.Name,
            data.Rows,
            true,
            classes.Report.Accuracy,
            deals,
            importances,
            [.. wrong],
            [.. unsure]
        )
        {
            Explained = $"{(classes.IsProbability ? "probability" : "margin")} of the class that was said",
            IsShare = classes.IsProbability,
            Seed = seed,
            Dependences = dependences,
        };
    }

    /// <summary>The same of what is left of a whole: of 1, or of 0 where it is no probability.</summary>
    private static Attribution Turned(Attribution of, double whole) =>
        new(
            Array.ConvertAll(of.Features, added => -added),
            whole - of.Prediction,
            whole - of.Baseline,
            of.Error,
            of.Gradients
        );

    // Features without names are called by their numbers.
    public static string NameOf(Schema schema, string title) => schema.Columns.Count == 0 ? $"feature {title}" : title;

    /// <summary>What each column has added, the most first.</summary>
    private static (string, double)[] Parts(Schema schema, Attribution from)
    {
        var parts =
            schema.Columns.Count == 0
                ? from.Features.Select((added, feature) => ($"feature {feature}", added))
                : schema
                    .Columns.Placed()
                    .Select(one =>
                        (one.Column.Title, from.Features.AsSpan(one.First, one.Column.Features).ToArray().Sum())
                    );
        return [.. parts.OrderByDescending(part => Math.Abs(part.Item2))];
    }
}
