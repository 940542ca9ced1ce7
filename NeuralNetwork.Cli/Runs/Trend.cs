using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Runs;

/// <summary>Whether a training was still getting better when its epochs were over.</summary>
internal static class Trend
{
    /// <summary>A mean is of so many epochs at least: those of a single one differ by anything.</summary>
    private const int Fewest = 2;

    /// <summary>What the loss has to fall by from tenth to tenth of the epochs, as a share of itself.</summary>
    private const double Clear = 0.01;

    /// <summary>The same as a share of the loss after the first tenth: a loss near 0 goes on falling for ever.</summary>
    private const double Worth = 0.002;

    /// <summary>
    /// Whether the least loss is among the last 5 % of the epochs, and the mean of the last tenth is clearly below that of the
    /// tenth before; where these are less than two epochs, among the last two, and of two.
    /// </summary>
    public static bool IsFalling(IReadOnlyList<double> losses)
    {
        if (losses.Count < 2 * Fewest || !losses.All(double.IsFinite))
            return false;
        var (tenth, last) = (Math.Max(Fewest, losses.Count / 10), Math.Max(Fewest, (losses.Count + 19) / 20));
        var (before, now) = (losses.SkipLast(tenth).TakeLast(tenth).Average(), losses.TakeLast(tenth).Average());
        var isLeastLate = losses.TakeLast(last).Min() <= losses.Min();
        return isLeastLate && before - now > Clear * Math.Abs(before) && before - now > Worth * Math.Abs(losses[tenth]);
    }

    /// <summary>Whether that is so of a run that came to its end: by validation, or where there is none by what its steps saw.</summary>
    public static bool IsFalling(TrainReport run) =>
        run.IsComplete
        && IsFalling([.. run.History.Select(epoch => (!run.Data.IsValidated ? epoch.Train : epoch.Validation).Loss)]);

    /// <summary>The option that gives a run twice the time.</summary>
    public static string[] Longer(TrainReport run) =>
        run.Order.Spec.Fit.IsLimited ? ["--steps", $"{2L * run.Fit.Steps}"] : ["--epochs", $"{2L * run.Fit.Epochs}"];
}
