using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>A row that two models answer differently.</summary>
/// <param name="Row">Its number in the data.</param>
internal sealed record ChangedRow(int Row, string True, string First, string Second);

/// <summary>What two models answer on the same rows.</summary>
/// <param name="Better">Rows that the one alone answers right, or more nearly, and rows that the other does.</param>
/// <param name="Scores">The accuracy of each, or its RMSE.</param>
/// <param name="Changed">How many rows have another answer.</param>
/// <param name="Rows">Some of these: of classes the first, of values those that are furthest apart.</param>
internal sealed record AnswerChanges(
    string Data,
    int All,
    bool HasClasses,
    (int First, int Second) Better,
    (double First, double Second) Scores,
    int Changed,
    ChangedRow[] Rows
)
{
    private const int MostRows = 20;

    private double P => Metrics.signTest(Better.First, Better.Second);

    /// <summary>
    /// Of the rows that both take: one may leave out others than the other for cells that are missing. A failure where they do not
    /// learn the same kind of thing.
    /// </summary>
    public static AnswerChanges Of(Used first, Used second)
    {
        var (one, other) = (first.Sample, second.Sample);
        if (one.Schema.Learned is Learned.Classes != other.Schema.Learned is Learned.Classes)
            throw Failure.BadInput(
                $"{first.Source.Name}: one of the models predicts classes and the other values (their answers cannot be compared)"
            );
        var places = Enumerable.Range(0, other.Rows).ToDictionary(place => other.Numbers[place]);
        var rows = Enumerable
            .Range(0, one.Rows)
            .Where(place => places.ContainsKey(one.Numbers[place]))
            .Select(place => (Row: one.Numbers[place], First: place, Second: places[one.Numbers[place]]))
            .ToArray();
        if (rows.Length == 0)
            throw Failure.BadInput($"{first.Source.Name}: no row that both models take");
        if (!one.Schema.Targets.SequenceEqual(other.Schema.Targets))
            throw Failure.BadInput(
                $"{first.Source.Name}: the models predict different columns, {Failure.Quoted(one.Schema.Targets)} and"
                    + $" {Failure.Quoted(other.Schema.Targets)} (their answers cannot be compared)"
            );
        return (one.Schema.Learned, other.Schema.Learned) is (Learned.Classes mine, Learned.Classes theirs)
            ? OfClasses(first, second, rows, mine.Names, theirs.Names)
            : OfValues(first, second, rows);
    }

    private static AnswerChanges OfClasses(
        Used first,
        Used second,
        (int Row, int First, int Second)[] rows,
        string[] names,
        string[] others
    )
    {
        var (said, saidToo) = (Classes(first), Classes(second));
        var labels = ((Targets.Labels)first.Sample.Data.Targets).Labels;
        var answers = rows.Select(row => new ChangedRow(
                row.Row,
                names[labels[row.First]],
                names[said[row.First]],
                others[saidToo[row.Second]]
            ))
            .ToArray();
        int Right(Func<ChangedRow, bool> isRight) => answers.Count(isRight);
        var changed = answers.Where(row => row.First != row.Second).ToArray();
        return new(
            first.Source.Name,
            rows.Length,
            true,
            (
                Right(row => row.First == row.True && row.Second != row.True),
                Right(row => row.First != row.True && row.Second == row.True)
            ),
            (
                (double)Right(row => row.First == row.True) / rows.Length,
                (double)Right(row => row.Second == row.True) / rows.Length
            ),
            changed.Length,
            [.. changed.Take(MostRows)]
        );
    }

    private static AnswerChanges OfValues(Used first, Used second, (int Row, int First, int Second)[] rows)
    {
        var targets = (Targets.Values)first.Sample.Data.Targets;
        var (said, saidToo) = (Values(first), Values(second));
        if (targets.Cols != 1 || said.Length != first.Sample.Rows || saidToo.Length != second.Sample.Rows)
            throw Failure.BadInput($"{first.Source.Name}: several values a row (the answers of one can be compared)");
        var answers = rows.Select(row =>
                (row.Row, True: targets.Values.At(row.First), First: said[row.First], Second: saidToo[row.Second])
            )
            .ToArray();
        double[] right = [.. answers.Select(row => row.True)];
        var gaps = answers
            .Select(row => Math.Abs(row.First - row.True).CompareTo(Math.Abs(row.Second - row.True)))
            .ToArray();
        return new(
            first.Source.Name,
            rows.Length,
            false,
            (gaps.Count(gap => gap < 0), gaps.Count(gap => gap > 0)),
            (
                Metrics.values(right, [.. answers.Select(row => row.First)]).RMSE,
                Metrics.values(right, [.. answers.Select(row => row.Second)]).RMSE
            ),
            answers.Count(row => AreApart(row.First, row.Second)),
            [
                .. answers
                    .Where(row => AreApart(row.First, row.Second))
                    .OrderByDescending(row => Math.Abs(row.First - row.Second))
                    .Take(MostRows)
                    .Select(row => new ChangedRow(
                        row.Row,
                        Numeral.InUnits(row.True),
                        Numeral.InUnits(row.First),
                        Numeral.InUnits(row.Second)
                    )),
            ]
        );
    }

    // One model may have more digits than the other.
    private static bool AreApart(double first, double second) => (float)first != (float)second;

    private static int[] Classes(Used used) =>
        used.Model switch
        {
            AnyModel.Single single => Classes(used, single.Item),
            AnyModel.Double twice => Classes(used, twice.Item),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };

    private static int[] Classes<T>(Used used, Model<T> model)
        where T : struct => Metrics.classesAt(model.Threshold, model.Network, Predictions(used, model));

    private static double[] Values(Used used) =>
        used.Model switch
        {
            AnyModel.Single single => Array.ConvertAll(Predictions(used, single.Item), Widened.Of),
            AnyModel.Double twice => Predictions(used, twice.Item),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };

    private static T[] Predictions<T>(Used used, Model<T> model)
        where T : struct
    {
        var predictions = Fit.predict(used.Machine, model, used.Sample.Data);
        return Array.TrueForAll(predictions, prediction => double.IsFinite(Widened.Of(prediction)))
            ? predictions
            : throw Failure.Numeric(
                $"{used.Source.Name}: predictions that are not finite (training diverged, or these rows are far from its own)"
            );
    }

    private string Chance => P < 1e-4 ? "p < 0.0001" : $"p = {Numeral.Of(P)}";

    private string Shown(double score) => HasClasses ? Numeral.Share(score) : Numeral.InUnits(score);

    private IEnumerable<string> Said(string first, string second)
    {
        yield return $"{All:N0} rows of {Data}: {(HasClasses ? "accuracy" : "RMSE")} {Shown(Scores.First)} and {Shown(Scores.Second)}; "
            + $"{Changed:N0} answers differ";
        yield return HasClasses
            ? $"Right in {first} alone {Better.First:N0}, in {second} alone {Better.Second:N0} (McNemar's test: {Chance})"
            : $"Nearer in {first} {Better.First:N0}, in {second} {Better.Second:N0} (sign test: {Chance})";
    }

    private static string[] Heads(string first, string second) => ["row", "true", first, second];

    private IEnumerable<string[]> Cells =>
        Rows.Select(row => (string[])[$"{row.Row}", row.True, row.First, row.Second]);

    private string Shortened =>
        Changed <= Rows.Length ? ""
        : HasClasses ? $"the first {Rows.Length} of them"
        : $"the {Rows.Length} that are furthest apart";

    public IEnumerable<string> Lines(string first, string second)
    {
        foreach (var line in Said(first, second))
            yield return line;
        if (Rows.Length == 0)
            yield break;
        yield return "";
        foreach (var line in TextTable.Columns([Heads(first, second), .. Cells]))
            yield return line;
        if (Shortened.Length > 0)
            yield return Shortened;
    }

    public JsonObject Document() =>
        new()
        {
            ["data"] = Data,
            ["rows"] = All,
            ["score"] = HasClasses ? "accuracy" : "rmse",
            ["first"] = Json.Number(Scores.First),
            ["second"] = Json.Number(Scores.Second),
            ["changed"] = Changed,
            ["better_first"] = Better.First,
            ["better_second"] = Better.Second,
            ["p"] = Json.Number(P),
            ["examples"] = Json.Array(
                Rows,
                row => new JsonObject
                {
                    ["row"] = row.Row,
                    ["true"] = row.True,
                    ["first"] = row.First,
                    ["second"] = row.Second,
                }
            ),
        };

    public IEnumerable<ReportBlock> Blocks(string first, string second)
    {
        yield return new ReportBlock.Prose($"{string.Join(". ", Said(first, second))}.");
        if (Rows.Length == 0)
            yield break;
        yield return new ReportBlock.Rows(new(Heads(first, second), [.. Cells]), []);
        if (Shortened.Length > 0)
            yield return new ReportBlock.Prose($"These are {Shortened}.");
    }
}
