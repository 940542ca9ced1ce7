using System.Globalization;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Runs;

// An explanation as lines, as JSON and as a page.
internal sealed partial record Explanation
{
    private const int MostColumns = 20;
    private const int MostParts = 4;

    private string ScoreName => HasClasses ? "accuracy" : "R2";

    private string Shown(double score) =>
        HasClasses ? Numeral.Share(score) : score.ToString("0.0000", CultureInfo.InvariantCulture);

    private IEnumerable<Importance> Ranked => Columns.OrderByDescending(one => one.Mean);

    private string OfRows => Rows < All ? $"{Rows:N0} of {All:N0} rows of {Data}" : $"{Rows:N0} rows of {Data}";

    private string[] Row(Importance one) => [one.Title, $"{Shown(one.Mean)} ± {Shown(one.Deviation)}"];

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

    private string Form(double value) => IsShare ? Numeral.Share(value) : Numeral.InUnits(value);

    // Of one class its name, of several none.
    private string Predicted =>
        (HasClasses, IsShare, Dependences) switch
        {
            (false, _, _) => "value",
            (_, true, [{ Lines: [var (name, _)] }, ..]) => $"probability of {Failure.Quote(name)}",
            (_, false, [{ Lines: [var (name, _)] }, ..]) => $"margin of {Failure.Quote(name)}",
            (_, true, _) => "probability",
            _ => "margin",
        };

