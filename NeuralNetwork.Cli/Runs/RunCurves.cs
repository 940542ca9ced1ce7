using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The curves of a run as charts.</summary>
internal static class RunCurves
{
    /// <summary>The loss, the accuracy where there are classes, and the learning rate where it changes.</summary>
    public static IEnumerable<LineChart> Of(IReadOnlyList<EpochReport> history)
    {
        if (history.Count == 0)
            yield break;
        yield return Loss("Loss", history);
        if (history.Any(epoch => double.IsFinite(epoch.Train.Accuracy)))
            yield return new(
                "Accuracy",
                "epoch",
                "share of the rows whose class is predicted",
                Scale.Share,
                Lines(history, score => score.Accuracy)
            );
        if (history.Any(epoch => double.IsFinite(epoch.Train.RMSE)))
            yield return RootMeanSquare(history);
        // A first epoch may be far below anything worth drawing: from 0 on there is something to tell apart.
        if (history.Any(epoch => epoch.Train.R2 > 0 || epoch.Validation.R2 > 0))
            yield return new(
                "R²",
                "epoch",
                "share of the variance that is explained",
                Scale.Linear,
                Lines(history, score => score.R2 >= 0 ? score.R2 : double.NaN)
            );
        if (history.Select(epoch => epoch.LearningRate).Distinct().Count() > 1)
            yield return new("Learning rate", "epoch", "at the first step of the epoch", Scale.Linear, [Rate(history)]);
    }

    /// <summary>The mean loss of each epoch. Losses that differ much are told apart by their ratios.</summary>
    public static LineChart Loss(string title, IReadOnlyList<EpochReport> history)
    {
        var lines = Lines(history, score => score.Loss);
        var isWide = Scaling.IsWide(lines.SelectMany(line => line.Dots).Select(dot => dot.Y));
        return new(title, "epoch", "mean loss of the rows", isWide ? Scale.Logarithmic : Scale.Linear, lines);
    }

    private static LineChart RootMeanSquare(IReadOnlyList<EpochReport> history)
    {
        var lines = Lines(history, score => score.RMSE);
        var isWide = Scaling.IsWide(lines.SelectMany(line => line.Dots).Select(dot => dot.Y));
        var scale = isWide ? Scale.Logarithmic : Scale.Linear;
        return new("Error", "epoch", "RMSE in the units of the target", scale, lines);
    }

    private static ChartLine[] Lines(IReadOnlyList<EpochReport> history, Func<Score, double> measure)
    {
        var train = Line("training", history, epoch => measure(epoch.Train));
        var validation = Line("validation", history, epoch => measure(epoch.Validation));
        return validation.Dots.Any(dot => double.IsFinite(dot.Y)) ? [train, validation] : [train];
    }

    private static ChartLine Rate(IReadOnlyList<EpochReport> history) =>
        Line("rate", history, epoch => epoch.LearningRate);

    private static ChartLine Line(string name, IReadOnlyList<EpochReport> history, Func<EpochReport, double> value) =>
        new(name, [.. history.Select(epoch => new Dot(epoch.Epoch, value(epoch)))]);
}
