using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What the model of a fold makes of the rows that it has not seen.</summary>
/// <param name="Numbers">Which rows of their file these are.</param>
/// <param name="Heads">What the cells of a prediction are called.</param>
/// <param name="Cells">For each row what it should have been, and what is predicted.</param>
/// <param name="Scores">Every score by its name.</param>
internal sealed record FoldPredictions(
    int Fold,
    int[] Numbers,
    Findings Findings,
    string[] Heads,
    string[][] Cells,
    IReadOnlyList<(string Name, double Value)> Scores
)
{
    // What an evaluation counts, and no score.
    private static readonly string[] Counts = ["schema", "rows", "support"];

    public static FoldPredictions Of(int fold, Used used) =>
        used.Model switch
        {
            AnyModel.Single single => Of(fold, used, single.Item),
            AnyModel.Double twice => Of(fold, used, twice.Item),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };

    private static FoldPredictions Of<T>(int fold, Used used, Model<T> model)
        where T : struct, IFormattable
    {
        var (schema, data) = (used.Sample.Schema, used.Sample.Data);
        var predictions = Fit.predict(used.Machine, model, data);
        var table = PredictionTable.Of(schema.Learned, model, predictions);
        var report = EvaluationReport.Of(used, model);
        if (report.Defect is { } defect)
            throw Failure.Numeric($"fold {fold}: {defect}");
        return new(
            fold,
            [.. Enumerable.Range(0, data.Rows).Select(row => used.Sample.Numbers[row])],
            Findings.Of(schema, model, data, predictions),
            [.. TargetHeads(schema), .. table.Heads(true)],
            [
                .. Enumerable
                    .Range(0, data.Rows)
                    .Select(row => (string[])[.. TargetCells(schema, data.Targets, row), .. table.Cells(row, true)]),
            ],
            [.. ScoresIn("", report.Document())]
        );
    }

    private static IEnumerable<string> TargetHeads(Schema schema) =>
        schema.Learned is Learned.Values { Count: > 1 }
            ? schema.ValueNames.Select(name => $"target_{name}")
            : ["target"];

    private static IEnumerable<string> TargetCells(Schema schema, Targets targets, int row) =>
        (targets, schema.Learned) switch
        {
            (Targets.Labels labels, Learned.Classes classes) => [classes.Names[labels.Labels[row]]],
            (Targets.Values values, _) => Enumerable
                .Range(row * values.Cols, values.Cols)
                .Select(place => Maths.Text.number(values.Values.At(place))),
            _ => throw new InvalidOperationException("targets of another kind than the model's"),
        };

    /// <summary>The scores of a document, those of its means, too: no baselines, and nothing of single classes.</summary>
    private static IEnumerable<(string Name, double Value)> ScoresIn(string within, JsonObject document) =>
        document.SelectMany(one =>
            one.Value switch
            {
                JsonObject means when one.Key == "macro" => ScoresIn("macro_", means),
                JsonObject intervals when one.Key == PredictionIntervals.Field =>
                [
                    (
                        PredictionIntervals.MeasuredField,
                        intervals[PredictionIntervals.MeasuredField]!.AsArray().Average(share => (double)share!)
                    ),
                ],
                JsonValue value when !Counts.Contains(one.Key) && value.TryGetValue<double>(out var number) =>
                [
                    ($"{within}{one.Key}", number),
                ],
                _ => Array.Empty<(string, double)>(),
            }
        );
}

/// <summary>What cross-validation came to, as it is told: in a line, in another one of all rows together, as JSON, in a report.</summary>
internal sealed record FoldSummary(
    string Line,
    string? PooledLine,
    JsonObject Document,
    IReadOnlyList<ReportBlock> Blocks
);

/// <summary>What cross-validation comes to: of every score its mean and deviation over the folds, and what is predicted of each row
/// by the model that has not seen it.</summary>
internal sealed class FoldScores(IReadOnlyList<FoldPredictions> folds, ulong seed, bool isRolling, bool isGrouped)
{
    // The names that people look at first, as an evaluation calls them.
    private static readonly (string Name, Func<double, string> Form)[] Foremost =
    [
        ("accuracy", Numeral.Share),
        ("auc", Numeral.Of),
        ("r2", Numeral.InUnits),
        ("rmse", Numeral.InUnits),
        ("loss", Numeral.Of),
    ];

    private readonly Findings all = Pooled(folds, seed);

    /// <summary>All of it in words.</summary>
    public FoldSummary Summarized => new(Line, PooledLine, Document(), [.. Blocks()]);

    private int Count => folds.Count;

    private int Rows => folds.Sum(fold => fold.Numbers.Length);

