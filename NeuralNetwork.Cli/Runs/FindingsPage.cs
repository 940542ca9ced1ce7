using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What a report says of predictions.</summary>
internal static class FindingsPage
{
    private const int MostImages = 24;
    private const int MostMistakes = 20;
    private const int MostColumns = 8;
    private const int MostClasses = 200;
    private const int MostValues = 4;

    // A picture has no room for more points than this.
    private const int MostSpots = 5000;

    public static IEnumerable<ReportSection> Sections(Schema schema, Examination examination) =>
        examination.Findings switch
        {
            Findings.Classes classes =>
            [
                new("Classes", [.. OfClasses(examination.Part, classes)]),
                new("Worst mistakes", [.. Mistakes(schema, examination, classes)]),
            ],
            Findings.Values values => [new("Predictions", [.. OfValues(schema, examination, values)])],
            _ => [],
        };

    /// <summary>The confusion of classes as a picture.</summary>
    public static HeatMap Confusion(string title, Findings.Classes classes) =>
        new(title, "predicted", "true", classes.Names, [.. classes.Report.Confusion]);

    /// <summary>How often the answers of each confidence are right, as a picture; a model that is as sure as it should be is on the line.</summary>
    private static ScatterChart Reliability(string title, Findings.Classes classes) =>
        new(
            title,
            new("confidence", Scale.Share),
            new("right", Scale.Share),
            null,
            [
                .. Metrics
                    .reliability(classes.IsRight, classes.Confidence)
                    .Select(bin => new Spot($"{bin.Item3:N0} rows", bin.Item1, bin.Item2, double.NaN)),
            ]
        )
        {
            IsOfOne = true,
        };

    /// <summary>The predictions of one output as a picture: of many rows evenly chosen ones, and those furthest off.</summary>
    public static ScatterChart Predicted(string title, Findings.Values values, int output, RowNumbers numbers)
    {
        var (targets, predicted) = (values.Targets[output], values.Predicted[output]);
        var rows = Shown(targets, predicted);
        return new(
            rows.Count < targets.Length ? $"{title} ({rows.Count:N0} of {targets.Length:N0})" : title,
            new("true value", Scale.Linear),
            new("predicted value", Scale.Linear),
            null,
            [.. rows.Select(row => new Spot($"row {numbers[row]}", targets[row], predicted[row], double.NaN))]
        )
        {
            IsOfOne = true,
        };
    }

    private static IReadOnlyCollection<int> Shown(double[] targets, double[] predicted)
    {
        var stride = 1 + ((targets.Length - 1) / MostSpots);
        var even = Enumerable.Range(0, targets.Length).Where(row => row % stride == 0);
        return stride == 1 ? [.. even] : [.. even.Union(Furthest(targets, predicted)).Order()];
    }

    /// <summary>The rows whose prediction is furthest from what is true, the worst first.</summary>
    private static IEnumerable<int> Furthest(double[] targets, double[] predicted) =>
        Enumerable
            .Range(0, targets.Length)
            .OrderByDescending(row => Math.Abs(predicted[row] - targets[row]))
            .Take(MostMistakes);

    private static IEnumerable<ReportBlock> OfClasses(string part, Findings.Classes classes)
    {
        var report = classes.Report;
        if (classes.DoubtLine is { } line)
            yield return Doubt(part, line);
        if (classes.Names.Count <= MostClasses)
            yield return new ReportBlock.Drawing(Confusion($"Confusion on the {part} rows", classes));
        if (classes.IsProbability)
            yield return new ReportBlock.Drawing(Reliability($"Reliability on the {part} rows", classes));
        var rows = report
            .PerClass.Select((one, label) => Row(classes.Names[label], one))
            .Append(Row("mean", report.Macro));
        yield return new ReportBlock.Rows(new(["class", "precision", "recall", "F1", "rows"], [.. rows]), []);
    }

    private static ReportBlock.Prose Doubt(string part, string line) =>
        new($"On the {part} rows: {line} (rows drawn again from these, 95 of 100 times).");

    private static string[] Row(string name, ClassScore one) =>
        [name, Percent(one.Precision), Percent(one.Recall), Percent(one.F1), $"{one.Support:N0}"];

    private static string Percent(double share) => Scale.Share.Written(share);

    private static IEnumerable<ReportBlock> Mistakes(Schema schema, Examination examination, Findings.Classes classes)
    {
        var data = examination.Data;
        if (classes.Mistakes.Count == 0)
            yield break;
        yield return new ReportBlock.Prose(
            $"{classes.Mistakes.Count:N0} of {data.Rows:N0} rows are taken for another class. The worst come first: those whose own class is furthest behind."
        );
        if (RowImage.Has(schema, data))
            yield return new ReportBlock.Images([
                .. classes.Mistakes.Take(MostImages).Select(mistake => Image(examination, classes, mistake)),
            ]);
        else
            yield return new ReportBlock.Rows(Table(schema, examination, classes), []);
    }

