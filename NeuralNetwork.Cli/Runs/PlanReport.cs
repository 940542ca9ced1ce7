using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What there is to say about a plan: its shape and where that comes from, its memory, its operations.</summary>
internal sealed class PlanReport(Network network, Plan plan, bool isDouble, string source)
{
    private string Precision => isDouble ? "float64" : "float32";

    /// <summary>Parameters, gradient and slots, which are there whatever the batch.</summary>
    private int State => plan.Parameters.Length * (2 + plan.Slots.Length);

    public IEnumerable<string> Lines()
    {
        yield return $"{network.Inputs} inputs, {network.Outputs} outputs ({source})";
        yield return $"{Precision}: {Megabytes(plan.Length)} = {Megabytes(State)} that stay + "
            + $"{Megabytes(plan.Length - State)} for a batch";
        yield return PlanModule.explain(plan);
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["inputs"] = network.Inputs,
            ["outputs"] = network.Outputs,
            ["shape"] = source,
            ["parameters"] = LayoutModule.parameters(plan.Layout),
            ["batch"] = plan.Batch,
            ["precision"] = Precision,
            ["memory"] = new JsonObject
            {
                ["numbers"] = plan.Length,
                ["state_numbers"] = State,
                ["batch_numbers"] = plan.Length - State,
                ["bytes"] = Bytes(plan.Length),
            },
            ["predict"] = Json.Array(plan.Predict, operation => OpModule.explain(operation)),
            ["step"] = Json.Array(plan.Step, operation => OpModule.explain(operation)),
        };

    private long Bytes(int numbers) => numbers * (isDouble ? sizeof(double) : (long)sizeof(float));

    private string Megabytes(int numbers) => $"{Bytes(numbers) / 1e6:0.00} MB";
}