    /// <summary>Each prediction of a row by the model that has not seen it, in the order of the file.</summary>
    public string Table() =>
        CsvText.Of(
            ["row", "fold", .. folds[0].Heads],
            folds
                .SelectMany(fold => fold.Numbers.Zip(fold.Cells, (row, cells) => (row, fold.Fold, cells)))
                .OrderBy(one => one.row)
                .Select(one => (IEnumerable<string>)[$"{one.row}", $"{one.Fold}", .. one.cells])
        );

    private JsonObject Document() =>
        new()
        {
            ["folds"] = Count,
            ["rows"] = Rows,
            ["scores"] = new JsonObject(Names.Select(name => KeyValuePair.Create(name, (JsonNode?)Summary(name)))),
            ["out_of_fold"] = all.ScoreDocument(),
        };

    /// <summary>As in: accuracy 95.33 ± 2.98 %, loss 0.1453 ± 0.0512 (5 folds).</summary>
    private string Line =>
        string.Join(
            ", ",
            Foremost
                .Where(one => Names.Contains(one.Name))
                .Select(one => $"{Shown(one.Name)} {Written(one.Name, one.Form)}")
        ) + $" ({Count} folds)";

    /// <summary>The same of all rows together, with its doubt; null where that is not known.</summary>
    private string? PooledLine =>
        all.DoubtLine is { } line
            ? $"{line} ({Rows:N0} rows{(isGrouped ? $", taken to be independent: too narrow with {OptionName.Group}" : "")})"
            : null;

    /// <summary>The folds side by side, for a report.</summary>
    private IEnumerable<ReportBlock> Blocks()
    {
        var shown = Foremost.Where(one => Names.Contains(one.Name)).ToArray();
        yield return new ReportBlock.Prose(
            $"{Count} models, each trained on {(isRolling ? "all rows before its own" : "the rows of the other folds")} and measured on those of its own, which it has not seen."
                + (isRolling ? " The first rows are not measured." : "")
                + " The model of this run was trained on all rows, with the same options: these scores say what to expect of it."
        );
        yield return new ReportBlock.Rows(
            new(
                ["fold", "rows", .. shown.Select(one => Shown(one.Name))],
                [
                    .. folds.Select(fold =>
                        (string[])
                            [
                                $"{fold.Fold}",
                                $"{fold.Numbers.Length:N0}",
                                .. shown.Select(one => Numeral.OrDash(Of(fold, one.Name), one.Form)),
                            ]
                    ),
                    ["mean ± deviation", "", .. shown.Select(one => Written(one.Name, one.Form))],
                ]
            ),
            []
        );
        if (PooledLine is { } line)
            yield return new ReportBlock.Prose($"All predictions of rows not seen, together: {line}.");
    }

    private string[] Names => [.. folds[0].Scores.Select(score => score.Name)];

    private static double Of(FoldPredictions fold, string name) =>
        fold.Scores.Where(one => one.Name == name).Select(one => one.Value).FirstOrDefault(double.NaN);

    // What is not known of a fold, as the area under the curve where it has one class, is not counted.
    private (double Mean, double Deviation) Spread(string name) =>
        MeanDeviation.Of(folds.Select(fold => Of(fold, name)));

    private JsonObject Summary(string name)
    {
        var (mean, deviation) = Spread(name);
        return new()
        {
            ["mean"] = Json.Number(mean),
            ["deviation"] = Json.Number(deviation),
            ["each"] = Json.Array(folds, fold => Json.Number(Of(fold, name))),
        };
    }

    private string Written(string name, Func<double, string> form)
    {
        var (mean, deviation) = Spread(name);
        return $"{Numeral.OrDash(mean, form)} ± {Numeral.OrDash(deviation, form)}".Replace(" % ±", " ±");
    }

    private static string Shown(string name) =>
        name switch
        {
            "auc" => "AUC",
            "r2" => "R2",
            "rmse" => "RMSE",
            _ => name,
        };

    private static Findings Pooled(IReadOnlyList<FoldPredictions> folds, ulong seed) =>
        folds.Select(fold => fold.Findings).Aggregate((one, other) => one.With(other)).Doubted(seed);
}

/// <summary>What runs that differ by chance alone come to.</summary>
internal static class MeanDeviation
{
    /// <summary>
    /// Mean and standard deviation of a sample (divided by n - 1) of those values that are finite. NaN for the mean of none
    /// and for the deviation of one.
    /// </summary>
    public static (double Mean, double Deviation) Of(IEnumerable<double> all)
    {
        var values = all.Where(double.IsFinite).ToArray();
        if (values.Length == 0)
            return (double.NaN, double.NaN);
        var mean = values.Average();
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, values.Length == 1 ? double.NaN : Math.Sqrt(squares / (values.Length - 1)));
    }
}
