using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>A model, the rows to use it on, and the machine to do it with.</summary>
internal sealed record Used(AnyModel Model, DataSource Source, Sample Sample, Machine Machine);

/// <summary>What an evaluation came to, in lines and as JSON.</summary>
internal abstract class EvaluationReport(string data, int rows, Score score)
{
    protected string Data => data;

    protected string Rows => $"({rows:N0} rows of {data})";

    /// <summary>What is not finite; null where everything is.</summary>
    public string? Defect { get; private init; }

    protected Score Score => score;

    /// <summary>The evaluation of a model; from a seed, where there is one, with how far its measures might be others.</summary>
    public static EvaluationReport Of<T>(Used used, Model<T> model, ulong? seed = null)
        where T : struct
    {
        var data = used.Sample.Data;
        var score = Fit.evaluate(used.Machine, model, data);
        var predictions = Fit.predict(used.Machine, model, data);
        var findings = Findings.Of(used.Sample.Schema, model, data, predictions);
        findings = seed is { } doubted ? findings.Doubted(doubted) : findings;
        var defect = DefectOf(score, predictions, data.Rows);
        return findings switch
        {
            Findings.Classes classes => new ClassEvaluation(used.Source.Name, score, classes)
            {
                Defect = defect,
                Threshold = DecisionThreshold.Of(model, used.Sample.Schema.Learned),
            },
            Findings.Values values => new ValueEvaluation(
                used.Source.Name,
                data.Rows,
                score,
                values,
                used.Sample.Numbers,
                model.Preprocessing.TargetShift
            )
            {
                Defect = defect,
                Intervals = PredictionIntervals.Of(model)?.On(findings),
                Quantile = model.Network.Loss is Loss.Quantile of ? of.Tau : null,
            },
            _ => throw new InvalidOperationException("findings of another kind"),
        };
    }

    private static string? DefectOf<T>(Score score, T[] predictions, int rows)
        where T : struct
    {
        var bad = predictions
            .Chunk(predictions.Length / rows)
            .Count(row => !row.All(prediction => double.IsFinite(Widened.Of(prediction))));
        return bad > 0 ? $"the predictions of {bad:N0} of {rows:N0} rows are not finite"
            : double.IsFinite(score.Loss) ? null
            : $"the loss is {Maths.Text.number(score.Loss)}";
    }

    public abstract IEnumerable<string> Lines();

    /// <summary>That the model is no better than guessing, or not clearly; null where it is better.</summary>
    public abstract string? Guessing { get; }

    public JsonObject Document()
    {
        var document = new JsonObject
        {
            ["schema"] = Json.Schema,
            ["data"] = data,
            ["rows"] = rows,
            ["loss"] = Json.Number(score.Loss),
        };
        AddTo(document);
        return document;
    }

    /// <summary>The picture that says most: what is taken for what, or what is predicted for what is true.</summary>
    public abstract Chart Chart();

    protected abstract void AddTo(JsonObject document);
}

