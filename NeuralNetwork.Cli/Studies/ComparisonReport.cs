using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>A comparison in tables: for programs every number of every run, for people a line for each variant.</summary>
internal sealed record ComparisonReport(ComparisonOrder Order, IReadOnlyList<RunOutcome> Outcomes)
{
    private static readonly string[] CurveColumns =
    [
        "epoch",
        "step",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "seconds",
    ];

    private IReadOnlyList<(string File, Chart Chart)>? charts;
    private IReadOnlyList<Measure>? filed;

    private IEnumerable<IGrouping<string, RunOutcome>> Variants => Outcomes.GroupBy(run => run.Variant);

    /// <summary>Writes all there is to say so far.</summary>
    public void Save()
    {
        Order.Folder.Write("curves.csv", Curves());
        Order.Folder.Write("results.csv", Results());
        Order.Folder.Write("results.json", $"{Json.Text(Document())}\n");
        foreach (var (file, chart) in Charts)
            Order.Folder.Write(file, Picture.Of(chart));
        PlotSettings.Draw(Order.Plot, () => Charts[0].Chart);
        Order.Folder.Write(RunFiles.Report, ReportPage.Of(ComparisonPage.Of(this)));
    }

    /// <summary>What is compared, and on what.</summary>
    public string Title =>
        $"{StudyPage.Heading(Order.Subject.Name.Replace('-', ' '))} on {Svg.Cut(Order.Record.Data, 60)}";

