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
            throw Failure.BadInput(
                $"{folder}: {names[0]}: not found, plain or .gz (a folder of data has IDX files: train-images, train-labels,"
                    + " t10k-images, t10k-labels; tables and arrays are named themselves, as folder/x.csv)"
            );

        using var source = SourceFile.Open(path);
        var outcome = IdxModule.read(WholeFile.Read(source, LongestHeader, IdxModule.expectedLength));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        var hash = source.EndHash();
        if (expectedHash is not null && hash != expectedHash)
            throw Failure.BadInput($"{path}: SHA-256: {hash} (expected {expectedHash})");
        return new(path, outcome.ResultValue, hash);
    }
}
