// One native file that loads a model and answers: a row of numbers on each line of the standard input, a label on each line of
// the output. Publish and time it with ./build.sh Native. What is wrong is one line on the standard error, and the exit code: 2
// for the arguments, 3 for the model or a row.
//
//   NativePredictor model.safetensors < rows.txt

using System.Globalization;
using NeuralNetwork;

if (args is not [var path])
    return Refused(2, "one argument is expected, the MODEL; rows come from the standard input");

try
{
    var model = Model.Load<float>(path);
    for (var number = 1; Console.ReadLine() is { Length: > 0 } line; number++)
    {
        if (Row(line, model.Network.Inputs, out var row) is { } complaint)
            return Refused(3, $"line {number}: {complaint}");
        var (label, probability) = model.Classify(row);
        Console.WriteLine($"{label} {probability.ToString("F4", CultureInfo.InvariantCulture)}");
    }
    return 0;
}
// No file, no model, or a model of values, which has no labels to answer with.
catch (Exception error)
    when (error is IOException or UnauthorizedAccessException or InvalidDataException or InvalidOperationException)
{
    return Refused(3, error.Message);
}

static int Refused(int code, string why)
{
    Console.Error.WriteLine($"NativePredictor: {why}");
    return code;
}

// The numbers of a line; what is wrong with them, or null.
static string? Row(string line, int inputs, out float[] row)
{
    var words = line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
    row = new float[words.Length];
    for (var place = 0; place < words.Length; place++)
        if (!float.TryParse(words[place], NumberStyles.Float, CultureInfo.InvariantCulture, out row[place]))
            return $"\"{words[place]}\" is no number";
    return words.Length == inputs ? null : $"{words.Length} numbers ({inputs} are expected)";
}