    private static ReportImage Image(Examination examination, Findings.Classes classes, Mistake mistake) =>
        new(
            RowImage.Of(examination.Data, mistake.Row),
            RowImage.Side(examination.Data),
            $"{classes.Names[mistake.Label]} → {classes.Names[mistake.Said]}",
            [
                $"{(classes.IsProbability ? "p" : "margin")} {mistake.Given:0.000}",
                $"row {examination.Numbers[mistake.Row]}",
            ]
        );

    private static ChartTable Table(Schema schema, Examination examination, Findings.Classes classes)
    {
        var columns = RowCells.Heads(schema).Take(MostColumns).ToArray();
        var given = classes.IsProbability ? "p" : "margin";
        return new(
            ["row", "true", "predicted", given, $"{given} of true", .. columns],
            [
                .. classes
                    .Mistakes.Take(MostMistakes)
                    .Select(mistake =>
                        (string[])
                            [
                                $"{examination.Numbers[mistake.Row]}",
                                classes.Names[mistake.Label],
                                classes.Names[mistake.Said],
                                $"{mistake.Given:0.000}",
                                $"{mistake.Own:0.000}",
                                .. RowCells.Of(schema, examination.Data, mistake.Row).Take(columns.Length),
                            ]
                    ),
            ]
        );
    }

    private static IEnumerable<ReportBlock> OfValues(Schema schema, Examination examination, Findings.Values values)
    {
        if (values.DoubtLine is { } line)
            yield return Doubt(examination.Part, line);
        for (var output = 0; output < Math.Min(values.Targets.Length, MostValues); output++)
        {
            var one = values.Reports[output];
            var which = values.Targets.Length == 1 ? "" : $", {schema.CalledValue(output)}";
            yield return new ReportBlock.Drawing(
                Predicted(
                    $"Predicted against true{which}, {examination.Part} rows",
                    values,
                    output,
                    examination.Numbers
                )
            );
            yield return new ReportBlock.Facts([
                new("R²", Numeral.OrDash(one.R2, Numeral.InUnits)),
                new("RMSE", Numeral.OrDash(one.RMSE, Numeral.InUnits)),
                new("MAE", Numeral.OrDash(one.MAE, Numeral.InUnits)),
            ]);
            var residuals = values.Targets[output].Zip(values.Predicted[output], (target, value) => value - target);
            yield return new ReportBlock.Drawing(
                new HistogramStrip("Errors", "predicted minus true", [Histogram.Of($"errors{which}", residuals, 48)])
            );
            if (examination.Intervals?.Curve is { Points.Length: > 0 } curve)
                yield return new ReportBlock.Drawing(curve.Chart(which, output));
        }
        if (values.Targets.Length > MostValues)
            yield return new ReportBlock.Prose(
                $"These are the first {MostValues} of {values.Targets.Length} values a row has."
            );
        var ofFirst = values.Targets.Length == 1 ? "" : $" in {schema.CalledValue(0)}";
        yield return new ReportBlock.Prose($"The rows that are furthest off{ofFirst}:");
        yield return new ReportBlock.Rows(Furthest(schema, examination, values), []);
    }

    private static ChartTable Furthest(Schema schema, Examination examination, Findings.Values values)
    {
        var columns = RowCells.Heads(schema).Take(MostColumns).ToArray();
        var (targets, predicted) = (values.Targets[0], values.Predicted[0]);
        return new(
            ["row", "true", "predicted", .. columns],
            [
                .. Furthest(targets, predicted)
                    .Select(row =>
                        (string[])
                            [
                                $"{examination.Numbers[row]}",
                                Scale.Linear.Written(targets[row]),
                                Scale.Linear.Written(predicted[row]),
                                .. RowCells.Of(schema, examination.Data, row).Take(columns.Length),
                            ]
                    ),
            ]
        );
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

        double At(int feature) => data.Inputs.At((row * data.Cols) + feature);

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
        double[] pixels = [.. Enumerable.Range(row * data.Cols, data.Cols).Select(place => data.Inputs.At(place))];
        if (data.Inputs is NeuralNetwork.Engine.NumberArray.Bytes)
            return Array.ConvertAll(pixels, pixel => (byte)pixel);
        var (low, high) = Axis.Span(pixels);
        return Array.ConvertAll(pixels, pixel => (byte)Math.Clamp(255 * (pixel - low) / (high - low), 0, 255));
    }
}
