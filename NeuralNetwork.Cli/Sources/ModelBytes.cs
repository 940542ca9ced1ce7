using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A file with tensors as it is on disk, read whole and found to be in order.</summary>
internal sealed record ModelBytes(string Path, byte[] Bytes, Safetensors Content)
{
    public bool HasChecksums => Safetensors.HasChecksums(Bytes);

    public bool IsCheckpoint => Content.Metadata.Any(entry => entry.Item2 == AnyCheckpoint.Format);

    /// <summary>Reads a file. A failure where it is none, or something in it is not as it should be.</summary>
    public static ModelBytes Read(string path)
    {
        var bytes = Load(path);
        var outcome = Safetensors.Read(bytes);
        return outcome.IsOk
            ? new(path, bytes, outcome.ResultValue)
            : throw Failure.BadInput($"{path}: {outcome.ErrorValue}{ModelRemedy.For(path)}");
    }

    /// <summary>The bytes of a file on a disk. A failure for everything else that can have a name.</summary>
    public static byte[] Load(string path) => InputPath.Open(path, () => ReadAll(path));

    private static byte[] ReadAll(string path) =>
        new FileInfo(path).Length is var length && length > Array.MaxLength
            ? throw Failure.BadInput($"{path}: {length} bytes (limit {Array.MaxLength})")
            : File.ReadAllBytes(path);

    /// <summary>Checks what the tensors are for, too: a model or a checkpoint. Files of other programs are neither.</summary>
    public void CheckMeaning()
    {
        if (IsCheckpoint)
        {
            if (AnyCheckpoint.Read(Bytes) is { IsError: true } wrong)
                throw Failure.BadInput($"{Path}: {wrong.ErrorValue}");
        }
        else if (IsModel && ModelFile.read(Bytes) is { IsError: true } wrong)
            throw Failure.BadInput($"{Path}: {wrong.ErrorValue}{ModelRemedy.For(Path)}");
    }

    private bool IsModel => Content.Metadata.Any(entry => entry.Item1 == "description");
}

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
            return AnyCheckpoint.Read(ModelBytes.Load(checkpoint)) is { IsOk: true } read
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
