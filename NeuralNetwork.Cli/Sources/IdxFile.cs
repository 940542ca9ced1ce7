using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>An IDX file on disk, plain or compressed: read whole, within the limits of its own header.</summary>
internal sealed class IdxFile
{
    private const int LongestHeader = 4 + (4 * 255);

    private IdxFile(string path, Idx content, ReadFile file)
    {
        Path = path;
        Content = content;
        File = file;
    }

    public string Path { get; }

    public Idx Content { get; }

    /// <summary>The file as it was read.</summary>
    public ReadFile File { get; }

    /// <summary>Finds and reads a file by one of its names, each plain or with .gz.</summary>
    public static IdxFile Read(string folder, string[] names, string? expectedHash)
    {
        var path = names
            .SelectMany(name => new[] { name, $"{name}.gz" })
            .Select(name => System.IO.Path.Combine(folder, name))
            .FirstOrDefault(System.IO.File.Exists);
        if (path is null)
            throw Failure.BadInput(
                $"{folder}: {names[0]}: not found, plain or .gz (a folder of data has IDX files: train-images, train-labels,"
                    + " t10k-images, t10k-labels; tables and arrays are named themselves, as folder/x.csv)"
            );

        using var source = SourceFile.Open(path);
        var outcome = Idx.Read(WholeFile.Read(source, LongestHeader, Idx.ExpectedLength));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        var file = source.End();
        if (expectedHash is not null && file.Hash != expectedHash)
            throw Failure.BadInput($"{path}: SHA-256: {file.Hash} (expected {expectedHash})");
        return new(path, outcome.ResultValue, file);
    }
}
