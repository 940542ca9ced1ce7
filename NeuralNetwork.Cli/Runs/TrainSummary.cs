using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What a training came to, in the lines at its end: first what it is worth, then what it took.</summary>
internal static class TrainSummary
{
    /// <summary>Tells what a run came to, and how to go on with one that was interrupted.</summary>
    public static void Tell(TrainReport report, Screen screen, string toGoOn)
    {
        if (screen.Json)
            screen.PrintDocument(Json.Text(report.Manifest()));
        else if (!report.IsInterrupted)
        {
            screen.Sketch(RunCurves.Loss("Loss", report.History));
            screen.Conclude(Of(report));
        }
        if (report.After is { Symptoms.ConstantOutputs: true })
            screen.Warn(
                $"{report.Order.Out}: every row gets the same output (another --init or a lower --learning-rate may help)"
            );
        foreach (var warning in Warnings(report))
            screen.Warn(warning);
        if (Outlook(report) is { } outlook)
            screen.Say(outlook);
        if (report.IsInterrupted)
            screen.Complain($"interrupted {report.Standing()}; {toGoOn}");
    }

    /// <summary>What is said where training has ended and no epoch's model can be kept.</summary>
    public static string NeverFinite(TrainReport report) =>
        $"{report.Order.Out}: no epoch had a finite {(report.Data.IsValidated ? "validation " : "")}loss"
        + " (try a lower --learning-rate; no model was saved)";

    public static IEnumerable<string> Of(TrainReport run)
    {
        var rows = new List<string[]>();
        foreach (var (name, score, part) in Parts(run))
            rows.Add([name, Scored(score, [.. run.Baselines?.On(part) ?? []])]);
        if (run.Intervals is { } intervals)
            rows.Add([intervals.Name, intervals.Line("the test rows")]);
        if (run.Threshold is { } threshold)
            rows.Add(["threshold", threshold.Line]);
        if (run.Folds is { } folds)
        {
            rows.Add(["rows not seen", folds.Line]);
            if (folds.PooledLine is { } line)
                rows.Add(["", line]);
        }
        var (seconds, steps) = (run.History.Sum(epoch => epoch.Seconds), run.History[^1].Step);
        var how = !run.Data.IsValidated ? " (no validation: the last)" : " by validation";
        rows.Add([
            "best epoch",
            $"{run.BestEpoch} of {run.History.Count}{how}{(run.Ending.IsStopped ? ", stopped early" : "")}",
        ]);
        rows.Add([
            "time per epoch",
            $"{Numeral.Time(seconds / run.History.Count)}  ({1000 * seconds / steps:0.00} ms/step, {run.Elapsed.TotalSeconds:0.0} s {(run.Resumed is null ? "in all" : "since it was resumed")})",
        ]);
        rows.Add(["BLAS", $"{Host.Name(run.Machine.Backend)}, {run.Threads}"]);
        rows.Add(["saved in", run.Order.Out]);
        rows.Add(["try next", ShellLine.Typed("nn", "evaluate", run.Order.Out, Tried(run))]);
        return TextTable.Columns(rows);
    }

    // Rows that it has never met, if there are any.
    private static string Tried(TrainReport run) =>
        run.Order.Spec.Data.TestPath ?? run.Order.Spec.Fit.Validation.Path ?? Typed(run.Source.Name);

    // A name that begins with a dash would be taken for an option.
    private static string Typed(string name) => name is ['-', _, ..] ? $"./{name}" : name;

    /// <summary>The scores of the saved model on rows it was not trained on; only where there are none, on those it was.</summary>
    public static IEnumerable<(string Name, Score Score, Func<Measured, Score?> Part)> Parts(TrainReport run)
    {
        if (run.Data.IsValidated && run.Best is { } best)
            yield return ("validation", best.Validation, one => one.Validation);
        if (run.Test is { } test)
            yield return ("test", test, one => one.Test);
        if (!run.Data.IsValidated && run.Test is null && run.After is { } after)
            yield return ("training rows", after.Train, one => one.Train);
    }

