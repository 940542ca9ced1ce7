// Learns from a stream while it answers: somebody's age in years and income in euros, raw as they come, and whether he left.
//
//   dotnet run -c Release --project samples/LearnOnline

using NeuralNetwork;

// What happens to features first is part of the model, and the learner applies it; Model.Load of a file of `nn train` has it, too.
var scales = Preprocessing.Standardized(means: [45, 40_000], deviations: [14.4, 20_200]);
var network = Network.Input(2).Dense(16, Activation.Tanh).Dense(2).With(Loss.SoftmaxCrossEntropy);
var model = network.Init<float>(seed: 1).With(scales, ["stays", "leaves"]);

var learner = new OnlineLearner<float>(model, Training.Default.With(Schedules.Constant(0.01)), batch: 16);
var random = new Random(1);
var right = 0;

for (var row = 1; row <= 16_000; row++)
{
    float[] person = [20 + (50 * random.NextSingle()), 5_000 + (70_000 * random.NextSingle())];
    var left = person[1] < 1_600 * (person[0] - 20) ? 1 : 0;
    // Asked before it is told. Any number of threads may ask and tell.
    right += learner.Classify(person).Class == left ? 1 : 0;
    learner.Learn(person, left);
    if (row % 4_000 == 0)
        Console.WriteLine($"right in {right / 4_000.0:P1} of rows {row - 3_999} to {row}, loss {learner.Loss:F3}");
    right = row % 4_000 == 0 ? 0 : right;
}

// The model as it is now: a copy, to be saved or to answer elsewhere.
learner.Flush();
Console.WriteLine(
    $"{learner.Rows} rows in {learner.Steps} steps: 60 years and 20,000 euros: {learner.Model.Classify([60, 20_000])}"
);
