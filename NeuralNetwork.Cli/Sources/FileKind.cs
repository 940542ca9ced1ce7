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
