using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What is measured once a run is over.</summary>
/// <param name="Train">How the best model does on the rows it was trained with, in the way it predicts.</param>
/// <param name="Symptoms">What shows that it cannot tell rows apart, or that layers are worth less than their size.</param>
/// <param name="Noise">How gradients of batches differed before the first step; null where nobody asked.</param>
internal sealed record Aftermath(Score Train, Symptoms Symptoms, GradientNoise? Noise)
{
    public static Aftermath Of<T>(TrainReport report, Model<T> best, Func<Model<T>> begun)
        where T : struct
    {
        var (machine, rows, training) = (report.Machine, report.Data.Train, report.Order.Training);
        return new(
            Fit.evaluate(machine, best, rows),
            SymptomsModule.find(machine, best, rows),
            training.NoiseBatches is { } batches
                ? GradientNoiseModule.measure(machine, begun(), rows, report.Fit.BatchSize, batches, training.Seeded)
                : null
        );
    }

    public JsonObject SymptomsDocument() =>
        new()
        {
            ["constant_outputs"] = Symptoms.ConstantOutputs,
            ["alike_units"] = Json.Array(Symptoms.AlikeUnits, layer => (JsonNode)layer),
            ["zero_gradient"] = Json.Array(Symptoms.ZeroGradient, layer => (JsonNode)layer),
        };

    public JsonObject? NoiseDocument() =>
        Noise is null
            ? null
            : new JsonObject
            {
                ["batch_size"] = Noise.BatchSize,
                ["batches"] = Noise.Batches,
                ["variance"] = Json.Number(Noise.Variance),
                ["squared_norm"] = Json.Number(Noise.SquaredNorm),
            };
}