/// <summary>Of a model that tells classes apart.</summary>
internal sealed class ClassEvaluation(string data, Score score, Findings.Classes findings)
    : EvaluationReport(data, findings.Report.PerClass.Sum(one => one.Support), score)
{
    /// <summary>The threshold between the classes of the model; null where it has none.</summary>
    public DecisionThreshold? Threshold { get; init; }

    private readonly ClassReport classes = findings.Report;
    private readonly string[] labels = [.. findings.Names];

    private const string Area = "AUC";

    /// <summary>What the best answer comes to that is the same for every row.</summary>
    private double Guess => (double)classes.PerClass.Max(one => one.Support) / classes.PerClass.Sum(one => one.Support);

    private string GuessedClass => labels[classes.PerClass.Index().MaxBy(one => one.Item.Support).Index];

    private string Always => $"always {Failure.Quote(Svg.Cut(GuessedClass, 24))}";

    // The classes of a model that orders rows well may be those of a guess all the same, where one class is rare.
    public override string? Guessing =>
        findings.AUC.IsKnown && findings.AUC.Bounds.Low > 0.5 ? null
        : Score.Accuracy <= Guess ? $"no better than guessing ({Always}: {Numeral.Share(Guess)})"
        : findings.Accuracy.IsKnown && findings.Accuracy.Bounds.Low <= Guess
            ? $"not clearly better than guessing ({Always}: {Numeral.Share(Guess)}, which is within the 95 % interval)"
        : null;

    public override Chart Chart() => FindingsPage.Confusion($"Confusion on {Svg.Cut(Data, 40)}", findings);

    public override IEnumerable<string> Lines()
    {
        yield return $"accuracy  {Numeral.Share(Score.Accuracy)}  {Rows}";
        if (findings.Accuracy.IsKnown)
            yield return $"          {findings.Accuracy.Written(Numeral.Share)}";
        yield return $"          {Always}: {Numeral.Share(Guess)}, the most frequent class of these rows";
        yield return $"loss      {Numeral.Of(Score.Loss)}";
        if (Threshold is { } threshold)
            yield return $"threshold {threshold.Rule}";
        foreach (var (name, value, form) in Measures.Where(one => !double.IsNaN(one.Value)))
            yield return $"{name, -8}  {form(value)}"
                + (name == Area && findings.AUC.IsKnown ? $"  {findings.AUC.Written(Numeral.Of)}" : "");
        yield return "";
        var scores = classes
            .PerClass.Select((one, index) => Row(labels[index], one))
            .Append(Row("mean", classes.Macro));
        foreach (var line in TextTable.Table(["class", "precision", "recall", "F1", "rows"], scores))
            yield return line;
        if (labels.Length > 20)
            yield break;
        yield return "";
        var counts = classes.Confusion.Select(
            (row, index) => (string[])[labels[index], .. row.Select(count => $"{count}")]
        );
        foreach (var line in TextTable.Table(["true \\ predicted", .. labels], counts))
            yield return line;
    }

    private (string Name, double Value, Func<double, string> Form)[] Measures =>
        [
            ("top 5", classes.TopFive, Numeral.Share),
            (Area, classes.AUC, Numeral.Of),
            ("ECE", classes.CalibrationError, Numeral.Of),
        ];

    private static string[] Row(string label, ClassScore one) =>
        [label, Numeral.Share(one.Precision), Numeral.Share(one.Recall), Numeral.Share(one.F1), $"{one.Support}"];

    protected override void AddTo(JsonObject document)
    {
        document["accuracy"] = Json.Number(Score.Accuracy);
        document["accuracy_interval"] = findings.Accuracy.Document();
        document["baseline"] = new JsonObject { ["answer"] = GuessedClass, ["accuracy"] = Guess };
        if (labels.Length > 5)
            document["top_5_accuracy"] = Json.Number(classes.TopFive);
        document["auc"] = Json.Number(classes.AUC);
        document["auc_interval"] = findings.AUC.Document();
        document["calibration_error"] = Json.Number(classes.CalibrationError);
        document[DecisionThreshold.Field] = Threshold?.Document();
        document["macro"] = ToJson(classes.Macro, null);
        document["per_class"] = Json.Array(classes.PerClass.Zip(labels), pair => ToJson(pair.First, pair.Second));
        document["confusion_matrix"] = Json.Array(classes.Confusion, row => Json.Array(row, count => count));
    }

    private static JsonObject ToJson(ClassScore one, string? label)
    {
        var score = new JsonObject();
        if (label is not null)
            score["label"] = label;
        score["precision"] = Json.Number(one.Precision);
        score["recall"] = Json.Number(one.Recall);
        score["f1"] = Json.Number(one.F1);
        score["support"] = one.Support;
        return score;
    }
}

