using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What an earlier, interrupted study has left in the folder of a run.</summary>
internal static class EarlierRun
{
    /// <summary>
    /// The outcome of a run; null where it has none yet, or where a file is not what its checkpoint says: going on from that
    /// writes it again. A failure where it was another run.
    /// </summary>
    public static RunOutcome? Of(PlannedRun run)
    {
        var config = Path.Combine(run.Order.Out, RunFiles.Config);
        if (!File.Exists(config))
            return null;
        Check(run, RecordFile.Open(config).Content);
        try
        {
            return run.Order.Folder.IsWhole(CheckpointOf(run)) ? RunOutcome.Read(run) : null;
        }
        catch (RecordFailure)
        {
            return null;
        }
    }

    /// <summary>Where a run stands; null where it has saved nothing, or nothing is left of it.</summary>
    private static AnyCheckpoint? CheckpointOf(PlannedRun run)
    {
        if (!HasCheckpoint(run))
            return null;
        var path = Path.Combine(run.Order.Out, RunFiles.Checkpoint);
        return Checkpoint.read(ModelBytes.Load(path)) switch
        {
            { IsOk: true } read => read.ResultValue,
            var wrong => throw Failure.BadInput(
                $"{path}: {wrong.ErrorValue} (without the folder {run.Order.Out} the study trains this run again)"
            ),
        };
    }

    /// <summary>Whether a run has saved where it stands.</summary>
    public static bool HasCheckpoint(PlannedRun run) =>
        File.Exists(Path.Combine(run.Order.Out, RunFiles.Config))
        && File.Exists(Path.Combine(run.Order.Out, RunFiles.Checkpoint));

    /// <summary>Whether it has stopped before the epoch that it is now to get to.</summary>
    public static bool IsShort(PlannedRun run, RunOutcome outcome) =>
        outcome.IsPaused && outcome.Epochs.Count < (run.Order.Until ?? int.MaxValue);

    /// <summary>What a preset chose for the data follows from them, unless it is now said.</summary>
    private static void Check(PlannedRun run, JsonObject before)
    {
        var chosen = ResolvedConfig.ChosenByPreset(before).Where(field => !run.Order.Spec.IsSaid(OptionName.Of(field)));
        string[] open =
        [
            .. chosen,
            .. run.Order.Spec.Preset == PresetName.Auto ? [PresetSettings.Name.Field] : Array.Empty<string>(),
        ];
        before.Remove(ConfigFile.ResolvedField);
        StudyChange.Refuse(
            run.Order.Out,
            StudyChange
                .Between(before, run.Order.Config)
                .Where(change => !open.Contains(OptionName.FieldOf(change.Name)))
        );
    }
}
