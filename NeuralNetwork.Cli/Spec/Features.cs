using NeuralNetwork.Cli.Sources;

namespace NeuralNetwork.Cli.Spec;

/// <summary>What enters a network: so many features, some of which are numbers and the rest categories.</summary>
/// <param name="Numbers">The places of the numbers, in ascending order.</param>
internal sealed record Features(int Count, IReadOnlyList<int> Numbers)
{
    /// <summary>Features that all are numbers.</summary>
    public static Features All(int count) => new(count, [.. Enumerable.Range(0, count)]);

    /// <summary>The features of rows: where columns have no names all of them are numbers.</summary>
    public static Features Of(Schema schema) =>
        schema.Columns.Count == 0
            ? All(schema.Cols)
            : new(schema.Cols, [.. schema.Columns.Placed().Where(one => one.Item1.IsNumber).Select(one => one.Item2)]);

    /// <summary>The features of a network, whose waves say which of them are numbers.</summary>
    public static Features Of(Network network) =>
        network.Layers.OfType<Layer.Periodic>().FirstOrDefault() is { } waves
            ? new(network.Inputs, [.. waves.Settings.Features])
            : All(network.Inputs);
}
