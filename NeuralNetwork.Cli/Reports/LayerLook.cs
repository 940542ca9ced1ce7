using System.Globalization;

namespace NeuralNetwork.Cli;

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
        var weights = windows.Select(window => Histogram(Named(model, window.Layer), model.Parameters.Window(window)));
        var strip = new HistogramStrip("Weights", "the weights of the best model, without biases", [.. weights]);
        if (report.Size > MostNumbers)
            return [strip];
        var rows = Math.Min(Rows, report.Data.Train.Rows);
        var trace = TraceModule.run(report.Machine, model, First(report, rows));
        var gradients = windows.Select(window =>
            Histogram(Named(model, window.Layer), trace.Gradient.AsSpan(window.Offset, window.Length))
        );
        return
        [
            strip,
            new("Activations", $"what layers give for {rows} training rows", [.. Activations(model, trace)]),
            new("Gradients", $"of the mean loss of {rows} training rows in the weights", [.. gradients]),
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
            .Select(one => Histogram(Named(model, one.Index), one.Item));
    }

    private static string Named<T>(Model<T> model, int layer)
        where T : struct
    {
        var found = model.Network.Layers[layer];
        var units = found is Layer.Dense dense ? $", {dense.Units} units" : "";
        return $"layer {layer}: {LayerModule.name(found)}{units}";
    }

    private static Histogram Histogram<T>(string title, ReadOnlySpan<T> values)
        where T : struct
    {
        var numbers = new double[values.Length];
        for (var place = 0; place < numbers.Length; place++)
            numbers[place] = Convert.ToDouble(values[place], CultureInfo.InvariantCulture);
        return Cli.Histogram.Of(title, numbers, Bins);
    }

    /// <summary>So many of the rows that a run was trained with, from the first on.</summary>
    public static Data First(TrainReport report, int rows)
    {
        var train = report.Data.Train;
        var sample = new Sample("", train.Rows, train.Inputs, report.Data.Schema, train.Targets);
        return TakenRows.Take(sample, [.. Enumerable.Range(0, rows)]).Data;
    }
}
