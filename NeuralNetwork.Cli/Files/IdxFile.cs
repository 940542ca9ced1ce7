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

        using var source = SourceFile.Open(path);
        var outcome = IdxModule.read(Bytes(source));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        var hash = source.EndHash();
        if (expectedHash is not null && hash != expectedHash)
            throw Failure.BadInput($"{path}: SHA-256: {hash} (expected {expectedHash})");
        return new(path, outcome.ResultValue, hash);
    }

    /// <summary>
    /// One byte more than the header announces is enough to know that there are too many; so a small file that unpacks to
    /// a huge one does no harm. What is wrong is found by whoever reads the bytes.
    /// </summary>
    private static byte[] Bytes(SourceFile source)
    {
        var header = source.ReadAtMost(LongestHeader);
        var expected = IdxModule.expectedLength(header);
        if (header.Length < LongestHeader || expected.IsError)
            return header;
        if (expected.ResultValue < header.Length)
            return header[..((int)expected.ResultValue + 1)];
        var rest = source.ReadAtMost(expected.ResultValue + 1 - header.Length);
        return [.. header, .. rest];
    }
}
