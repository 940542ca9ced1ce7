using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What the system says about a file without its being read: another stamp means that it was written to.</summary>
internal readonly record struct FileStamp(long Length, DateTime Written)
{
    public static FileStamp Of(SafeFileHandle file) =>
        new(RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));

    public static FileStamp Of(string path) => new(new FileInfo(path).Length, File.GetLastWriteTimeUtc(path));
}

/// <summary>A file that was read: where it is, its stamp then, and the SHA-256 of its unpacked content.</summary>
internal sealed record ReadFile(string Path, FileStamp Stamp, string Hash)
{
    /// <summary>
    /// What has become of it since, in a few words; null where its content is what it was. Read again only if it was
    /// written to.
    /// </summary>
    public string? Change()
    {
        try
        {
            // What came through a pipe is what it was.
            if (StandardInput.IsName(Path))
                return null;
            var stored = ZipMember.Parts(Path)?.Archive ?? Path;
            if (!File.Exists(stored))
                return $"{Path}: no longer there";
            if (FileStamp.Of(stored) == Stamp)
                return null;
            using var source = SourceFile.Open(Path);
            return source.EndHash() == Hash ? null : $"{Path}: changed since it was read";
        }
        catch (Exception error) when (error is Failure or IOException or UnauthorizedAccessException)
        {
            return $"{Path}: changed since it was read";
        }
    }
}
