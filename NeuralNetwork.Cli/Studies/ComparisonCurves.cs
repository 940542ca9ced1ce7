using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

/// <summary>The curves of a comparison as charts.</summary>
internal static class ComparisonCurves
{
    private const string Train = "train_";
    private const string Validation = "validation_";

    /// <summary>On a logarithmic scale, what is further from the others than this would make lines of them that are flat.</summary>
    private const double Apart = 1000;

    /// <summary>Every chart, with the name of its picture.</summary>
    public static IEnumerable<(string File, Chart Chart)> All(
        string title,
        Subject subject,
        IReadOnlyList<RunOutcome> outcomes
    )
    {
        if (subject.IsBySamples)
            foreach (var loss in Progress.Losses)
                yield return (loss.Picture, Loss(title, outcomes, loss, PartOf(outcomes, "loss")));
        else
            yield return (Progress.Epochs.Picture, Loss(title, outcomes));
        if (Has(outcomes, $"{Train}accuracy"))
            yield return ("accuracy.svg", Accuracy(title, outcomes));
        if (Measure.Gap.IsIn(outcomes))
            yield return ("gap.svg", Gap(title, subject, outcomes));
    }

    /// <summary>The loss on the training rows. Losses that differ much are told apart by their ratios.</summary>
    public static LineChart Loss(string title, IReadOnlyList<RunOutcome> outcomes) =>
        Loss(title, outcomes, Progress.Epochs, Train);

    /// <summary>The accuracy on the validation rows, or on those of training where there are no others.</summary>
    public static LineChart Accuracy(string title, IReadOnlyList<RunOutcome> outcomes)
    {
        var part = PartOf(outcomes, "accuracy");
        var lines = Lines(outcomes, $"{part}accuracy", Progress.Epochs);
        return new(title, Progress.Epochs.Name, $"{Called(part)} accuracy{Seeds(outcomes)}", Scale.Share, lines);
    }

    /// <summary>The greatest loss that charts have room for, by the scores that tell most.</summary>
    public static double Greatest(IReadOnlyList<RunOutcome> outcomes) => Greatest(outcomes, PartOf(outcomes, "loss"));

    private static LineChart Loss(string title, IReadOnlyList<RunOutcome> outcomes, Progress progress, string part)
    {
        var lines = Lines(outcomes, $"{part}loss", progress);
        var greatest = Greatest(outcomes, part);
        var drawn = lines.SelectMany(line => line.Dots).Where(dot => dot.Y <= greatest).ToArray();
        var chart = new LineChart(title, progress.Name, "", ScaleOf(drawn, dot => dot.Y), lines)
        {
            IsCounted = progress.IsCounted,
            AcrossScale = progress.IsCounted ? Scale.Linear : ScaleOf(drawn, dot => dot.X),
            Greatest = greatest,
        };
        var beyond = chart.Beyond.Any() ? $"; off the scale: {string.Join(", ", chart.Beyond)}" : "";
        return chart with { Up = $"{Called(part)} loss{Seeds(outcomes)}{beyond}" };
    }

    /// <summary>
    /// Ten times the greatest loss of the runs that came to their end, but for those whose losses are a thousand times above
    /// all lower ones: what these had, or those that diverged, would leave no room for the others.
    /// </summary>
    private static double Greatest(IReadOnlyList<RunOutcome> outcomes, string part)
    {
        var kept = double.PositiveInfinity;
        foreach (
            var peak in outcomes
                .Where(run => run.Status == RunStatus.Finished)
                .Select(Peak)
                .Where(peak => peak > 0)
                .Order()
        )
        {
            if (peak > Apart * kept)
                break;
            kept = peak;
        }
        return 10 * kept;

        double Peak(RunOutcome run) =>
            run.Epochs.Select(epoch => epoch[$"{part}loss"]).DefaultIfEmpty(double.NaN).Max();
    }

    private static Scale ScaleOf(Dot[] dots, Func<Dot, double> of) =>
        Scaling.IsWide(dots.Select(of)) ? Scale.Logarithmic : Scale.Linear;

