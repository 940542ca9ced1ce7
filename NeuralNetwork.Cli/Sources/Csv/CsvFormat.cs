using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>How a text table is written, as far as the user said: what is null is found out.</summary>
internal sealed record CsvFormat(char? Separator, bool? HasHeader)
{
    /// <summary>The separator that stands for runs of blanks and tabs.</summary>
    public const char Blanks = ' ';

    public static CsvFormat Auto { get; } = new(null, null);

    /// <summary>Separators by their names.</summary>
    public static (string Name, char? Value)[] Separators { get; } =
    [("auto", null), ("comma", ','), ("semicolon", ';'), ("tab", '\t'), ("pipe", '|'), ("blanks", Blanks)];

    /// <summary>What a separator is called.</summary>
    public static string NameOf(char separator) =>
        Array.Find(Separators, known => known.Value == separator).Name ?? $"{separator}";

    /// <summary>What files are, whatever they are called.</summary>
    public FileKind? Kind { get; init; }

    /// <summary>The index of the first feature in a LIBSVM file.</summary>
    public int? FirstIndex { get; init; }

    /// <summary>So many lines come before the table.</summary>
    public int Skip { get; init; }

    /// <summary>So many lines with anything in them come behind the table.</summary>
    public int SkipLast { get; init; }

    /// <summary>What a line begins with that is no row; null: every line is one.</summary>
    public string? Comment { get; init; }

    /// <summary>What stands around texts with separators in them; null: nothing does, and quotes are letters like others.</summary>
    public char? Quote { get; init; } = '"';

    public TextEncoding Encoding { get; init; }

    /// <summary>Whether the user said anything that only a text with separators has.</summary>
    public bool IsSaid =>
        Separator is not null
        || HasHeader is not null
        || this is { Skip: > 0 } or { SkipLast: > 0 } or { Comment: not null } or { Quote: not '"' }
        || Encoding != TextEncoding.Auto;

    /// <summary>How numbers are written.</summary>
    public NumberNotation Numbers { get; init; } = NumberNotation.Plain;

    /// <summary>The words that say that a value is not known.</summary>
    public MissingWords Missing { get; init; } = MissingWords.Usual;
}

/// <summary>How a text table is written, once it is known.</summary>
internal sealed record CsvDialect(char Separator, CsvFormat Format)
{
    /// <summary>Whether quotes have blanks around them: 1, "a, b", 2. That takes an eighth longer to read.</summary>
    public bool IsTrimmed { get; init; }

    /// <summary>The fields before the first column: names of rows.</summary>
    public int First { get; init; }

    /// <summary>The fields of a line whose last one is nothing but the end of a line behind a separator; 0: no line is such.</summary>
    public int OpenEnd { get; init; }
}

/// <summary>What separates the fields of a text table, found by what comes of each separator.</summary>
internal static class CsvSeparator
{
    // So many rows tell separators apart.
    private const int MostRows = 100;

    /// <summary>All that are tried.</summary>
    public static readonly char[] Candidates = [',', ';', '\t', '|'];

    /// <summary>The dialect with the separator that was asked for, or that was found, and what is to be said about it.</summary>
    public static (CsvDialect Dialect, string? Doubt) Find(string path, CsvFormat format)
    {
        if (format.Separator is { } given)
            return (new(given, format), null);
        if (Hint(path, format) is { } hint)
            return (new(hint, format with { Skip = format.Skip + 1 }), null);
        var trials = Candidates.Select(one => Trial.Of(path, one, format)).Where(trial => trial.Fields > 1).ToArray();
        var best = trials.Length == 0 ? null : trials.Aggregate((one, other) => other.IsBetterThan(one) ? other : one);
        if (best is null)
            return OfBlanks(path, format);
        // Another one that makes as many numbers, and as many fields or more, might be meant.
        var rival = trials.FirstOrDefault(trial =>
            trial != best
            && trial.IsNearlyRegular
            && trial.Fields >= best.Fields
            && trial.ShareOfNumbers >= best.ShareOfNumbers
        );
        var doubt = rival is null
            ? null
            : $"{path}: fields are separated by {CsvFormat.NameOf(best.Separator)}"
                + $" (--separator {CsvFormat.NameOf(rival.Separator)} makes {rival.Fields} fields of a line instead of {best.Fields})";
        return (new(best.Separator, format), doubt);
    }

    /// <summary>What a file looks like where another separator was given; null where there is nothing to say.</summary>
    public static string? Otherwise(string path, CsvFormat format)
    {
        if (format.Separator is not { } given)
            return "no comma, semicolon, tab, bar or run of blanks separates fields; --separator names what does";
        var (found, _) = Find(path, format with { Separator = null });
        var trial = Trial.Of(path, found.Separator, format with { Separator = null });
        return found.Separator == given || trial.Fields < 2
            ? null
            : $"--separator {CsvFormat.NameOf(given)} was given, and {CsvFormat.NameOf(found.Separator)} found";
    }

    // Spreadsheets say it in a line before the table: sep=;
    private static char? Hint(string path, CsvFormat format)
    {
        using var at = new CsvCursor(path, new('\u001F', format), isStrict: false);
        return at.Next() && at.Raw is [(byte)'s', (byte)'e', (byte)'p', (byte)'=', var one] ? (char)one : null;
    }

