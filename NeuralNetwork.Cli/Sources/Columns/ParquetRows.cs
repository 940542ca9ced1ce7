using System.Globalization;
using NeuralNetwork.Cli.Basics;
using Parquet;
using Parquet.Schema;
using Encoding = Parquet.Meta.Encoding;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The rows of a Parquet file. Its types hold: a text is a category and no number, whatever it looks like. Row groups are read
/// one after the other.
/// </summary>
internal sealed class ParquetRows(string path, MissingWords missing) : RowSource(path)
{
    public override bool IsTyped => true;

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
        : this(path, file, file.OrDispose(() => Foreign.Guarded(path, "Parquet", file.Content, () => Opened(file)))) { }

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
        group = Foreign.Guarded(Path, $"row group {next}", file.Content, () => reader.OpenRowGroupReader(next++));
        return Foreign.CheckRows(Path, $"row group {next - 1}", group.RowCount);
    }

    protected override TypedCells Read(int column) =>
        fields[column] is DataField { MaxRepetitionLevel: 0 } data
            ? Foreign.Guarded(
                Path,
                $"column {Failure.Quote(data.Name)}",
                file.Content,
                () => ParquetColumn.Read(group!, data)
            )
            : new RefusedColumn("a nested value");

    private static (ParquetReader Reader, Field[] Fields) Opened(SeekableFile file)
    {
        var options = new ParquetOptions { UseDateOnlyTypeForDates = true };
        var reader = ParquetReader.CreateAsync(file.Content, options).GetAwaiter().GetResult();
        return (reader, [.. reader.Schema.Fields]);
    }
}

/// <summary>The cells of a column of a row group, by the type that the file says.</summary>
internal static class ParquetColumn
{
    private static readonly HashSet<Type> Numbers =
    [
        typeof(sbyte),
        typeof(byte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(float),
        typeof(double),
        typeof(decimal),
    ];

    /// <summary>Whether a column has numbers.</summary>
    public static bool IsNumber(DataField field) => field is not TimeDataField && Numbers.Contains(field.ClrType);

    public static TypedCells Read(ParquetRowGroupReader group, DataField field)
    {
        var type = field.ClrType;
        return field is TimeDataField ? Times(group, field)
            : type == typeof(double) ? NumberColumn.Of(Doubles<double>(group, field, number => number))
            : type == typeof(float) ? NumberColumn.OfSingles(Doubles<float>(group, field, number => number))
            : type == typeof(int) ? NumberColumn.Of(Doubles<int>(group, field, number => number))
            : type == typeof(uint) ? NumberColumn.Of(Doubles<uint>(group, field, number => number))
            : type == typeof(short) ? NumberColumn.Of(Doubles<short>(group, field, number => number))
            : type == typeof(ushort) ? NumberColumn.Of(Doubles<ushort>(group, field, number => number))
            : type == typeof(sbyte) ? NumberColumn.Of(Doubles<sbyte>(group, field, number => number))
            : type == typeof(byte) ? NumberColumn.Of(Doubles<byte>(group, field, number => number))
            : type == typeof(long) ? new WholeColumn(Each<long, Int128?>(group, field, number => number))
            : type == typeof(ulong) ? new WholeColumn(Each<ulong, Int128?>(group, field, number => number))
            : type == typeof(decimal) ? new DecimalColumn(Each<decimal, decimal?>(group, field, number => number))
            : type == typeof(bool) ? Flags(group, field)
            : type == typeof(ReadOnlyMemory<char>) ? Text<ReadOnlyMemory<char>>(group, field, text => text.ToString())
            : OtherText(group, field);
    }

    // The package takes run lengths for bits that are all 0, and says so of some files only.
    private static TypedCells Flags(ParquetRowGroupReader group, DataField field) =>
        group.GetMetadata(field)?.MetaData?.Encodings?.Contains(Encoding.PLAIN) == true
            ? TextColumn.Of(Each<bool, bool?>(group, field, value => value))
            : new RefusedColumn("true and false as run lengths, as data pages of version 2 have them");

    // The package leaves times of a day as the numbers of milli-, micro- or nanoseconds since midnight that they are kept as.
    private static TypedCells Times(ParquetRowGroupReader group, DataField field)
    {
        var unit = field.SchemaElement?.LogicalType?.TIME?.Unit;
        var ticks = field.ClrType == typeof(int) ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerMicrosecond;
        if (unit?.NANOS is not null)
            return Text<long>(group, field, time => TextColumn.Time(new(time / TimeSpan.NanosecondsPerTick)));
        return field.ClrType == typeof(int)
            ? Text<int>(group, field, time => TextColumn.Time(new(time * ticks)))
            : Text<long>(group, field, time => TextColumn.Time(new(time * ticks)));
    }

    private static TypedCells OtherText(ParquetRowGroupReader group, DataField field)
    {
        var type = field.ClrType;
        var isUtc = field is DateTimeDataField { IsAdjustedToUTC: true };
        return type == typeof(DateTime) ? Text<DateTime>(group, field, moment => TextColumn.Moment(moment, isUtc))
            : type == typeof(DateOnly) ? Text<DateOnly>(group, field, TextColumn.Day)
            : type == typeof(TimeSpan) ? Text<TimeSpan>(group, field, TextColumn.Time)
            : type == typeof(TimeOnly) ? Text<TimeOnly>(group, field, time => TextColumn.Time(time.ToTimeSpan()))
            : type == typeof(Guid) ? Text<Guid>(group, field, id => id.ToString("D", CultureInfo.InvariantCulture))
            : new RefusedColumn(
                type == typeof(ReadOnlyMemory<byte>) ? "bytes that are no text" : $"a value of type {type.Name}"
            );
    }

    private static TextColumn Text<T>(ParquetRowGroupReader group, DataField field, Func<T, string> text)
        where T : struct => new(Each<T, string?>(group, field, value => text(value)));

    private static double[] Doubles<T>(ParquetRowGroupReader group, DataField field, Func<T, double> widen)
        where T : struct
    {
        var found = Found<T>(group, field);
        return Array.ConvertAll(found, value => value is { } number ? widen(number) : double.NaN);
    }

    private static TTo[] Each<T, TTo>(ParquetRowGroupReader group, DataField field, Func<T, TTo> make)
        where T : struct =>
        Array.ConvertAll(Found<T>(group, field), value => value is { } known ? make(known) : default!);

    private static T?[] Found<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var found = new T?[group.RowCount];
        group.ReadAsync<T>(field, found.AsMemory(), null, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return found;
    }
}