    /// <summary>How much worse the best models do on rows they were not trained with.</summary>
    private static BarChart Gap(string title, Subject subject, IReadOnlyList<RunOutcome> outcomes)
    {
        var bars = outcomes
            .Where(run => double.IsFinite(run.Gap))
            .GroupBy(run => run.Variant)
            .Select(runs => new Bar(
                runs.Key,
                runs.Average(run => run.Gap),
                runs.Min(run => run.Gap),
                runs.Max(run => run.Gap)
            ));
        return new(title, subject.Name, $"validation loss less training loss{Seeds(outcomes)}", Scale.Linear, [.. bars])
        {
            Greatest = Greatest(outcomes),
        };
    }

    private static string Called(string part) => part == Train ? "training" : "validation";

    /// <summary>Scores at the end of an epoch say more than those on the way through it.</summary>
    private static string PartOf(IReadOnlyList<RunOutcome> outcomes, string measure) =>
        Has(outcomes, $"{Validation}{measure}") ? Validation : Train;

    private static bool Has(IReadOnlyList<RunOutcome> outcomes, string column) =>
        outcomes.Any(run => run.Epochs.Any(epoch => double.IsFinite(epoch[column])));

    private static string Seeds(IReadOnlyList<RunOutcome> outcomes)
    {
        var seeds = outcomes.Select(run => run.Seed).Distinct().Count();
        return seeds > 1 ? $", mean and range of {seeds} seeds" : "";
    }

    private static ChartLine[] Lines(IReadOnlyList<RunOutcome> outcomes, string column, Progress progress) =>
        [
            .. outcomes
                .GroupBy(run => run.Variant)
                .Select(runs => new ChartLine(
                    runs.Key,
                    [
                        .. runs.SelectMany(run => run.Epochs.Zip(progress.Of(run)))
                            .GroupBy(place => place.First["epoch"])
                            .OrderBy(places => places.Key)
                            .Select(places => DotOf(places.Select(place => (place.First[column], place.Second)))),
                    ]
                )),
        ];

    private static Dot DotOf(IEnumerable<(double Y, double X)> places) =>
        new(
            places.Average(place => place.X),
            places.Average(place => place.Y),
            places.Min(place => place.Y),
            places.Max(place => place.Y)
        );
}

/// <summary>What was measured on a network that cannot tell rows apart, in words: few for a table, more below it.</summary>
internal static class SymptomWords
{
    private static readonly (string Field, string Word, Func<string, string> Sentence)[] All =
    [
        ("constant_outputs", "constant outputs", _ => "every row gets the same output"),
        (
            "alike_units",
            "units alike",
            layers =>
                $"{layers}: all units are alike, so each gets the gradient of the others, and the layer stays one unit wide"
        ),
        ("zero_gradient", "no gradient", layers => $"{layers}: the gradient is 0, so the weights stay what they are"),
    ];

    /// <summary>The symptoms in the results of a run, a word or two for each.</summary>
    public static IEnumerable<string> Short(JsonObject results) => Shown(results).Select(one => one.Word);

    /// <summary>What a table says of a run behind its scores: its symptoms, or that it did not come to its end.</summary>
    public static IEnumerable<string> Remarks(RunOutcome run) =>
        run.Status == RunStatus.Finished ? Short(run.Results) : [run.StatusWord];

    /// <summary>The symptoms in the results of a run as a sentence; null where there are none.</summary>
    public static string? Long(JsonObject results)
    {
        var sentences = Shown(results).Select(one => one.Sentence(Layers(results["symptoms"]![one.Field]!))).ToArray();
        return sentences.Length == 0 ? null : string.Join("; ", sentences);
    }

    /// <summary>A failure where the symptoms in the record of a run are not as they were written.</summary>
    public static void Check(RecordFile symptoms)
    {
        foreach (var (field, _, _) in All)
            if (symptoms.Content[field] is not (null or JsonArray))
                symptoms.Value<bool>(field);
    }

    private static IEnumerable<(string Field, string Word, Func<string, string> Sentence)> Shown(JsonObject results) =>
        All.Where(one => IsSet(results["symptoms"]?[one.Field]));

    private static bool IsSet(JsonNode? found) =>
        found switch
        {
            null => false,
            JsonArray layers => layers.Count > 0,
            _ => (bool)found,
        };

    private static string Layers(JsonNode found) =>
        found is not JsonArray layers ? ""
        : layers.Count == 1 ? $"layer {layers[0]}"
        : $"layers {string.Join(", ", layers)}";
}
