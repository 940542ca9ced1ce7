using System.IO.Compression;
using System.Security.Cryptography;

namespace NeuralNetwork.Cli;

/// <summary>
/// A file of data, read from its beginning to its end: unpacked where its name ends in .gz, and its SHA-256 taken on the
/// way, of the content and not of how it is packed.
/// </summary>
internal sealed class SourceFile : Stream
{
    private readonly FileStream file;
    private readonly Stream content;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly bool isPacked;
    private long position;
    private bool isAtEnd;

    private SourceFile(string path)
    {
        Path = path;
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        isPacked = IsPacked(path);
        content = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    public string Path { get; }

    /// <summary>The bytes of the file as it lies on the disk.</summary>
    public long PackedLength => file.Length;

    /// <summary>
    /// The most bytes there can be: deflate makes at most 258 bytes of two bits. A header that promises more is a lie.
    /// </summary>
    public long GreatestLength => isPacked ? (file.Length * 1032) + 64 : file.Length;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <summary>Whether a name says that the file is packed.</summary>
    public static bool IsPacked(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a file. A failure with the whole path where there is none, or nothing that ends.</summary>
    public static SourceFile Open(string path)
    {
        if (Directory.Exists(path))
            throw Failure.BadInput($"{path}: a folder (must be a file)");
        if (!File.Exists(path))
            throw Failure.BadInput($"{path}: no such file (looked for {System.IO.Path.GetFullPath(path)})");
        if (!OutputFile.IsRegular(path))
            throw Failure.BadInput($"{path}: not a regular file (pipes and devices are not read)");
        return new SourceFile(path);
    }

    /// <summary>The whole content, at most what an array holds.</summary>
    public static (byte[] Bytes, string Hash) ReadAll(string path)
    {
        using var source = Open(path);
        if (source.PackedLength > Array.MaxLength)
            throw Failure.BadInput($"{path}: {source.PackedLength} bytes (limit {Array.MaxLength})");
        var bytes = source.ReadAtMost(source.isPacked ? Array.MaxLength : source.PackedLength + 1);
        return (bytes, source.EndHash());
    }

    /// <summary>So many bytes, or as many as there are. Grows with what is read, never ahead of it by much.</summary>
    public byte[] ReadAtMost(long limit)
    {
        var greatest = Math.Min(limit, Math.Min(GreatestLength, Array.MaxLength));
        var bytes = new byte[isPacked ? Math.Min(greatest, 1 << 16) : greatest];
        var length = 0;
        while (Read(bytes.AsSpan(length)) is > 0 and var count)
        {
            length += count;
            if (length == bytes.Length && length < greatest)
                Array.Resize(ref bytes, (int)Math.Min(greatest, 2L * length));
        }
        Array.Resize(ref bytes, length);
        return bytes;
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
                position == 0
                    ? $"{Path}: gzip: not a gzip file, or damaged at its beginning"
                    : $"{Path}: gzip: damaged behind output byte {position} (the data, or their checksum)"
            );
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads what is left, for its hash and for what may be wrong with the end.</summary>
    public string EndHash()
    {
        var rest = new byte[1 << 16];
        while (!isAtEnd && Read(rest) > 0) { }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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

    // .NET takes a file that ends too early for a whole one. The last four bytes of gzip are the length of what was
    // packed; they are others where the file is cut, or where another file is appended to it.
    private void CheckEnd()
    {
        if (isAtEnd || !isPacked)
            return;
        isAtEnd = true;
        var end = new byte[4];
        file.Seek(-Math.Min(end.Length, file.Length), SeekOrigin.End);
        var length = file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);
        var announced = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (file.Length == 0)
            throw Failure.BadInput($"{Path}: gzip: 0 bytes");
        if (length < end.Length || announced != (uint)position)
            throw Failure.BadInput(
                $"{Path}: gzip: unexpected end at output byte {position} (cut short, or something is appended)"
            );
    }
}
