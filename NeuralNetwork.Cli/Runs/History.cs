using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The rows of a run's history, one for each epoch, as CSV and as JSON.</summary>
internal static class History
{
    private static readonly (string Name, Func<EpochReport, double> Value)[] Columns =
    [
        ("epoch", epoch => epoch.Epoch),
        ("step", epoch => epoch.Step),
        ("learning_rate", epoch => epoch.LearningRate),
        ("train_loss", epoch => epoch.Train.Loss),
        ("train_penalty", epoch => epoch.Penalty),
        ("train_accuracy", epoch => epoch.Train.Accuracy),
        ("validation_loss", epoch => epoch.Validation.Loss),
        ("validation_accuracy", epoch => epoch.Validation.Accuracy),
        ("seconds", epoch => epoch.Seconds),
        ("train_r2", epoch => epoch.Train.R2),
        ("train_rmse", epoch => epoch.Train.RMSE),
        ("validation_r2", epoch => epoch.Validation.R2),
        ("validation_rmse", epoch => epoch.Validation.RMSE),
    ];

    private static string Header => string.Join(',', Columns.Select(column => column.Name));

    /// <summary>All of it as CSV.</summary>
    public static string Table(IEnumerable<EpochReport> epochs) =>
        string.Concat(epochs.Select(Row).Prepend(Header).Select(row => $"{row}\n"));

    /// <summary>All of it as JSON, a line for each epoch.</summary>
    public static string Lines(IEnumerable<EpochReport> epochs) =>
        string.Concat(epochs.Select(epoch => $"{Line(epoch)}\n"));

    /// <summary>Numbers read back as they were; a cell without a value is empty.</summary>
    public static string Row(EpochReport epoch) =>
        string.Join(
            ',',
            Columns
                .Select(column => column.Value(epoch))
                .Select(value => double.IsNaN(value) ? "" : NeuralNetwork.Text.number(value))
        );

    public static string Line(EpochReport epoch) =>
        new JsonObject(
            Columns.Select(column => KeyValuePair.Create(column.Name, Json.Number(column.Value(epoch))))
        ).ToJsonString();
}
