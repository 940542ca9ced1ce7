using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>A search in tables, the best trial first: for programs every number, for people a line for each trial.</summary>
internal sealed record SearchReport(SearchOrder Order, IReadOnlyList<(Trial Trial, RunOutcome Outcome)> Outcomes)
{
    /// <summary>The trials, the best first.</summary>
    public IReadOnlyList<(Trial Trial, RunOutcome Outcome)> Ranked { get; } = [.. Halving.Ranked(Outcomes)];

    /// <summary>Whether no trial is left to train.</summary>
    public bool IsOver { get; init; }

    /// <summary>The trial whose model is kept; null where none came to its end.</summary>
    public (Trial Trial, RunOutcome Outcome)? Best =>
        Ranked is [{ Outcome.Status: RunStatus.Finished } best, ..] ? best : null;

    /// <summary>What the trials are ranked by.</summary>
    public Measure Score
    {
        get
        {
            var part = HasValidation || Outcomes.Count == 0 ? "validation" : "train";
            var accuracy = Named($"{part}_accuracy");
            return accuracy.IsIn(Runs) ? accuracy : Named($"{part}_loss");
        }
    }

    /// <summary>What people are shown: the steps' own scores say least, and are there where there are no others.</summary>
    public IEnumerable<Measure> Scores =>
        Measure.Scores.Where(measure =>
            measure.Name.StartsWith("train", StringComparison.Ordinal) == !HasValidation && measure.IsIn(Runs)
        );

    private IEnumerable<RunOutcome> Runs => Outcomes.Select(one => one.Outcome);

    private string Title =>
        $"Random search on {Svg.Cut(Order.Record.Data, 50)}: {Outcomes.Count} trial{(Outcomes.Count == 1 ? "" : "s")}";

    /// <summary>Writes all there is to say so far.</summary>
    public void Save()
    {
        Order.Folder.Write("trials.csv", Filed());
        Order.Folder.Write("results.json", $"{Json.Text(Document())}\n");
        Order.Folder.Write("scatter.svg", Picture.Of(Scatter));
        Order.Folder.Write(RunFiles.Report, ReportPage.Of(SearchPage.Of(this)));
    }

    /// <summary>Keeps the best model, and the picture where the user wants it.</summary>
    public void Conclude()
    {
        var best = ModelBytes.Load(Path.Combine(Ranked[0].Trial.Run.Order.Out, RunFiles.Model));
        Durable.Replace(Order.Folder.Within(RunFiles.Model), stream => stream.Write(best));
        PlotSettings.Draw(Order.Plot, () => Scatter);
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["search"] = Order.Record.Document(),
            ["best"] = Best is (var best, _) ? Document(best) : null,
            ["trials"] = Json.Array(Ranked, one => Document(one.Trial, one.Outcome)),
        };

    /// <summary>The table for people, and what trains the best model again.</summary>
    public IEnumerable<string> Summary()
    {
        var table = Table();
        var rows = TextTable.Table([.. table.Heads], table.Rows.Select(row => row.ToArray()));
        return [.. rows, "", $"best: {ShellLine.Typed(Command(Ranked[0].Trial))}"];
    }

    /// <summary>The same table, cell by cell.</summary>
    public ChartTable Table()
    {
        var scores = Scores.ToArray();
        return new(
            [
                "trial",
                .. Order.Record.Variations.Select(one => one.Name),
                .. scores.Select(one => one.Title),
                "epochs",
                "seconds",
                "",
            ],
            [
                .. Ranked.Select(one =>
                    (string[])
                        [
                            $"{one.Trial.Number}",
                            .. one.Trial.Drawn.Select(drawn => drawn.Text),
                            .. scores.Select(measure => measure.Written(measure.Of(one.Outcome))),
                            $"{one.Outcome.Epochs.Count}",
                            $"{one.Outcome.Seconds:0.0}",
                            string.Join(", ", SymptomWords.Remarks(one.Outcome)),
                        ]
                ),
            ]
        );
    }

    private ScatterChart Scatter => SearchCharts.Trials(Title, this);

    /// <summary>Whether there were rows to validate with.</summary>
    public bool HasValidation => Runs.Any(run => double.IsFinite(run.Score("validation", "loss")));

    private string Filed() =>
        CsvText.Of(
            [
                "rank",
                "trial",
                "status",
                .. Order.Record.Variations.Select(one => one.Field),
                "epochs",
                "best_epoch",
                .. Measures.Select(measure => measure.Name),
                "symptoms",
                "seconds",
            ],
            Ranked.Select(
                (one, place) =>
                    (string[])
                        [
                            $"{place + 1}",
                            $"{one.Trial.Number}",
                            one.Outcome.StatusWord,
                            .. one.Trial.Drawn.Select(drawn => drawn.Text),
                            $"{one.Outcome.Epochs.Count}",
                            $"{one.Outcome.Results["best_epoch"]}",
                            .. Measures.Select(measure => CsvText.Cell(measure.Of(one.Outcome))),
                            string.Join("; ", SymptomWords.Short(one.Outcome.Results)),
                            CsvText.Cell(one.Outcome.Seconds),
                        ]
            )
        );

    private static IEnumerable<Measure> Measures => [.. Measure.Scores, .. Measure.Trained, Measure.Gap];

    private static Measure Named(string name) => Measure.Scores.First(measure => measure.Name == name);

    private static JsonObject Document(Trial trial, RunOutcome outcome) =>
        new()
        {
            ["trial"] = trial.Number,
            ["folder"] = trial.Name,
            ["status"] = outcome.StatusWord,
            ["reason"] = outcome.Reason.Length > 0 ? outcome.Reason : null,
            ["drawn"] = new JsonObject(
                trial.Drawn.Select(one => KeyValuePair.Create(one.Of.Field, (JsonNode?)JsonValue.Create(one.Text)))
            ),
            ["epochs"] = outcome.Epochs.Count,
            ["seconds"] = Json.Number(outcome.Seconds),
            ["results"] = outcome.Results.DeepClone(),
        };

    private static JsonObject Document(Trial trial) =>
        new()
        {
            ["trial"] = trial.Number,
            ["folder"] = trial.Name,
            ["command"] = ShellLine.Typed(Command(trial)),
        };

    /// <summary>What trains the same model again.</summary>
    public static IEnumerable<string> Command(Trial trial) =>
        ["nn", "train", .. trial.Run.Words, OptionName.Out, "RUN"];
}
