using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What there is to say about a plan: its shape and where that comes from, its memory, its operations.</summary>
internal sealed class PlanReport(Network network, PlanOutline plan, bool isDouble, string source)
{
    private string Precision => isDouble ? "float64" : "float32";

    public IEnumerable<string> Lines()
    {
        yield return $"{network.Inputs} inputs, {network.Outputs} outputs ({source})";
        yield return $"{Precision}: {Megabytes(plan.Numbers)} = {Megabytes(plan.StateNumbers)} that stay + "
            + $"{Megabytes(plan.Numbers - plan.StateNumbers)} for a batch";
        yield return $"{plan}";
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["inputs"] = network.Inputs,
            ["outputs"] = network.Outputs,
            ["shape"] = source,
            ["parameters"] = plan.Parameters,
            ["batch"] = plan.Batch,
            ["precision"] = Precision,
            ["memory"] = new JsonObject
            {
                ["numbers"] = plan.Numbers,
                ["state_numbers"] = plan.StateNumbers,
                ["batch_numbers"] = plan.Numbers - plan.StateNumbers,
                ["bytes"] = Bytes(plan.Numbers),
            },
            ["predict"] = Json.Array(plan.Predict, operation => operation),
            ["step"] = Json.Array(plan.Step, operation => operation),
        };

    private long Bytes(int numbers) => numbers * (isDouble ? sizeof(double) : (long)sizeof(float));

    private string Megabytes(int numbers) => $"{Bytes(numbers) / 1e6:0.00} MB";
}
