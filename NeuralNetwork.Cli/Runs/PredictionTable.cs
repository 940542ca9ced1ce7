using System.Globalization;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>Predictions as CSV: the row, the class it is taken for, and what the network gives for each class.</summary>
internal sealed class PredictionTable(string[] labels, int[] classes, Func<int, int, string> probability)
{
    public static PredictionTable Of<T>(string[] labels, int outputs, T[] predictions)
        where T : struct, IFormattable
    {
        // A single output is the probability of the second class.
        string One(int row, int label) =>
            label == 1 ? Shown(predictions[row]) : NeuralNetwork.Text.number(1 - Convert.ToDouble(predictions[row]));
        string Each(int row, int label) => Shown(predictions[(row * outputs) + label]);
        return new(labels, Metrics.predictedClasses(outputs, predictions), outputs == 1 ? One : Each);
    }

    public void Write(Stream stream, bool probabilities)
    {
        using var writer = new StreamWriter(stream, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        var columns = probabilities ? labels.Length : 0;
        writer.WriteLine(
            "row,prediction" + string.Concat(labels.Take(columns).Select(label => "," + Quoted($"probability_{label}")))
        );
        for (var row = 0; row < classes.Length; row++)
        {
            writer.Write($"{row},{Quoted(labels[classes[row]])}");
            for (var label = 0; label < columns; label++)
                writer.Write("," + probability(row, label));
            writer.WriteLine();
        }
    }

    /// <summary>The same as JSON: an object for each row, with the probabilities by label if they are wanted.</summary>
    public JsonObject ToJson(bool probabilities) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["predictions"] = Json.Array(Enumerable.Range(0, classes.Length), row => ToJson(row, probabilities)),
        };

    private JsonObject ToJson(int row, bool probabilities)
    {
        var one = new JsonObject { ["row"] = row, ["prediction"] = labels[classes[row]] };
        if (probabilities)
            one["probabilities"] = new JsonObject(
                labels.Select((label, place) => KeyValuePair.Create(label, JsonNode.Parse(probability(row, place))))
            );
        return one;
    }

    private static string Shown<T>(T number)
        where T : struct, IFormattable => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
