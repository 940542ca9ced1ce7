namespace NeuralNetwork.Cli.Runs;

/// <summary>What a network that tells classes apart gives for each of them.</summary>
internal static class ClassOutput
{
    /// <summary>Whether these are probabilities; a hinge gives margins, which are greater the surer it is.</summary>
    public static bool IsProbability(Network network) =>
        LossModule.output(network.Loss) is { IsSoftmax: true } or { IsSigmoid: true };

    /// <summary>
    /// The number for a class of a row. A single output speaks for the second class, and what is left of 1 for the first: of a
    /// margin, which is on one side of 0 or on the other, its negative.
    /// </summary>
    public static double Of<T>(Network network, T[] predictions, int row, int label)
        where T : struct
    {
        var outputs = network.Outputs;
        var number = Widened.Of(predictions[outputs > 1 ? (row * outputs) + label : row]);
        return outputs > 1 || label == 1 ? number
            : IsProbability(network) ? 1 - number
            : -number;
    }
}
