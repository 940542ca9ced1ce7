using System.IO.Compression;
using System.Security.Cryptography;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// A file of data, read from its beginning to its end: unpacked where it is gzip or lies in a zip archive, and its SHA-256
/// taken on the way, of the content and not of how it is packed. The name - stands for standard input.
/// </summary>
internal sealed class SourceFile : ReadStream
{
    // The header and the end of gzip, with nothing between them.
    private const int Shortest = 18;

    private readonly Stream file;
    private readonly Stream content;
    private readonly FileStamp stamp;
    private readonly ZipMember? member;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long position;
    private bool isAtEnd;

    private SourceFile(string path, Stream file)
    {
        Path = path;
        this.file = file;
        stamp = Stamp();
        member = ZipMember.Parts(path) is null ? null : new ZipMember(path, file);
        IsGzip = member is null && (HasPackedName(path) || BeginsAsGzip());
        AnnouncedLength = member?.Length ?? (IsGzip ? LastNumber() : file.Length);
        content = member ?? (IsGzip ? new GZipStream(file, CompressionMode.Decompress) : file);
    }

    public string Path { get; }

    public bool IsPacked => IsGzip || member is not null;

    /// <summary>What it is packed as.</summary>
    public string Packing => IsGzip ? "gzip" : "zip";

    /// <summary>The bytes of the content as they lie on the disk.</summary>
    public long StoredLength => member?.PackedLength ?? file.Length;

    private bool IsGzip { get; }

    /// <summary>
    /// The bytes of the content, as the file has it. A packed one may lie, which is found at its end, or be longer by a
    /// multiple of 4 GiB.
    /// </summary>
    public long AnnouncedLength { get; }

    public override long Length => IsPacked ? throw new NotSupportedException() : file.Length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <summary>Whether a name says that the file is packed.</summary>
    public static bool HasPackedName(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a file. A failure with the whole path where there is none, or nothing that can be read to an end.</summary>
    public static SourceFile Open(string path)
    {
        if (StandardInput.IsName(path))
            return new SourceFile(path, StandardInput.Open());
        var stored = ZipMember.Parts(path)?.Archive ?? path;
        return InputPath.Open(
            stored,
            () =>
            {
                var file = new FileStream(stored, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
                try
                {
                    return new SourceFile(path, file);
                }
                catch
                {
                    file.Dispose();
                    throw;
                }
            }
        );
    }

    /// <summary>The bytes of a file, or of what is packed in it, whichever are more.</summary>
    public static long LengthOf(string path)
    {
        using var source = Open(path);
        return Math.Max(source.AnnouncedLength, source.StoredLength);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length == 0)
            return 0;
        try
        {
            var count = content.Read(buffer);
            position += count;
            hash.AppendData(buffer[..count]);
            if (count == 0)
                CheckEnd();
            return count;
        }
        catch (InvalidDataException)
        {
            throw Failure.BadInput(
                member is not null ? $"{Path}: zip: its packed bytes are damaged"
                : position == 0 ? $"{Path}: gzip: not a gzip file, or damaged at its beginning"
                : $"{Path}: gzip: damaged behind output byte {position} (the data, or their checksum)"
            );
        }
        catch (IOException error)
        {
            throw Failure.InputOutput($"{Path}: read: {Durable.Reason(error)}");
        }
    }

    /// <summary>
    /// Reads what is left, for its hash and for what may be wrong with the end. A failure where somebody wrote to the file
    /// meanwhile.
    /// </summary>
    public string EndHash() => End().Hash;

    /// <summary>The same as a record of the file: its stamp is that of its opening, so no later change is missed.</summary>
    public ReadFile End()
    {
        var rest = new byte[1 << 16];
        while (!isAtEnd && Read(rest) > 0) { }
        if (Stamp() != stamp)
            throw Failure.BadInput($"{Path}: changed while it was read");
        return new(
            StandardInput.IsName(Path) || Path.Contains('\0', StringComparison.Ordinal)
                ? Path
                : System.IO.Path.GetFullPath(Path),
            stamp,
            Convert.ToHexStringLower(hash.GetCurrentHash())
        );
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            file.Dispose();
            hash.Dispose();
        }
        base.Dispose(disposing);
    }

    // .NET takes a file that ends too early for a whole one. Its length is another one than announced where the file is
    // cut, or where another file is appended to it.
    private void CheckEnd()
    {
        if (isAtEnd || !IsGzip)
            return;
        isAtEnd = true;
        if (file.Length == 0)
            throw Failure.BadInput($"{Path}: gzip: 0 bytes");
        if (file.Length < Shortest || AnnouncedLength != (uint)position)
            throw Failure.BadInput(
                $"{Path}: gzip: unexpected end at output byte {position} (cut short, or something is appended)"
            );
    }

    private FileStamp Stamp() =>
        file is FileStream stored ? FileStamp.Of(stored.SafeFileHandle) : new(file.Length, default);

    private bool BeginsAsGzip()
    {
        var start = new byte[2];
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Seek(0, SeekOrigin.Begin);
        return length == start.Length && start is [0x1F, 0x8B];
    }

    /// <summary>The last four bytes of gzip: the length of what was packed.</summary>
    private long LastNumber()
    {
        var end = new byte[4];
        file.Seek(-Math.Min(end.Length, file.Length), SeekOrigin.End);
        var length = file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);
        file.Seek(0, SeekOrigin.Begin);
        return length < end.Length ? 0 : System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(end);
    }
}

/// <summary>A file that is read once more, and has to be what it was. Nobody is kept from it between two reads.</summary>
internal sealed class RereadFile(string path, ReadFile file) : ViewStream(file.Stamp.Length)
{
    protected override int ReadAt(long place, Span<byte> bytes)
    {
        try
        {
            using var handle = File.OpenHandle(file.Path);
            var count = RandomAccess.Read(handle, bytes, place);
            return count > 0 && FileStamp.Of(handle) == file.Stamp
                ? count
                : throw Failure.BadInput($"{path}: changed while it was read");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure.InputOutput($"{path}: read: {Durable.Reason(error)}");
        }
    }
}

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
