using NeuralNetwork;

namespace DigitServer;

/// <summary>Digits to learn from: the pixels of each and its label. What is missing in JSON is null here.</summary>
internal sealed record Lesson(float[]?[]? Pixels, int[]? Labels, int Epochs = 5, double Rate = 0.0005)
{
    private const int LargestBatch = 32;
    private const int MostDigits = 2_000;
    private const int MostEpochs = 10_000;

    /// <summary>Digits times epochs times the parameters of the model: some minutes of one core.</summary>
    private const double MostWork = 2e11;

    /// <summary>What is wrong with its digits, in a sentence; null where nothing is.</summary>
    public string? Complaint()
    {
        if (Pixels is not { Length: > 0 } || Labels is null)
            return "A lesson has pixels, a row for each digit, and labels, one for each digit.";
        if (Pixels.Length != Labels.Length)
            return $"Labels for {Labels.Length} digits, and pixels for {Pixels.Length}.";
        if (Pixels.Length > MostDigits)
            return $"{Pixels.Length} digits (a lesson has at most {MostDigits}).";
        if (Epochs is < 1 or > MostEpochs)
            return $"{Epochs} epochs (1 to {MostEpochs} are expected).";
        if (Rate is not (> 0 and <= float.MaxValue))
            return $"The rate is {Rate} (must be greater than 0, and a float).";
        var label = Array.FindIndex(Labels, label => label is < 0 or >= Digit.Classes);
        if (label >= 0)
            return $"Digit {label}: its label is {Labels[label]} (0 to {Digit.Classes - 1} is expected).";
        var digit = Array.FindIndex(Pixels, pixels => Digit.Complaint(pixels) is not null);
        return digit < 0 ? null : $"Digit {digit}: {Digit.Complaint(Pixels[digit])}";
    }

    /// <summary>Why a lesson is too long for a model, in a sentence; null where it is not.</summary>
    public string? Excess(Model<float> model)
    {
        var most = MostWork / model.Parameters.Values.Length;
        return (double)Pixels!.Length * Epochs <= most
            ? null
            : $"{Pixels.Length} digits in {Epochs} epochs are too long a lesson for this model "
                + $"(digits times epochs may be at most {most:0}).";
    }

    /// <summary>The pixels of all its digits, one after another. Of a lesson without complaint, as the following.</summary>
    public float[] Features() => Pixels!.SelectMany(pixels => pixels!).ToArray();

    /// <summary>Trains a model further, on a thread of its own: those that answer requests stay free to do it.</summary>
    public Task<Fitted<float>> Teach(Model<float> model, CancellationToken cancel) =>
        Task.Factory.StartNew(
            () =>
                model.Fit(
                    Dataset.Of(Features(), Labels!, Digit.Classes),
                    Training.Default.With(Schedules.Constant(Rate)),
                    FitOptions.Of(epochs: Epochs, batchSize: Math.Min(LargestBatch, Labels!.Length)),
                    cancel: cancel
                ),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    /// <summary>Whether a model answers its digits with numbers. After steps far too large there are none to give.</summary>
    public bool IsAnsweredBy(Model<float> model) =>
        Parameters.isFinite(model.Parameters) && model.Predict(Features()).All(float.IsFinite);
}