/// <summary>Of a model that predicts values, in the units of the data.</summary>
internal sealed class ValueEvaluation(
    string data,
    int rows,
    Score score,
    Findings.Values findings,
    RowNumbers numbers,
    double[] means
) : EvaluationReport(data, rows, score)
{
    /// <summary>The intervals of the model, measured on these rows; null where it has none.</summary>
    public PredictionIntervals? Intervals { get; init; }

    /// <summary>Which quantile of the values is predicted; null where it is their mean.</summary>
    public double? Quantile { get; init; }

    // How many of the values lie at or below their prediction.
    private double Below =>
        findings
            .Targets.Zip(findings.Predicted)
            .Average(one => one.First.Zip(one.Second).Average(row => row.First <= row.Second ? 1.0 : 0.0));

    private readonly ValueReport[] values = findings.Reports;

    private readonly ValueReport all = Metrics.overOutputs(findings.Reports);

    /// <summary>The same for whoever always answers with the means of the training rows; empty where the model has none.</summary>
    private readonly ValueReport[] constant =
    [
        .. findings.Targets.Zip(means, (targets, mean) => Metrics.values(targets, [.. targets.Select(_ => mean)])),
    ];

    public override Chart Chart() =>
        FindingsPage.Predicted($"Predicted against true on {Svg.Cut(Data, 40)}", findings, 0, numbers);

    // The loss is in the units trained in; what people look at first is not.
    public override IEnumerable<string> Lines()
    {
        string[][] measures =
        [
            ["R2", Shown(all.R2), Rows],
            .. findings.R2.IsKnown
                ?
                [
                    ["", "", findings.R2.Written(Shown)],
                ]
                : Array.Empty<string[]>(),
            ["RMSE", Shown(all.RMSE), Beside(one => one.RMSE)],
            ["MAE", Shown(all.MAE), Beside(one => one.MAE)],
            ["loss", Numeral.Of(Score.Loss), ""],
        ];
        foreach (var line in TextTable.Columns(measures))
            yield return line;
        if (Quantile is { } tau)
            yield return $"quantile {Text.number(tau)}: {Scale.Share.Written(Below)} of the values lie at or below their predictions";
        if (Intervals is { } intervals)
            yield return $"{intervals.Name}  {intervals.Line("these rows")}";
        if (values.Length == 1)
            yield break;
        yield return "";
        foreach (var line in ValueScores.Lines(findings, constant))
            yield return line;
    }

    public override string? Guessing =>
        Quantile is not null ? null
        : all.R2 <= 0 ? "no better than guessing (always the mean of these rows: R2 0)"
        : findings.R2.IsKnown && findings.R2.Bounds.Low <= 0
            ? "not clearly better than guessing (always the mean of these rows: R2 0, which is within the 95 % interval)"
        : null;

    protected override void AddTo(JsonObject document)
    {
        document["r2"] = Json.Number(all.R2);
        document["r2_interval"] = findings.R2.Document();
        document["rmse"] = Json.Number(all.RMSE);
        document["mae"] = Json.Number(all.MAE);
        document["baseline"] = constant.Length == 0 ? null : Baseline();
        document[PredictionIntervals.Field] = Intervals?.Document();
        ValueScores.With(findings, document);
    }

    private JsonObject Baseline()
    {
        var document = ValueScores.Document(Metrics.overOutputs(constant));
        var answer = means is [var mean] ? Json.Number(mean) : Json.Array(means, one => Json.Number(one));
        document.Insert(0, "answer", answer);
        if (constant.Length > 1)
            document["per_value"] = Json.Array(constant, ValueScores.Document);
        return document;
    }

    private string Means => means is [var mean] ? $"the training mean {Shown(mean)}" : "the training means";

    private string Beside(Func<ValueReport, double> of) =>
        constant.Length == 0 ? "" : $"always {Means}: {Shown(of(Metrics.overOutputs(constant)))}";

    private static string Shown(double number) => Numeral.InUnits(number);
}
