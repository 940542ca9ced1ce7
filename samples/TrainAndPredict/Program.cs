// Trains on arrays, stops when validation no longer gets better, saves, loads and predicts.
//
//   dotnet run -c Release --project samples/TrainAndPredict

using NeuralNetwork;

// Points in a square, and whether they lie inside a circle.
var (points, labels) = Points(seed: 1, count: 2000);
var (others, theirs) = Points(seed: 2, count: 500);

var network = Network
    .Input(2)
    .Dense(32, Activation.Tanh)
    .Dense(16, Activation.Tanh)
    .Dense(2)
    .With(Loss.SoftmaxCrossEntropy);

var how = Training
    .Default.With(Optimizers.Adam())
    .With(Schedules.Warmup(20, Schedules.Cosine(0.02, steps: 2000)))
    .With(Clippings.GlobalNorm(1));

// Is the gradient of this description right? Exact derivatives say so.
var model = network.Init<float>(seed: 42).With(Preprocessing.None, ["outside", "inside"]);
var check = model.CheckGradient(how, [0.3, -0.2, 0.9, 0.8], [0, 1, 1, 0]);
Console.WriteLine($"gradient: {(check.Passed ? "right" : string.Join("; ", check.Failures))}");

// Ctrl-C ends the training after the step in hand, and what has been learned is kept.
using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    interrupted.Cancel();
};

var fitted = model.Fit(
    data: Dataset.Of(points, labels, classes: 2),
    validation: Dataset.Of(others, theirs, classes: 2),
    training: how,
    options: FitOptions.Of(epochs: 40, batchSize: 32, patience: 8),
    epochs: new EveryTenth(),
    cancel: interrupted.Token
);
Console.WriteLine($"best: epoch {fitted.BestEpoch} of {fitted.Epochs.Count}");

// A model file holds all that prediction needs: network, numbers, preprocessing and the names of the classes.
var path = Path.Combine(Path.GetTempPath(), $"circle-{Environment.ProcessId}.safetensors");
using (var file = File.Create(path))
    fitted.Model.Save(file);
var loaded = Model.Load<float>(path);
File.Delete(path);

foreach (var point in new float[][] { [0, 0], [0.9f, 0.9f], [-0.5f, 0.2f] })
{
    var (label, probability) = loaded.Classify(point);
    Console.WriteLine($"({point[0]}, {point[1]}) is {label}, {probability:P0}");
}

static (float[] Points, int[] Labels) Points(int seed, int count)
{
    var random = new Random(seed);
    var points = Enumerable.Range(0, 2 * count).Select(_ => (2 * random.NextSingle()) - 1).ToArray();
    var labels = points.Chunk(2).Select(p => (p[0] * p[0]) + (p[1] * p[1]) < 0.5 ? 1 : 0).ToArray();
    return (points, labels);
}

/// <summary>Says how every tenth epoch went. `Progress` of .NET would tell it on other threads, later.</summary>
internal sealed class EveryTenth : IProgress<EpochReport>
{
    public void Report(EpochReport value)
    {
        if (value.Epoch % 10 == 0)
            Console.WriteLine($"epoch {value.Epoch}: loss {value.Train.Loss:F4}, right {value.Validation.Accuracy:P1}");
    }
}
