using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Runs;

/// <summary>Histograms of what is in a network: weights, and on some rows of training activations and gradients.</summary>
internal static class LayerLook
{
    private const int Rows = 256;
    private const int Bins = 48;

    // Beyond this a trace takes more memory than a look is worth.
    private const long MostNumbers = 1L << 26;

    public static IReadOnlyList<HistogramStrip> Of<T>(TrainReport report, Model<T> model)
        where T : struct
    {
        var windows = model.Parameters.Layout.Windows.Where(window => window.Role.IsWeight).ToArray();
        IEnumerable<Histogram> Histograms(T[] numbers) =>
            windows.Select(window => Histogram(Named(model, window.Layer), numbers, window.Offset, window.Length));

        var weights = Histograms(model.Parameters.Values);
        var strip = new HistogramStrip("Weights", "the weights of the best model, without biases", [.. weights]);
        if (report.Size > MostNumbers)
            return [strip];
        var rows = Math.Min(Rows, report.Data.Train.Rows);
        var trace = Trace<T>.Of(report.Machine, model, First(report, rows));
        return
        [
            strip,
            new("Activations", $"what layers give for {rows} training rows", [.. Activations(model, trace)]),
            new(
                "Gradients",
                $"of the mean loss of {rows} training rows in the weights",
                [.. Histograms(trace.Gradient)]
            ),
        ];
    }

    /// <summary>What dense layers hand to a layer of their own that bends it is left out, and so are dropouts: they do nothing.</summary>
    private static IEnumerable<Histogram> Activations<T>(Model<T> model, Trace<T> trace)
        where T : struct
    {
        var layers = model.Network.Layers.ToArray();
        return trace
            .Layers.Index()
            .Where(one =>
                !layers[one.Index].IsDropout && (!layers[one.Index].IsDense || one.Index == layers.Length - 1)
            )
            .Select(one => Histogram(Named(model, one.Index), one.Item, 0, one.Item.Length));
    }

    private static string Named<T>(Model<T> model, int layer)
        where T : struct
    {
        var found = model.Network.Layers[layer];
        var units = found switch
        {
            Layer.Dense dense => $", {dense.Units} units",
            Layer.Periodic waves => $" of {waves.Settings.Features.Length} features",
            _ => "",
        };
        return $"layer {layer}: {Layer.name(found)}{units}";
    }

    private static Histogram Histogram<T>(string title, T[] numbers, int start, int count)
        where T : struct => Charts.Histogram.Of(title, Widened.Of(numbers, start, count), Bins);

    /// <summary>So many of the rows that a run was trained with, from the first on.</summary>
    public static Dataset First(TrainReport report, int rows)
    {
        var train = report.Data.Train;
        var sample = new Sample("", train.Rows, train.Inputs, report.Data.Schema, train.Targets);
        return TakenRows.Take(sample, [.. Enumerable.Range(0, rows)]).Data;
    }
}

/// <summary>Numbers of a network's precision as float64.</summary>
internal static class Widened
{
    public static double Of<T>(T number)
        where T : struct =>
        number switch
        {
            float single => single,
            double one => one,
            _ => throw new InvalidOperationException("a number in a precision that no network has"),
        };

    /// <summary>So many numbers of an array, from a place on.</summary>
    public static IEnumerable<double> Of<T>(T[] numbers, int start, int count)
        where T : struct
    {
        for (var place = start; place < start + count; place++)
            yield return Of(numbers[place]);
    }
}
