using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using NeuralNetwork.Extensions;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Server;

/// <summary>A version of the model, and what its outputs mean: the columns that `nn predict` writes, and the members of its JSON.</summary>
internal sealed partial class Served<T>
    where T : struct, INumber<T>
{
    private const string Predict = "/predict";

    private readonly string[] labels;
    private readonly bool isProbability;
    private readonly string title;

    public Served(LoadedModel<T> loaded, Options options)
    {
        (Model, Version) = (loaded.Model, loaded.Version);
        var network = Model.Network;
        var output = Loss.output(network.Loss);
        isProbability = output is { IsSoftmax: true } or { IsSigmoid: true };
        var preprocessing = Model.Preprocessing;
        // As nn predict tells them apart: a target without classes is a value, whatever the loss.
        var isValue = preprocessing.TargetScale.Length > 0 || preprocessing.Targets.Length > 0 || !isProbability;
        HasClasses = Model.Labels.Length > 0 || !isValue;
        labels =
            !HasClasses ? []
            : Model.Labels.Length > 0 ? Model.Labels
            : [.. Enumerable.Range(0, Math.Max(2, network.Outputs)).Select(label => $"{label}")];
        Columns = preprocessing.Columns.ToDictionary(column => column.Title);
        title =
            preprocessing.Targets.Length > 0
                ? string.Join(", ", preprocessing.Targets)
                : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Run)));
        Notation = TableNotation.OfRun(options.Model);
        Page = new(() => Encoding.UTF8.GetBytes(Model.Form(title, Predict, hasTables: true)));
        Document = new(() => Encoding.UTF8.GetBytes(OpenApi()));
    }

    public Model<T> Model { get; }

    public int Version { get; }

    public bool HasClasses { get; }

    /// <summary>The columns by their names.</summary>
    public IReadOnlyDictionary<string, Column> Columns { get; }

    /// <summary>How the tables of the run are written.</summary>
    public TableNotation Notation { get; }

    public Lazy<byte[]> Page { get; }

    public Lazy<byte[]> Document { get; }

    /// <summary>A text of a column as its categories have it, who may have it in other letters: True for true.</summary>
    public string Spelled(string title, string text)
    {
        var known = TableNotation.KnownOf(Columns.GetValueOrDefault(title));
        return known.Contains(text)
            ? text
            : known.FirstOrDefault(one => one.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? text;
    }

    private int Outputs => Model.Network.Outputs;

    private string Given => isProbability ? "probabilities" : "margins";

    private static readonly string[] Values = ["prediction", "low", "high"];

    /// <summary>What a value has: a prediction, and where the model has intervals, the ends of one.</summary>
    private IEnumerable<string> Parts => Values.Take(Model.Coverage > 0 ? Values.Length : 1);

    // Predictions as CSV -----------------------------------------------------------------------------------------------

    /// <summary>What the cells of a prediction are called.</summary>
    public IEnumerable<string> Heads(bool hasProbabilities) =>
        HasClasses
            ?
            [
                "prediction",
                .. hasProbabilities
                    ? labels.Select(label => $"{(isProbability ? "probability" : "margin")}_{label}")
                    : [],
            ]
        : Outputs == 1 ? Parts
        : Enumerable.Range(0, Outputs).SelectMany(output => Parts.Select(part => $"{part}_{Called(output)}"));

    /// <summary>What tells one of several values: its column, or its number from 1 on.</summary>
    private string Called(int output) =>
        Model.Preprocessing.Targets is { Length: > 1 } targets ? targets[output] : $"{output + 1}";

    /// <summary>The cells of a row's prediction.</summary>
    public IEnumerable<string> Cells(T[] found, int row, bool hasProbabilities) =>
        HasClasses
            ?
            [
                labels[ClassOf(found, row)],
                .. hasProbabilities ? Enumerable.Range(0, labels.Length).Select(label => Shown(found, row, label)) : [],
            ]
            : Enumerable.Range(0, Outputs).SelectMany(output => Parts.Select(part => Shown(found, row, output, part)));

    // Predictions as JSON ----------------------------------------------------------------------------------------------

    /// <summary>Writes a row's prediction, with its number where there are several.</summary>
    public void Write(Utf8JsonWriter writer, T[] found, int row, bool isNumbered)
    {
        writer.WriteStartObject();
        if (isNumbered)
            writer.WriteNumber("row", row);
        if (HasClasses)
        {
            writer.WriteString("prediction", labels[ClassOf(found, row)]);
            writer.WriteStartObject(Given);
            for (var label = 0; label < labels.Length; label++)
            {
                writer.WritePropertyName(labels[label]);
                Write(writer, Shown(found, row, label));
            }
            writer.WriteEndObject();
        }
        else
            foreach (var part in Parts)
            {
                writer.WritePropertyName(part);
                if (Outputs > 1)
                    writer.WriteStartArray();
                for (var output = 0; output < Outputs; output++)
                    Write(writer, Shown(found, row, output, part));
                if (Outputs > 1)
                    writer.WriteEndArray();
            }
        writer.WriteEndObject();
    }

    /// <summary>A number with its digits; null where it is not finite.</summary>
    private static void Write(Utf8JsonWriter writer, string shown)
    {
        if (char.IsAsciiDigit(shown[^1]))
            writer.WriteRawValue(shown, skipInputValidation: true);
        else
            writer.WriteNullValue();
    }

    // Numbers ----------------------------------------------------------------------------------------------------------

    private int ClassOf(T[] found, int row) =>
        Metrics.classesAt(Model.Threshold, Model.Network, found.AsSpan(row * Outputs, Outputs).ToArray())[0];

    /// <summary>What the network gives for a class. A single output speaks for the second one, and what is left of it for the first.</summary>
    private string Shown(T[] found, int row, int label)
    {
        if (Outputs > 1 || label == 1)
            return Shown(found[Outputs > 1 ? (row * Outputs) + label : row]);
        var number = double.CreateChecked(found[row]);
        return Text.number(isProbability ? 1 - number : -number);
    }

    private string Shown(T[] found, int row, int output, string part)
    {
        var prediction = found[(row * Outputs) + output];
        if (part == Values[0])
            return Shown(prediction);
        var (low, high) = Model.Ends(output, double.CreateChecked(prediction));
        return Shown(part == Values[1] ? low : high);
    }

    private static string Shown<TNumber>(TNumber number)
        where TNumber : IFormattable => number.ToString("R", CultureInfo.InvariantCulture);
}
