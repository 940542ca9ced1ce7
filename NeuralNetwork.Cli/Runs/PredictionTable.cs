using System.Globalization;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Predictions in the order of the rows, as CSV, JSON or NPY: the class a row is taken for, and what the network gives for
/// each class; or the values it is predicted to have.
/// </summary>
internal abstract class PredictionTable
{
    protected abstract int Rows { get; }

    /// <summary>The predictions of a model.</summary>
    public static PredictionTable Of<T>(Learned learned, Model<T> model, T[] predictions)
        where T : struct, IFormattable =>
        learned is Learned.Classes classes
            ? new ClassPredictions<T>(classes.Names, model, predictions)
            : new ValuePredictions<T>(model, predictions);

    /// <summary>Whether a file of this name is an array.</summary>
    public static bool IsArray(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes NPY where the file's name says so, and CSV otherwise.</summary>
    public void WriteAs(string path, Stream stream, PredictionLayout layout)
    {
        if (IsArray(path))
            stream.Write(ToArray(layout.Probabilities).Write());
        else
            Write(stream, layout);
    }

    public void Write(Stream stream, PredictionLayout layout)
    {
        string[] predicted = [.. Heads(layout.Probabilities)];
        layout.Kept?.CheckNames(["row", .. predicted]);
        using var writer = new StreamWriter(stream, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        IEnumerable<string> heads = ["row", .. layout.Kept?.Names ?? [], .. predicted];
        writer.WriteLine(string.Join(',', heads.Select(layout.Cell)));
        using var kept = layout.Kept?.Rows(Rows).GetEnumerator();
        for (var row = 0; row < Rows; row++)
        {
            writer.Write(row);
            foreach (var cell in Next(kept).Concat(Cells(row, layout.Probabilities)))
            {
                writer.Write(',');
                writer.Write(layout.Cell(cell));
            }
            writer.WriteLine();
        }
    }

    /// <summary>
    /// The same as JSON: an object for each row, with the columns that are kept and the probabilities by label where these are
    /// wanted.
    /// </summary>
    public JsonObject ToJson(PredictionLayout layout)
    {
        using var kept = layout.Kept?.Rows(Rows).GetEnumerator();
        JsonObject Of(int row)
        {
            var one = ToJson(row, layout.Probabilities);
            if (layout.Kept is not null)
                one["kept"] = new JsonObject(
                    layout.Kept.Names.Zip(Next(kept), (name, cell) => KeyValuePair.Create(name, (JsonNode?)cell))
                );
            return one;
        }

        return new() { ["schema"] = Json.Schema, ["predictions"] = Json.Array(Enumerable.Range(0, Rows), Of) };
    }

    private static string[] Next(IEnumerator<string[]>? kept) =>
        kept is not null && kept.MoveNext() ? kept.Current : [];

    /// <summary>What the cells of a prediction are called.</summary>
    public abstract IEnumerable<string> Heads(bool probabilities);

    /// <summary>The cells of a prediction.</summary>
    public abstract IEnumerable<string> Cells(int row, bool probabilities);

    protected abstract JsonObject ToJson(int row, bool probabilities);

    protected abstract Npy ToArray(bool probabilities);

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

    protected override int Rows => classes.Length;

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

    protected override JsonObject ToJson(int row, bool probabilities)
    {
        var one = new JsonObject { ["row"] = row, ["prediction"] = labels[classes[row]] };
        if (probabilities)
            one[isProbability ? "probabilities" : "margins"] = new JsonObject(
                labels.Select((label, place) => KeyValuePair.Create(label, Node(Given(row, place))))
            );
        return one;
    }

    /// <summary>Probabilities as the network gives them, or the classes: their numbers if they are some, or their places.</summary>
    protected override Npy ToArray(bool probabilities)
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

    private IEnumerable<string> Names => Columns.Take(model.Coverage > 0 ? Columns.Length : 1);

    protected override int Rows => predictions.Length / outputs;

    public override IEnumerable<string> Heads(bool probabilities) =>
        outputs == 1
            ? Names
            : Enumerable.Range(1, outputs).SelectMany(output => Names.Select(name => $"{name}_{output}"));

    public override IEnumerable<string> Cells(int row, bool probabilities) =>
        Enumerable.Range(0, outputs).SelectMany(output => Names.Select(name => Cell(row, output, name)));

    protected override JsonObject ToJson(int row, bool probabilities) =>
        new(
            Names
                .Select(name =>
                    KeyValuePair.Create(
                        name,
                        outputs == 1
                            ? Node(Cell(row, 0, name))
                            : Json.Array(Enumerable.Range(0, outputs), output => Node(Cell(row, output, name)))
                    )
                )
                .Prepend(KeyValuePair.Create("row", (JsonNode?)row))
        );

    private string Cell(int row, int output, string name)
    {
        var prediction = predictions[(row * outputs) + output];
        if (name == Columns[0])
            return Shown(prediction);
        var (low, high) = model.Ends(output, Widened.Of(prediction));
        return Shown(name == Columns[1] ? low : high);
    }

    protected override Npy ToArray(bool probabilities) =>
        new(outputs == 1 ? [Rows] : [Rows, outputs], TableOf(predictions));
}

/// <summary>What stands in a table of predictions beside the predictions themselves, and how texts are written there.</summary>
internal sealed record PredictionLayout(bool Probabilities, KeptColumns? Kept)
{
    /// <summary>Whether what a spreadsheet would run as a formula begins with an apostrophe.</summary>
    public bool IsSpreadsheetSafe { get; init; }

    /// <summary>Whether somebody looks at it, and no program reads it.</summary>
    public bool IsForTerminal { get; init; }

    /// <summary>A text in a cell of CSV: as it is, in quotes where it would not be one cell otherwise.</summary>
    public string Cell(string text)
    {
        var safe = IsSpreadsheetSafe ? CsvText.Guarded(text) : text;
        return CsvText.Cell(IsForTerminal ? Text.visible(safe) : safe);
    }
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