    /// <summary>As in: accuracy 96.67 % (always "setosa": 33.33 %; linear model: 95.00 %), loss 0.1123.</summary>
    public static string Scored(Score score, IReadOnlyList<(string Name, Score Score)> baselines)
    {
        var isOfClasses = double.IsNaN(score.RMSE);
        var others = baselines.Select(one =>
            $"{one.Name}: {(isOfClasses ? Share(one.Score.Accuracy) : Numeral.InUnits(one.Score.RMSE))}"
        );
        var beside = baselines.Count == 0 ? "" : $" ({string.Join("; ", others)})";
        var said = isOfClasses
            ? $"accuracy {Share(score.Accuracy)}"
            : $"R2 {Numeral.InUnits(score.R2)}, RMSE {Numeral.InUnits(score.RMSE)}";
        return $"{said}{beside}, loss {Numeral.Of(score.Loss)}";
    }

    /// <summary>What there is to say against the model, and what to try.</summary>
    public static IEnumerable<string> Warnings(TrainReport run) =>
        new[] { OfScore(run), OfAverage(run), OfThreshold(run) }.OfType<string>();

    // Early stopping may come before the first epoch that is averaged.
    private static string? OfAverage(TrainReport run) =>
        run.Fit.SWA < FitOptions.Default.SWA && (run.IsComplete || run.Ending.IsStopped) && !run.IsAveraged
            ? $"{run.Order.Out}: no weights were averaged: no epoch ended behind {Text.number(run.Fit.SWA)} of {run.TotalSteps:N0}"
                + " steps (try --average swa with a lower number, or ema)"
            : null;

    private static string? OfThreshold(TrainReport run) =>
        run.Threshold?.Warning is { } found ? $"{run.Order.Out}: {found} (try another --threshold, or none)" : null;

    // That something simpler has the score, too.
    private static string? OfScore(TrainReport run)
    {
        foreach (var (name, score, part) in Parts(run))
            if (run.Baselines?.Better(part, score) is { } better)
                return $"{run.Order.Out}: on the {name}{(name == "training rows" ? "" : " rows")} {better}"
                    + $" (try {(Trend.IsFalling(run) ? string.Join(' ', Trend.Longer(run)) : "other --hidden layers")}"
                    + ", or another --learning-rate)";
        return null;
    }

    /// <summary>That the run could go on with profit, and how; null where it could not.</summary>
    public static string? Outlook(TrainReport run) =>
        !Trend.IsFalling(run) ? null
        // What came through a pipe is gone, and folds have had their time.
        : StandardInput.IsName(run.Source.Name) || run.Folds is not null
            ? $"still improving at the last epoch ({ShellLine.Typed(Trend.Longer(run))} gives it longer)"
        : $"still improving at the last epoch: {ShellLine.Typed(["nn", "resume", run.Order.Out, .. Trend.Longer(run)])} goes on";

    private static string Share(double share) => Scale.Share.Written(share);
}

/// <summary>What is measured once a run is over.</summary>
/// <param name="Train">How the best model does on the rows it was trained with, in the way it predicts.</param>
/// <param name="Symptoms">What shows that it cannot tell rows apart, or that layers are worth less than their size.</param>
internal sealed record FinalMeasures(Score Train, Symptoms Symptoms)
{
    public static FinalMeasures Of<T>(TrainReport report, Model<T> best)
        where T : struct
    {
        var (machine, rows) = (report.Machine, report.Data.Train);
        return new(Fit.evaluate(machine, best, rows), Symptoms.Of(machine, best, rows));
    }

    public JsonObject SymptomsDocument() =>
        new()
        {
            ["constant_outputs"] = Symptoms.ConstantOutputs,
            ["alike_units"] = Json.Array(Symptoms.AlikeUnits, layer => (JsonNode)layer),
            ["zero_gradient"] = Json.Array(Symptoms.ZeroGradient, layer => (JsonNode)layer),
        };
}

