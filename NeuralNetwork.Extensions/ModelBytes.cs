using System.Security.Cryptography;

namespace NeuralNetwork.Extensions;

/// <summary>Length and time of a file: what a look at it costs nothing to compare.</summary>
internal readonly record struct FileState(long Length, DateTime Written)
{
    public static FileState Of(FileStream file) => new(file.Length, File.GetLastWriteTimeUtc(file.SafeFileHandle));
}

/// <summary>
/// The bytes of a file as they were read. Whoever writes or replaces it meanwhile is not kept from it. A file that is replaced by
/// renaming is read whole, the old one or the new; one that is written in place may be read as a mixture, which the checksums
/// of a model refuse.
/// </summary>
/// <param name="Content">The bytes.</param>
/// <param name="Hash">Their SHA-256.</param>
/// <param name="State">The state before the reading.</param>
/// <param name="IsWhole">Whether the file was the same before and after the reading.</param>
internal sealed record ModelBytes(byte[] Content, byte[] Hash, FileState State, bool IsWhole)
{
    public static ModelBytes Read(string path)
    {
        using var file = Open(path);
        var state = FileState.Of(file);
        if (state.Length > Array.MaxLength)
            throw new InvalidDataException(
                $"the file of a model has at most {Array.MaxLength} bytes, this one has more"
            );
        var content = new byte[state.Length];
        var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        var isWhole = length == state.Length && FileState.Of(file) == state;
        return new(content, SHA256.HashData(content), state, isWhole);
    }

    public static FileState StateOf(string path)
    {
        using var file = Open(path);
        return FileState.Of(file);
    }

    // By its handle, which is that of the file behind any links.
    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
