using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// A file that is read from its end, and here and there: a file on the disk as it is, and in memory what is packed or comes
/// through a pipe.
/// </summary>
internal sealed class SeekableFile : IDisposable
{
    private readonly string path;
    private readonly FileStamp stamp;
    private readonly ReadFile? read;

    private SeekableFile(string path, Stream content, FileStamp stamp, ReadFile? read) =>
        (this.path, Content, this.stamp, this.read) = (path, content, stamp, read);

    public Stream Content { get; }

    public static SeekableFile Open(string path)
    {
        if (!StandardInput.IsName(path) && ZipMember.Parts(path) is null && !IsPacked(path))
        {
            var file = InputPath.Open(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
            return new(path, file, FileStamp.Of(file.SafeFileHandle), null);
        }
        var (bytes, read) = WholeFile.Read(path);
        return new(path, new MemoryStream(bytes, writable: false), read.Stamp, read);
    }

    /// <summary>Whether these are the first bytes. It is read from there on afterwards.</summary>
    public bool BeginsWith(ReadOnlySpan<byte> bytes)
    {
        var beginning = new byte[bytes.Length];
        var length = Content.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        Content.Position = 0;
        return beginning.AsSpan(0, length).SequenceEqual(bytes);
    }

    /// <summary>What the file was: read once more from its beginning to its end for its hash.</summary>
    public ReadFile End()
    {
        if (read is not null)
            return read;
        using var source = SourceFile.Open(path);
        var file = source.End();
        return file.Stamp == stamp ? file : throw Failure.BadInput($"{path}: changed while it was read");
    }

    /// <summary>Does work on it; where that fails, nobody reads it any more.</summary>
    public T OrDispose<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose() => Content.Dispose();

    private static bool IsPacked(string path)
    {
        using var source = SourceFile.Open(path);
        return source.IsPacked;
    }
}
