using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Spec;

/// <summary>How long to train, on which rows, and what the best model is.</summary>
internal sealed record FitSpec
{
    /// <summary>The passes over the rows, unless steps or patience end training before.</summary>
    public int Epochs { get; init; } = FitOptions.Default.Epochs;

    /// <summary>Steps in all, whatever the epochs say.</summary>
    public int? Steps { get; init; }

    /// <summary>Rows in a step; the greatest number there is for all of them.</summary>
    public int BatchSize { get; init; } = FitOptions.Default.BatchSize;

    /// <summary>How many shards a step's batch is cut into.</summary>
    public int Shards { get; init; } = Training.Default.Shards;

    public bool Shuffle { get; init; } = true;

    /// <summary>The MiB of rows of a pack that are mixed at once.</summary>
    public int Window { get; init; } = FitOptions.Default.Window;

    /// <summary>The seed of all randomness.</summary>
    public ulong Seed { get; init; } = Training.Default.Seed;

    public ValidationRows Validation { get; init; } = new(0.1, null);

    /// <summary>How many folds to measure with before training on all rows; null for none.</summary>
    public int? Folds { get; init; }

    /// <summary>The fold, from 1 on, that is set aside to test with; null to train on all rows.</summary>
    public int? Fold { get; init; }

    /// <summary>How many of the training rows to train with; null for all.</summary>
    public int? TrainRows { get; init; }

    /// <summary>How many batches to measure the noise of the gradient with; null for not at all.</summary>
    public int? NoiseBatches { get; init; }

    /// <summary>Epochs without a better validation score that end training; null for never.</summary>
    public int? Patience { get; init; }

    /// <summary>What the best model is chosen by.</summary>
    public Criterion Best { get; init; } = Criterion.Loss;

    /// <summary>Whether probabilities are evaluated and kept at the temperature that suits the rows to validate with.</summary>
    public bool IsCalibrated { get; init; }

    /// <summary>How often intervals around predicted values are to hold the value; null for no intervals.</summary>
    public double? Coverage { get; init; }

    /// <summary>What chooses the threshold between two classes; null for none.</summary>
    public Criterion? Threshold { get; init; }

    /// <summary>Which mean of the weights is validated and kept.</summary>
    public WeightAverage Average { get; init; } = WeightAverage.None;

    /// <summary>The weight of each class; null where all count the same, no numbers where they are to be balanced.</summary>
    public double[]? ClassWeights { get; init; }

    /// <summary>How much each class counts.</summary>
    public ClassWeighting Weighting => new(ClassWeights);

    /// <summary>Whether training ends after so many steps, whatever the epochs say.</summary>
    public bool IsLimited => Steps is not null;

    /// <summary>How long to train a network on so many rows, and in what pieces.</summary>
    public FitOptions For(Network network, int rows)
    {
        var batch = Math.Min(BatchSize, rows);
        CheckBatch(NetworkModule.hasBatchNorm(network), batch);
        var passes = Steps is { } limit ? ((limit - 1) / Fit.stepsPerEpoch(network, batch, rows)) + 1 : Epochs;
        return new FitOptions(
            passes,
            batch,
            Steps ?? 0,
            Shuffle,
            Patience ?? 0,
            Best,
            IsCalibrated,
            Coverage ?? 0,
            Threshold ?? Criterion.Loss,
            Average.Decay,
            Average.Start,
            pause: 0,
            Window
        );
    }

    /// <summary>A usage failure if a network that normalises would be given single rows, or there are more shards than rows.</summary>
    public void CheckBatch(bool hasBatchNorm) => CheckBatch(hasBatchNorm, BatchSize);

    /// <summary>A usage failure if training is to end by a validation that there is not.</summary>
    public void CheckValidation(bool isValidated)
    {
        if (Patience is not null && !isValidated)
            throw Failure.Usage(OptionName.EarlyStopping, $"no rows to validate with (needs {OptionName.Validation})");
    }

