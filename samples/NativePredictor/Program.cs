// One native file that loads a model and answers: a row of numbers on each line of the standard input, a label on each line of
// the output. Publish and time it with ./build.sh Native.
//
//   NativePredictor model.safetensors < rows.txt

using System.Globalization;
using NeuralNetwork;

if (args is not [var path])
{
    Console.Error.WriteLine("usage: NativePredictor MODEL < ROWS");
    return 2;
}

var model = Model.Load<float>(path);

while (Console.ReadLine() is { Length: > 0 } line)
{
    var row = Array.ConvertAll(line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries), Number);
    var (label, probability) = model.Classify(row);
    Console.WriteLine($"{label} {probability.ToString("F4", CultureInfo.InvariantCulture)}");
}

return 0;

static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
