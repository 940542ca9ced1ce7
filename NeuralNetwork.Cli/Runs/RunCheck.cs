using System.Runtime.InteropServices;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>
/// Whether the files of a run belong together, each of them in order for itself. A run that has come to an end has to be
/// complete. One that was killed may have saved a better model and not yet its checkpoint: a warning, since resuming puts
/// it right.
/// </summary>
internal sealed class RunCheck(string run, Screen screen)
{
    private string At(string name) => Path.Combine(run, name);

    private bool HasEnded => File.Exists(At(RunFolder.ManifestName));

    /// <summary>A failure, or warnings, for what is missing or does not belong to the rest.</summary>
    public void Check(IReadOnlyList<ModelBytes> files)
    {
        var model = files.FirstOrDefault(file => Path.GetFileName(file.Path) == RunFolder.ModelName);
        var checkpoint = files.FirstOrDefault(file => Path.GetFileName(file.Path) == RunFolder.CheckpointName);
        if (File.Exists(At(RunFolder.ConfigName)))
            ConfigFile.Open(At(RunFolder.ConfigName));
        else
            Report(RunFolder.ConfigName, "missing (without it the run cannot be resumed)");
        if (checkpoint is null)
            Report(RunFolder.CheckpointName, "missing (without it the run begins again)");
        else
            Check(checkpoint, model);
    }

    private void Check(ModelBytes checkpoint, ModelBytes? model)
    {
        var read = Checkpoint.read(checkpoint.Bytes).ResultValue;
        var other = model is null ? null : ModelFile.read(model.Bytes).ResultValue;
        switch (read)
        {
            case AnyCheckpoint.Single single:
                Check(single.Item.State, model is not null, (other as AnyModel.Single)?.Item);
                break;
            case AnyCheckpoint.Double twice:
                Check(twice.Item.State, model is not null, (other as AnyModel.Double)?.Item);
                break;
        }
    }

    private void Check<T>(FitState<T> state, bool isThere, Model<T>? model)
        where T : struct
    {
        if (!isThere && state.BestEpoch > 0)
            Report(RunFolder.ModelName, $"missing (nn resume writes the best model, that of epoch {state.BestEpoch})");
        if (!isThere)
            return;
        if (model is null || !model.Network.Equals(state.Model.Network))
            throw Failure.BadInput($"{At(RunFolder.ModelName)}: network: another one than that of the checkpoint");
        if (state.BestEpoch == 0 || !IsSame(model.Parameters, state.Best.Parameters))
            Report(RunFolder.ModelName, "not the best model of the checkpoint (nn resume writes that)");
    }

    private void Report(string name, string found)
    {
        var line = $"{At(name)}: {found}";
        if (HasEnded)
            throw Failure.BadInput(line);
        screen.Warn(line);
    }

    private static bool IsSame<T>(Parameters<T> left, Parameters<T> right)
        where T : struct => IsSame(left.Values, right.Values) && IsSame(left.Statistics, right.Statistics);

    private static bool IsSame<T>(T[] left, T[] right)
        where T : struct => MemoryMarshal.AsBytes<T>(left).SequenceEqual(MemoryMarshal.AsBytes<T>(right));
}
