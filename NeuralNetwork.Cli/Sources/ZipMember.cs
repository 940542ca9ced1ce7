using System.IO.Compression;
using System.IO.Hashing;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// A file within a zip archive, called archive.zip/name: read piece by piece, to exactly the length that the archive says, and
/// with the CRC-32 that it says. Nothing is written to a disk.
/// </summary>
internal sealed class ZipMember : ReadStream
{
    /// <summary>The most files an archive may have.</summary>
    public const int MostMembers = 1024;

    // Deflate makes at most 1032 bytes of one.
    private const long GreatestRatio = 1032;
    private const string Ending = ".zip";
    private const string Parted = $"{Ending}/";

    private readonly ZipArchive archive;
    private readonly ZipArchiveEntry entry;
    private readonly Stream content;
    private readonly string path;
    private readonly Crc32 checksum = new();
    private long position;

    public ZipMember(string path, Stream file)
    {
        this.path = path;
        var name = Parts(path)!.Value.Member;
        archive = Archive(path, file);
        entry = archive.GetEntry(name) ?? throw Failure.BadInput($"{path}: no such file in it");
        if (entry.IsEncrypted)
            throw Failure.BadInput($"{path}: is encrypted");
        if (entry.Length > (GreatestRatio * entry.CompressedLength) + 64)
            throw Failure.BadInput(
                $"{path}: {entry.Length} bytes cannot come from {entry.CompressedLength} packed ones (is it damaged?)"
            );
        content = Opened(path, entry);
    }

    public long PackedLength => entry.CompressedLength;

    public override long Length => entry.Length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <summary>Whether a name is that of an archive.</summary>
    public static bool IsArchive(string path) => path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>The archive and the name of the file in it; null where a path leads through no archive.</summary>
    public static (string Archive, string Member)? Parts(string path)
    {
        for (
            var at = path.IndexOf(Parted, StringComparison.OrdinalIgnoreCase);
            at >= 0;
            at = path.IndexOf(Parted, at + 1, StringComparison.OrdinalIgnoreCase)
        )
        {
            var end = at + Ending.Length;
            if (File.Exists(path[..end]))
                return (path[..end], path[(end + 1)..]);
        }
        return null;
    }

    /// <summary>The names of the files in an archive, but for what a system leaves there for itself.</summary>
    public static string[] Names(string path)
    {
        using var file = InputPath.Open(path, () => File.OpenRead(path));
        using var archive = Archive(path, file);
        return
        [
            .. archive
                .Entries.Select(entry => entry.FullName)
                .Where(name => !name.EndsWith('/') && !name.Split('/').Any(part => part is "__MACOSX" or ['.', ..])),
        ];
    }

    public override int Read(Span<byte> buffer)
    {
        var count = content.Read(buffer);
        position += count;
        checksum.Append(buffer[..count]);
        if (position > entry.Length)
            throw Failure.BadInput($"{path}: zip: more than the {entry.Length} bytes that the archive says");
        if (count == 0 && buffer.Length > 0)
            CheckEnd();
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            archive.Dispose();
        }
        base.Dispose(disposing);
    }

    private static ZipArchive Archive(string path, Stream file)
    {
        try
        {
            var archive = new ZipArchive(file, ZipArchiveMode.Read);
            if (archive.Entries.Count > MostMembers)
                throw Failure.BadInput($"{path}: {archive.Entries.Count} files in it (limit {MostMembers})");
            var twice = archive
                .Entries.GroupBy(entry => entry.FullName, StringComparer.Ordinal)
                .FirstOrDefault(group => group.Count() > 1);
            return twice is null
                ? archive
                : throw Failure.BadInput($"{path}: {Failure.Quote(twice.Key)} is there {twice.Count()} times");
        }
        catch (InvalidDataException)
        {
            throw Failure.BadInput($"{path}: zip: not a zip archive, or damaged");
        }
    }

    private static Stream Opened(string path, ZipArchiveEntry entry)
    {
        try
        {
            return entry.Open();
        }
        catch (InvalidDataException)
        {
            throw Failure.BadInput($"{path}: zip: damaged, or packed in a way that is not read");
        }
    }

    private void CheckEnd()
    {
        if (position != entry.Length)
            throw Failure.BadInput($"{path}: zip: ends at byte {position} (the archive says {entry.Length})");
        if (checksum.GetCurrentHashAsUInt32() is var found && found != entry.Crc32)
            throw Failure.BadInput($"{path}: zip: CRC-32 0x{found:X8} (expected 0x{entry.Crc32:X8})");
    }
}

/// <summary>
/// Two arrays in files of their own, named in one text with a comma between them. Paths may have commas, too: which of them
/// stands between the two is said by the files that there are.
/// </summary>
internal static class ArrayPair
{
    private const string Ending = ".npy";

    /// <summary>The paths in a text: one where the whole of it is a file, and two where a comma parts two files.</summary>
    public static string[] Split(string text)
    {
        if (!text.Contains(',', StringComparison.Ordinal) || File.Exists(text))
            return [text];
        var ways = Enumerable.Range(0, text.Length).Where(at => text[at] == ',').Select(at => Cut(text, at)).ToArray();
        var whole = Array.FindAll(ways, way => File.Exists(way[0]) && File.Exists(way[1]));
        if (whole.Length > 1)
            throw Failure.BadInput(
                $"{text}: two arrays, in more ways than one: {string.Join(" or ", whole.Select(Shown))} (call one otherwise)"
            );
        // What is missing is named by whoever opens it.
        return whole.FirstOrDefault()
            ?? Single(ways, way => File.Exists(way[0]) || File.Exists(way[1]))
            ?? Single(ways, way => way[0].EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            ?? text.Split(',');
    }

    private static string[] Cut(string text, int comma) => [text[..comma], text[(comma + 1)..]];

    private static string[]? Single(string[][] ways, Predicate<string[]> suits) =>
        Array.FindAll(ways, suits) is [var only] ? only : null;

    private static string Shown(string[] way) => $"{Failure.Quote(way[0])} and {Failure.Quote(way[1])}";
}
