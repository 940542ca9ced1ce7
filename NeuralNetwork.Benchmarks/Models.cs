using System.Globalization;

namespace NeuralNetwork.Benchmarks;

/// <summary>Models that have learnt nothing, and rows for them.</summary>
internal static class Models
{
    /// <summary>A classifier with layers of these widths, as in 784-128-10.</summary>
    public static Model<float> Of(string widths)
    {
        var units = widths.Split('-').Select(width => int.Parse(width, CultureInfo.InvariantCulture)).ToArray();
        var network = units[1..^1]
            .Aggregate(Network.Input(units[0]), (layers, width) => layers.Dense(width, Activation.ReLU));
        return network.Dense(units[^1]).With(Loss.SoftmaxCrossEntropy).Init<float>(seed: 1);
    }

    /// <summary>Rows whose features are mostly 0, as those of digits.</summary>
    public static float[] Rows(Model<float> model, int rows) =>
        [
            .. Enumerable
                .Range(0, rows * model.Network.Inputs)
                .Select(place => place % 5 == 0 ? place * 31 % 256 / 255f : 0f),
        ];
}
