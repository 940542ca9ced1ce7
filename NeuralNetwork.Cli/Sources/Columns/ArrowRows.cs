using System.Buffers;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The rows of an Arrow file, which Feather (version 2) is, too, or of an Arrow stream. Its types hold, as those of Parquet do.
/// Record batches are read one after the other.
/// </summary>
internal sealed class ArrowRows(string path, MissingWords missing) : RowSource(path)
{
    public override bool IsTyped => true;

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
        : this(path, file, file.OrDispose(() => Foreign.Guarded(path, "Arrow", file.Content, () => Opened(file)))) { }

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
        // Where the next one cannot be read, there is none.
        batch = null;
        batch = Foreign.Guarded(Path, $"record batch {next++}", file.Content, reader.ReadNextRecordBatch);
        return batch is null ? -1 : Foreign.CheckRows(Path, $"record batch {next - 1}", batch.Length);
    }

    protected override TypedCells Read(int column) =>
        Foreign.Guarded(
            Path,
            $"column {Failure.Quote(fields[column].Name)}",
            file.Content,
            () =>
                batch is null
                    ? throw new InvalidDataException("no record batch")
                    : ArrowColumn.Read(batch.Column(column), batch.Length)
        );

    private static (ArrowStreamReader Reader, Field[] Fields) Opened(SeekableFile file)
    {
        var (codecs, memory) = (new CompressionCodecFactory(), new ManagedMemory());
        var reader = file.BeginsWith("ARROW1"u8)
            ? new ArrowFileReader(file.Content, memory, codecs, leaveOpen: true)
            : new ArrowStreamReader(file.Content, memory, codecs, leaveOpen: true);
        return (reader, [.. (reader.Schema ?? throw new InvalidDataException("no schema")).FieldsList]);
    }
}

/// <summary>
/// Arrays of the runtime for what a file holds. The package's own memory is the system's: what a damaged file has it read behind
/// the end, or after it was given back, ends the process. Here it is an exception.
/// </summary>
internal sealed class ManagedMemory : MemoryAllocator
{
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        return new Owner(new byte[length]);
    }

    private sealed class Owner(byte[] bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => bytes;

        public void Dispose() { }
    }
}

/// <summary>The cells of a column of a record batch, by the type that the file says.</summary>
internal static class ArrowColumn
{
    private static readonly HashSet<ArrowTypeId> Numbers =
    [
        ArrowTypeId.Int8,
        ArrowTypeId.UInt8,
        ArrowTypeId.Int16,
        ArrowTypeId.UInt16,
        ArrowTypeId.Int32,
        ArrowTypeId.UInt32,
        ArrowTypeId.Int64,
        ArrowTypeId.UInt64,
        ArrowTypeId.HalfFloat,
        ArrowTypeId.Float,
        ArrowTypeId.Double,
        ArrowTypeId.Decimal128,
        ArrowTypeId.Null,
    ];

    /// <summary>Whether a column has numbers; one that is open everywhere may have some.</summary>
    public static bool IsNumber(IArrowType type) =>
        Numbers.Contains(type is DictionaryType dictionary ? dictionary.ValueType.TypeId : type.TypeId);

    public static TypedCells Read(IArrowArray column, int rows) =>
        column.Length != rows ? throw new InvalidDataException($"{column.Length} cells in {rows} rows") : Read(column);

    private static TypedCells Read(IArrowArray column) =>
        column switch
        {
            DoubleArray numbers => NumberColumn.Of(Doubles(numbers.Length, numbers.GetValue)),
            FloatArray numbers => NumberColumn.OfSingles(Doubles(numbers.Length, row => numbers.GetValue(row))),
            HalfFloatArray numbers => NumberColumn.OfSingles(
                Doubles(numbers.Length, row => (double?)numbers.GetValue(row))
            ),
            Int8Array numbers => NumberColumn.Of(Doubles(numbers.Length, row => numbers.GetValue(row))),
            UInt8Array numbers => NumberColumn.Of(Doubles(numbers.Length, row => numbers.GetValue(row))),
            Int16Array numbers => NumberColumn.Of(Doubles(numbers.Length, row => numbers.GetValue(row))),
            UInt16Array numbers => NumberColumn.Of(Doubles(numbers.Length, row => numbers.GetValue(row))),
            Int32Array numbers => NumberColumn.Of(Doubles(numbers.Length, row => numbers.GetValue(row))),
            UInt32Array numbers => NumberColumn.Of(Doubles(numbers.Length, row => numbers.GetValue(row))),
            Int64Array numbers => new WholeColumn(Each(numbers.Length, row => (Int128?)numbers.GetValue(row))),
            UInt64Array numbers => new WholeColumn(Each(numbers.Length, row => (Int128?)numbers.GetValue(row))),
            Decimal128Array numbers => new DecimalColumn(Each(numbers.Length, numbers.GetValue)),
            BooleanArray values => TextColumn.Of(Each(values.Length, values.GetValue)),
            NullArray open => new TextColumn(new string?[open.Length]),
            DictionaryArray texts => Mapped(texts),
            _ => Texts(column) is { } texts
                ? new TextColumn(texts)
                : new RefusedColumn($"a value of type {column.Data.DataType.Name}"),
        };

