using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The two ways to begin a training, in the precision that the options say.</summary>
internal static class TrainStart
{
    /// <summary>A training from its beginning.</summary>
    public static ITrainRun Fresh(TrainOrder order, DataSource source, Screen screen) =>
        order.Spec.Model.IsDouble
            ? new TrainRun<double>(order, source, screen)
            : new TrainRun<float>(order, source, screen);

    /// <summary>
    /// A training from the checkpoint at a path on, perhaps to another end than it was to have. Its folder has to be taken.
    /// </summary>
    public static ITrainRun GoOn(
        string path,
        TrainOrder order,
        DataSource source,
        OnChange onChange,
        Screen screen,
        bool hasNewEnd = false
    )
    {
        var outcome = Checkpoint.read(ModelBytes.Load(path));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        return outcome.ResultValue switch
        {
            AnyCheckpoint.Single single when !order.Spec.Model.IsDouble => new TrainRun<float>(
                order,
                source,
                screen,
                new Resumption<float>(path, single.Item, onChange) { HasNewEnd = hasNewEnd }
            ),
            AnyCheckpoint.Double twice when order.Spec.Model.IsDouble => new TrainRun<double>(
                order,
                source,
                screen,
                new Resumption<double>(path, twice.Item, onChange) { HasNewEnd = hasNewEnd }
            ),
            _ => throw Failure.BadInput($"{path}: precision: another one than the options say"),
        };
    }
}
