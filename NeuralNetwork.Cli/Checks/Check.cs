using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Plans;
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
                Loss.name(network.Loss),
                .. Penalties(training.Penalty),
                .. training.IsWeighted ? new[] { "weights" } : [],
                .. training.Shards > 1 ? new[] { $"{training.Shards:N0} shards" } : [],
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
        layer is Layer.Dropout dropout ? $"dropout {Maths.Text.number(dropout.Rate)}" : Layer.name(layer);

    private static IEnumerable<string> Penalties(Penalty penalty) =>
        new[] { ("L1", penalty.L1), ("L2", penalty.L2) }
            .Where(one => one.Item2 > 0)
            .Select(one => $"{one.Item1} {Maths.Text.number(one.Item2)}");
}

/// <summary>A few rows in float64: features x (rows x inputs) and targets t (rows x outputs).</summary>
internal sealed record CheckBatch(double[] X, double[] T)
{
    /// <summary>How much each row counts by a column of the data; none where all count the same.</summary>
    private double[] Counts { get; init; } = [];

    /// <summary>Rows and targets that suit a network.</summary>
    public static CheckBatch MakeUp(Network network, int rows, ulong seed) =>
        new(GradientCheck.inputs(network, rows, seed), GradientCheck.targets(network, rows, seed));

    /// <summary>The first rows of a training, as the network sees them.</summary>
    public static CheckBatch Of(Dataset data, Preprocessing preprocessing, int outputs, int rows)
    {
        var count = Math.Min(rows, data.Rows);
        return new(
            Mapped(data.Inputs, data.Cols, count, preprocessing.InputOf),
            data.Targets switch
            {
                Targets.Labels labels => OneHot(labels.Labels.AsSpan(0, count), outputs),
                Targets.Values values => Mapped(values.Values, values.Cols, count, preprocessing.TargetOf),
                _ => throw new InvalidOperationException("a kind of targets that rows are not taken from"),
            }
        )
        {
            Counts =
                data.Weights is [] || data.Weights.Take(count).Any(weight => weight > 0)
                    ? [.. data.Weights.Take(count)]
                    : throw Failure.Usage(
                        OptionName.Weights,
                        $"the first {count} rows have the weight 0 (there is nothing to check)"
                    ),
        };
    }

    /// <summary>The weight of each row, none where all count the same. A usage failure where they are to count by classes and have none.</summary>
    public double[] Weights(ClassWeighting weights, Network network)
    {
        if (!weights.IsWeighted)
            return Counts;
        if (Loss.output(network.Loss).IsLinear || Loss.output(network.Loss).IsExponential)
            throw ClassWeighting.NoClasses();
        var labels = T.Chunk(network.Outputs).Select(Label).ToArray();
        var byClass = Dataset.WeightsOfClasses(weights.Of(Math.Max(2, network.Outputs), labels), labels);
        return ClassWeighting.Times(byClass, Counts);
    }

    private static int Label(double[] targets) =>
        targets.Length == 1 ? (int)targets[0] : Array.IndexOf(targets, targets.Max());

    private static double[] Mapped(NumberArray table, int cols, int rows, Func<int, double, double> map)
    {
        var numbers = new double[rows * cols];
        for (var place = 0; place < numbers.Length; place++)
            numbers[place] = map(place % cols, table.At(place));
        return numbers;
    }

    private static double[] OneHot(ReadOnlySpan<int> labels, int outputs)
    {
        var targets = new double[labels.Length * outputs];
        for (var row = 0; row < labels.Length; row++)
            if (outputs == 1)
                targets[row] = labels[row];
            else
                targets[(row * outputs) + labels[row]] = 1;
        return targets;
    }
}

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
