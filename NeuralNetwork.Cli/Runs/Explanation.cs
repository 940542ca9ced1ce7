using System.Globalization;
using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>A row, and what its columns have added to its prediction.</summary>
/// <param name="Row">Its number in the file.</param>
/// <param name="Gap">How far off the prediction is; of an unsure one, how far the likeliest class is ahead.</param>
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
internal sealed record Explanation(
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
    private const int MostColumns = 20;
    private const int MostRows = 5;
    private const int MostParts = 4;

    /// <summary>How many rows there were to choose from.</summary>
    public int All { get; init; } = Rows;

    public static Explanation Of<T>(Used used, Model<T> model, int deals, ulong seed)
        where T : struct
    {
        var (sample, data) = (used.Sample, used.Sample.Data);
        var predictions = Fit.predict(used.Machine, model, data);
        var findings = Findings.Of(sample.Schema, model.Network, data, predictions);
        Importance[] importances =
        [
            .. Attribution
                .OfColumns(used.Machine, model, data, deals, seed)
                .Select(one => new Importance(one.Item1, one.Item2, one.Item3)),
        ];
        var origin = Attribution.Origin(model);

        ExplainedRow Explained(int row, string right, string said, double gap, int output)
        {
            var features = Enumerable.Range(row * data.Cols, data.Cols).Select(place => data.Inputs.At(place));
            var from = Attribution.IntegratedGradients(model, [.. features], origin, output);
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
                    Explained(
                        row,
                        Numeral.InUnits(targets[row]),
                        Numeral.InUnits(predicted[row]),
                        Math.Abs(predicted[row] - targets[row]),
                        0
                    )
                );
            var score = values.Reports.Average(one => one.R2);
            return new(used.Source.Name, data.Rows, false, score, deals, importances, [.. furthest], []);
        }

        var classes = (Findings.Classes)findings;
        var labels = ((Targets.Labels)data.Targets).Labels;
        // One output speaks for the second class, whatever is said.
        int OutputOf(int label) => model.Network.Outputs > 1 ? label : 0;
        double Given(int row, int label) => ClassOutput.Of(model.Network, predictions, row, label);
        var wrong = classes
            .Mistakes.Take(MostRows)
            .Select(one =>
                Explained(
                    one.Row,
                    classes.Names[one.Label],
                    classes.Names[one.Said],
                    one.Given - one.Own,
                    OutputOf(one.Said)
                )
            );
        var unsure = Enumerable
            .Range(0, data.Rows)
            .Select(row =>
            {
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
                Explained(one.Row, classes.Names[labels[one.Row]], classes.Names[one.Said], one.Gap, OutputOf(one.Said))
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
        );
    }

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

    private string ScoreName => HasClasses ? "accuracy" : "R2";

    private string Shown(double score) =>
        HasClasses ? Numeral.Share(score) : score.ToString("0.0000", CultureInfo.InvariantCulture);

    private IEnumerable<Importance> Ranked => Columns.OrderByDescending(one => one.Mean);

    private string OfRows => Rows < All ? $"{Rows:N0} of {All:N0} rows of {Data}" : $"{Rows:N0} rows of {Data}";

    private string[] Row(Importance one) => [Name(one), $"{Shown(one.Mean)} ± {Shown(one.Deviation)}"];

    // Features without names are called by their numbers.
    private static string Name(Importance one) =>
        int.TryParse(one.Title, out var feature) ? $"feature {feature}" : one.Title;

    private static string Told(ExplainedRow row) =>
        string.Join(", ", row.Parts.Take(MostParts).Select(part => $"{part.Column} {Signed(part.Added)}"));

    private static string Signed(double added) =>
        $"{(added < 0 ? "−" : "+")}{Numeral.InUnits(Math.Abs(Math.Round(added, 4)))}";

    private static readonly string[] Heads = ["row", "true", "said", "from", "to", "by"];

    private static string[] Cells(ExplainedRow row) =>
        [
            $"{row.Row}",
            row.True,
            row.Said,
            Numeral.InUnits(Math.Round(row.From.Baseline, 4)),
            Numeral.InUnits(Math.Round(row.From.Prediction, 4)),
            Told(row),
        ];

    private string Unnamed => Columns.Length > MostColumns ? $" (the first {MostColumns} of {Columns.Length})" : "";

    public IEnumerable<string> Lines()
    {
        yield return $"{ScoreName}  {Shown(Score)}  ({OfRows})";
        yield return "";
        foreach (
            var line in Screen.Table(
                [$"column{Unnamed}", $"{ScoreName} falls without it ({Deals} deals)"],
                Ranked.Take(MostColumns).Select(Row)
            )
        )
            yield return line;
        foreach (
            var (title, rows) in (IEnumerable<(string, ExplainedRow[])>)[("most wrong", Wrong), ("least sure", Unsure)]
        )
        {
            if (rows.Length == 0)
                continue;
            yield return "";
            yield return title;
            foreach (var line in Screen.Columns([Heads, .. rows.Select(Cells)]))
                yield return line;
        }
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = Data,
            ["rows"] = Rows,
            ["score"] = HasClasses ? "accuracy" : "r2",
            ["value"] = Json.Number(Score),
            ["deals"] = Deals,
            ["columns"] = Json.Array(
                Ranked,
                one => new JsonObject
                {
                    ["column"] = Name(one),
                    ["fall"] = Json.Number(one.Mean),
                    ["deviation"] = Json.Number(one.Deviation),
                }
            ),
            ["most_wrong"] = Json.Array(Wrong, RowDocument),
            ["least_sure"] = Json.Array(Unsure, RowDocument),
        };

    private static JsonObject RowDocument(ExplainedRow row) =>
        new()
        {
            ["row"] = row.Row,
            ["true"] = row.True,
            ["predicted"] = row.Said,
            ["gap"] = Json.Number(row.Gap),
            ["from"] = Json.Number(row.From.Baseline),
            ["to"] = Json.Number(row.From.Prediction),
            ["error"] = Json.Number(row.From.Error),
            ["added"] = Json.Array(
                row.Parts,
                part => new JsonObject { ["column"] = part.Column, ["by"] = Json.Number(part.Added) }
            ),
        };

    /// <summary>The page.</summary>
    public Report Page() =>
        new(
            $"What the model goes by on {Svg.Cut(Data, 60)}",
            $"{char.ToUpperInvariant(ScoreName[0])}{ScoreName[1..]} {Shown(Score)} on {OfRows}.",
            [new(ScoreName, Shown(Score)), new("rows", $"{Rows:N0}"), new("columns", $"{Columns.Length:N0}")],
            [
                new(
                    "Columns",
                    [
                        new ReportBlock.Prose(
                            $"By how much the {ScoreName} falls where the cells of a column are dealt out among the rows anew: the mean of {Deals} deals, from the least to the greatest within a deviation. Of columns that say the same, each may stand in for the other."
                        ),
                        new ReportBlock.Drawing(
                            new BarChart(
                                $"Fall of the {ScoreName} without a column{Unnamed}",
                                "column",
                                $"fall of the {ScoreName}",
                                HasClasses ? Scale.Share : Scale.Linear,
                                [
                                    .. Ranked
                                        .Take(MostColumns)
                                        .Select(one => new Bar(
                                            Name(one),
                                            one.Mean,
                                            one.Mean - one.Deviation,
                                            one.Mean + one.Deviation
                                        )),
                                ]
                            )
                        ),
                    ]
                ),
                new("The rows that are most wrong", [.. Judged(Wrong)]),
                new("The rows that it is least sure of", [.. Judged(Unsure)]),
            ]
        );

    private IEnumerable<ReportBlock> Judged(ExplainedRow[] rows)
    {
        if (rows.Length == 0)
            yield break;
        yield return new ReportBlock.Prose(
            $"What each column has added to the {(HasClasses ? "probability of the class that was said" : "value")}, from the one for the row that the network takes for zeros to the one for this row: integrated gradients, which add up to the difference."
        );
        yield return new ReportBlock.Rows(new(Heads, [.. rows.Select(Cells)]), []);
    }
}
