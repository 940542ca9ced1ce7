using NeuralNetwork.Cli.Basics;

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

    public bool Shuffle { get; init; } = true;

    /// <summary>The seed of all randomness.</summary>
    public ulong Seed { get; init; } = Training.Default.Seed;

    public ValidationRows Validation { get; init; } = new(0.1, null);

    /// <summary>How many of the training rows to train with; null for all.</summary>
    public int? TrainRows { get; init; }

    /// <summary>How many batches to measure the noise of the gradient with; null for not at all.</summary>
    public int? NoiseBatches { get; init; }

    /// <summary>Epochs without a better validation score that end training; null for never.</summary>
    public int? Patience { get; init; }

    /// <summary>What the best model is chosen by.</summary>
    public Criterion Best { get; init; } = Criterion.Loss;

    /// <summary>Whether probabilities are judged and kept at the temperature that suits the rows to validate with.</summary>
    public bool IsCalibrated { get; init; }

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
        return new FitOptions(passes, batch, Steps ?? 0, Shuffle, Patience ?? 0, Best, IsCalibrated);
    }

    /// <summary>A usage failure if a network that normalises over batches would be given single rows.</summary>
    public void CheckBatch(bool hasBatchNorm) => CheckBatch(hasBatchNorm, BatchSize);

    /// <summary>A usage failure if training is to end by a validation that there is not.</summary>
    public void CheckValidation(bool isValidated)
    {
        if (Patience is not null && !isValidated)
            throw Failure.Usage(OptionName.EarlyStopping, $"no rows to validate with (needs {OptionName.Validation})");
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

    private static void CheckBatch(bool hasBatchNorm, int rows)
    {
        if (hasBatchNorm)
            BatchNormSpec.CheckBatch(OptionName.BatchSize, rows);
    }
}
