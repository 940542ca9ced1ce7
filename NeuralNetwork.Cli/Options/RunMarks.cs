using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>What a file says of who wrote it.</summary>
internal enum Mark
{
    /// <summary>Not there, or damaged beyond telling.</summary>
    None,
    Ours,
    Another,
}

/// <summary>How the folder of a run is told from others, which may well have files of the same names.</summary>
internal static class RunMarks
{
    // The length of the header comes first; then a file of this program has a checksum before anything else.
    private const int Before = 8;

    private static ReadOnlySpan<byte> Opening => "{\"__metadata__\":{\"sha256\":\""u8;

    /// <summary>Whether a folder has a file that only a run has, and none under a run's name of another program.</summary>
    public static bool AreIn(string folder)
    {
        Mark[] marks =
        [
            ResolvedConfig.MarkOf(Path.Combine(folder, RunFiles.Config)),
            OfTensors(Path.Combine(folder, RunFiles.Checkpoint)),
            OfTensors(Path.Combine(folder, RunFiles.Model)),
        ];
        return marks.Contains(Mark.Ours) && !marks.Contains(Mark.Another);
    }

    private static Mark OfTensors(string path)
    {
        if (!File.Exists(path))
            return Mark.None;
        try
        {
            return OutputFile.IsRegular(path) ? OfFile(path) : Mark.Another;
        }
        catch (IOException)
        {
            return Mark.None; // a link that leads nowhere
        }
    }

    private static Mark OfFile(string path)
    {
        var bytes = new byte[Before + Opening.Length];
        using var stream = File.OpenRead(path);
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var head = bytes.AsSpan(Math.Min(Before, length)..length);
        return head.SequenceEqual(Opening) ? Mark.Ours
            : head is [(byte)'{', ..] ? Mark.Another
            : Mark.None;
    }
}
