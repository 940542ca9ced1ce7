using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The prediction intervals of a model, and of how many rows they hold the value.</summary>
/// <param name="Coverage">Of how many they should, as a share.</param>
/// <param name="Margins">How far they reach to both sides, for each output, in the units of the data.</param>
/// <param name="Measured">The share of rows whose value they hold, for each output; null where that was not measured.</param>
internal sealed record PredictionIntervals(double Coverage, double[] Margins, double[]? Measured = null)
{
    /// <summary>How many rows intervals of other coverages hold; null where that was not measured.</summary>
    public CoverageCurve? Curve { get; init; }

    /// <summary>The field of JSON documents.</summary>
    public const string Field = "prediction_interval";

    /// <summary>The field of what was measured.</summary>
    public const string MeasuredField = "measured_coverage";

    /// <summary>Those of a model; null where it has none.</summary>
    public static PredictionIntervals? Of<T>(Model<T> model) =>
        model.Coverage > 0 ? new(model.Coverage, model.Margins) { Targets = model.Preprocessing.Targets } : null;

    /// <summary>The columns that are predicted, where they have names.</summary>
    private string[] Targets { get; init; } = [];

    private string Called(int output) => Targets.Length > 1 ? $"{Targets[output]} " : "";

    /// <summary>As in: ± 3.214, for each output; with its name in front where there are several.</summary>
    public IEnumerable<string> Reaches =>
        Margins.Select((margin, output) => $"{Called(output)}± {Numeral.InUnits(margin)}");

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
            Reaches.Select(
                (reach, output) =>
                    reach + (Measured is null ? "" : $" (holds {Numeral.Share(Measured[output])} of {rows})")
            )
        );

    public JsonObject Document() =>
        new()
        {
            ["coverage"] = Coverage,
            ["margins"] = Json.Array(Margins, margin => Json.Number(margin)),
            [MeasuredField] = Measured is null ? null : Json.Array(Measured, share => Json.Number(share)),
            ["coverage_curve"] = Curve?.Document(),
        };
}

/// <summary>
/// Of how many rows intervals of each coverage hold the value, with margins that were found on other rows: those to validate with where
/// there are rows to test with; else each half of the rows to validate with has the margins of the other half.
/// </summary>
/// <param name="On">Which rows these are.</param>
/// <param name="Points">Of each coverage the share of the rows, for each output.</param>
/// <param name="IsOfHalves">Whether each half of them has the margins of the other.</param>
internal sealed record CoverageCurve(string On, (double Level, double[] Held)[] Points, bool IsOfHalves = false)
{
    private static readonly double[] Levels = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

    /// <summary>The curve of margins from what some rows miss by, for each output, on other rows that miss by this.</summary>
    public static CoverageCurve Of(string on, double[][] found, double[][] met) =>
        new(on, [.. Each(level => [.. found.Zip(met, (known, others) => Held(level, known, others))])]);

    /// <summary>The same within some rows: each half, every other row, has the margins of the other one.</summary>
    public static CoverageCurve OfHalves(string on, double[][] misses)
    {
        static double[] Half(double[] all, int which) => [.. all.Where((_, row) => row % 2 == which)];
        double Held(double level, double[] all)
        {
            var (even, odd) = (Half(all, 0), Half(all, 1));
            var rows =
                (even.Length * CoverageCurve.Held(level, odd, even))
                + (odd.Length * CoverageCurve.Held(level, even, odd));
            return rows / all.Length;
        }
        return new(on, [.. Each(level => [.. misses.Select(all => Held(level, all))])], IsOfHalves: true);
    }

    private static IEnumerable<(double, double[])> Each(Func<double, double[]> held) =>
        Levels.Select(level => (level, held(level))).Where(point => Array.TrueForAll(point.Item2, double.IsFinite));

    // Of too few rows there is no margin, and no share.
    private static double Held(double level, double[] known, double[] met)
    {
        var margin = Metrics.margin(level, known);
        return double.IsNaN(margin) || met.Length == 0
            ? double.NaN
            : met.Count(miss => miss <= margin) / (double)met.Length;
    }

    /// <summary>The curve of an output as a picture; intervals that hold what they should are on the line.</summary>
    public ScatterChart Chart(string which, int output) =>
        new(
            $"Coverage of intervals{which}, {(IsOfHalves ? "halves of the " : "")}{On} rows",
            new("coverage", Scale.Share),
            new("rows whose value is held", Scale.Share),
            null,
            [
                .. Points.Select(point => new Spot(
                    $"{100 * point.Level:0.###} % interval",
                    point.Level,
                    point.Held[output],
                    double.NaN
                )),
            ]
        )
        {
            IsOfOne = true,
        };

    public JsonObject Document() =>
        new()
        {
            ["rows"] = On,
            ["points"] = Json.Array(
                Points,
                point => new JsonObject
                {
                    ["coverage"] = point.Level,
                    [PredictionIntervals.MeasuredField] = Json.Array(point.Held, share => Json.Number(share)),
                }
            ),
        };
}

/// <summary>What a model of a run misses by on the rows that its margins were found on.</summary>
internal static class ValidationMisses
{
    /// <summary>
    /// For each output; of rows that members leave out by what the one member says that has not learned from them, as training has it.
    /// None where nothing was validated.
    /// </summary>
    public static double[][] Of<T>(TrainReport report, Model<T> model)
        where T : struct
    {
        var schema = report.Data.Schema;
        if (report.Data.Validation is { } validation)
            return MissesOf(schema, model, validation, Fit.predict(report.Machine, model, validation));
        var (rows, folds, outputs) = (report.Data.Train.WithFolds([]), report.Data.Train.Folds, model.Network.Outputs);
        if (folds.Length == 0)
            return [];
        T[][] said = [.. Model.Split(model).Select(member => Fit.predict(report.Machine, member, rows))];
        T[] aside = [.. Enumerable.Range(0, rows.Rows * outputs).Select(place => said[folds[place / outputs]][place])];
        return MissesOf(schema, model, rows, aside);
    }

