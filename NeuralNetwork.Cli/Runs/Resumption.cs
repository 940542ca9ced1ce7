using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

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

    private readonly List<string> notes = [];

    /// <summary>Whether the user has said when it is to end.</summary>
    public bool HasNewEnd { get; init; }

    /// <summary>Whether it is to end at another place than before.</summary>
    public bool IsLengthened { get; private set; }

    /// <summary>Whether something was let pass.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>What there is to say about the rest of the way, a line each.</summary>
    public IReadOnlyList<string> Notes => notes;

    public FitState<T> State { get; private set; } = Checkpoint.State;

    /// <summary>The engine that it was trained on so far; null where the checkpoint does not say.</summary>
    public string? Engine =>
        Checkpoint.Circumstances.FirstOrDefault(one => one.Item1 == Circumstances.EngineName)?.Item2.Split(',')[0];

    /// <summary>
    /// What the next checkpoints will have for circumstances. A failure where a difference is not, or cannot be, let pass.
    /// </summary>
    public FSharpList<Tuple<string, string>> Accept(TrainReport report)
    {
        Fit(report);
        var now = Circumstances.Of(report).ToArray();
        var before = HasNewEnd ? Lengthened(report, now) : Checkpoint.Circumstances;
        if (Circumstances.Difference(before, now) is { } difference)
        {
            if (OnChange != OnChange.Allow)
                throw Refusal(difference);
            Pass(difference);
            ForgetAverage(now);
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

    /// <summary>
    /// Where an earlier limit of steps cut an epoch short, so many steps take an epoch more than they would from the beginning.
    /// </summary>
    public FitOptions Fitting(FitOptions fit, int stepsPerEpoch)
    {
        var left = Math.Max(0, fit.Steps - State.StepsBefore);
        var epochs = Math.Max(1, State.Epoch - 1 + ((left + stepsPerEpoch - 1) / stepsPerEpoch));
        return fit.Steps == 0
            ? fit
            : new(
                epochs,
                fit.BatchSize,
                fit.Steps,
                fit.Shuffle,
                fit.Patience,
                fit.Best,
                fit.Calibrate,
                fit.Coverage,
                fit.Threshold,
                fit.EMA,
                fit.SWA,
                fit.Pause,
                fit.Window
            );
    }

    private void Pass(string difference)
    {
        var entry = $"step {State.Step}: {difference}";
        allowed = allowed.Length == 0 ? entry : $"{allowed}\n{entry}";
        IsChanged = true;
    }

    // A mean of another kind is no beginning of this one.
    private void ForgetAverage(IReadOnlyList<(string Name, string Value)> now)
    {
        if (State.Averaged == 0 || now.Any(one => one.Name == OptionName.Average && WasSaid(one)))
            return;
        var isGivenUp = now.Any(one => one is { Name: OptionName.Average, Value: $"\"{WeightAverage.NoneWord}\"" });
        notes.Add(
            $"the average of the weights {(isGivenUp ? "is given up" : "begins anew")} at step {State.Step}"
                + $" (another {OptionName.Average} than before)"
        );
        State = State.WithoutAverage;
    }

    private bool WasSaid((string Name, string Value) one) =>
        Checkpoint.Circumstances.Any(before => before.Item1 == one.Name && before.Item2 == one.Value);

    /// <summary>The circumstances of before with the new end among them. What follows from that is noted.</summary>
    private FSharpList<Tuple<string, string>> Lengthened(
        TrainReport report,
        IReadOnlyList<(string Name, string Value)> now
    )
    {
        CheckEnd(report);
        var before = Circumstances.With(Checkpoint.Circumstances, now, RunLength.Names);
        IsLengthened = Circumstances.Difference(Checkpoint.Circumstances, now) is not null;
        var scheduled = Circumstances.With(before, now, [Circumstances.TrainingName]);
        // Where nothing but the schedule differs, it is that of another number of steps.
        if (Circumstances.Difference(scheduled, now) is null && Circumstances.Difference(before, now) is { } schedule)
        {
            notes.Add(
                $"the schedule {Schedule.name(report.Training.Rate)} depends on the steps in all: from here on it is that of"
                    + $" {report.TotalSteps:N0} (a run of as many from its beginning comes to other bits)"
            );
            Pass(schedule);
        }
        if (State.StepsBefore % report.StepsPerEpoch != 0)
            notes.Add(
                $"epoch {State.Epoch - 1} was cut short by the steps there were to be: the next one follows (a run that is"
                    + " longer from its beginning comes to other bits)"
            );
        return scheduled;
    }

    /// <summary>A usage failure where the new end is behind the run, or patience has ended it.</summary>
    private void CheckEnd(TrainReport report)
    {
        var done = State.Row > 0 ? State.Epoch : State.Epoch - 1;
        if (report.Fit.Steps > 0 && report.Fit.Steps < State.Step)
            throw Failure.Usage(
                OptionName.Steps,
                $"{report.Fit.Steps} ({Path} has {State.Step}: a run goes on, and not back)"
            );
        if (report.Fit.Steps == 0 && report.Fit.Epochs < done)
            throw Failure.Usage(
                OptionName.Epochs,
                $"{report.Fit.Epochs} ({Path} is at {done}: a run goes on, and not back)"
            );
        var idle = State.Epoch - 1 - State.BestEpoch;
        if (State.IsPatienceOver(report.Fit.Patience))
            throw Failure.Usage(
                OptionName.EarlyStopping,
                $"{report.Fit.Patience} epochs without a better validation score have ended the run"
                    + $" (--early-stopping {2 * Math.Max(idle, 1)} goes on)"
            );
    }

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
        var slots = Optimizer.slots(report.Training.Optimizer);
        Demand(
            Checkpoint.Slots.Equals(slots),
            "optimizer",
            $"slots {string.Join(", ", Checkpoint.Slots)} ({Optimizer.name(report.Training.Optimizer)} has {string.Join(", ", slots)})"
        );
        var rows = report.Data.Train.Rows;
        Demand(State.Row <= rows, "row", $"{State.Row} of an epoch (there are {rows} training rows)");
    }
}
