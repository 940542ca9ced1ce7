using System.CommandLine;
using Microsoft.FSharp.Collections;

namespace NeuralNetwork.Cli;

/// <summary>The options that say how to train.</summary>
internal sealed class TrainingSettings
{
    private static readonly Training Usual = Training.Default;

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

    /// <summary>The option of the rows in a step.</summary>
    public const string BatchName = "--batch-size";

    private static readonly Setting<int> BatchSize = new(
        BatchName,
        "N|all",
        "Rows in a step; all: every training row",
        Read.Count.Or("all", int.MaxValue),
        $"{FitOptions.Default.BatchSize}"
    );

    private static readonly Setting<bool> Shuffle = new(
        "--shuffle",
        "true|false",
        "A new random order of the rows in every epoch",
        Read.Flag,
        "true"
    );

    public const string SeedName = "--seed";
    public const string ValidationName = "--validation";

    private static readonly Setting<ulong> Seed = new(
        SeedName,
        "N",
        "The beginning of everything random",
        Read.Seed,
        $"{Usual.Seed}"
    );

    private static readonly Setting<ValidationRows> ValidationOf = new(
        ValidationName,
        "SHARE|folds|DATA|none",
        "Rows to validate with: a share of the training rows, for each of --members a part that it leaves out, or data of their own",
        ValidationRows.Read,
        "0.1",
        whole: ValidationRows.Whole
    );

    private static readonly Setting<int> TrainRows = new(
        "--train-rows",
        "N",
        "Train on so many of the training rows only, chosen by the seed, of every class its share",
        Read.Count
    );

    private static readonly Setting<int> Noise = new(
        "--gradient-noise",
        "N",
        "Also measure, on N batches before the first step, how far their gradients are from that of all rows",
        Read.Count
    );

    private static readonly Setting<int> EarlyStopping = new(
        "--early-stopping",
        "N",
        "Ends after N epochs without a better validation score (default: never); the best model is saved either way",
        Read.Count
    );

    private static readonly Setting<Criterion> BestBy = new(
        "--best",
        "NAME",
        "The best model is the one of the least validation loss, or of the greatest validation accuracy: loss, accuracy",
        Read.OneOf((Criterion.Loss.Name, Criterion.Loss), (Criterion.Accuracy.Name, Criterion.Accuracy)),
        Criterion.Loss.Name
    );

    /// <summary>The option of what the best model is chosen by.</summary>
    public static Option BestOption => BestBy.Option;

    private static readonly Setting<bool> Calibrate = new(
        "--calibrate",
        "true|false",
        "Judge and keep each epoch's probabilities at the temperature that suits the rows to validate with",
        Read.Flag,
        "false"
    );

    private readonly Optimizer optimizer;
    private readonly ScheduleSettings schedule;
    private readonly double decay;
    private readonly Penalty penalty;
    private readonly Clipping clipping;
    private readonly double maxNorm;
    private readonly int epochs;
    private readonly int steps;
    private readonly int batchSize;
    private readonly bool isBatchGiven;
    private readonly bool shuffle;
    private readonly int patience;
    private readonly Criterion best;
    private readonly bool isCalibrated;

    public TrainingSettings(ParseResult result)
    {
        optimizer = OptimizerSettings.Optimizer(result);
        decay = OptimizerSettings.WeightDecayFor(result, optimizer);
        schedule = new ScheduleSettings(result, optimizer);
        penalty = LimitSettings.PenaltyOf(result);
        clipping = LimitSettings.ClippingOf(result);
        maxNorm = LimitSettings.MaxNormOf(result);
        epochs = Epochs.Of(result);
        steps = Steps.Or(result, 0);
        batchSize = BatchSize.Of(result);
        isBatchGiven = BatchSize.IsGiven(result);
        shuffle = Shuffle.Of(result);
        patience = EarlyStopping.Or(result, 0);
        best = BestBy.Of(result);
        isCalibrated = Calibrate.Of(result);
        Weights = new WeightSettings(result);
        Seeded = SeedOf(result);
        Validation = ValidationOf.Of(result) with { IsUsual = !ValidationOf.IsGiven(result) };
        Rows = TrainRows.IsGiven(result) ? TrainRows.Of(result) : null;
        NoiseBatches = Noise.IsGiven(result) ? Noise.Of(result) : null;
    }

