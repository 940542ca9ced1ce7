using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Checks;

/// <summary>A model in float64, whatever it was saved in: its gradient is checked at its own parameters.</summary>
internal sealed record CheckModel(
    Network Network,
    Preprocessing Preprocessing,
    Parameters<double> Parameters,
    Schema Schema
)
{
    public static CheckModel Read(string name) =>
        ModelSource.Read(name) switch
        {
            AnyModel.Single single => Widened(single.Item),
            AnyModel.Double twice => new(
                twice.Item.Network,
                twice.Item.Preprocessing,
                twice.Item.Parameters,
                Schema.Of(twice.Item)
            ),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };

    private static CheckModel Widened(Model<float> model)
    {
        var narrow = model.Parameters;
        var wide = new Parameters<double>(
            narrow.Layout,
            Array.ConvertAll(narrow.Values, number => (double)number),
            narrow.StatisticsLayout,
            Array.ConvertAll(narrow.Statistics, number => (double)number)
        );
        return new(model.Network, model.Preprocessing, wide, Schema.Of(model));
    }
}
