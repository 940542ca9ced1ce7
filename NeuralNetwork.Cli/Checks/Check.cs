using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Verification;

namespace NeuralNetwork.Cli.Checks;

/// <summary>A description in words, and what the check of its gradient came to.</summary>
internal sealed record Check(string Description, GradientReport Report)
{
    /// <summary>
    /// A network and its penalties in a line, as in 8-16-16-4, 2 x (batch norm + relu), cross-entropy, L2 0.1. Nothing is left
    /// out; what stands behind one dense layer after another is said once where it is the same.
    /// </summary>
    public static string Describe(Network network, Training training)
    {
        var widths = network.Layers.OfType<Layer.Dense>().Select(layer => layer.Units).Prepend(network.Inputs);
        var blocks = Blocks(network).ToArray();
        // Nothing behind the last dense layer is the usual end.
        var hidden = blocks[^1].Length == 0 ? blocks[..^1] : blocks;
        return string.Join(
            ", ",
            [
                string.Join('-', widths),
                .. Grouped(hidden),
                LossModule.name(network.Loss),
                .. Penalties(training.Penalty),
                .. training.IsWeighted ? new[] { "weights" } : [],
            ]
        );
    }

    /// <summary>What stands in front of the first dense layer, if anything does, and behind each, in words.</summary>
    private static IEnumerable<string[]> Blocks(Network network)
    {
        var block = new List<string>();
        var isFirst = true;
        foreach (var layer in network.Layers)
            if (layer.IsDense)
            {
                if (!isFirst || block.Count > 0)
                    yield return [.. block];
                block.Clear();
                isFirst = false;
            }
            else
                block.Add(isFirst ? $"input {Name(layer)}" : Name(layer));
        yield return [.. block];
    }

    private static IEnumerable<string> Grouped(IEnumerable<string[]> blocks)
    {
        var groups = new List<(string Words, bool IsOne, int Count)>();
        foreach (var block in blocks)
        {
            var (words, isOne) = (block.Length == 0 ? "linear" : string.Join(" + ", block), block.Length <= 1);
            if (groups is [.., var last] && last.Words == words)
                groups[^1] = last with { Count = last.Count + 1 };
            else
                groups.Add((words, isOne, 1));
        }
        return groups.Select(group =>
            group.Count == 1 ? group.Words
            : group.IsOne ? $"{group.Count} x {group.Words}"
            : $"{group.Count} x ({group.Words})"
        );
    }

    private static string Name(Layer layer) =>
        layer is Layer.Dropout dropout ? $"dropout {NeuralNetwork.Text.number(dropout.Rate)}" : LayerModule.name(layer);

    private static IEnumerable<string> Penalties(Penalty penalty) =>
        new[] { ("L1", penalty.L1), ("L2", penalty.L2) }
            .Where(one => one.Item2 > 0)
            .Select(one => $"{one.Item1} {NeuralNetwork.Text.number(one.Item2)}");
}
