using System.Globalization;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Predictions of some rows in their order: the class a row is taken for, and what the network gives for each class; or the
/// values it is predicted to have.
/// </summary>
internal abstract class PredictionTable
{
    public abstract int Rows { get; }

    /// <summary>The predictions of a model.</summary>
    public static PredictionTable Of<T>(Learned learned, Model<T> model, T[] predictions)
        where T : struct, IFormattable =>
        learned is Learned.Classes classes
            ? new ClassPredictions<T>(classes.Names, model, predictions)
            : new ValuePredictions<T>(model, predictions);

    /// <summary>What the cells of a prediction are called.</summary>
    public abstract IEnumerable<string> Heads(bool probabilities);

    /// <summary>The cells of a prediction.</summary>
    public abstract IEnumerable<string> Cells(int row, bool probabilities);

    /// <summary>A prediction as JSON, the number of its row aside.</summary>
    public abstract JsonObject ToJson(int row, bool probabilities);

    public abstract Npy ToArray(bool probabilities);

    protected static string Shown<T>(T number)
        where T : struct, IFormattable => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A number as it is shown; null where it is not finite.</summary>
    protected static JsonNode? Node(string shown) => char.IsAsciiDigit(shown[^1]) ? JsonNode.Parse(shown) : null;

    protected static NumberArray TableOf<T>(T[] numbers) =>
        numbers switch
        {
            float[] singles => NumberArray.NewSingles(singles),
            double[] doubles => NumberArray.NewDoubles(doubles),
            _ => throw new InvalidOperationException("numbers in a precision that no network has"),
        };
}

/// <summary>Classes with their probabilities.</summary>
internal sealed class ClassPredictions<T>(string[] labels, Model<T> model, T[] predictions) : PredictionTable
    where T : struct, IFormattable
{
    private readonly int outputs = model.Network.Outputs;
    private readonly int[] classes = Metrics.classesAt(model.Threshold, model.Network, predictions);
    private readonly bool isProbability = ClassOutput.IsProbability(model.Network);

    public override int Rows => classes.Length;

    public override IEnumerable<string> Heads(bool probabilities) =>
        [
            "prediction",
            .. labels
                .Take(probabilities ? labels.Length : 0)
                .Select(label => $"{(isProbability ? "probability" : "margin")}_{label}"),
        ];

    public override IEnumerable<string> Cells(int row, bool probabilities)
    {
        yield return labels[classes[row]];
        for (var label = 0; probabilities && label < labels.Length; label++)
            yield return Given(row, label);
    }

    public override JsonObject ToJson(int row, bool probabilities)
    {
        var one = new JsonObject { ["prediction"] = labels[classes[row]] };
        if (probabilities)
            one[isProbability ? "probabilities" : "margins"] = new JsonObject(
                labels.Select((label, place) => KeyValuePair.Create(label, Node(Given(row, place))))
            );
        return one;
    }

    /// <summary>Probabilities as the network gives them, or the classes: their numbers if they are some, or their places.</summary>
    public override Npy ToArray(bool probabilities)
    {
        if (probabilities)
            return new Npy([Rows, outputs], TableOf(predictions));
        var numbers = Array.ConvertAll(labels, Maths.Text.tryNumber);
        var names = Array.TrueForAll(numbers, number => number is not null)
            ? Array.ConvertAll(numbers, number => number!.Value)
            : [.. Enumerable.Range(0, labels.Length).Select(place => (double)place)];
        return new Npy([Rows], NumberArray.NewDoubles(Array.ConvertAll(classes, label => names[label])));
    }

    // What the network itself gives is written in its own precision.
    private string Given(int row, int label) =>
        outputs > 1 ? Shown(predictions[(row * outputs) + label])
        : label == 1 ? Shown(predictions[row])
        : Maths.Text.number(ClassOutput.Of(model.Network, predictions, row, label));
}

/// <summary>Values in the units of the target, and where the model has intervals, the lower and the upper end of each.</summary>
internal sealed class ValuePredictions<T>(Model<T> model, T[] predictions) : PredictionTable
    where T : struct, IFormattable
{
    private static readonly string[] Columns = ["prediction", "low", "high"];

    private readonly int outputs = model.Network.Outputs;

    // Columns that are learned together call what is predicted for each.
    private readonly string[] called = model.Preprocessing.Targets is { Length: > 1 } several
        ? several
        : [.. Enumerable.Range(1, model.Network.Outputs).Select(output => $"{output}")];

    private IEnumerable<string> Names => Columns.Take(model.Coverage > 0 ? Columns.Length : 1);

    public override int Rows => predictions.Length / outputs;

    public override IEnumerable<string> Heads(bool probabilities) =>
        outputs == 1 ? Names : called.SelectMany(value => Names.Select(name => $"{name}_{value}"));

    public override IEnumerable<string> Cells(int row, bool probabilities) =>
        Enumerable.Range(0, outputs).SelectMany(output => Names.Select(name => Cell(row, output, name)));

    public override JsonObject ToJson(int row, bool probabilities) =>
        new(
            Names.Select(name =>
                KeyValuePair.Create(
                    name,
                    outputs == 1
                        ? Node(Cell(row, 0, name))
                        : Json.Array(Enumerable.Range(0, outputs), output => Node(Cell(row, output, name)))
                )
            )
        );

    private string Cell(int row, int output, string name)
    {
        var prediction = predictions[(row * outputs) + output];
        if (name == Columns[0])
            return Shown(prediction);
        var (low, high) = model.Ends(output, Widened.Of(prediction));
        return Shown(name == Columns[1] ? low : high);
    }

    public override Npy ToArray(bool probabilities) =>
        new(outputs == 1 ? [Rows] : [Rows, outputs], TableOf(predictions));
}

/// <summary>What a network that tells classes apart gives for each of them.</summary>
internal static class ClassOutput
{
    /// <summary>Whether these are probabilities; a hinge gives margins, which are greater the surer it is.</summary>
    public static bool IsProbability(Network network) =>
        Loss.output(network.Loss) is { IsSoftmax: true } or { IsSigmoid: true };

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
