using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>An IDX file on disk, plain or compressed: read whole, within the limits of its own header.</summary>
internal sealed class IdxFile
{
    private const int LongestHeader = 4 + (4 * 255);

    private IdxFile(string path, Idx content, string hash)
    {
        Path = path;
        Content = content;
        Hash = hash;
    }

    public string Path { get; }

    public Idx Content { get; }

    /// <summary>The SHA-256 of the uncompressed bytes.</summary>
    public string Hash { get; }

    /// <summary>Finds and reads a file by one of its names, each plain or with .gz.</summary>
    public static IdxFile Read(string folder, string[] names, string? expectedHash)
    {
        var path = names
            .SelectMany(name => new[] { name, $"{name}.gz" })
            .Select(name => System.IO.Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (path is null)
            throw Failure.BadInput($"{System.IO.Path.Combine(folder, names[0])}: not found (plain or .gz)");

        var bytes = ReadBytes(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (expectedHash is not null && hash != expectedHash)
            throw Failure.BadInput($"{path}: SHA-256: {hash} (expected {expectedHash})");
        var outcome = IdxModule.read(bytes);
        return outcome.IsOk
            ? new(path, outcome.ResultValue, hash)
            : throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
    }

    private static byte[] ReadBytes(string path)
    {
        using var file = File.OpenRead(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
            return ReadAtMost(file, file.Length);
        try
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
            var bytes = ReadAtMost(unpacked, long.MaxValue);
            CheckEnd(path, file, bytes.Length);
            return bytes;
        }
        catch (InvalidDataException)
        {
            throw Failure.BadInput($"{path}: gzip: damaged, or not gzip");
        }
    }

    // The last four bytes of gzip are the length of what was packed; a file cut within them is not found out otherwise.
    private static void CheckEnd(string path, FileStream file, int length)
    {
        var end = new byte[4];
        file.Seek(-end.Length, SeekOrigin.End);
        file.ReadExactly(end);
        var packed = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (packed != length)
            throw Failure.BadInput($"{path}: gzip: {length} bytes unpacked, but {packed} at its end (cut short?)");
    }

    /// <summary>
    /// One byte more than the header announces is enough to know that there are too many; so a small file that unpacks to
    /// a huge one does no harm. What is wrong is found by whoever reads the bytes.
    /// </summary>
    private static byte[] ReadAtMost(Stream stream, long available)
    {
        var header = new byte[LongestHeader];
        var length = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        var expected = IdxModule.expectedLength(header[..length]);
        if (length < header.Length || expected.IsError)
            return header[..length];
        if (expected.ResultValue < length)
            return header[..((int)expected.ResultValue + 1)];

        var bytes = new byte[Math.Min(Math.Min(expected.ResultValue + 1, available), Array.MaxLength)];
        header.CopyTo(bytes, 0);
        var rest = stream.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false);
        return length + rest == bytes.Length ? bytes : bytes[..(length + rest)];
    }
}