    private static string?[]? Texts(IArrowArray column) =>
        column switch
        {
            StringArray texts => Each(texts.Length, row => Text(texts.GetBytes(row, out var isOpen), isOpen)),
            LargeStringArray texts => Each(texts.Length, row => Text(texts.GetBytes(row, out var isOpen), isOpen)),
            StringViewArray texts => Each(texts.Length, row => Text(texts.GetBytes(row, out var isOpen), isOpen)),
            Date32Array days => Each(days.Length, row => Day(days.GetDateOnly(row))),
            Date64Array days => Each(days.Length, row => Day(days.GetDateOnly(row))),
            TimestampArray moments => Moments(moments),
            Time32Array times => Each(times.Length, row => Time(times.GetTime(row))),
            Time64Array times => Each(times.Length, row => Time(times.GetTime(row))),
            _ => null,
        };

    /// <summary>
    /// The package's own <c>GetString</c> reads from a pointer at the places that the file says, wherever they are; its bytes are
    /// a slice of the buffer.
    /// </summary>
    private static string? Text(ReadOnlySpan<byte> bytes, bool isOpen) =>
        isOpen ? null : Encoding.UTF8.GetString(bytes);

    private static string?[] Moments(TimestampArray moments)
    {
        var isUtc = moments.Data.DataType is TimestampType { Timezone.Length: > 0 };
        return Each(
            moments.Length,
            row => moments.GetTimestamp(row) is { } moment ? TextColumn.Moment(moment.UtcDateTime, isUtc) : null
        );
    }

    private static string? Day(DateOnly? day) => day is { } known ? TextColumn.Day(known) : null;

    private static string? Time(TimeOnly? time) => time is { } known ? TextColumn.Time(known.ToTimeSpan()) : null;

    private static MappedColumn Mapped(DictionaryArray array)
    {
        var places = new int[array.Length];
        var indices = array.EnumeratePhysicalIndices().GetEnumerator();
        for (var row = 0; row < places.Length; row++)
        {
            indices.MoveNext();
            places[row] = array.IsNull(row) ? -1 : indices.Current;
            if (places[row] >= array.Dictionary.Length || places[row] < -1)
                throw new InvalidDataException($"place {places[row]} of a dictionary of {array.Dictionary.Length}");
        }
        return new(Read(array.Dictionary), places);
    }

    private static double[] Doubles(int length, Func<int, double?> get)
    {
        var numbers = new double[length];
        for (var row = 0; row < length; row++)
            numbers[row] = get(row) ?? double.NaN;
        return numbers;
    }

    private static T[] Each<T>(int length, Func<int, T> get)
    {
        var cells = new T[length];
        for (var row = 0; row < length; row++)
            cells[row] = get(row);
        return cells;
    }
}

/// <summary>Cells that are places among those of a dictionary; below 0 for an open one.</summary>
internal sealed class MappedColumn(TypedCells dictionary, int[] places) : TypedCells
{
    public override string? Text(int row) => places[row] < 0 ? null : dictionary.Text(places[row]);

    public override bool TryNumber(int row, out double number)
    {
        number = 0;
        return places[row] >= 0 && dictionary.TryNumber(places[row], out number);
    }

    public override string Hint(int row) => places[row] < 0 ? "" : dictionary.Hint(places[row]);

    public override string? Refusal => dictionary.Refusal;
}