/// <summary>Whether a training was still getting better when its epochs were over.</summary>
internal static class Trend
{
    /// <summary>A mean is of so many epochs at least: those of a single one differ by anything.</summary>
    private const int Fewest = 2;

    /// <summary>What the loss has to fall by from tenth to tenth of the epochs, as a share of itself.</summary>
    private const double Clear = 0.01;

    /// <summary>The same as a share of the loss after the first tenth: a loss near 0 goes on falling for ever.</summary>
    private const double Worth = 0.002;

    /// <summary>
    /// Whether the least loss is among the last 5 % of the epochs, and the mean of the last tenth is clearly below that of the
    /// tenth before; where these are less than two epochs, among the last two, and of two.
    /// </summary>
    public static bool IsFalling(IReadOnlyList<double> losses)
    {
        if (losses.Count < 2 * Fewest || !losses.All(double.IsFinite))
            return false;
        var (tenth, last) = (Math.Max(Fewest, losses.Count / 10), Math.Max(Fewest, (losses.Count + 19) / 20));
        var (before, now) = (losses.SkipLast(tenth).TakeLast(tenth).Average(), losses.TakeLast(tenth).Average());
        var isLeastLate = losses.TakeLast(last).Min() <= losses.Min();
        return isLeastLate && before - now > Clear * Math.Abs(before) && before - now > Worth * Math.Abs(losses[tenth]);
    }

    /// <summary>Whether that is so of a run that came to its end: by validation, or where there is none by what its steps saw.</summary>
    public static bool IsFalling(TrainReport run) =>
        run.IsComplete
        && IsFalling([.. run.History.Select(epoch => (!run.Data.IsValidated ? epoch.Train : epoch.Validation).Loss)]);

    /// <summary>The option that gives a run twice the time.</summary>
    public static string[] Longer(TrainReport run) =>
        run.Order.Spec.Fit.IsLimited ? ["--steps", $"{2L * run.Fit.Steps}"] : ["--epochs", $"{2L * run.Fit.Epochs}"];
}

/// <summary>The rows of a run's history, one for each epoch, as CSV and as JSON.</summary>
internal static class History
{
    private static readonly (string Name, Func<EpochReport, double> Value)[] Columns =
    [
        ("epoch", epoch => epoch.Epoch),
        ("step", epoch => epoch.Step),
        ("learning_rate", epoch => epoch.LearningRate),
        ("train_loss", epoch => epoch.Train.Loss),
        ("train_penalty", epoch => epoch.Penalty),
        ("train_accuracy", epoch => epoch.Train.Accuracy),
        ("validation_loss", epoch => epoch.Validation.Loss),
        ("validation_accuracy", epoch => epoch.Validation.Accuracy),
        ("seconds", epoch => epoch.Seconds),
        ("train_r2", epoch => epoch.Train.R2),
        ("train_rmse", epoch => epoch.Train.RMSE),
        ("validation_r2", epoch => epoch.Validation.R2),
        ("validation_rmse", epoch => epoch.Validation.RMSE),
    ];

    /// <summary>All of it as CSV.</summary>
    public static string Table(IEnumerable<EpochReport> epochs) =>
        CsvText.Of(Columns.Select(column => column.Name), epochs.Select(Cells));

    /// <summary>All of it as JSON, a line for each epoch.</summary>
    public static string Lines(IEnumerable<EpochReport> epochs) =>
        string.Concat(epochs.Select(epoch => $"{Line(epoch)}\n"));

    /// <summary>The row of an epoch.</summary>
    public static string Row(EpochReport epoch) => CsvText.Row(Cells(epoch));

    /// <summary>Numbers read back as they were; a cell without a value is empty.</summary>
    private static IEnumerable<string> Cells(EpochReport epoch) =>
        Columns
            .Select(column => column.Value(epoch))
            .Select(value => double.IsNaN(value) ? "" : Maths.Text.number(value));

    public static string Line(EpochReport epoch) =>
        new JsonObject(
            Columns.Select(column => KeyValuePair.Create(column.Name, Json.Number(column.Value(epoch))))
        ).ToJsonString();
}
