using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The formats that data are read in.</summary>
internal enum FileKind
{
    Csv,
    Tsv,
    JsonLines,
    Parquet,
    Arrow,
    Npy,
    Npz,
    LibSvm,
    Idx,
}

/// <summary>What the formats are called, by people and by the ends of names.</summary>
internal static class FileKinds
{
    private static readonly (FileKind Kind, string Name, string Shown, string[] Endings)[] All =
    [
        (FileKind.Csv, "csv", "CSV", [".csv"]),
        (FileKind.Tsv, "tsv", "TSV", [".tsv"]),
        (FileKind.JsonLines, "json-lines", "JSON lines", [".jsonl", ".ndjson"]),
        (FileKind.Parquet, "parquet", "Parquet", [".parquet", ".pq"]),
        (FileKind.Arrow, "arrow", "Arrow", [".arrow", ".arrows", ".feather"]),
        (FileKind.Npy, "npy", "NPY", [".npy"]),
        (FileKind.Npz, "npz", "NPZ", [".npz"]),
        (FileKind.LibSvm, "libsvm", "LIBSVM", [".libsvm", ".svm"]),
        (FileKind.Idx, "idx", "IDX", []),
    ];

    /// <summary>As the option --format has it.</summary>
    public static (string Name, FileKind Kind)[] Names { get; } = [.. All.Select(one => (one.Name, one.Kind))];

    /// <summary>The ends of names that say what a file is.</summary>
    public static string Endings => string.Join(' ', All.SelectMany(one => one.Endings));

    /// <summary>What it is called in a sentence.</summary>
    public static string Shown(FileKind kind) => All[(int)kind].Shown;

    /// <summary>What the option --format calls it.</summary>
    public static string NameOf(FileKind kind) => All[(int)kind].Name;

    /// <summary>What the end of a name says, packed or not; null where it says nothing.</summary>
    public static FileKind? ByName(string path)
    {
        var bare = SourceFile.HasPackedName(path) ? path[..^3] : path;
        var ending = Path.GetExtension(bare);
        foreach (var (kind, _, _, endings) in All)
            if (endings.Contains(ending, StringComparer.OrdinalIgnoreCase))
                return kind;
        return null;
    }
}

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
