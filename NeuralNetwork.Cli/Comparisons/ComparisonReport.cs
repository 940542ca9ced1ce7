using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>A comparison in tables: for programs every number of every run, for people a line for each variant.</summary>
internal sealed record ComparisonReport(ComparisonOrder Order, IReadOnlyList<RunOutcome> Outcomes)
{
    private static readonly string[] CurveColumns =
    [
        "epoch",
        "step",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "seconds",
    ];

    private static readonly (string Part, string Measure)[] Scores =
    [
        ("train", "loss"),
        ("train", "accuracy"),
        ("validation", "loss"),
        ("validation", "accuracy"),
        ("test", "loss"),
        ("test", "accuracy"),
    ];

    private IEnumerable<IGrouping<string, RunOutcome>> Variants => Outcomes.GroupBy(run => run.Variant);

    /// <summary>Writes all there is to say so far.</summary>
    public void Save()
    {
        var name = Order.Subject.Name;
        var title = $"{char.ToUpperInvariant(name[0])}{name[1..]} on {Svg.Cut(Order.Source.Name, 60)}";
        Order.Folder.Write("curves.csv", Curves());
        Order.Folder.Write("results.csv", Results());
        Order.Folder.Write("results.json", $"{Json.Text(Document())}\n");
        Order.Folder.Write("loss.svg", Picture.Of(ComparisonCurves.Loss(title, Outcomes)));
        if (Outcomes.Any(run => run.Epochs.Any(epoch => double.IsFinite(epoch["train_accuracy"]))))
            Order.Folder.Write("accuracy.svg", Picture.Of(ComparisonCurves.Accuracy(title, Outcomes)));
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["comparison"] = Order.Record.DeepClone(),
            ["variants"] = Json.Array(Variants, Document),
        };

    /// <summary>The table for people: means over the seeds, with their standard deviation where there are several.</summary>
    public IEnumerable<string> Summary()
    {
        // Values have no accuracy, and not every run has rows to validate or test with.
        var shown = Scores.Where(score => Outcomes.Any(run => double.IsFinite(run.Score(score.Part, score.Measure))));
        string[] heads = [.. shown.Select(score => $"{score.Part} {score.Measure}"), "seconds", ""];
        return Screen.Table(
            [Order.Subject.Name, .. heads],
            Variants.Select(runs =>
                (string[])
                    [
                        runs.Key,
                        .. shown.Select(score => Cell(runs, score.Part, score.Measure)),
                        $"{runs.Average(run => run.Seconds):0.0}",
                        string.Join(", ", runs.Select(Remark).Where(remark => remark.Length > 0).Distinct()),
                    ]
            )
        );
    }

    private string Curves() =>
        Table(
            ["variant", "seed", .. CurveColumns],
            Outcomes.SelectMany(run =>
                run.Epochs.Select(epoch => Cells(run, CurveColumns.Select(column => Cell(epoch[column]))))
            )
        );

    private string Results() =>
        Table(
            [
                "variant",
                "seed",
                "status",
                "epochs",
                "best_epoch",
                .. Scores.Select(score => $"{score.Part}_{score.Measure}"),
                "seconds",
            ],
            Outcomes.Select(run =>
                Cells(
                    run,
                    [
                        StatusOf(run),
                        $"{run.Epochs.Count}",
                        $"{run.Results["best_epoch"]}",
                        .. Scores.Select(score => Cell(run.Score(score.Part, score.Measure))),
                        Cell(run.Seconds),
                    ]
                )
            )
        );

    private JsonObject Document(IGrouping<string, RunOutcome> runs) =>
        new()
        {
            ["name"] = runs.Key,
            ["options"] = Json.Array(
                Order.Runs.First(run => run.Variant.Name == runs.Key).Variant.Words,
                word => (JsonNode)word
            ),
            ["mean"] = new JsonObject(Scores.Select(score => Member(runs, score, values => values.Mean))),
            ["standard_deviation"] = new JsonObject(
                Scores.Select(score => Member(runs, score, values => values.Deviation))
            ),
            ["runs"] = Json.Array(
                runs,
                run => new JsonObject
                {
                    ["seed"] = run.Seed,
                    ["status"] = StatusOf(run),
                    ["reason"] = run.Reason.Length > 0 ? run.Reason : null,
                    ["seconds"] = run.Seconds,
                    ["results"] = run.Results.DeepClone(),
                }
            ),
        };

    private static KeyValuePair<string, JsonNode?> Member(
        IEnumerable<RunOutcome> runs,
        (string Part, string Measure) score,
        Func<(double Mean, double Deviation), double> which
    ) =>
        KeyValuePair.Create(
            $"{score.Part}_{score.Measure}",
            Json.Number(which(Summary(runs, score.Part, score.Measure)))
        );

    private static string Cell(IEnumerable<RunOutcome> runs, string part, string measure)
    {
        var (mean, deviation) = Summary(runs, part, measure);
        var (factor, form, unit) = measure == "accuracy" ? (100.0, "0.00", " %") : (1.0, "0.0000", "");
        return double.IsNaN(mean) ? "-"
            : double.IsNaN(deviation) ? $"{(factor * mean).ToString(form)}{unit}"
            : $"{(factor * mean).ToString(form)} ± {(factor * deviation).ToString(form)}{unit}";
    }

    /// <summary>Mean and standard deviation of a score, over the runs that have one; NaN where they say nothing.</summary>
    private static (double Mean, double Deviation) Summary(IEnumerable<RunOutcome> runs, string part, string measure)
    {
        var values = runs.Select(run => run.Score(part, measure)).Where(double.IsFinite).ToArray();
        if (values.Length == 0)
            return (double.NaN, double.NaN);
        var mean = values.Average();
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, values.Length == 1 ? double.NaN : Math.Sqrt(squares / (values.Length - 1)));
    }

    private static string Remark(RunOutcome run) => run.Status == RunStatus.Finished ? "" : StatusOf(run);

    private static string StatusOf(RunOutcome run) => $"{run.Status}".ToLowerInvariant();

    private static IEnumerable<string> Cells(RunOutcome run, IEnumerable<string> cells) =>
        [run.Variant, $"{run.Seed}", .. cells];

    /// <summary>A number that reads back as it was; an empty cell for none.</summary>
    private static string Cell(double value) => double.IsFinite(value) ? NeuralNetwork.Text.number(value) : "";

    private static string Table(IEnumerable<string> heads, IEnumerable<IEnumerable<string>> rows) =>
        string.Concat(rows.Prepend(heads).Select(row => $"{string.Join(',', row.Select(Quoted))}\n"));

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
}