    /// <summary>A usage failure if there are to be intervals, and no values to have them, or too few rows to find them on.</summary>
    /// <param name="classes">The name of what classes are learned of; null where values are.</param>
    public void CheckIntervals(Network network, string? classes, int rows)
    {
        if (Coverage is not { } coverage)
            return;
        if (classes is not null)
            throw Failure.Usage(
                OptionName.Interval,
                $"{(classes.Length > 0 ? $"{Failure.Quote(classes)} is" : "targets are")} taken for classes, which have no intervals"
                    + $" ({OptionName.Task} regression takes numbers for values)"
            );
        if (Loss.output(network.Loss) is not ({ IsLinear: true } or { IsExponential: true }))
            throw Failure.Usage(OptionName.Interval, $"{OptionName.Loss} {network.Loss} gives no values");
        if (network.Loss is Loss.Quantile { Tau: not 0.5 } end)
            throw Failure.Usage(
                OptionName.Interval,
                $"{OptionName.Loss} {end} gives one end of an interval, and not its middle (it needs another {OptionName.Loss})"
            );
        if (rows == 0)
            throw Failure.Usage(OptionName.Interval, $"no rows to validate with (needs {OptionName.Validation})");
        if (rows < FitOptions.Default.WithIntervals(coverage).IntervalRows)
            throw Failure.Usage(
                OptionName.Interval,
                $"{Text.number(coverage)} takes more rows to validate with than there are ({rows:N0}, enough for"
                    + $" {OptionName.Interval} {Text.number(Math.Floor(1000.0 * rows / (rows + 1)) / 1000)})"
            );
    }

    /// <summary>A usage failure if there is to be a threshold, and there are not two classes with probabilities and rows of both.</summary>
    /// <param name="target">The name of what is learned.</param>
    /// <param name="classes">The names of its classes.</param>
    /// <param name="labels">The classes of the rows to validate with.</param>
    public void CheckThreshold(Network network, string target, string[] classes, int[] labels)
    {
        if (Threshold is null)
            return;
        var what = target.Length > 0 ? Failure.Quote(target) : "the target";
        if (classes.Length != 2)
            throw Failure.Usage(
                OptionName.Threshold,
                classes.Length == 0
                    ? $"{what} is taken for a value, and a threshold parts two classes ({OptionName.Task} classification takes numbers for classes)"
                    : $"{what} has {classes.Length:N0} classes, and a threshold parts two"
            );
        if (Loss.output(network.Loss) is not ({ IsSoftmax: true } or { IsSigmoid: true }))
            throw Failure.Usage(OptionName.Threshold, $"{OptionName.Loss} {network.Loss} gives no probabilities");
        if (Loss.output(network.Loss).IsSigmoid && network.Outputs != 1)
            throw Failure.Usage(
                OptionName.Threshold,
                $"{OptionName.Loss} {network.Loss} asks of each class by itself (binary-cross-entropy or cross-entropy)"
            );
        if (labels.Length == 0)
            throw Failure.Usage(OptionName.Threshold, $"no rows to validate with (needs {OptionName.Validation})");
        if (labels.Distinct().Count() < 2)
            throw Failure.Usage(
                OptionName.Threshold,
                $"all {labels.Length:N0} rows to validate with are {Failure.Quote(classes[labels[0]])} (it is chosen on rows of both classes)"
            );
    }

    /// <summary>A usage failure if the rows to validate with cannot be chosen as the columns of groups and times want it.</summary>
    public void CheckKeys(DataSpec data)
    {
        if (data is { Group: not null, Time: not null })
            throw Failure.Usage(OptionName.Time, $"does not go with {OptionName.Group} (one of them decides)");
        if (Validation.IsLast && data.Group is not null)
            throw Failure.Usage(
                OptionName.Validation,
                $"{Validation} does not go with {OptionName.Group} (the last rows of a group would be apart; a share keeps it together)"
            );
        if (Validation.IsFolds && data.Time is not null)
            throw Failure.Usage(
                OptionName.Validation,
                $"folds does not go with {OptionName.Time} (members would learn from later rows; last:0.1 sets the last ones aside)"
            );
    }

    /// <summary>A usage failure where there is no such fold.</summary>
    public void CheckFold()
    {
        if (Fold is { } fold && !(fold <= Folds))
            throw Failure.Usage(
                OptionName.Fold,
                Folds is null ? $"{fold} (of how many? needs {OptionName.Folds})" : $"{fold} (there are {Folds} folds)"
            );
    }