    public static IEnumerable<Option> Options =>
        [
            .. OptimizerSettings.Options,
            .. ScheduleSettings.Options,
            .. LimitSettings.Options,
            Epochs.Option,
            Steps.Option,
            BatchSize.Option,
            Shuffle.Option,
            Seed.Option,
            ValidationOf.Option,
            TrainRows.Option,
            Noise.Option,
            EarlyStopping.Option,
            BestBy.Option,
            Calibrate.Option,
            WeightSettings.Option,
        ];

    /// <summary>The seed that a command line gives.</summary>
    public static ulong SeedOf(ParseResult result) => Seed.Of(result);

    /// <summary>How much each class counts.</summary>
    public WeightSettings Weights { get; }

    /// <summary>The seed of all randomness.</summary>
    public ulong Seeded { get; }

    /// <summary>What to validate with.</summary>
    public ValidationRows Validation { get; }

    /// <summary>The learning rate that the schedule is named by: the user's, or the optimizer's own.</summary>
    public double HighestRate => schedule.Highest;

    /// <summary>How many of the training rows to train with; null for all.</summary>
    public int? Rows { get; }

    /// <summary>How many batches to measure the noise of the gradient with; null for not at all.</summary>
    public int? NoiseBatches { get; }

    /// <summary>The passes over the rows, unless steps or patience end training before.</summary>
    public int Passes => epochs;

    /// <summary>Whether training ends after so many steps, whatever the epochs say.</summary>
    public bool IsLimited => steps > 0;

    /// <summary>How long to train a network on so many rows, and in what pieces.</summary>
    public FitOptions Fit(Network network, int rows)
    {
        var batch = Math.Min(batchSize, rows);
        CheckBatch(NetworkModule.hasBatchNorm(network), batch);
        var passes = steps == 0 ? epochs : ((steps - 1) / NeuralNetwork.Fit.stepsPerEpoch(network, batch, rows)) + 1;
        return new FitOptions(passes, batch, steps, shuffle, patience, best, isCalibrated);
    }

    /// <summary>A usage failure if a network that normalises over batches would be given single rows.</summary>
    public void CheckBatch(bool hasBatchNorm) => CheckBatch(hasBatchNorm, batchSize);

    /// <summary>A usage failure if training is to end by a validation that there is not.</summary>
    public void CheckValidation(bool isValidated)
    {
        if (patience > 0 && !isValidated)
            throw Failure.Usage($"{EarlyStopping.Name}: no rows to validate with (needs {ValidationOf.Name})");
    }

    /// <summary>A usage failure if members are to leave out rows, and there is only one.</summary>
    public void CheckFolds(int members)
    {
        if (Validation.IsFolds && members == 1)
            throw Failure.Usage(
                $"{ValidationOf.Name}: folds with one network (every row would be left out; {ModelSettings.MembersName} 5, or a share)"
            );
    }

    /// <summary>What the settings will not do for so many rows, a line each.</summary>
    public IEnumerable<string> Warnings(int rows)
    {
        if (isBatchGiven && batchSize > rows && batchSize < int.MaxValue)
            yield return TooMany(BatchSize.Name, batchSize, rows);
        if (Rows > rows)
            yield return TooMany(TrainRows.Name, Rows.Value, rows);
        if (optimizer.IsRprop && schedule.Warning is { } warning)
            yield return warning;
    }

    private static string TooMany(string name, int asked, int rows) =>
        $"{name}: {asked:N0} is more than the {rows:N0} training rows (using {rows:N0})";

    /// <summary>The description of the training, for a run of so many steps.</summary>
    public Training Describe(int totalSteps) =>
        new(
            optimizer: optimizer,
            rate: schedule.For(totalSteps),
            penalty: penalty,
            layerPenalties: FSharpList<Tuple<int, Penalty>>.Empty,
            decay: decay,
            clipping: clipping,
            maxNorm: maxNorm,
            isWeighted: Weights.IsWeighted || Validation.IsFolds,
            seed: Seeded
        );

    private static void CheckBatch(bool hasBatchNorm, int rows)
    {
        if (hasBatchNorm)
            BatchNormSettings.CheckBatch(BatchSize.Name, rows);
    }
}
