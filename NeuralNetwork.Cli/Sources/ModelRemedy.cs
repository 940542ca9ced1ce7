using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What can be done about a model that is damaged or missing.</summary>
internal static class ModelRemedy
{
    /// <summary>In brackets, what writes the file again; empty where it is no run's, or no good checkpoint holds its model.</summary>
    public static string For(string path)
    {
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        return
            Path.GetFileName(path) == RunFiles.Model
            && File.Exists(Path.Combine(folder, RunFiles.Config))
            && HasBest(Path.Combine(folder, RunFiles.Checkpoint))
            ? $" ({ShellLine.Typed("nn", "resume", folder)} writes it again)"
            : "";
    }

    private static bool HasBest(string checkpoint)
    {
        try
        {
            return Checkpoint.read(ModelBytes.Load(checkpoint)) is { IsOk: true } read
                && read.ResultValue switch
                {
                    AnyCheckpoint.Single single => single.Item.State.BestEpoch > 0,
                    AnyCheckpoint.Double twice => twice.Item.State.BestEpoch > 0,
                    _ => false,
                };
        }
        catch (Failure)
        {
            return false;
        }
    }
}
