using Parquet;
using Parquet.Schema;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The rows of a Parquet file. Its types hold: a text is a category and no number, whatever it looks like. Row groups are read
/// one after the other.
/// </summary>
internal sealed class ParquetRows(string path, MissingWords missing) : RowSource(path)
{
    public override TableLook Look(string[]? known)
    {
        using var at = new ParquetCursor(Path);
        return new(at.Names, at.IsNumber);
    }

    public override RowCursor Open() => new ParquetCursor(Path) { Missing = missing };
}

/// <summary>Goes through the row groups of a Parquet file.</summary>
internal sealed class ParquetCursor : BatchCursor
{
    private readonly SeekableFile file;
    private readonly ParquetReader reader;
    private readonly Field[] fields;
    private ParquetRowGroupReader? group;
    private int next;

    public ParquetCursor(string path)
        : this(path, SeekableFile.Open(path)) { }

    private ParquetCursor(string path, SeekableFile file)
        : this(path, file, file.OrDispose(() => Foreign.Guarded(path, "Parquet", () => Opened(file)))) { }

    private ParquetCursor(string path, SeekableFile file, (ParquetReader Reader, Field[] Fields) opened)
        : base(path, file.OrDispose(() => ColumnTitles.Of(path, opened.Fields.Select(one => one.Name)))) =>
        (this.file, reader, fields) = (file, opened.Reader, opened.Fields);

    /// <summary>What the columns are called.</summary>
    public string[] Names => [.. fields.Select(one => one.Name)];

    /// <summary>Which of them are numbers.</summary>
    public bool[] IsNumber => [.. fields.Select(one => one is DataField data && ParquetColumn.IsNumber(data))];

    public override ReadFile End() => file.End();

    public override void Dispose()
    {
        group?.Dispose();
        file.Dispose();
    }

    protected override int NextBatch()
    {
        group?.Dispose();
        group = null;
        if (next == reader.RowGroupCount)
            return -1;
        group = Foreign.Guarded(Path, $"row group {next}", () => reader.OpenRowGroupReader(next++));
        return Foreign.CheckRows(Path, $"row group {next - 1}", group.RowCount);
    }

    protected override TypedCells Read(int column) =>
        fields[column] is DataField { MaxRepetitionLevel: 0 } data
            ? Foreign.Guarded(Path, $"column {CsvCursor.Quote(data.Name)}", () => ParquetColumn.Read(group!, data))
            : new RefusedColumn("a nested value");

    private static (ParquetReader Reader, Field[] Fields) Opened(SeekableFile file)
    {
        var options = new ParquetOptions { UseDateOnlyTypeForDates = true };
        var reader = ParquetReader.CreateAsync(file.Content, options).GetAwaiter().GetResult();
        return (reader, [.. reader.Schema.Fields]);
    }
}
