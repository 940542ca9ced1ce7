using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

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
