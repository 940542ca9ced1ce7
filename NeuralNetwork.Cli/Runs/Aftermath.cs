using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What is measured once a run is over.</summary>
/// <param name="Train">How the best model does on the rows it was trained with, in the way it predicts.</param>
/// <param name="Symptoms">What shows that it cannot tell rows apart, or that layers are worth less than their size.</param>
internal sealed record Aftermath(Score Train, Symptoms Symptoms)
{
    public static Aftermath Of<T>(TrainReport report, Model<T> best)
        where T : struct
    {
        var (machine, rows) = (report.Machine, report.Data.Train);
        return new(Fit.evaluate(machine, best, rows), Symptoms.Of(machine, best, rows));
    }

    public JsonObject SymptomsDocument() =>
        new()
        {
            ["constant_outputs"] = Symptoms.ConstantOutputs,
            ["alike_units"] = Json.Array(Symptoms.AlikeUnits, layer => (JsonNode)layer),
            ["zero_gradient"] = Json.Array(Symptoms.ZeroGradient, layer => (JsonNode)layer),
        };
}
