using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NeuralNetwork.Cli.Basics;

/// <summary>JSON for people and programs: indented, numbers that read back as they were, null for what is not there.</summary>
internal static class Json
{
    /// <summary>The version of every document this program writes.</summary>
    public const int Schema = 1;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // The same bytes on every system.
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(JsonNode node) => node.ToJsonString(Indented);

    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>What stands within objects in objects; null where there is none.</summary>
    public static JsonNode? At(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = (node as JsonObject)?[name];
        return node;
    }

    /// <summary>The same of a number; NaN where there is none.</summary>
    public static double NumberAt(JsonNode? node, params ReadOnlySpan<string> path) =>
        At(node, path) is JsonValue value && value.TryGetValue<double>(out var number) ? number : double.NaN;

    public static JsonObject Score(Score score) =>
        new()
        {
            ["loss"] = Number(score.Loss),
            ["accuracy"] = Number(score.Accuracy),
            ["r2"] = Number(score.R2),
            ["rmse"] = Number(score.RMSE),
        };

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];
}

/// <summary>Tables as CSV: a header, commas, quotes where a cell would not be one otherwise, numbers that read back as they were.</summary>
internal static class CsvText
{
    /// <summary>A whole table, a line for each row.</summary>
    public static string Of(IEnumerable<string> heads, IEnumerable<IEnumerable<string>> rows) =>
        string.Concat(rows.Prepend(heads).Select(row => $"{Row(row)}\n"));

    /// <summary>A row without the end of its line.</summary>
    public static string Row(IEnumerable<string> cells) => string.Join(',', cells.Select(Cell));

    /// <summary>A number; an empty cell for none.</summary>
    public static string Cell(double value) => double.IsFinite(value) ? Maths.Text.number(value) : "";

    /// <summary>A text: as it is, in quotes where it would not be one cell otherwise.</summary>
    public static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : InQuotes(text);

    /// <summary>A text in quotes, its own doubled.</summary>
    public static string InQuotes(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text, with an apostrophe in front where a spreadsheet would run it as a formula. Numbers are left alone.</summary>
    public static string Guarded(string text) => IsFormula(text) ? $"'{text}" : text;

    // Whatever blanks stand in front.
    private static bool IsFormula(string text) =>
        (text.AsSpan().TrimStart() is ['=' or '+' or '-' or '@', ..] || text is ['\t' or '\r' or '\n', ..])
        && Maths.Text.tryNumber(text) is null;
}

/// <summary>Losses, what is of their size, and times, as people read them.</summary>
internal static partial class Numeral
{
    private const double Greatest = 1e6;

    // Below this a time in seconds has not two digits.
    private const double Brief = 0.1;

    // What rounds to 0 has no sign.
    private const string Form = "0.0000;-0.0000;0.0000";

    /// <summary>Four decimals; from a million on two digits and a power of ten: 1.2e+36.</summary>
    public static string Of(double value) =>
        value.ToString(Math.Abs(value) >= Greatest ? "0.0e+0" : Form, CultureInfo.InvariantCulture);

    /// <summary>What is in units of the data, or a measure of it: five digits, whatever its size.</summary>
    public static string InUnits(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    /// <summary>A share of a whole, in percent.</summary>
    public static string Share(double value) =>
        $"{(100 * value).ToString("0.00;-0.00;0.00", CultureInfo.InvariantCulture)} %";

    /// <summary>A number on a page in one of these forms, where there may be none.</summary>
    public static string OrDash(double value, Func<double, string> form) => double.IsFinite(value) ? form(value) : "–";

    /// <summary>Whether a text on a page is a number, perhaps with a unit and a deviation behind it, or stands for none.</summary>
    public static bool Is(string text) => text is "" or "-" or "–" || Written().IsMatch(text);

    [GeneratedRegex(@"^[-−]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][-+]?\d+)?( |$)")]
    private static partial Regex Written();

    /// <summary>A time that may be long, whatever a file says of it: 12.34 s, 3 min 05 s, 1 h 02 min.</summary>
    public static string Duration(double seconds)
    {
        var whole = Math.Round(seconds);
        var minutes = Math.Floor(whole / 60);
        return seconds < 60 ? Time(seconds)
            : whole < 3600 ? $"{minutes:0} min {whole % 60:00} s"
            : $"{Math.Floor(minutes / 60):0} h {minutes % 60:00} min";
    }

    /// <summary>A time of so many seconds: 12.34 s, and 5.67 ms where it is short.</summary>
    public static string Time(double seconds) =>
        seconds < Brief
            ? $"{(1000 * seconds).ToString("0.00", CultureInfo.InvariantCulture)} ms"
            : $"{seconds.ToString("0.00", CultureInfo.InvariantCulture)} s";
}

/// <summary>Takes bytes and keeps nothing but their number.</summary>
internal sealed class ByteCount : Stream
{
    private long length;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => length;

    public override long Position
    {
        get => length;
        set => throw new NotSupportedException();
    }

    /// <summary>How many bytes are written by work.</summary>
    public static long Of(Action<Stream> write)
    {
        using var count = new ByteCount();
        write(count);
        return count.length;
    }

    public override void Write(ReadOnlySpan<byte> buffer) => length += buffer.Length;

    public override void Write(byte[] buffer, int offset, int count) => length += count;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
