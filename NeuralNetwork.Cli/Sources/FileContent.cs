using System.Text;
using System.Text.RegularExpressions;
using Microsoft.FSharp.Core;
using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What a file is by its first bytes, where its name does not say it.</summary>
internal static partial class FileContent
{
    private const int Longest = 1 << 16;
    private const int MostLines = 100;

    /// <summary>
    /// The format of a file. A failure where its beginning could be more than one, or none of them. A text is CSV where the
    /// user says how its cells are written.
    /// </summary>
    public static FileKind Of(string path, bool isDelimited)
    {
        var beginning = Beginning(path);
        if (beginning.Length == 0)
            throw Failure.BadInput($"{path}: 0 bytes");
        return Magic(beginning) switch
        {
            FileKind.Npz when !IsOfArrays(path) => throw Failure.BadInput(
                $"{path}: a zip archive (call it .zip to have the file in it read)"
            ),
            { } kind => kind,
            null => isDelimited ? FileKind.Csv : OfText(path, beginning),
        };
    }

    private static byte[] Beginning(string path)
    {
        using var source = SourceFile.Open(path);
        var buffer = new byte[Longest];
        return buffer[..source.ReadAtLeast(buffer, Longest, throwOnEndOfStream: false)];
    }

    private static FileKind? Magic(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("PAR1"u8) ? FileKind.Parquet
        : bytes.StartsWith("ARROW1"u8) ? FileKind.Arrow
        : bytes.StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8]) ? FileKind.Npy
        : bytes.StartsWith("PK\u0003\u0004"u8) ? FileKind.Npz
        : bytes is [0, 0, >= 8 and <= 14, >= 1 and <= 4, ..] ? FileKind.Idx
        : null;

    private static bool IsOfArrays(string path) =>
        StandardInput.IsName(path)
        || ZipMember.Names(path).All(name => name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase));

    private static FileKind OfText(string path, byte[] beginning)
    {
        // Text in another encoding is for its reader to understand, or to refuse by name.
        if (beginning is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            return FileKind.Csv;
        if (Safetensors.KindOf(beginning) is { } other)
            throw Failure.BadInput($"{path}: looks like {other} (known: {FileKinds.Endings})");
        if (beginning.Contains((byte)0))
            throw Failure.BadInput($"{path}: unknown kind of file, not text (known: {FileKinds.Endings})");
        var lines = Lines(beginning);
        if (lines.Length > 0 && lines[0][0] == '[')
            throw Failure.BadInput($"{path}: looks like a JSON array (write one object a line: .jsonl)");
        return lines.Length == 0 ? FileKind.Csv
            : lines[0][0] == '{' ? FileKind.JsonLines
            : Array.TrueForAll(lines, line => Sparse().IsMatch(line)) ? Sparsely(path, lines)
            : HasFields(lines) ? FileKind.Csv
            : throw Undecided(path);
    }

    // A target without features is a row of zeros in LIBSVM: numbers alone may be that, or a table of one column.
    private static FileKind Sparsely(string path, string[] lines) =>
        Array.Exists(lines, line => line.Contains(':', StringComparison.Ordinal))
            ? FileKind.LibSvm
            : throw Undecided(path);

    /// <summary>Lines with anything in them and without comments; one that is cut off does not count, if there are others.</summary>
    private static string[] Lines(byte[] beginning)
    {
        var text = Encoding.UTF8.GetString(beginning).TrimStart('\uFEFF');
        var lines = text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var whole = beginning.Length == Longest && lines.Length > 1 ? lines[..^1] : lines;
        return [.. whole.Where(line => line[0] != '#').Take(MostLines)];
    }

    /// <summary>Whether a separator stands in nearly every line, or lines have as many words as each other.</summary>
    private static bool HasFields(string[] lines)
    {
        var most = CsvSeparator.Candidates.Max(separator => lines.Count(line => line.Contains(separator)));
        // A header may have a word less than the rows.
        var words = lines.Skip(lines.Length > 1 ? 1 : 0).Select(Words).Distinct().ToArray();
        return 10 * most >= 9 * lines.Length || words is [> 1];
    }

    private static int Words(string line) => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length;

    private static Failure Undecided(string path) =>
        Failure.BadInput(
            $"{path}: neither its name nor its first lines say what it is"
                + $" (--format {string.Join(", ", FileKinds.Names.Select(one => one.Name))})"
        );

    [GeneratedRegex(@"^[+-]?[0-9.][^\s:,;|]*([ \t]+(qid:[0-9]+|[0-9]+:\S+))*[ \t]*(#.*)?$")]
    private static partial Regex Sparse();
}

