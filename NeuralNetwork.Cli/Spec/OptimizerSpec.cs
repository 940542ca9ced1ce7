using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Spec;

/// <summary>How gradients become steps: an optimizer, and of its settings those that are not the convention's.</summary>
internal sealed record OptimizerSpec
{
    /// <summary>Which optimizer, whatever its settings.</summary>
    public Optimizer Kind { get; init; } = Training.Default.Optimizer;

    /// <summary>Settings by their names, as beta1.</summary>
    public IReadOnlyDictionary<string, Setting> Settings { get; init; } = new Dictionary<string, Setting>();

    /// <summary>The share rate·λ of the weights that goes before each step; null where nobody says it.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>The weight decay of the training, which is none where the optimizer has its own.</summary>
    public double DecayOfTraining => Optimizer.hasWeightDecay(Kind) ? 0 : WeightDecay ?? 0;

    /// <summary>The optimizer with a convention's settings, but for those that were given.</summary>
    public Optimizer In(Convention convention)
    {
        var optimizer = Optimizer.ofConvention(convention, Optimizer.name(Kind)).ResultValue;
        foreach (var (name, value) in Settings)
            optimizer = With(optimizer, name, value);
        return Optimizer.hasWeightDecay(Kind) && WeightDecay is { } decay
            ? With(optimizer, OptionName.WeightDecay[2..], Setting.NewNumber(decay))
            : optimizer;
    }

    private static Optimizer With(Optimizer optimizer, string name, Setting value)
    {
        var outcome = Optimizer.withSetting(name, value, optimizer);
        return outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"--{name}", outcome.ErrorValue);
    }
}

/// <summary>What the learning rate is at every step.</summary>
internal sealed record ScheduleSpec
{
    private static readonly string Usual = Schedule.name(Training.Default.Rate);

    /// <summary>The highest rate; null for the optimizer's own.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The schedule, its parameters behind colons.</summary>
    public string Name { get; init; } = Usual;

    /// <summary>Steps in which the rate rises in a line, before the schedule begins.</summary>
    public int? Warmup { get; init; }

    /// <summary>What an optimizer that looks at the first rate alone will not do, if anything.</summary>
    public string? Warning =>
        Warmup > 1
            ? $"{OptionName.Warmup}: rprop looks at the first step's rate alone, here a {Warmup}th (leave it out)"
        : Name != Usual ? $"{OptionName.Schedule}: rprop looks at the first step's rate alone ({Name} has no effect)"
        : null;

    /// <summary>The schedule of a run of so many steps. The last step of the warm-up is the first one behind it.</summary>
    public Schedule For(double highest, int steps)
    {
        var warmup = Warmup ?? 1;
        var rest = Schedule.parse(highest, Math.Max(1, steps - warmup + 1), Name).ResultValue;
        return warmup > 1 ? Schedule.NewWarmup(warmup, rest) : rest;
    }
}

/// <summary>What keeps weights and gradients small.</summary>
internal sealed record LimitSpec
{
    public double L1 { get; init; }
    public double L2 { get; init; }
    public double? ClipNorm { get; init; }
    public double? ClipGlobalNorm { get; init; }
    public double? ClipValue { get; init; }

    /// <summary>The greatest norm of the weights into a unit.</summary>
    public double? MaxNorm { get; init; }

    public Penalty Penalty => new(L1, L2);

    /// <summary>The one limit on the gradient, if any. A usage failure where there are two.</summary>
    public Clipping Clipping
    {
        get
        {
            (string Name, double? Limit, Func<double, Clipping> Make)[] all =
            [
                (OptionName.ClipNorm, ClipNorm, Clipping.NewNorm),
                (OptionName.ClipGlobalNorm, ClipGlobalNorm, Clipping.NewGlobalNorm),
                (OptionName.ClipValue, ClipValue, Clipping.NewValue),
            ];
            return all.Where(one => one.Limit is not null).ToArray() switch
            {
                [] => Clipping.None,
                [var only] => only.Make(only.Limit!.Value),
                [var first, var second, ..] => throw Failure.Usage(
                    second.Name,
                    $"does not go with {first.Name} (one limit at a time)"
                ),
            };
        }
    }
}

/// <summary>Into how many shards a batch can be cut.</summary>
internal static class ShardSpec
{
    /// <summary>A usage failure if there are more than so many rows can be cut into: a batch norm needs two rows in each.</summary>
    public static void Check(int shards, bool hasBatchNorm, int rows)
    {
        var most = Math.Max(1, hasBatchNorm ? rows / 2 : rows);
        var each = hasBatchNorm ? $", for {OptionName.BatchNorm} needs two rows in each" : "";
        if (shards > most)
            throw Failure.Usage(
                OptionName.Shards,
                $"a batch of {rows:N0} rows cannot be cut into {shards:N0} shards (at most {most:N0}{each})"
            );
    }
}

/// <summary>Which mean of the weights is validated and kept: the exponential one of all steps, or that of the ends of epochs.</summary>
/// <param name="Decay">What a step keeps of the mean so far; 0 for no such mean.</param>
/// <param name="Start">Behind which share of the steps epochs are averaged; 1 for no such mean.</param>
internal sealed record WeightAverage(double Decay, double Start)
{
    public const string NoneWord = "none";
    public const string DecayWord = "ema:";
    public const string StartWord = "swa:";

    /// <summary>The weights as the last step left them.</summary>
    public static WeightAverage None { get; } = new(FitOptions.Default.EMA, FitOptions.Default.SWA);

    /// <summary>The mean of all steps, each counting less by this factor with every step behind it; at 0 none but the last counts.</summary>
    public static WeightAverage OfSteps(double decay) => None with { Decay = decay };

    /// <summary>The mean of the ends of epochs, behind a share of all steps.</summary>
    public static WeightAverage OfEpochs(double start) => None with { Start = start };

    /// <summary>As in options and files.</summary>
    public override string ToString() =>
        Decay > 0 ? $"{DecayWord}{Text.number(Decay)}"
        : Start < None.Start ? $"{StartWord}{Text.number(Start)}"
        : NoneWord;
}
