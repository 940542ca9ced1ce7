using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The rows of an Arrow file, which Feather (version 2) is, too, or of an Arrow stream. Its types hold, as those of Parquet do.
/// Record batches are read one after the other.
/// </summary>
internal sealed class ArrowRows(string path, MissingWords missing) : RowSource(path)
{
    public override TableLook Look(string[]? known)
    {
        using var at = new ArrowCursor(Path);
        return new(at.Names, at.IsNumber);
    }

    public override RowCursor Open() => new ArrowCursor(Path) { Missing = missing };
}

/// <summary>Goes through the record batches of an Arrow file.</summary>
internal sealed class ArrowCursor : BatchCursor
{
    private readonly SeekableFile file;
    private readonly ArrowStreamReader reader;
    private readonly Field[] fields;
    private RecordBatch? batch;
    private int next;

    public ArrowCursor(string path)
        : this(path, SeekableFile.Open(path)) { }

    private ArrowCursor(string path, SeekableFile file)
        : this(path, file, file.OrDispose(() => Foreign.Guarded(path, "Arrow", () => Opened(file)))) { }

    private ArrowCursor(string path, SeekableFile file, (ArrowStreamReader Reader, Field[] Fields) opened)
        : base(path, file.OrDispose(() => ColumnTitles.Of(path, opened.Fields.Select(one => one.Name)))) =>
        (this.file, reader, fields) = (file, opened.Reader, opened.Fields);

    /// <summary>What the columns are called.</summary>
    public string[] Names => [.. fields.Select(one => one.Name)];

    /// <summary>Which of them are numbers.</summary>
    public bool[] IsNumber => [.. fields.Select(one => ArrowColumn.IsNumber(one.DataType))];

    public override ReadFile End() => file.End();

    public override void Dispose()
    {
        batch?.Dispose();
        reader.Dispose();
        file.Dispose();
    }

    protected override int NextBatch()
    {
        batch?.Dispose();
        batch = Foreign.Guarded(Path, $"record batch {next++}", reader.ReadNextRecordBatch);
        return batch is null ? -1 : Foreign.CheckRows(Path, $"record batch {next - 1}", batch.Length);
    }

    protected override TypedCells Read(int column) =>
        Foreign.Guarded(
            Path,
            $"column {CsvCursor.Quote(fields[column].Name)}",
            () => ArrowColumn.Read(batch!.Column(column), batch.Length)
        );

    private static (ArrowStreamReader Reader, Field[] Fields) Opened(SeekableFile file)
    {
        var codecs = new CompressionCodecFactory();
        var reader = file.BeginsWith("ARROW1"u8)
            ? new ArrowFileReader(file.Content, MemoryAllocator.Default.Value, codecs, leaveOpen: true)
            : new ArrowStreamReader(file.Content, codecs, leaveOpen: true);
        return (reader, [.. (reader.Schema ?? throw new InvalidDataException("no schema")).FieldsList]);
    }
}