/// <summary>
/// Files that are read whole, each into one array that has its length from the beginning. No array is taken for a length
/// that cannot be right, so a small packed file that unpacks to a huge one does no harm.
/// </summary>
internal static class WholeFile
{
    // Text is packed to a tenth. Four times as much on top of what is harmless anyway leaves room for any honest file.
    private const long Harmless = 64 << 20;
    private const long GreatestRatio = 40;

    // Deflate makes at most 1032 bytes of one: what says that it unpacks to more is lying.
    private const long GreatestOfAll = 1032;

    /// <summary>A file that says nothing about its own length.</summary>
    public static (byte[] Bytes, ReadFile File) Read(string path)
    {
        using var source = SourceFile.Open(path);
        var length = source.AnnouncedLength;
        var limit = source.IsPacked ? Harmless + (GreatestRatio * source.StoredLength) : Array.MaxLength;
        if (source.IsPacked && length > limit)
            throw Failure.BadInput(
                $"{path}: {source.Packing}: {length} bytes unpacked, its end says (limit {limit} for this file; is it damaged?)"
            );
        if (length > Array.MaxLength)
            throw Failure.BadInput($"{path}: {length} bytes (limit {Array.MaxLength})");
        return (Fill(source, [], (int)length), source.End());
    }

    /// <summary>
    /// A file whose beginning says how long it is. Only the beginning where that cannot be understood: what is wrong is
    /// found by whoever reads it.
    /// </summary>
    public static byte[] Read(SourceFile source, int longestHeader, Func<byte[], FSharpResult<long, Defect>> promise)
    {
        var beginning = new byte[longestHeader];
        var length = source.ReadAtLeast(beginning, longestHeader, throwOnEndOfStream: false);
        Array.Resize(ref beginning, length);
        var promised = promise(beginning);
        if (promised.IsError || length < longestHeader)
            return beginning;
        var isPossible = !source.IsPacked || promised.ResultValue <= GreatestOfAll * source.StoredLength;
        if (!isPossible || promised.ResultValue != source.AnnouncedLength || promised.ResultValue < length)
            throw Refuse(source, promised.ResultValue, length + Pass(source, promised.ResultValue + 1 - length));
        return Fill(source, beginning, (int)promised.ResultValue);
    }

    private static byte[] Fill(SourceFile source, byte[] beginning, int length)
    {
        var bytes = new byte[length];
        beginning.CopyTo(bytes, 0);
        var rest = bytes.AsSpan(beginning.Length);
        var found = beginning.Length + source.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false);
        if (found == length && Pass(source, 1) == 0)
            return bytes;
        throw Refuse(source, length, found == length ? found + 1 : found);
    }

    /// <summary>Reads on without keeping anything: the number of bytes there were, at most so many.</summary>
    private static long Pass(SourceFile source, long most)
    {
        var buffer = new byte[1 << 16];
        var passed = 0L;
        while (
            passed < most
            && source.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, most - passed))) is > 0 and var count
        )
            passed += count;
        return passed;
    }

    private static Failure Refuse(SourceFile source, long expected, long found) =>
        Failure.BadInput(
            found <= expected ? $"{source.Path}: length: expected {expected} bytes, found {found}"
            : source.IsPacked && expected == source.AnnouncedLength
                ? $"{source.Path}: {source.Packing}: more than the {expected} bytes that its end speaks of (is something appended?)"
            : $"{source.Path}: length: expected {expected} bytes, found {expected + 1} or more"
        );
}

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
