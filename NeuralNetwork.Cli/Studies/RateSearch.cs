using System.Globalization;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>The loss at rising rates from one seed, and the rate that it suggests.</summary>
/// <param name="Suggested">NaN where the loss has not fallen.</param>
internal sealed record RateCurve(ulong Seed, double[] Rates, double[] Losses, double[] Smoothed, double Suggested);

/// <summary>What a search for a learning rate is asked for.</summary>
/// <param name="Words">The options that were typed, but for the rate and the seed: those of the training to come.</param>
internal sealed record RateOrder(
    TrainingSpec Spec,
    string Data,
    double Low,
    double High,
    int Steps,
    int Seeds,
    string[] Words
)
{
    /// <summary>Whether the file of options has some that only this command knows.</summary>
    public bool IsFromFile { get; init; }
}

/// <summary>
/// A learning-rate range test from several seeds: what each suggests, how far they are apart, and what to type next. The rows are
/// those of a training from the first seed; each seed has weights, an order and dropout of its own.
/// </summary>
internal sealed record RateSearch(
    RateOrder Order,
    IReadOnlyList<RateCurve> Curves,
    double Usual,
    string Optimizer,
    string Network
)
{
    /// <summary>Suggestions that are further apart than by this factor are not stable.</summary>
    private const double MostApart = 3;

    private double[] Suggestions => [.. Curves.Select(one => one.Suggested).Where(double.IsFinite).Order()];

    /// <summary>The middle one of the suggestions, in two digits; NaN where a seed has none.</summary>
    private double Suggested =>
        Suggestions is { Length: > 0 } all && all.Length == Curves.Count
            ? Rounded(all[(all.Length - 1) / 2])
            : double.NaN;

    /// <summary>The greatest suggestion by the least; NaN where a seed has none.</summary>
    private double Spread => double.IsNaN(Suggested) ? double.NaN : Suggestions[^1] / Suggestions[0];

    private bool IsStable => Spread <= MostApart;

    /// <summary>The command that trains with the suggested rate; null where there is none.</summary>
    private string? Next =>
        double.IsNaN(Suggested)
            ? null
            : ShellLine.Typed([
                "nn",
                "train",
                Order.Data,
                OptionName.LearningRate,
                Shown(Suggested),
                .. Order.Words,
                OptionName.Out,
                "RUN",
            ]);

    public static RateSearch Of(RateOrder order, Screen screen, CancellationToken cancel) =>
        order.Spec.Model.IsDouble ? Of<double>(order, screen, cancel) : Of<float>(order, screen, cancel);

    private static RateSearch Of<T>(RateOrder order, Screen screen, CancellationToken cancel)
        where T : struct
    {
        var spec = order.Spec;
        var source = spec.Data.Open(order.Data, spec.Fit.Validation.Path);
        var data = TrainingData
            .Of(
                source,
                spec.Data,
                shape =>
                {
                    spec = Preset.Fill(spec, shape);
                    return spec.Choice;
                }
            )
            .Weighed(spec.Fit.Weighting);
        if (!spec.Model.IsDouble)
            Fitted.CheckPrecision(source.Name, data);
        var network = spec.Build(Features.Of(data.Schema), data.Schema.Learned);
        spec.Fit.CheckIntervals(network, data.Labels.Length > 0 ? data.Schema.Target : null, data.ValidationRows);
        spec.Fit.CheckThreshold(network, data.Schema.Target, data.Labels, data.ValidationLabels);
        if (network.Loss.IsPoisson && data.NegativeTarget is { } negative)
            throw Failure.BadInput($"{negative} (--loss poisson takes counts and rates, from 0 on)");
        foreach (var warning in data.Warnings.Concat(spec.Warnings(data.Train.Rows)))
            screen.Warn(warning);
        var fit = spec.Fit.For(network, data.Train.Rows);
        var training = spec.Describe(order.Steps);
        NeededMemory.Check(network, training, fit, spec.Model.IsDouble ? 8 : 4);
        var engine = new EngineSettings(spec.Engine);
        using var machine = engine.Open(engine.Resolve(), screen);
        var rates = Fit.risingRates(order.Low, order.High, order.Steps);
        var curves = new List<RateCurve>();
        for (var number = 0; number < order.Seeds; number++)
        {
            var seed = unchecked(spec.Fit.Seed + (ulong)number);
            var model = StartingModel.Of<T>(spec.Model, network, seed, data.PreprocessingFor(network), data.Labels);
            var trainer = new Trainer<T>(model, training.With(seed), fit.BatchSize, machine);
            var losses = Fit.lossesAt(trainer, model, data.Train, fit, rates, cancel);
            curves.Add(
                new(seed, rates[..losses.Length], losses, Fit.smoothed(losses), Fit.suggestedRate(rates, losses))
            );
            screen.Say(
                $"seed {seed}: {losses.Length} steps, loss {Numeral.Of(losses[0])} to {Numeral.Of(curves[^1].Smoothed.Min())} at the least"
            );
        }
        return new(
            order with
            {
                Words = [.. order.Words, .. DecayOf(spec)],
            },
            curves,
            spec.HighestRate,
            $"{spec.Optimizer.Kind}",
            $"{network}"
        );
    }

    /// <summary>The decay that a preset has beside the usual rate, and would not have beside a rate that is given.</summary>
    private static string[] DecayOf(TrainingSpec spec) =>
        spec.Sources.TryGetValue(OptionName.WeightDecay, out var source)
        && source.From.StartsWith(Preset.SourceWord, StringComparison.Ordinal)
        && OptimizerSettings.Decay.TextIn(spec) is { } decay
            ? [OptionName.WeightDecay, decay]
            : [];

    private static double Rounded(double rate) => double.Parse(Shown(rate), CultureInfo.InvariantCulture);

    private static string Shown(double rate) =>
        double.IsFinite(rate) ? rate.ToString("G2", CultureInfo.InvariantCulture) : "none";

    private string Verdict =>
        double.IsNaN(Suggested)
            ? Curves.Any(one => one.Losses.Length < Order.Steps / 4)
                ? $"no suggestion: from a seed the loss grew beyond bounds within {Curves.Min(one => one.Losses.Length)} steps (try a lower --low)"
                : "no suggestion: from a seed the loss has not fallen at any rate (try a higher --high, or other --hidden layers)"
            : Curves.Count == 1
                ? "of one seed: nothing is known of how stable it is"
                : IsStable
                    ? $"stable: the suggestions are within a factor of {Spread:0.0}"
                    : $"not stable: the suggestions are a factor of {Spread:0.0} apart (more than {MostApart:0}; try --seeds 9, or a run with each)";

    private string AllShown => string.Join(", ", Curves.Select(one => $"{Shown(one.Suggested)} (seed {one.Seed})"));

    /// <summary>What the rate is called that holds without a suggestion.</summary>
    private string UsualName => Order.Spec.IsSaid(OptionName.LearningRate) ? "given" : "default";

    public IEnumerable<string> Lines()
    {
        yield return $"suggested  {Shown(Suggested)}  ({AllShown})";
        yield return $"           {Verdict}";
        yield return $"{UsualName, -11}{Shown(Usual)}";
        if (Next is { } next)
        {
            yield return "";
            yield return next;
            if (Order.IsFromFile)
                yield return "(with a file that has none of low, high, rates and seeds, which nn train does not know)";
        }
    }

    /// <summary>The smoothed curves; of several seeds on a terminal their mean, as far as all have one.</summary>
    public LineChart Chart(bool isForTerminal)
    {
        ChartLine[] lines = isForTerminal
            ? [new("mean of the seeds", [.. Mean().Select(dot => new Dot(Math.Log10(dot.X), dot.Y))])]
            :
            [
                .. Curves.Select(one => new ChartLine(
                    $"seed {one.Seed}",
                    [.. one.Rates.Zip(one.Smoothed, (rate, loss) => new Dot(rate, loss))]
                )),
            ];
        return new(
            "Loss at rising rates",
            isForTerminal ? "learning rate 10^" : "learning rate",
            "smoothed loss of the training rows",
            Scaling.For(lines),
            lines
        )
        {
            IsCounted = isForTerminal,
            AcrossScale = isForTerminal ? Scale.Linear : Scale.Logarithmic,
            Greatest = 2 * Curves.Max(one => one.Smoothed[0]),
        };
    }

    private IEnumerable<Dot> Mean() =>
        Enumerable
            .Range(0, Curves.Min(one => one.Smoothed.Length))
            .Select(place => new Dot(Curves[0].Rates[place], Curves.Average(one => one.Smoothed[place])));

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = Order.Data,
            ["optimizer"] = Optimizer,
            ["low"] = Order.Low,
            ["high"] = Order.High,
            ["steps"] = Order.Steps,
            ["suggested"] = Json.Number(Suggested),
            ["spread"] = Json.Number(Spread),
            ["stable"] = Curves.Count > 1 && !double.IsNaN(Suggested) ? IsStable : null,
            ["usual"] = Usual,
            ["next"] = Next,
            ["seeds"] = Json.Array(
                Curves,
                one => new JsonObject
                {
                    ["seed"] = one.Seed,
                    ["suggested"] = Json.Number(one.Suggested),
                    ["rates"] = Json.Array(one.Rates, rate => Json.Number(rate)),
                    ["losses"] = Json.Array(one.Losses, loss => Json.Number(loss)),
                    ["smoothed"] = Json.Array(one.Smoothed, loss => Json.Number(loss)),
                }
            ),
        };

    /// <summary>The page.</summary>
    public Report Page() =>
        new(
            $"Learning rates on {Svg.Cut(Order.Data, 60)}",
            $"{Network}, {Optimizer}: a step at each of {Order.Steps} rates from {Shown(Order.Low)} to {Shown(Order.High)}, from"
                + $" {Curves.Count} seeds.",
            [new("suggested", Shown(Suggested)), new(UsualName, Shown(Usual)), new("seeds", $"{Curves.Count}")],
            [
                new(
                    "Loss",
                    [
                        new ReportBlock.Prose(
                            $"{char.ToUpperInvariant(Verdict[0])}{Verdict[1..]}. Suggested were {AllShown}. A test of some hundreds of steps sees the beginning of a training, and not where it ends: a run with either rate says which is better."
                        ),
                        new ReportBlock.Drawing(Chart(isForTerminal: false)),
                    ]
                ),
                new("What to type next", Next is { } next ? [new ReportBlock.Code(next)] : []),
            ]
        );
}
