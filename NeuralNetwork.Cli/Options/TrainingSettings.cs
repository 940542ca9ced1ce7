using System.CommandLine;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>The options that say how to train.</summary>
internal sealed class TrainingSettings
{
    private static readonly Training Usual = Training.Default;

    private static readonly Setting<Optimizer> OptimizerOf = new(
        "--optimizer",
        "NAME",
        $"How gradients become steps: {string.Join(", ", OptimizerModule.all.Select(OptimizerModule.name))}",
        OptimizerModule.parse,
        OptimizerModule.name(Usual.Optimizer)
    );

    private static readonly Setting<double> Rate = new(
        "--learning-rate",
        "RATE",
        "The highest learning rate",
        Read.Positive,
        Text.number(ScheduleModule.rate(Usual.Rate)),
        "--lr"
    );

    private static readonly Setting<double> Momentum = new("--momentum", "µ", "Of momentum and nag", Read.Share);
    private static readonly Setting<double> Beta1 = new("--beta1", "β₁", "Decay of adam's first moment", Read.Share);
    private static readonly Setting<double> Beta2 = new("--beta2", "β₂", "Decay of adam's second moment", Read.Share);
    private static readonly Setting<double> Epsilon = new("--epsilon", "ε", "Added to adam's divisor", Read.Positive);

    private static readonly Setting<Func<double, int, Schedule>> ScheduleOf = new(
        "--schedule",
        "NAME",
        $"The learning rate over the steps: {string.Join(", ", ScheduleModule.all.Select(pair => pair.Item1))}",
        ReadScheduleName,
        ScheduleModule.name(Usual.Rate)
    );

    private static readonly Setting<int> Epochs = new(
        "--epochs",
        "N",
        "Passes over the training rows",
        Read.Count,
        $"{FitOptions.Default.Epochs}"
    );

    private static readonly Setting<int> Steps = new(
        "--steps",
        "N",
        "Steps in all, whatever --epochs says",
        Read.Count
    );

    private static readonly Setting<int> BatchSize = new(
        "--batch-size",
        "N",
        "Rows in a step",
        Read.Count,
        $"{FitOptions.Default.BatchSize}"
    );

    private static readonly Setting<bool> Shuffle = new(
        "--shuffle",
        "true|false",
        "A new random order of the rows in every epoch",
        Read.Flag,
        "true"
    );

    private static readonly Setting<ulong> Seed = new(
        "--seed",
        "N",
        "The beginning of everything random",
        Read.Seed,
        $"{Usual.Seed}"
    );

    private static readonly Setting<double> ValidationOf = new(
        "--validation",
        "SHARE|none",
        "Share of the training rows to validate with",
        Read.Number(x => x is > 0 and < 1, "a number between 0 and 1, or none").Or("none", 0),
        "0.1"
    );

    private static readonly Setting<double>[] HyperParameters = [Momentum, Beta1, Beta2, Epsilon];

    private readonly Optimizer optimizer;
    private readonly Func<int, Schedule> schedule;
    private readonly int epochs;
    private readonly int steps;
    private readonly int batchSize;
    private readonly bool shuffle;

    public TrainingSettings(ParseResult result)
    {
        optimizer = ReadOptimizer(result);
        schedule = ReadSchedule(result);
        epochs = Epochs.Of(result);
        steps = Steps.Or(result, 0);
        batchSize = BatchSize.Of(result);
        shuffle = Shuffle.Of(result);
        Seeded = Seed.Of(result);
        Validation = ValidationOf.Of(result);
    }

    public static IEnumerable<Option> Options =>
        [
            OptimizerOf.Option,
            Rate.Option,
            .. HyperParameters.Select(setting => setting.Option),
            ScheduleOf.Option,
            Epochs.Option,
            Steps.Option,
            BatchSize.Option,
            Shuffle.Option,
            Seed.Option,
            ValidationOf.Option,
        ];

    /// <summary>The seed of all randomness.</summary>
    public ulong Seeded { get; }

    /// <summary>The share of the training rows to validate with, or 0.</summary>
    public double Validation { get; }

    /// <summary>How long to train on so many rows, and in what pieces.</summary>
    public FitOptions Fit(int rows)
    {
        var batch = Math.Min(batchSize, rows);
        var stepsPerEpoch = ((rows - 1) / batch) + 1;
        var passes = steps == 0 ? epochs : ((steps - 1) / stepsPerEpoch) + 1;
        return new FitOptions(passes, batch, steps, shuffle);
    }

    /// <summary>What is wrong with the batch size for so many rows, if anything is.</summary>
    public string? Warning(int rows) =>
        batchSize > rows ? $"{BatchSize.Name}: {batchSize} is more than the {rows} training rows (using {rows})" : null;

    /// <summary>The description of the training, for a run of so many steps.</summary>
    public Training Describe(int totalSteps) => new(optimizer, schedule(totalSteps), Seeded);

    /// <summary>The steps of a run: as many as asked for, or those of all epochs.</summary>
    public static int TotalSteps(FitOptions fit, int rows)
    {
        var whole = (long)fit.Epochs * (((rows - 1) / fit.BatchSize) + 1);
        return (int)Math.Min(whole, fit.Steps > 0 ? fit.Steps : int.MaxValue);
    }

    private static Optimizer ReadOptimizer(ParseResult result)
    {
        var chosen = OptimizerOf.Of(result);
        var known = OptimizerModule.hyperparameters(chosen).Select(pair => $"--{pair.Item1}").ToArray();
        if (HyperParameters.FirstOrDefault(one => one.IsGiven(result) && !known.Contains(one.Name)) is { } stray)
        {
            var takes = known.Length == 0 ? "takes none" : $"takes {string.Join(", ", known)}";
            throw Failure.Usage($"{stray.Name}: does not belong to {OptimizerModule.name(chosen)} (which {takes})");
        }
        return chosen switch
        {
            Optimizer.Momentum one => Optimizer.NewMomentum(Momentum.Or(result, one.Mu)),
            Optimizer.NAG one => Optimizer.NewNAG(Momentum.Or(result, one.Mu)),
            Optimizer.Adam one => Optimizer.NewAdam(
                Beta1.Or(result, one.Beta1),
                Beta2.Or(result, one.Beta2),
                Epsilon.Or(result, one.Epsilon)
            ),
            _ => chosen,
        };
    }

    private static Func<int, Schedule> ReadSchedule(ParseResult result)
    {
        var rate = Rate.Of(result);
        var make = ScheduleOf.Of(result);
        return steps => make(rate, steps);
    }

    private static FSharpResult<Func<double, int, Schedule>, string> ReadScheduleName(string name)
    {
        var probe = ScheduleModule.parse(1, 1, name);
        return probe.IsOk
            ? FSharpResult<Func<double, int, Schedule>, string>.NewOk(
                (rate, steps) => ScheduleModule.parse(rate, steps, name).ResultValue
            )
            : FSharpResult<Func<double, int, Schedule>, string>.NewError(probe.ErrorValue);
    }
}