    /// <summary>A usage failure if members are to leave out rows, and there is only one.</summary>
    public void CheckFolds(int members)
    {
        if (Validation.IsFolds && members == 1)
            throw Failure.Usage(
                OptionName.Validation,
                $"folds with one network (every row would be left out; {OptionName.Members} 5, or a share)"
            );
    }

    private void CheckBatch(bool hasBatchNorm, int rows)
    {
        if (hasBatchNorm)
            BatchNormSpec.CheckBatch(OptionName.BatchSize, rows);
        ShardSpec.Check(Shards, hasBatchNorm, rows);
    }
}

/// <summary>
/// What to validate with: a share of the training rows, data of their own, for each member of an ensemble a part of the rows that
/// it leaves out, or nothing (share 0, no path, no folds).
/// </summary>
internal sealed record ValidationRows(double Share, string? Path)
{
    public const string None = "none";

    /// <summary>The word for a part of the rows for each member.</summary>
    public const string FoldsWord = "folds";

    /// <summary>Whether nobody asked for it.</summary>
    public bool IsUsual { get; init; }

    /// <summary>Whether each member of an ensemble leaves out a part of the rows and is measured on it.</summary>
    public bool IsFolds { get; init; }

    /// <summary>Whether the share is of the last rows, by their times, or as they stand in the file.</summary>
    public bool IsLast { get; init; }

    /// <summary>Nothing to validate with.</summary>
    public static ValidationRows Nothing { get; } = new(0, null);

    /// <summary>A part of the rows for each member.</summary>
    public static ValidationRows Folds { get; } = Nothing with { IsFolds = true };

    /// <summary>How a share of the last rows begins.</summary>
    public const string LastWord = "last:";

    /// <summary>As in options and files.</summary>
    public override string ToString() =>
        IsFolds ? FoldsWord
        : Path is not null ? Path
        : Share > 0 ? $"{(IsLast ? LastWord : "")}{Text.number(Share)}"
        : None;
}

/// <summary>What to validate with, the seed that says which rows, and how many of the others to train on; null for all.</summary>
internal sealed record RowChoice(ValidationRows Validation, ulong Seed, int? Rows = null)
{
    /// <summary>How many networks learn from these rows.</summary>
    public int Members { get; init; } = 1;

    /// <summary>How many folds the rows are in, and which of them is set aside to test with; null for none.</summary>
    public int? Folds { get; init; }
    public int? Fold { get; init; }
}

/// <summary>How much each class counts, in training and in validation.</summary>
/// <param name="weights">Nothing where all count the same, no numbers where they are to be balanced.</param>
internal sealed class ClassWeighting(double[]? weights)
{
    /// <summary>Whether rows count differently at all.</summary>
    public bool IsWeighted => weights is not null;

    /// <summary>The weight of each class, the balanced ones by these labels. A usage failure where they do not fit.</summary>
    public double[] Of(int classes, int[] labels)
    {
        var all = weights is { Length: > 0 } ? weights : Dataset.BalancedWeights(classes, labels);
        if (all.Length != classes)
            throw Failure.Usage(OptionName.ClassWeights, $"{all.Length} weights for {classes} classes (one for each)");
        if (all.All(weight => weight == 0))
            throw Failure.Usage(OptionName.ClassWeights, "all weights are 0 (nothing would be learned)");
        return all;
    }

    /// <summary>What rows count by their classes and by themselves.</summary>
    /// <param name="own">None where they count the same by themselves.</param>
    public static double[] Times(double[] ofClasses, double[] own) =>
        own is [] ? ofClasses : [.. ofClasses.Zip(own, (ofClass, row) => ofClass * row)];

    /// <summary>What is wrong where values are learned.</summary>
    public static Failure NoClasses() =>
        Failure.Usage(OptionName.ClassWeights, "there are no classes (values are learned)");

    /// <summary>Data whose rows count by their classes, too, the balanced ones by the labels of the training data.</summary>
    public Dataset Weigh(Dataset data, Dataset train)
    {
        if (!IsWeighted)
            return data;
        if (data.Targets is not Targets.Labels labels || train.Targets is not Targets.Labels learned)
            throw NoClasses();
        var rows = Dataset.WeightsOfClasses(Of(learned.Classes, learned.Labels), labels.Labels);
        return data.With(Times(rows, data.Weights));
    }
}
