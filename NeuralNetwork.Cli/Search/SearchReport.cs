using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>A search in tables, the best trial first: for programs every number, for people a line for each trial.</summary>
internal sealed record SearchReport(SearchOrder Order, IReadOnlyList<(Trial Trial, RunOutcome Outcome)> Outcomes)
{
    private readonly (Trial Trial, RunOutcome Outcome)[] ranked = [.. Halving.Ranked(Outcomes)];

    private IEnumerable<RunOutcome> Runs => Outcomes.Select(one => one.Outcome);

    private string Title =>
        $"Random search on {Svg.Cut(Order.Source.Name, 50)}: {Outcomes.Count} trial{(Outcomes.Count == 1 ? "" : "s")}";

    /// <summary>Writes all there is to say so far.</summary>
    public void Save()
    {
        Order.Folder.Write("trials.csv", Table());
        Order.Folder.Write("results.json", $"{Json.Text(Document())}\n");
        Order.Folder.Write("scatter.svg", Picture.Of(Scatter));
    }

    /// <summary>Keeps the best model, and the picture where the user wants it.</summary>
    public void Conclude()
    {
        var best = File.ReadAllBytes(Path.Combine(ranked[0].Trial.Run.Order.Out, RunFolder.ModelName));
        Durable.Replace(Order.Folder.Within(RunFolder.ModelName), stream => stream.Write(best));
        if (Order.Plot is { } plot)
            OutputFile.Write(plot, System.Text.Encoding.UTF8.GetBytes(Picture.Of(Scatter)));
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["search"] = Order.Record.DeepClone(),
            ["best"] = ranked is [{ Outcome.Status: RunStatus.Finished } best, ..] ? Best(best.Trial) : null,
            ["trials"] = Json.Array(ranked, one => Document(one.Trial, one.Outcome)),
        };

    /// <summary>The table for people.</summary>
    public IEnumerable<string> Summary()
    {
        var shown = Measure.Scores.Where(measure =>
            measure.Name.StartsWith("train", StringComparison.Ordinal) == !HasValidation
        );
        Measure[] scores = [.. shown.Where(measure => measure.IsIn(Runs))];
        var table = Screen.Table(
            [
                "trial",
                .. Order.Variations.Select(one => one.Name),
                .. scores.Select(one => one.Title),
                "epochs",
                "seconds",
                "",
            ],
            ranked.Select(one =>
                (string[])
                    [
                        $"{one.Trial.Number}",
                        .. one.Trial.Drawn.Select(drawn => drawn.Text),
                        .. scores.Select(measure => measure.Written(measure.Of(one.Outcome))),
                        $"{one.Outcome.Epochs.Count}",
                        $"{one.Outcome.Seconds:0.0}",
                        string.Join(", ", Remarks(one.Outcome)),
                    ]
            )
        );
        return [.. table, "", $"best: {Command(ranked[0].Trial)}"];
    }

    /// <summary>
    /// The first two ranges against each other, coloured by the score; a single range against the score; without any, the
    /// trials in turn.
    /// </summary>
    public ScatterChart Scatter
    {
        get
        {
            var ranges = Order.Variations.OfType<Range>().ToArray();
            var across = ranges.Length > 0 ? Of(ranges[0]) : new Quantity("trial", Scale.Linear);
            var score = Measure.Scores.First(measure => measure.Name == ScoreName);
            var scored = new Quantity(
                score.Title,
                ScoreName.EndsWith("accuracy", StringComparison.Ordinal) ? Scale.Share : Scale.Linear
            );
            return new(
                Title,
                across,
                ranges.Length > 1 ? Of(ranges[1]) : scored,
                scored,
                [
                    .. ranked.Select(one => new Spot(
                        one.Trial.Name,
                        ranges.Length > 0 ? one.Trial.ValueOf(ranges[0]) : one.Trial.Number,
                        ranges.Length > 1 ? one.Trial.ValueOf(ranges[1]) : score.Of(one.Outcome),
                        score.Of(one.Outcome)
                    )),
                ]
            );
        }
    }

    private bool HasValidation => Runs.Any(run => double.IsFinite(run.Score("validation", "loss")));

    /// <summary>What the trials are ranked by.</summary>
    private string ScoreName
    {
        get
        {
            var part = HasValidation || Outcomes.Count == 0 ? "validation" : "train";
            return Runs.Any(run => double.IsFinite(run.Score(part, "accuracy"))) ? $"{part}_accuracy" : $"{part}_loss";
        }
    }

    private static Quantity Of(Range range) => new(range.Name, range.IsLogarithmic ? Scale.Logarithmic : Scale.Linear);

    private string Table() =>
        TableText.Of(
            [
                "rank",
                "trial",
                "status",
                .. Order.Variations.Select(one => one.Field),
                "epochs",
                "best_epoch",
                .. Measures.Select(measure => measure.Name),
                "symptoms",
                "seconds",
            ],
            ranked.Select(
                (one, place) =>
                    (string[])
                        [
                            $"{place + 1}",
                            $"{one.Trial.Number}",
                            one.Outcome.StatusWord,
                            .. one.Trial.Drawn.Select(drawn => drawn.Text),
                            $"{one.Outcome.Epochs.Count}",
                            $"{one.Outcome.Results["best_epoch"]}",
                            .. Measures.Select(measure => TableText.Cell(measure.Of(one.Outcome))),
                            string.Join("; ", SymptomWords.Short(one.Outcome.Results)),
                            TableText.Cell(one.Outcome.Seconds),
                        ]
            )
        );

    private static IEnumerable<Measure> Measures => [.. Measure.Scores, .. Measure.Trained, Measure.Gap];

    private static IEnumerable<string> Remarks(RunOutcome outcome) =>
        outcome.Status == RunStatus.Finished ? SymptomWords.Short(outcome.Results) : [outcome.StatusWord];

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
            ["seconds"] = outcome.Seconds,
            ["results"] = outcome.Results.DeepClone(),
        };

    private static JsonObject Best(Trial trial) =>
        new()
        {
            ["trial"] = trial.Number,
            ["folder"] = trial.Name,
            ["command"] = Command(trial),
        };

    /// <summary>What trains the same model again.</summary>
    private static string Command(Trial trial) =>
        ShellLine.Typed([
            "nn",
            "train",
            .. trial.Run.Words.TakeWhile(word => word != TrainCommand.OutName),
            TrainCommand.OutName,
            "RUN",
        ]);
}
