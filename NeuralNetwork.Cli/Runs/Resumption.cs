using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>What to do where the circumstances of a run are not those of its checkpoint.</summary>
internal enum OnChange
{
    Refuse,
    Allow,

    /// <summary>Refuse, and not only this run: the others of its study were trained in those of before.</summary>
    EndStudy,
}

/// <summary>A run to go on with: what its checkpoint holds, and what to do about what has changed since.</summary>
internal sealed record Resumption<T>(string Path, Checkpoint<T> Checkpoint, OnChange OnChange)
    where T : struct
{
    private string allowed =
        Checkpoint.Circumstances.FirstOrDefault(one => one.Item1 == Circumstances.AllowedName)?.Item2 ?? "";

    /// <summary>Whether something was let pass.</summary>
    public bool IsChanged { get; private set; }

    public FitState<T> State => Checkpoint.State;

    /// <summary>
    /// What the next checkpoints will have for circumstances. A failure where a difference is not, or cannot be, let pass.
    /// </summary>
    public FSharpList<Tuple<string, string>> Accept(TrainReport report)
    {
        Fit(report);
        var now = Circumstances.Of(report).ToArray();
        if (Circumstances.Difference(Checkpoint.Circumstances, now) is { } difference)
        {
            if (OnChange != OnChange.Allow)
                throw Refusal(difference);
            var entry = $"step {State.Step}: {difference}";
            allowed = allowed.Length == 0 ? entry : $"{allowed}\n{entry}";
            IsChanged = true;
        }
        return Circumstances.Pairs(allowed.Length == 0 ? now : [.. now, (Circumstances.AllowedName, allowed)]);
    }

    /// <summary>The record of the resumption in the manifest.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["step"] = State.Step,
            ["allowed_changes"] =
                allowed.Length == 0 ? new JsonArray() : Json.Array(allowed.Split('\n'), line => (JsonNode)line),
        };

    private Failure Refusal(string difference) =>
        OnChange == OnChange.EndStudy
            ? Failure.BadInput(
                $"{Path}: {difference} (the runs of a study have all this in common; --force begins it again)"
            )
            : Failure.Usage($"{Path}: {difference} (--allow-change goes on, without the promise of the same bits)");

    /// <summary>No option makes a state fit another network, optimizer or number of rows.</summary>
    private void Fit(TrainReport report)
    {
        void Demand(bool fits, string what, string found)
        {
            if (!fits)
                throw Failure.BadInput($"{Path}: {what}: {found}");
        }

        Demand(State.Model.Network.Equals(report.Network), "network", "another one than the options describe");
        var slots = OptimizerModule.slots(report.Training.Optimizer);
        Demand(
            Checkpoint.Slots.Equals(slots),
            "optimizer",
            $"slots {string.Join(", ", Checkpoint.Slots)} ({OptimizerModule.name(report.Training.Optimizer)} has {string.Join(", ", slots)})"
        );
        var rows = report.Data.Train.Rows;
        Demand(State.Row <= rows, "row", $"{State.Row} of an epoch (there are {rows} training rows)");
    }
}