    /// <summary>Runs of blanks separate fields where every row has as many of them, and most are numbers.</summary>
    private static (CsvDialect Dialect, string? Doubt) OfBlanks(string path, CsvFormat format)
    {
        var trial = Trial.Of(path, CsvFormat.Blanks, format);
        // A blank may stand between thousands.
        var isTable =
            format.Numbers.Thousands != Thousands.Space
            && trial.Fields > 1
            && trial.Rows > 1
            && trial.IsNearlyRegular
            && trial.Numbers * 2 >= trial.Cells;
        return isTable
            ? (
                new(CsvFormat.Blanks, format),
                $"{path}: fields are separated by runs of blanks (--separator comma reads a line as one)"
            )
            : (new(',', format), null);
    }

    /// <summary>What becomes of the first rows with a separator.</summary>
    private sealed record Trial(char Separator, int Rows, int Regular, bool HasHead, int Fields, int Cells, int Numbers)
    {
        /// <summary>Whether but a tenth of the rows, or one, has another number of fields.</summary>
        public bool IsNearlyRegular => Fields > 1 && Rows - Regular <= Math.Max(1, Rows / 10);

        public double ShareOfNumbers => Cells == 0 ? 0 : (double)Numbers / Cells;

        public static Trial Of(string path, char separator, CsvFormat format)
        {
            var first = FirstRows.Of(path, new(separator, format), isStrict: false, MostRows);
            if (first.Rows.Count == 0)
                return new(separator, 0, 0, false, 0, 0, 0);
            var usual = first.Usual;
            var regular = first.Rows.Where(row => row.Count == usual).ToArray();
            // The first row has names as a rule, which say nothing.
            var cells = regular.Skip(1).SelectMany(row => row.Cells).ToArray();
            var numbers = cells.Count(first.IsNumber);
            return new(
                separator,
                first.Rows.Count,
                regular.Length,
                first.Rows[0].Count == usual,
                usual,
                cells.Length,
                numbers
            );
        }

        /// <summary>
        /// Regular rows count first, then whether the first one is among them, which has names and no decimal commas, then how many of
        /// the cells are numbers, then how many fields there are.
        /// </summary>
        public bool IsBetterThan(Trial other) =>
            IsNearlyRegular != other.IsNearlyRegular ? IsNearlyRegular
            : HasHead != other.HasHead ? HasHead
            : ShareOfNumbers != other.ShareOfNumbers ? ShareOfNumbers > other.ShareOfNumbers
            : Fields > other.Fields;
    }
}

/// <summary>What the bytes of a text file stand for.</summary>
internal enum TextEncoding
{
    /// <summary>UTF-8, or UTF-16 where its mark is at the beginning.</summary>
    Auto,
    Utf8,
    Utf16,
    Latin1,
    Windows1252,
}

/// <summary>The text of a file as UTF-8, without a mark at its beginning, whatever it was written in.</summary>
internal sealed class Decoded : ReadStream
{
    private readonly Stream inner;
    private readonly string path;
    private readonly string name;

    private Decoded(Stream inner, string path, string name) => (this.inner, this.path, this.name) = (inner, path, name);

    /// <summary>Opens a text. A failure where its beginning is that of an encoding that is not read, or not the one asked for.</summary>
    public static Stream Open(Stream source, string path, TextEncoding asked)
    {
        var head = new byte[4];
        head = head[..source.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        var mark = MarkOf(head);
        if (head is [0xFF, 0xFE, 0, 0] or [0, 0, 0xFE, 0xFF])
            throw Failure.BadInput($"{path}: encoding: UTF-32 is not supported (save it as UTF-8)");
        if (asked == TextEncoding.Utf8 && mark is not null)
            throw Failure.BadInput(
                $"{path}: encoding: UTF-16, and --encoding utf-8 was given (--encoding auto reads it)"
            );
        var rest = new Prefixed(mark is null ? head : head[2..], source);
        return asked switch
        {
            TextEncoding.Latin1 => Of(rest, Encoding.Latin1, path, "Latin-1"),
            TextEncoding.Windows1252 => Of(
                rest,
                CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
                path,
                "Windows-1252"
            ),
            TextEncoding.Utf16 => Of(rest, mark ?? Utf16(isBig: false), path, "UTF-16"),
            _ when mark is not null => Of(rest, mark, path, "UTF-16"),
            _ => rest,
        };
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (DecoderFallbackException)
        {
            throw Failure.BadInput($"{path}: encoding: not {name} all through (--encoding names another one)");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private static Decoded Of(Stream rest, Encoding encoding, string path, string name) =>
        new(Encoding.CreateTranscodingStream(rest, encoding, new UTF8Encoding(false), leaveOpen: true), path, name);

    private static UnicodeEncoding? MarkOf(ReadOnlySpan<byte> head) =>
        head switch
        {
            [0xFF, 0xFE, ..] => Utf16(isBig: false),
            [0xFE, 0xFF, ..] => Utf16(isBig: true),
            _ => null,
        };

    private static UnicodeEncoding Utf16(bool isBig) => new(isBig, byteOrderMark: false, throwOnInvalidBytes: true);

    /// <summary>Bytes that were read already, and what comes behind them.</summary>
    private sealed class Prefixed(ReadOnlyMemory<byte> head, Stream rest) : ReadStream
    {
        private ReadOnlyMemory<byte> head = head;

        public override int Read(Span<byte> buffer)
        {
            if (head.IsEmpty)
                return rest.Read(buffer);
            var count = Math.Min(head.Length, buffer.Length);
            head.Span[..count].CopyTo(buffer);
            head = head[count..];
            // More of it at once: what a file begins with tells what it is.
            return count < buffer.Length ? count + rest.Read(buffer[count..]) : count;
        }
    }
}
