using System.Globalization;
using CsvHelper;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Goes through the records of a CSV file, and says where it is.</summary>
internal sealed class CsvCursor : RowCursor
{
    /// <summary>The longest record, in bytes.</summary>
    public const int LongestRecord = 16 << 20;

    /// <summary>The most fields of a record.</summary>
    public const int MostFields = 1_000_000;

    /// <summary>What lines begin with that are mostly comments.</summary>
    public static readonly string[] CommentSigns = ["//", "#", "%", ";", "--"];

    // So many lines behind a table are more than a note.
    private const int MostBehind = 10;

    private readonly SourceFile source;
    private readonly CsvReader reader;
    private readonly CsvDialect dialect;
    private readonly bool arePlain;
    private int count;
    private long rows;

    /// <summary>Strict, what is wrong with quotes is an error; otherwise it is a letter like others.</summary>
    public CsvCursor(string path, CsvDialect dialect, bool isStrict = true)
    {
        (Path, this.dialect) = (path, dialect);
        source = SourceFile.Open(path);
        Missing = dialect.Format.Missing;
        Numbers = dialect.Format.Numbers;
        arePlain = Numbers.IsPlain;
        reader = CsvReader.Create(
            Opened(dialect),
            new CsvReaderOptions
            {
                Separator = dialect.Separator == CsvFormat.Blanks ? TextLines.Between : dialect.Separator,
                HasHeader = false,
                Mode = dialect.Format.Quote is null ? CsvMode.NoEscape : CsvMode.Rfc4180,
                Quote = dialect.Format.Quote ?? '"',
                MaxRecordSize = LongestRecord,
                TrackLineNumbers = true,
                MalformedData = isStrict ? CsvMalformedDataHandling.Throw : CsvMalformedDataHandling.Recover,
                TrimWhitespace = dialect.IsTrimmed,
                PoolStrings = true,
                BufferSize = 1 << 17,
                FormatProvider = CultureInfo.InvariantCulture,
            },
            leaveOpen: false
        );
    }

    public override string Path { get; }

    public override int Count => count;

    /// <summary>The line of the file where the record begins.</summary>
    public long Line => reader.LineNumber;

    public override string Where => $"line {Line}";

    public override string Hint(int column) => rows == 1 ? " (a header? --header yes)" : "";

    // In another notation than that of the table it is a mistake, and no category.
    public override bool IsNumeral(int column) => base.IsNumeral(column) || OtherNotation.Is(Text(column), Numbers);

    /// <summary>The next record with anything in it.</summary>
    public override bool Next()
    {
        try
        {
            do
            {
                if (!reader.Read())
                    return false;
            } while (reader.FieldCount == 1 && CellText.Trim(reader.GetSpan(0)).IsEmpty);
        }
        catch (CsvFormatException error)
        {
            throw Failure.BadInput($"{Path}: {Found(error)}");
        }
        count = reader.FieldCount - dialect.First;
        rows++;
        if (dialect.OpenEnd > 0 && reader.FieldCount == dialect.OpenEnd)
            CheckEnd();
        return count <= MostFields
            ? true
            : throw Failure.BadInput($"{Path}: line {Line}: {count} fields (limit {MostFields})");
    }

    public override ReadOnlySpan<byte> this[int column] => reader.GetSpan(column + dialect.First);

    /// <summary>The record as it stands in the file.</summary>
    public override ReadOnlySpan<byte> Raw => reader.RawRecord;

    public override string Text(int column) => reader.GetString(column + dialect.First).Trim(' ', '\t');

    public override bool TryNumber(int column, out double number)
    {
        if (!arePlain)
            return Numbers.TryNumber(this[column], out number);
        var field = reader[column + dialect.First];
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

    /// <summary>A row of another length near the end may belong to no table, nor one that begins like a comment.</summary>
    protected override string Remedy(int expected)
    {
        var sign = CommentSigns.FirstOrDefault(Begins);
        if (sign is not null && dialect.Format.Comment is null)
            return $"; a comment? --comment {ShellLine.Quoted(sign)} leaves such lines out";
        if (count == expected + 1 && CellText.Trim(this[count - 1]).IsEmpty)
            return "; the line ends with a separator that other lines do not have";
        // What comes behind the table may be anything: a failure to read it says that it does not end here.
        try
        {
            var others = 1;
            while (others < MostBehind && Next())
                others = count == expected ? MostBehind : others + 1;
            return others < MostBehind
                ? $"; a note behind the table? --skip-last {dialect.Format.SkipLast + others} leaves it out"
                : "";
        }
        catch (Failure)
        {
            return "";
        }
    }

    private bool Begins(string sign) => Raw.TrimStart(" \t"u8).StartsWith(System.Text.Encoding.UTF8.GetBytes(sign));

    // Nothing comes behind the last separator of any line, and no name stands above it.
    private void CheckEnd()
    {
        count--;
        if (!CellText.Trim(reader.GetSpan(reader.FieldCount - 1)).IsEmpty)
            throw Failure.BadInput(
                $"{Path}: line {Line}: {Failure.Quote(reader.GetString(reader.FieldCount - 1))} behind the last separator, where the first"
                    + " rows have nothing and no name is given (name the column, or --header no)"
            );
    }

    private Stream Opened(CsvDialect how)
    {
        var clean = new CleanText(Decoded.Open(source, Path, how.Format.Encoding), Path);
        return TextLines.Needs(how) ? new TextLines(clean, Path, how) : clean;
    }

    private static string Found(CsvFormatException error) =>
        error.Message.Contains("MaxRecordSize", StringComparison.Ordinal)
            ? $"line {Math.Max(error.LineNumber, 1)}: longer than {LongestRecord} bytes (an unclosed quote?)"
            : $"line {error.LineNumber}: {Reason(error.Message)}{(IsAboutQuotes(error) ? " (--quote none takes quotes for letters)" : "")}";

    private static bool IsAboutQuotes(CsvFormatException error) =>
        error.Message.Contains("quote", StringComparison.OrdinalIgnoreCase);

    // "Malformed CSV in record 2 (line 2): a quoted field that is never closed (byte offset 13)."
    private static string Reason(string message)
    {
        var start = message.IndexOf("): ", StringComparison.Ordinal);
        return (start < 0 ? message : message[(start + 3)..]).TrimEnd('.');
    }
}

/// <summary>The rows of a CSV file.</summary>
internal sealed class CsvRows(string path, CsvFormat format) : RowSource(path)
{
    private CsvLook? look;

    public override TableLook Look(string[]? known) => look = CsvLook.At(Path, format, known);

    public override RowCursor Open()
    {
        var found = look ?? throw new InvalidOperationException("a file is looked at before it is gone through");
        var at = new CsvCursor(Path, found.Dialect);
        if (found.HasHeader)
            at.Next();
        return at;
    }

    public override string Form => $"{look?.Dialect}";

    public override string? Otherwise => CsvSeparator.Otherwise(Path, format);
}