    public IEnumerable<string> Lines()
    {
        yield return $"{ScoreName}  {Shown(Score)}  ({OfRows})";
        yield return "";
        foreach (
            var line in TextTable.Table(
                [$"column{Unnamed}", $"{ScoreName} falls without it ({Deals} deals)"],
                Ranked.Take(MostColumns).Select(Row)
            )
        )
            yield return line;
        if (Dependences.Count > 0)
        {
            yield return "";
            yield return $"the mean {Predicted} with one cell in every row";
            var isOfOne = Dependences[0].Lines.Count == 1;
            var told = Dependences.Select(one =>
                isOfOne
                    ? (string[])[one.Title, $"{one.Told(Form)}{Some(one)}"]
                    : [one.Title, one.Most.Name, $"{one.Told(Form)}{Some(one)}"]
            );
            foreach (var line in TextTable.Columns([.. told]))
                yield return line;
        }
        foreach (
            var (title, rows) in (IEnumerable<(string, ExplainedRow[])>)[("most wrong", Wrong), ("least sure", Unsure)]
        )
        {
            if (rows.Length == 0)
                continue;
            yield return "";
            yield return $"{title}: what columns add to the {Explained}";
            foreach (var line in TextTable.Columns([Heads, .. rows.Select(Cells)]))
                yield return line;
        }
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = Data,
            ["rows"] = Rows,
            ["of"] = All,
            ["seed"] = Seed,
            ["explained"] = Explained,
            ["score"] = HasClasses ? "accuracy" : "r2",
            ["value"] = Json.Number(Score),
            ["deals"] = Deals,
            ["columns"] = Json.Array(
                Ranked,
                one => new JsonObject
                {
                    ["column"] = one.Title,
                    ["fall"] = Json.Number(one.Mean),
                    ["deviation"] = Json.Number(one.Deviation),
                }
            ),
            ["partial_dependence"] = Json.Array(
                Dependences,
                one => new JsonObject
                {
                    ["column"] = one.Title,
                    ["cells"] = one.Places is { } places
                        ? Json.Array(places, place => Json.Number(place))
                        : Json.Array(one.Categories, category => category),
                    ["predicted"] = Json.Array(
                        one.Lines,
                        line => new JsonObject
                        {
                            ["of"] = line.Name,
                            ["mean"] = Json.Array(line.Predictions, value => Json.Number(value)),
                        }
                    ),
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

    /// <summary>The pictures of the page by the names of their files. What the page has as a table is none.</summary>
    public IEnumerable<(string File, Chart Chart)> Pictures =>
        Dependences
            .Select((one, place) => (DependencePicture(place + 1), Picture(one)!))
            .Where(one => one.Item2 is not null)
            .Prepend((ColumnsPicture, Falls));

    private const string ColumnsPicture = "columns.svg";

    private static string DependencePicture(int rank) => $"dependence-{rank}.svg";

    /// <summary>All names that a picture may have.</summary>
    public static IEnumerable<string> PictureNames =>
        Enumerable.Range(1, PartialDependence.MostColumns).Select(DependencePicture).Prepend(ColumnsPicture);

    private BarChart Falls =>
        new(
            $"Fall of the {ScoreName} without a column{Unnamed}",
            "column",
            $"fall of the {ScoreName}",
            HasClasses ? Scale.Share : Scale.Linear,
            [
                .. Ranked
                    .Take(MostColumns)
                    .Select(one => new Bar(one.Title, one.Mean, one.Mean - one.Deviation, one.Mean + one.Deviation)),
            ]
        );

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
                        new ReportBlock.Drawing(Falls),
                    ]
                ),
                .. Dependences.Count == 0
                    ? (ReportSection[])[]
                    : [new("What it predicts as a column changes", [.. Dependences.Select(Drawn).Prepend(Meant)])],
                new("The rows that are most wrong", [.. Judged(Wrong)]),
                new("The rows that it is least sure of", [.. Judged(Unsure)]),
            ]
        );

    private static string Some(PartialDependence one) =>
        one.Cells.Length < one.AllCategories ? $" ({one.Cells.Length} of {one.AllCategories} categories)" : "";

    private static ReportBlock Meant =>
        new ReportBlock.Prose(
            "The mean prediction where a column has the same cell in every row and all other cells are the rows' own: partial dependence. Of numbers there is one for every twentieth of the rows but the ends, or all where there are few. Cells that go together are parted in it: where two columns say the same, it shows rows that there are not. Each picture has a scale of its own."
        );

    private ReportBlock Drawn(PartialDependence one) =>
        Picture(one) is { } chart
            ? new ReportBlock.Drawing(chart)
            : new ReportBlock.Rows(
                new(
                    [one.Title, .. one.Lines.Select(line => line.Name)],
                    [
                        .. one.Cells.Select(
                            (cell, place) =>
                                (string[])[cell, .. one.Lines.Select(line => Form(line.Predictions[place]))]
                        ),
                    ]
                ),
                []
            );

    /// <summary>Lines over numbers, bars over categories; null where there are several bars to a category.</summary>
    private Chart? Picture(PartialDependence one)
    {
        var title = $"Prediction by {Svg.Cut(one.Title, 40)}{Some(one)}";
        var scale = IsShare ? Scale.Share : Scale.Linear;
        return (one.Places, one.Lines) switch
        {
            ({ } places, _) => new LineChart(
                title,
                one.Title,
                Predicted,
                scale,
                [
                    .. one.Lines.Select(line => new ChartLine(
                        line.Name,
                        [.. places.Zip(line.Predictions, (place, value) => new Dot(place, value))]
                    )),
                ]
            )
            {
                IsCounted = false,
            },
            (null, [var (_, predictions)]) => new BarChart(
                title,
                one.Title,
                Predicted,
                scale,
                [.. one.Cells.Zip(predictions, (cell, value) => new Bar(cell, value))]
            ),
            _ => null,
        };
    }

    private IEnumerable<ReportBlock> Judged(ExplainedRow[] rows)
    {
        if (rows.Length == 0)
            yield break;
        yield return new ReportBlock.Prose(
            $"What each column has added to the {Explained}, from the one for the row that the network takes for zeros to the one for this row: integrated gradients, which add up to the difference."
        );
        yield return new ReportBlock.Rows(new(Heads, [.. rows.Select(Cells)]), []);
    }
}
