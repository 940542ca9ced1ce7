using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
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

    /// <summary>How much each option matters; null of too few trials.</summary>
    public IReadOnlyList<Importance>? Importances => Importance.Of(this);

    private IEnumerable<RunOutcome> Runs => Outcomes.Select(one => one.Outcome);

    private string Title =>
        $"{Order.Record.Title} on {Svg.Cut(Order.Record.Data, 50)}: {Outcomes.Count} trial{(Outcomes.Count == 1 ? "" : "s")}";

    /// <summary>Writes all there is to say so far.</summary>
    public void Save()
    {
        Order.Folder.Write("trials.csv", Filed());
        Order.Folder.Write("results.json", $"{Json.Text(Document())}\n");
        Order.Folder.Write("scatter.svg", Picture.Of(Scatter));
        Order.Folder.Write(RunFiles.Report, ReportPage.Of(SearchPage.Of(this)));
    }

    /// <summary>Writes for TensorBoard what was varied, where trials have curves for it.</summary>
    public void SaveExperiment(TimeProvider clock)
    {
        var path = Order.Folder.Within(RunFiles.Hparams);
        // It has the time in it, which is that of the first who is done where several work on the search.
        if (!Order.Trials.Any(trial => trial.HasCurves) || (Order.Folder.Joined is not null && File.Exists(path)))
            return;
        var part = HasValidation ? "validation" : "train";
        HparamsFile.WriteExperiment(
            path,
            Order.Record.Variations.Select(one => one.Hparam),
            Measure.In(part).Where(measure => measure.IsIn(Runs)).Select(measure => measure.Curve),
            clock
        );
    }

    /// <summary>Keeps the best model, and the picture where the user wants it.</summary>
    public void Conclude()
    {
        var best = ModelBytes.Load(Path.Combine(Ranked[0].Trial.Run.Order.Out, RunFiles.Model));
        Order.Folder.Write(RunFiles.Model, best);
        PlotSettings.Draw(Order.Plot, () => Scatter);
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["search"] = Order.Record.Document(),
            ["best"] = Best is (var best, _) ? Document(best) : null,
            ["importance"] = Importances is { } all ? Json.Array(all, one => one.Document()) : null,
            ["trials"] = Json.Array(Ranked, one => Document(one.Trial, one.Outcome)),
        };

    /// <summary>The table for people, and what trains the best model again.</summary>
    public IEnumerable<string> Summary()
    {
        var table = Table();
        var rows = TextTable.Table([.. table.Heads], table.Rows.Select(row => row.ToArray()));
        string[] importance = Importances is { } all
            ? [$"importance: {string.Join(", ", all.Select(one => $"{one.Option.Name} {one}"))}", ""]
            : [];
        return [.. rows, "", .. importance, $"best: {ShellLine.Typed(Command(Ranked[0].Trial))}"];
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

/// <summary>
/// How much an option matters by itself: the share of the trials' ranks that its values explain (Kruskal and Wallis 1952), less what they would
/// by chance. What it matters together with another is no part of it.
/// </summary>
/// <param name="Share">The share: 1 at most, and about 0, or less, where it does not matter.</param>
/// <param name="Chance">How far from 0 the share of an option is that does not matter: one standard deviation.</param>
internal sealed record Importance(Variation Option, double Share, double Chance)
{
    /// <summary>Of fewer trials it is chance more than anything.</summary>
    public const int FewestTrials = 20;

    // Trials in the order of a range's values are cut in groups of so many, but into so many groups at most.
    private const int GroupSize = 5;
    private const int MostGroups = 10;

    public override string ToString() => $"{100 * Math.Max(0, Share):0} % ± {100 * Chance:0}";

    public JsonObject Document() =>
        new()
        {
            ["option"] = Option.Field,
            ["share"] = Json.Number(Share),
            ["by_chance"] = Json.Number(Chance),
        };

    /// <summary>That of each option, the greatest first: by what trials came to up to the first place where they were chosen from.</summary>
    public static IReadOnlyList<Importance>? Of(SearchReport report)
    {
        var trials = report.Outcomes;
        if (trials.Count < FewestTrials)
            return null;
        double[] badness = [.. trials.Select(one => Halving.Badness(one.Outcome, report.Order.Rungs[0].Epochs))];
        // Where all trials came to the same, or a choice was always the same, there is no share.
        Importance[] all =
        [
            .. report
                .Order.Record.Variations.Select(variation => Of(variation, trials, badness))
                .Where(one => double.IsFinite(one.Share))
                .OrderByDescending(one => one.Share),
        ];
        return all is [] ? null : all;
    }

    private static Importance Of(
        Variation variation,
        IReadOnlyList<(Trial Trial, RunOutcome Outcome)> trials,
        double[] badness
    )
    {
        var groups = Groups(
            variation,
            [.. trials.Select(one => variation.PlaceOf(one.Trial.Drawn.First(drawn => drawn.Of == variation).Text))]
        );
        var (n, k) = (groups.Length, groups.Distinct().Count());
        return new(variation, Metrics.rankEffect(groups, badness), Math.Sqrt(2.0 * (k - 1)) / (n - k));
    }

    // Equal values are in one group, whatever its size.
    private static int[] Groups(Variation variation, double[] places)
    {
        if (variation.Size > 0)
            return [.. places.Select(place => (int)place)];
        var groups = Math.Min(MostGroups, places.Length / GroupSize);
        return [.. places.Select(place => groups * places.Count(other => other < place) / places.Length)];
    }
}