    private static double[][] MissesOf<T>(Schema schema, Model<T> model, Dataset rows, T[] predictions)
        where T : struct =>
        Findings.Of(schema, model, rows, predictions) is Findings.Values values ? values.Misses : [];
}

/// <summary>How each of several values of a row is predicted, by name.</summary>
internal static class ValueScores
{
    /// <summary>A document with what they come to; as it is where there is one value.</summary>
    public static JsonObject With(Findings.Values findings, JsonObject document)
    {
        if (findings.Reports.Length > 1)
            document["per_value"] = Json.Array(
                findings.Names.Zip(findings.Reports),
                one => Named(one.First, one.Second)
            );
        return document;
    }

    /// <summary>The same in lines, beside what the same answer for every row comes to, where that is known.</summary>
    public static IEnumerable<string> Lines(Findings.Values findings, ValueReport[] constant)
    {
        static string[] Cells(string name, ValueReport one) =>
            [name, Numeral.InUnits(one.R2), Numeral.InUnits(one.RMSE), Numeral.InUnits(one.MAE)];
        var rows = findings.Names.Zip(findings.Reports, Cells);
        return constant.Length == 0
            ? TextTable.Table(["value", "R2", "RMSE", "MAE"], rows)
            : TextTable.Table(
                ["value", "R2", "RMSE", "MAE", "RMSE of the mean"],
                rows.Zip(constant, (row, mean) => (string[])[.. row, Numeral.InUnits(mean.RMSE)])
            );
    }

    public static JsonObject Document(ValueReport one) =>
        new()
        {
            ["r2"] = Json.Number(one.R2),
            ["rmse"] = Json.Number(one.RMSE),
            ["mae"] = Json.Number(one.MAE),
        };

    private static JsonObject Named(string name, ValueReport one)
    {
        var document = Document(one);
        document.Insert(0, "value", name);
        return document;
    }
}

/// <summary>The probability above which a model answers the second of its two classes, and what that is worth.</summary>
/// <param name="Above">The probability.</param>
/// <param name="Class">The name of the second class.</param>
internal sealed record DecisionThreshold(double Above, string Class)
{
    /// <summary>The field of JSON documents.</summary>
    public const string Field = "threshold";

    /// <summary>What it was chosen by; null where only the model is known.</summary>
    private Criterion? By { get; init; }

    /// <summary>Whether all rows that it was measured on are answered by one class.</summary>
    private bool IsOneSided { get; init; }

    /// <summary>On which rows it was measured, and what they come to at it, and at one half; null where it was not measured.</summary>
    private (string Rows, double At, double AtHalf)? Measured { get; init; }

    /// <summary>That of a model; null where it has none.</summary>
    public static DecisionThreshold? Of<T>(Model<T> model, Learned learned) =>
        double.IsNaN(model.Threshold) || learned is not Learned.Classes classes
            ? null
            : new(model.Threshold, classes.Names[1]);

    /// <summary>The same, measured on rows by the criterion that it was chosen by.</summary>
    public DecisionThreshold On(string rows, Criterion by, Findings.Classes findings)
    {
        var (labels, given) = (findings.Answers.Labels, findings.Answers.Given);
        double[] second = [.. given.Where((_, place) => place % 2 == 1)];
        double At(double threshold) => Metrics.atThreshold(by, threshold, labels, second);
        return this with
        {
            By = by,
            Measured = (rows, At(Above), At(0.5)),
            IsOneSided = second.All(p => p > Above) || !second.Any(p => p > Above),
        };
    }

    /// <summary>The same with what it was chosen by.</summary>
    public DecisionThreshold ChosenBy(Criterion by) => this with { By = by };

    /// <summary>As in: 'yes' above 0.3125.</summary>
    public string Rule => $"{Failure.Quote(Class)} above {Numeral.Of(Above)}";

    /// <summary>That it parts nothing, as in: at the threshold all test rows are of one class; null where it does.</summary>
    public string? Warning =>
        IsOneSided ? $"at the threshold, {Rule}, all {Measured?.Rows} rows are of one class" : null;

    /// <summary>As in: f1 on the validation rows.</summary>
    public string MeasuredName => Measured is { } measured ? $"{By!.Name} on the {measured.Rows} rows" : "";

    /// <summary>As in: 0.7402 (0.6911 at 0.5).</summary>
    public string MeasuredLine =>
        Measured is { } measured
            ? $"{Numeral.OrDash(measured.At, Numeral.Of)} ({Numeral.OrDash(measured.AtHalf, Numeral.Of)} at 0.5)"
            : "";

    /// <summary>As in: 'yes' above 0.3125, by f1: 0.7402 on the test rows (0.6911 at 0.5).</summary>
    public string Line =>
        $"{Rule}{(By is null ? "" : $", by {By.Name}")}"
        + (
            Measured is { } measured
                ? $": {Numeral.OrDash(measured.At, Numeral.Of)} on the {measured.Rows} rows"
                    + $" ({Numeral.OrDash(measured.AtHalf, Numeral.Of)} at 0.5)"
                : ""
        );

    public JsonObject Document() =>
        new()
        {
            ["class"] = Class,
            ["above"] = Above,
            ["by"] = By?.Name,
            ["rows"] = Measured?.Rows,
            ["measure"] = Measured is { } measured ? Json.Number(measured.At) : null,
            ["measure_at_half"] = Measured is { } half ? Json.Number(half.AtHalf) : null,
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
