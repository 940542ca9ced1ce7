using System.IO.Hashing;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Goes through a file that keeps the cells of a column together, some rows at a time. Of these rows a column is read when it
/// is first asked for, so one that is left out costs nothing. Rows are counted from 0, as everywhere.
/// </summary>
internal abstract class BatchCursor(string path, string[] names) : RowCursor
{
    private readonly TypedCells?[] columns = new TypedCells?[names.Length];
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly MemoryStream whole = new();
    private byte[] cell = new byte[256];
    private long passed;
    private int rows;
    private int row = -1;

    public override string Path { get; } = path;

    public override int Count => names.Length;

    public override string Where => $"row {passed + row}";

    public override string Hint(int column) => Column(column).Hint(row);

    public override bool IsRefused(int column) => Column(column).Refusal is not null;

    public override bool Next()
    {
        while (++row >= rows)
        {
            passed += rows;
            Array.Clear(columns);
            (row, rows) = (-1, NextBatch());
            if (rows < 0)
                return false;
        }
        return true;
    }

    public override ReadOnlySpan<byte> this[int column]
    {
        get
        {
            var text = Found(column).Text(row) ?? "";
            if (cell.Length < Encoding.UTF8.GetMaxByteCount(text.Length))
                cell = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
            return cell.AsSpan(0, Encoding.UTF8.GetBytes(text, cell));
        }
    }

    public override ReadOnlySpan<byte> Raw
    {
        get
        {
            whole.SetLength(0);
            for (var column = 0; column < Count; column++)
            {
                whole.Write(IsRefused(column) ? [] : this[column]);
                whole.WriteByte((byte)'\n');
            }
            return whole.GetBuffer().AsSpan(0, (int)whole.Length);
        }
    }

    // A row is not there as bytes, and to make them would decode every column: the file stands for all of its rows.
    public override void AddTo(XxHash128 rows)
    {
        if (passed + row == 0)
            rows.Append(Encoding.ASCII.GetBytes(End().Hash));
    }

    public override string Text(int column)
    {
        var text = (Found(column).Text(row) ?? "").Trim(' ', '\t');
        if (texts.TryGetValue(text, out var known))
            return known;
        // Where every cell is another one, there is nothing to share.
        if (texts.Count < Plans.Column.MostCategories)
            texts.Add(text, text);
        return text;
    }

    public override bool TryNumber(int column, out double number) => Found(column).TryNumber(row, out number);

    /// <summary>Goes to the next rows, and gives their number; below 0 where there are none.</summary>
    protected abstract int NextBatch();

    /// <summary>Reads the cells of a column for these rows.</summary>
    protected abstract TypedCells Read(int column);

    private TypedCells Column(int column) => columns[column] ??= Read(column);

    private TypedCells Found(int column) =>
        Column(column) is { Refusal: { } what }
            ? throw Wrong(names[column], $"{what} (--ignore {ShellLine.Quoted(names[column])} leaves it out)")
            : Column(column);
}

/// <summary>
/// A file that is read from its end, and here and there: as it is, and in memory where it is packed.
/// </summary>
internal sealed class SeekableFile : IDisposable
{
    private readonly string path;
    private readonly Stream content;
    private readonly FileStamp stamp;
    private ReadFile? read;

    private SeekableFile(string path, Stream content, FileStamp stamp, ReadFile? read)
    {
        (this.path, this.content, this.stamp, this.read) = (path, content, stamp, read);
        Content = new(content);
    }

    public EndingStream Content { get; }

    public static SeekableFile Open(string path)
    {
        if (ZipMember.Parts(path) is null && !IsPacked(path))
        {
            if (StandardInput.IsName(path))
            {
                var piped = StandardInput.Open();
                return new(path, piped, new(piped.Length, default), null);
            }
            var file = InputPath.Open(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
            return new(path, file, FileStamp.Of(file.SafeFileHandle), null);
        }
        var (bytes, read) = WholeFile.Read(path);
        return new(path, new MemoryStream(bytes, writable: false), read.Stamp, read);
    }

    /// <summary>Whether these are the first bytes. It is read from there on afterwards.</summary>
    public bool BeginsWith(ReadOnlySpan<byte> bytes)
    {
        var beginning = new byte[bytes.Length];
        var length = Content.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        Content.Position = 0;
        return beginning.AsSpan(0, length).SequenceEqual(bytes);
    }

    /// <summary>
    /// What the file was: read once more from its beginning to its end for its hash. Who asks before all of it is read asks again behind
    /// the last row.
    /// </summary>
    public ReadFile End()
    {
        using (var source = read is null ? SourceFile.Open(path) : null)
            read ??= source!.End();
        var now = content is FileStream file ? FileStamp.Of(file.SafeFileHandle) : stamp;
        return now == stamp && read.Stamp == stamp
            ? read
            : throw Failure.BadInput($"{path}: changed while it was read");
    }

    /// <summary>Does work on it; where that fails, nobody reads it any more.</summary>
    public T OrDispose<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose() => Content.Dispose();

    private static bool IsPacked(string path)
    {
        using var source = SourceFile.Open(path);
        return source.IsPacked;
    }
}

/// <summary>
/// A file that a package reads. Its end is one: the package of Parquet goes on asking for the pages of a damaged column for ever
/// where there is nothing left. And it counts how often it was read, which says that a package has not lost its way.
/// </summary>
internal sealed class EndingStream(Stream content) : Stream
{
    // Whoever reads to the end asks once more, and not a thousand times.
    private const int MostEmptyReads = 1000;
    private int emptyReads;
    private long reads;

    /// <summary>How often something was read, on whatever thread; odd while it is read.</summary>
    public long Reads => Volatile.Read(ref reads);

    /// <summary>Whether something is read just now.</summary>
    public bool IsRead => Reads % 2 == 1;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => content.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        Volatile.Write(ref reads, reads + 1);
        var count = content.Read(buffer);
        // Nothing read is no progress.
        Volatile.Write(ref reads, count > 0 ? reads + 1 : reads - 1);
        emptyReads = count > 0 ? 0 : emptyReads + 1;
        return emptyReads <= MostEmptyReads
            ? count
            : throw new EndOfStreamException("the file ends before its pages do");
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer, offset, count));

    public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);

    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            content.Dispose();
        base.Dispose(disposing);
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