    /// <summary>Every picture, with the name of its file; the one that says most is the first.</summary>
    public IReadOnlyList<(string File, Chart Chart)> Charts =>
        charts ??= [.. ComparisonCurves.All(Title, Order.Subject, Outcomes)];

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["comparison"] = Order.Record.Document(),
            ["variants"] = Json.Array(Variants, Document),
            ["difference"] = Doubt?.Document(),
        };

    /// <summary>Whether the first is ahead by more than chance; null where there is nothing to compare.</summary>
    public ComparisonDoubt? Doubt => ComparisonDoubt.Of(Outcomes);

    /// <summary>The table for people: means over the seeds, with their standard deviation where there are several.</summary>
    public IEnumerable<string> Summary()
    {
        var table = Table();
        return TextTable.Table([.. table.Heads], table.Rows.Select(row => row.ToArray())).Concat(Explanations());
    }

    /// <summary>The same, cell by cell.</summary>
    public ChartTable Table()
    {
        // Values have no accuracy, and not every run has rows to validate or test with.
        var shown = Shown.Where(measure => measure.IsIn(Outcomes)).ToArray();
        var hasRates = HasRates || IsRateOwn || Outcomes.Any(IsDiverged);
        return new(
            [
                Order.Subject.Name,
                .. hasRates ? (string[])["learning rate"] : [],
                .. shown.Select(measure => measure.Title),
                "seconds",
                "",
            ],
            [
                .. Variants.Select(runs =>
                    (string[])
                        [
                            runs.Key,
                            .. hasRates ? (string[])[Scale.Linear.Written(RateOf(runs.Key))] : [],
                            .. shown.Select(measure => measure.Written(measure.Summary(runs))),
                            $"{runs.Average(run => run.Seconds):0.0}",
                            string.Join(", ", runs.SelectMany(SymptomWords.Remarks).Distinct()),
                        ]
                ),
            ]
        );
    }

    /// <summary>Whether the variants differ in their learning rates, too.</summary>
    public bool HasRates => Order.Runs.Select(run => run.Order.Spec.HighestRate).Distinct().Count() > 1;

    /// <summary>Whether the rate is what this comparison says of its own accord: it may not suit the data.</summary>
    private bool IsRateOwn =>
        Order.Record.Options.Any(option => option is { Name: OptionName.LearningRate, From: StudyOption.Usual });

    private static bool IsDiverged(RunOutcome run) => run.Status == RunStatus.Diverged;

    private double RateOf(string variant) =>
        Order.Runs.First(run => run.Variant.Name == variant).Order.Spec.HighestRate;

    /// <summary>What is not as it should be, variant by variant, as it was measured, and what may help.</summary>
    public IEnumerable<string> Explanations() =>
        Variants.SelectMany(runs =>
            runs.Select(run => IsDiverged(run) ? Remedy(run.Variant) : SymptomWords.Long(run.Results))
                .OfType<string>()
                .Distinct()
                .Select(sentence => $"{runs.Key}: {sentence}")
        );

    /// <summary>
    /// Whether a variant was still getting better at its end: by the means over its seeds, of as many epochs as they all have.
    /// </summary>
    private static bool IsFalling(IReadOnlyList<RunOutcome> runs)
    {
        var isValidated = runs.Any(run => run.Epochs.Any(epoch => double.IsFinite(epoch["validation_loss"])));
        var loss = isValidated ? "validation_loss" : "train_loss";
        var epochs = runs.Min(run => run.Epochs.Count);
        return Trend.IsFalling([
            .. Enumerable.Range(0, epochs).Select(place => runs.Average(run => run.Epochs[place][loss])),
        ]);
    }

    /// <summary>
    /// That all variants that came to their end were still improving there, or at least half of them, and what gives them longer;
    /// null otherwise.
    /// </summary>
    public string? Outlook
    {
        get
        {
            var finished = Outcomes.Where(run => run.Status == RunStatus.Finished).ToArray();
            var variants = finished.GroupBy(run => run.Variant).ToArray();
            var falling = variants.Where(runs => IsFalling(runs.ToArray())).Select(runs => runs.Key).ToArray();
            if (falling.Length == 0 || 2 * falling.Length < variants.Length)
                return null;
            var which =
                falling.Length == variants.Length
                    ? "all variants were"
                    : $"{falling.Length} of {variants.Length} variants ({string.Join(", ", falling)}) were";
            var longer = Order.Runs[0].Order.Spec.Fit.IsLimited
                ? $"--steps {2 * finished.Max(run => run.Epochs[^1]["step"]):0}"
                : $"--epochs {2 * finished.Max(run => run.Epochs.Count)}";
            return $"{which} still improving at their last epoch: this says which begins fastest, and not which comes"
                + $" furthest ({longer}, in another folder or with --force, gives them longer)";
        }
    }

    private string Remedy(string variant)
    {
        var rate = Scale.Linear.Written(RateOf(variant));
        var option = Order.Subject.HasOwnRate(variant) ? "rate behind the @" : OptionName.LearningRate;
        return $"diverged at a learning rate of {rate}: a lower {option} may help";
    }

    // What the steps saw of the training rows is of less use where the best model was looked at on its own.
    private IEnumerable<Measure> Shown =>
        Measure.Trained.Any(measure => measure.IsIn(Outcomes))
            ? [.. Measure.Trained, .. Measure.Scores.Skip(2), Measure.Gap, .. Measure.Noise]
            : Measure.All;

    /// <summary>The columns of files: what was measured on request is there where it was.</summary>
    private IReadOnlyList<Measure> Filed =>
        filed ??= [.. Measure.All.Where(measure => !Measure.Noise.Contains(measure) || measure.IsIn(Outcomes))];

    private string Curves() =>
        CsvText.Of(
            ["variant", "seed", .. CurveColumns],
            Outcomes.SelectMany(run =>
                run.Epochs.Select(epoch => Cells(run, CurveColumns.Select(column => CsvText.Cell(epoch[column]))))
            )
        );

    private string Results() =>
        CsvText.Of(
            [
                "variant",
                "seed",
                "status",
                "epochs",
                "best_epoch",
                "learning_rate",
                .. Filed.Select(measure => measure.Name),
                "symptoms",
                "seconds",
            ],
            Outcomes.Select(run =>
                Cells(
                    run,
                    [
                        run.StatusWord,
                        $"{run.Epochs.Count}",
                        $"{run.Results["best_epoch"]}",
                        CsvText.Cell(RateOf(run.Variant)),
                        .. Filed.Select(measure => CsvText.Cell(measure.Of(run))),
                        string.Join("; ", SymptomWords.Short(run.Results)),
                        CsvText.Cell(run.Seconds),
                    ]
                )
            )
        );

    private JsonObject Document(IGrouping<string, RunOutcome> runs) =>
        new()
        {
            ["name"] = runs.Key,
            ["options"] = Json.Array(
                Order.Runs.First(run => run.Variant.Name == runs.Key).Variant.Words,
                word => (JsonNode)word
            ),
            ["mean"] = new JsonObject(Filed.Select(measure => Member(runs, measure, values => values.Mean))),
            ["standard_deviation"] = new JsonObject(
                Filed.Select(measure => Member(runs, measure, values => values.Deviation))
            ),
            ["runs"] = Json.Array(
                runs,
                run => new JsonObject
                {
                    ["seed"] = run.Seed,
                    ["status"] = run.StatusWord,
                    ["reason"] = run.Reason.Length > 0 ? run.Reason : null,
                    ["seconds"] = Json.Number(run.Seconds),
                    ["results"] = run.Results.DeepClone(),
                }
            ),
        };

    private static KeyValuePair<string, JsonNode?> Member(
        IEnumerable<RunOutcome> runs,
        Measure measure,
        Func<(double Mean, double Deviation), double> which
    ) => KeyValuePair.Create(measure.Name, Json.Number(which(measure.Summary(runs))));

    private static IEnumerable<string> Cells(RunOutcome run, IEnumerable<string> cells) =>
        [run.Variant, $"{run.Seed}", .. cells];
}
