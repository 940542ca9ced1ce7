using System.Globalization;
using CsvHelper;

namespace NeuralNetwork.Cli;

/// <summary>Goes through the records of a CSV file, and says where it is.</summary>
internal sealed class CsvCursor : RowCursor
{
    /// <summary>The longest record, in bytes.</summary>
    public const int LongestRecord = 16 << 20;

    /// <summary>The most fields of a record.</summary>
    public const int MostFields = 1_000_000;

    private readonly SourceFile source;
    private readonly CsvReader reader;

    /// <summary>Trimmed, quotes may have blanks around them: 1, "a, b", 2. That takes an eighth longer.</summary>
    public CsvCursor(string path, char? separator, bool isTrimmed, bool isStrict = true)
    {
        Path = path;
        source = SourceFile.Open(path);
        reader = CsvReader.Create(
            new CleanText(source),
            new CsvReaderOptions
            {
                Separator = separator,
                HasHeader = false,
                MaxRecordSize = LongestRecord,
                TrackLineNumbers = true,
                MalformedData = isStrict ? CsvMalformedDataHandling.Throw : CsvMalformedDataHandling.Recover,
                TrimWhitespace = isTrimmed,
                PoolStrings = true,
                BufferSize = 1 << 17,
                FormatProvider = CultureInfo.InvariantCulture,
            },
            leaveOpen: false
        );
    }

    public override string Path { get; }

    public override int Count => reader.FieldCount;

    private long Line => reader.LineNumber;

    public override string Where => $"line {Line}";

    public override string Hint => Line == 1 ? " (a header? --header yes)" : "";

    public char Separator => reader.Separator;

    /// <summary>The next record with anything in it.</summary>
    public override bool Next()
    {
        try
        {
            do
            {
                if (!reader.Read())
                    return false;
            } while (Count == 1 && CellText.Trim(reader.GetSpan(0)).IsEmpty);
        }
        catch (CsvFormatException error)
        {
            throw Failure.BadInput($"{Path}: {Found(error)}");
        }
        return Count <= MostFields
            ? true
            : throw Failure.BadInput($"{Path}: line {Line}: {Count} fields (limit {MostFields})");
    }

    public override ReadOnlySpan<byte> this[int column] => reader.GetSpan(column);

    /// <summary>The record as it stands in the file.</summary>
    public override ReadOnlySpan<byte> Raw => reader.RawRecord;

    public override string Text(int column) => reader.GetString(column).Trim(' ', '\t');

    public override bool TryNumber(int column, out double number)
    {
        var field = reader[column];
        number = 0;
        // CsvHelper takes a comma for a thousands separator: 1,5 would be 15.
        return field.Span.IndexOf((byte)',') < 0 && field.TryParse(out number);
    }

    public override ReadFile End() => source.End();

    public override void Dispose()
    {
        reader.Dispose();
        source.Dispose();
    }

    /// <summary>At most 40 characters of a text from a file, control characters escaped.</summary>
    public static string Quote(string text)
    {
        var shown = string.Concat(text.Take(40).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"));
        return text.Length > 40 ? $"'{shown}…'" : $"'{shown}'";
    }

    private static string Found(CsvFormatException error) =>
        error.Message.Contains("MaxRecordSize", StringComparison.Ordinal)
            ? $"line {Math.Max(error.LineNumber, 1)}: longer than {LongestRecord} bytes (an unclosed quote?)"
            : $"line {error.LineNumber}: {Reason(error.Message)}";

    // "Malformed CSV in record 2 (line 2): a quoted field that is never closed (byte offset 13)."
    private static string Reason(string message)
    {
        var start = message.IndexOf("): ", StringComparison.Ordinal);
        return (start < 0 ? message : message[(start + 3)..]).TrimEnd('.');
    }
}
