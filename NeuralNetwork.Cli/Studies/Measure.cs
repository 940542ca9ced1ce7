using System.Globalization;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;

namespace NeuralNetwork.Cli.Studies;

/// <summary>A number that a run comes to: its name in files, what people read above it, and in what form.</summary>
internal sealed record Measure(string Name, string Title, Func<RunOutcome, double> Of)
{
    /// <summary>The scores that every table of results has.</summary>
    public static IReadOnlyList<Measure> Scores { get; } =
    [Loss("train"), Accuracy("train"), Loss("validation"), Accuracy("validation"), Loss("test"), Accuracy("test")];

    /// <summary>The best model on the rows it was trained with, in the way it predicts, and what that lacks elsewhere.</summary>
    public static IReadOnlyList<Measure> Trained { get; } =
    [
        Loss(TrainReport.TrainedField) with
        {
            Title = "train loss, evaluated",
        },
        Accuracy(TrainReport.TrainedField) with
        {
            Title = "train accuracy, evaluated",
        },
    ];

    /// <summary>The parts of the results of a run that these are in.</summary>
    public static IReadOnlyList<string> Parts { get; } =
    ["train", "validation", "test", TrainReport.TrainedField, "gradient_noise"];

    public static Measure Gap { get; } = new("gap", "gap", run => run.Gap);

    /// <summary>What is measured on request.</summary>
    public static IReadOnlyList<Measure> Noise { get; } =
    [
        new("gradient_variance", "gradient variance", run => run.Score("gradient_noise", "variance")) { Form = "G3" },
        new("gradient_squared_norm", "squared norm", run => run.Score("gradient_noise", "squared_norm"))
        {
            Form = "G3",
        },
    ];

    /// <summary>All of them, in the order of files.</summary>
    public static IEnumerable<Measure> All => [.. Scores, .. Trained, Gap, .. Noise];

    /// <summary>What a part of the rows is told by: its accuracy before its loss.</summary>
    public static IReadOnlyList<Measure> In(string part) => [Accuracy(part), Loss(part)];

    /// <summary>The tag of its curve: loss/validation for validation_loss.</summary>
    public string Curve => string.Join('/', Name.Split('_').Reverse());

    /// <summary>Whether it is a part of a whole.</summary>
    public bool IsShare { get; private init; }

    /// <summary>How it is written where that is not as a loss.</summary>
    private string? Form { get; init; }

    /// <summary>Whether any of the runs has it.</summary>
    public bool IsIn(IEnumerable<RunOutcome> runs) => runs.Any(run => double.IsFinite(Of(run)));

    /// <summary>A number for people.</summary>
    public string Written(double value) =>
        !double.IsFinite(value) ? "-"
        : IsShare ? Numeral.Share(value)
        : Form is null ? Numeral.Of(value)
        : value.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Mean and deviation for people.</summary>
    public string Written((double Mean, double Deviation) summary) =>
        double.IsFinite(summary.Deviation)
            ? $"{Bare(summary.Mean)} ± {Written(summary.Deviation)}"
            : Written(summary.Mean);

    /// <summary>Mean and standard deviation over the runs that have it; NaN where they say nothing.</summary>
    public (double Mean, double Deviation) Summary(IEnumerable<RunOutcome> runs) => MeanDeviation.Of(runs.Select(Of));

    private string Bare(double value) => Written(value).Replace(" %", "", StringComparison.Ordinal);

    private static Measure Loss(string part) => new($"{part}_loss", $"{part} loss", run => run.Score(part, "loss"));

    private static Measure Accuracy(string part) =>
        new($"{part}_accuracy", $"{part} accuracy", run => run.Score(part, "accuracy")) { IsShare = true };
}

