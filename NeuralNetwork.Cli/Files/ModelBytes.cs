using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>A file with tensors as it is on disk, read whole and found to be in order.</summary>
internal sealed record ModelBytes(string Path, byte[] Bytes, Safetensors Content)
{
    public bool HasChecksums => SafetensorsModule.hasChecksums(Bytes);

    public bool IsCheckpoint => Content.Metadata.Any(entry => entry.Item2 == Checkpoint.Format);

    /// <summary>Reads a file. A failure where it is none, or something in it is not as it should be.</summary>
    public static ModelBytes Read(string path)
    {
        var bytes = Load(path);
        var outcome = SafetensorsModule.read(bytes);
        return outcome.IsOk
            ? new(path, bytes, outcome.ResultValue)
            : throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
    }

    /// <summary>The bytes of a file on a disk. A failure for everything else that can have a name.</summary>
    public static byte[] Load(string path)
    {
        if (Directory.Exists(path))
            throw Failure.BadInput($"{path}: a folder (must be a file)");
        if (!File.Exists(path) || !File.Exists(Target(path)))
            throw Failure.BadInput($"{path}: no such file");
        return OutputFile.IsRegular(path)
            ? File.ReadAllBytes(path)
            : throw Failure.BadInput($"{path}: not a regular file (pipes and devices are not read)");
    }

    // A link may lead nowhere, or to itself.
    private static string? Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Checks what the tensors are for, too: a model or a checkpoint. Files of other programs are neither.</summary>
    public void CheckMeaning()
    {
        if (IsCheckpoint)
        {
            if (Checkpoint.read(Bytes) is { IsError: true } wrong)
                throw Failure.BadInput($"{Path}: {wrong.ErrorValue}");
        }
        else if (IsModel && ModelFile.read(Bytes) is { IsError: true } wrong)
            throw Failure.BadInput($"{Path}: {wrong.ErrorValue}");
    }

    private bool IsModel => Content.Metadata.Any(entry => entry.Item1 == "description");
}