/// <summary>
/// Whether the variant that comes first in a comparison is ahead of the others by more than chance: seed by seed, on the same
/// splits, and corrected for the number of pairs (Bonferroni).
/// </summary>
/// <param name="Others">The other variants, each with how far it is behind in the mean and the corrected p-value of that.</param>
internal sealed record ComparisonDoubt(
    Measure Measure,
    string First,
    int Seeds,
    IReadOnlyList<(string Name, double Behind, double P)> Others
)
{
    private const double Level = 0.05;

    /// <summary>The doubt of what is compared on rows that were not learned from; null where there is nothing to compare.</summary>
    public static ComparisonDoubt? Of(IReadOnlyList<RunOutcome> outcomes)
    {
        var finished = outcomes.Where(run => run.Status == RunStatus.Finished).ToArray();
        var part = Array.Find(["test", "validation"], part => Measure.In(part).Any(one => one.IsIn(finished)));
        if (part is null)
            return null;
        var measure = Measure.In(part).First(one => one.IsIn(finished));
        // What is greater is better of a share, and worse of a loss.
        double Score(RunOutcome run) => measure.IsShare ? measure.Of(run) : -measure.Of(run);
        var variants = finished
            .Where(run => double.IsFinite(measure.Of(run)))
            .GroupBy(run => run.Variant)
            .OrderByDescending(runs => runs.Average(Score))
            .ToArray();
        if (variants.Length < 2)
            return null;
        var first = variants[0].ToDictionary(run => run.Seed, Score);
        // All runs have the same rows to test with.
        var overlap = part == "test" ? 0 : finished.Max(run => run.Overlap);
        (string, double, double) Behind(IGrouping<string, RunOutcome> runs)
        {
            double[] differences =
            [
                .. runs.Where(run => first.ContainsKey(run.Seed)).Select(run => first[run.Seed] - Score(run)),
            ];
            // The first is the first by the same scores: any pair might have been compared.
            var p = Metrics.pairedDoubt(differences, overlap) * (variants.Length * (variants.Length - 1) / 2);
            return (runs.Key, differences.DefaultIfEmpty(double.NaN).Average(), Math.Min(1, p));
        }
        return new(measure, variants[0].Key, first.Count, [.. variants.Skip(1).Select(Behind)]);
    }

    /// <summary>In a sentence.</summary>
    public string Line
    {
        get
        {
            if (Others.All(one => double.IsNaN(one.P)))
                return $"{First} is ahead in {Measure.Title}, from {(Seeds == 1 ? "one seed" : $"{Seeds} seeds that all say the same")}:"
                    + " whether by more than chance nobody can say"
                    + (Seeds < 5 ? " (--seeds 5 trains each variant from five)" : "");
            var within = Others.Where(one => !(one.P <= Level)).Select(one => one.Name).ToArray();
            var together = Others.Count == 1 ? "" : $" for all pairs of {Others.Count + 1} together";
            var how = $"({Seeds} seeds in pairs, 95 %{together})";
            return within.Length == 0
                ? $"{First} is ahead in {Measure.Title} of all others by more than chance {how}"
                : $"{First} is ahead in {Measure.Title}, but within the doubt of {string.Join(", ", within)} {how}";
        }
    }

    public JsonObject Document() =>
        new()
        {
            ["measure"] = Measure.Name,
            ["first"] = First,
            ["seeds"] = Seeds,
            ["others"] = Json.Array(
                Others,
                one => new JsonObject
                {
                    ["name"] = one.Name,
                    ["behind"] = Json.Number(one.Behind),
                    ["p"] = Json.Number(one.P),
                    ["within_doubt"] = double.IsNaN(one.P) ? null : one.P > Level,
                }
            ),
        };
}

/// <summary>Something to do again and again that takes longer than what it follows: at most once a second, and in the end.</summary>
internal sealed class Throttled(TimeProvider time, Action act)
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private long? last;
    private bool isDue;

    /// <summary>Does it, or leaves it for later where it was done less than a second ago.</summary>
    public void Ask()
    {
        isDue = true;
        if (last is not { } before || time.GetElapsedTime(before) >= Least)
            Settle();
    }

    /// <summary>Does what was left for later.</summary>
    public void Settle()
    {
        if (!isDue)
            return;
        isDue = false;
        act();
        last = time.GetTimestamp();
    }
}

/// <summary>How long to wait before one looks again: longer from time to time, up to a second.</summary>
internal sealed class Pause
{
    private const int Longest = 1000;

    private int next = 20;
    private int all;

    /// <summary>Whether it is long enough to say for what.</summary>
    public bool IsLong => all >= Longest / 4;

    /// <summary>The milliseconds to wait this time.</summary>
    public int Next()
    {
        var now = next;
        (next, all) = (Math.Min(2 * next, Longest), all + now);
        return now;
    }

    public void Wait(CancellationToken cancel)
    {
        cancel.WaitHandle.WaitOne(Next());
        cancel.ThrowIfCancellationRequested();
    }
}

/// <summary>What the curves of a comparison are drawn against, and the picture that they are then in.</summary>
/// <param name="Of">The place of each epoch of a run.</param>
internal sealed record Progress(string Name, string Picture, Func<RunOutcome, IReadOnlyList<double>> Of)
{
    /// <summary>Whether all variants go through the same places, at even distances.</summary>
    public bool IsCounted { get; private init; }

    public static Progress Epochs { get; } =
        new("epoch", "loss.svg", run => [.. run.Epochs.Select(epoch => epoch["epoch"])]) { IsCounted = true };

    /// <summary>Three ways to count what training costs: rows looked at, steps made, seconds.</summary>
    public static IReadOnlyList<Progress> Losses { get; } =
    [
        new("training rows seen", "loss.svg", run => [.. run.Epochs.Select(epoch => epoch["epoch"] * run.Rows)])
        {
            IsCounted = true,
        },
        new("steps", "steps.svg", run => [.. run.Epochs.Select(epoch => epoch["step"])]),
        new("seconds of training", "seconds.svg", run => Sums(run.Epochs.Select(epoch => epoch["seconds"]))),
    ];

    private static double[] Sums(IEnumerable<double> values)
    {
        var sum = 0.0;
        return [.. values.Select(value => sum += value)];
    }
}
