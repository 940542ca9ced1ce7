using System.Text;
using System.Text.Unicode;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The lines of a text with those left out that are no rows: before the table, behind it, and comments. They become empty
/// lines, so that lines keep their numbers. Runs of blanks may become separators.
/// </summary>
internal sealed class TextLines(Stream source, string path, CsvDialect dialect) : ReadStream
{
    /// <summary>What stands for a run of blanks.</summary>
    public const char Between = '\t';

    private readonly CsvFormat format = dialect.Format;
    private readonly bool hasBlanks = dialect.Separator == CsvFormat.Blanks;
    private readonly byte[] comment = Encoding.UTF8.GetBytes(dialect.Format.Comment ?? "");
    private readonly byte[] buffer = new byte[1 << 16];

    // What may still turn out to be behind the table: its lines with anything in them, and empty ones.
    private readonly Queue<byte[]> waiting = new();
    private readonly MemoryStream line = new();
    private readonly MemoryStream output = new();
    private int start;
    private int end;
    private int filled;
    private long lines;
    private bool isQuoted;
    private bool isReturned;
    private bool isAtEnd;

    /// <summary>Whether a table has lines that are no rows, or runs of blanks.</summary>
    public static bool Needs(CsvDialect dialect) =>
        dialect.Separator == CsvFormat.Blanks
        || dialect.Format is { Skip: > 0 } or { SkipLast: > 0 } or { Comment: not null };

    public override int Read(Span<byte> target)
    {
        while (output.Position == output.Length && !isAtEnd)
        {
            output.SetLength(0);
            if (!Next())
                Finish();
            output.Position = 0;
        }
        return output.Read(target);
    }

    /// <summary>Takes the next line, with its end; false where there is none.</summary>
    private bool Next()
    {
        line.SetLength(0);
        while (true)
        {
            if (start == end)
            {
                (start, end) = (0, source.Read(buffer));
                if (end == 0)
                    break;
            }
            // A carriage return ends a line, too; a line feed behind it is no other line.
            var rest = buffer.AsSpan(start, end - start);
            var stop = rest.IndexOfAny((byte)'\n', (byte)'\r');
            line.Write(stop < 0 ? rest : rest[..(stop + 1)]);
            start += stop < 0 ? rest.Length : stop + 1;
            if (line.Length > CsvCursor.LongestRecord)
                throw Failure.BadInput($"{path}: line {lines + 1}: longer than {CsvCursor.LongestRecord} bytes");
            if (stop >= 0)
                break;
        }
        if (line.Length == 0)
            return false;
        Take(line.GetBuffer().AsSpan(0, (int)line.Length));
        return true;
    }

    private void Take(ReadOnlySpan<byte> whole)
    {
        var text = whole.TrimEnd("\r\n"u8);
        var ending = whole[text.Length..];
        // The line feed of CR LF comes alone.
        lines += isReturned && whole is [(byte)'\n'] ? 0 : 1;
        isReturned = ending is [(byte)'\r'];
        var isRow =
            lines > format.Skip && (isQuoted || comment.Length == 0 || !CellText.Trim(text).StartsWith(comment));
        if (!isRow)
            text = [];
        var row = hasBlanks ? Separated(text) : Followed(text);
        Put([.. row, .. ending], CellText.Trim(row).IsEmpty);
    }

    private void Put(byte[] row, bool isEmpty)
    {
        if (format.SkipLast == 0)
        {
            output.Write(row);
            return;
        }
        waiting.Enqueue(row);
        filled += isEmpty ? 0 : 1;
        while (filled > format.SkipLast)
        {
            var first = waiting.Dequeue();
            output.Write(first);
            filled -= IsEmpty(first) ? 0 : 1;
        }
    }

    private void Finish()
    {
        isAtEnd = true;
        output.SetLength(0);
    }

    private static bool IsEmpty(ReadOnlySpan<byte> row) => row.Trim(" \t\r\n"u8).IsEmpty;

    /// <summary>A quote that is open makes the next line a part of the same cell.</summary>
    private ReadOnlySpan<byte> Followed(ReadOnlySpan<byte> text)
    {
        if (comment.Length > 0 && format.Quote is { } quote)
            isQuoted ^= text.Count((byte)quote) % 2 == 1;
        return text;
    }

    /// <summary>A single separator for every run of blanks outside of quotes; none at the ends.</summary>
    private byte[] Separated(ReadOnlySpan<byte> text)
    {
        var cells = new List<byte>(text.Length);
        var isBetween = false;
        foreach (var one in text)
        {
            var isBlank = one is (byte)' ' or (byte)'\t';
            if (isBlank && !isQuoted)
            {
                isBetween = cells.Count > 0;
                continue;
            }
            if (isBetween)
                cells.Add((byte)Between);
            isBetween = false;
            isQuoted ^= format.Quote is { } quote && one == quote;
            cells.Add(one);
        }
        return [.. cells];
    }
}

/// <summary>UTF-8 that has been looked through: no other encoding, no byte that is none, no zero byte.</summary>
internal sealed class CleanText(Stream source, string path) : ReadStream
{
    private readonly byte[] buffer = new byte[1 << 17];
    private int start;
    private int clean;
    private int end;
    private long passed;
    private long lines;
    private bool isBegun;

    public override int Read(Span<byte> target)
    {
        if (start == clean && !Fill())
            return 0;
        var count = Math.Min(target.Length, clean - start);
        buffer.AsSpan(start, count).CopyTo(target);
        start += count;
        return count;
    }

    /// <summary>Reads on; a character that is not there to its last byte waits for the next time.</summary>
    private bool Fill()
    {
        lines += buffer.AsSpan(0, clean).Count((byte)'\n');
        passed += clean;
        buffer.AsSpan(clean, end - clean).CopyTo(buffer);
        (start, end, clean) = (0, end - clean, 0);
        var isLast = false;
        while (clean == 0 && !isLast)
        {
            var count = source.Read(buffer.AsSpan(end));
            isLast = count == 0;
            end += count;
            CheckBeginning();
            clean = isLast ? end : end - Unfinished(buffer.AsSpan(0, end));
        }
        Check(buffer.AsSpan(0, clean));
        return clean > 0;
    }

    /// <summary>The bytes at the end that may be the first of a character.</summary>
    private static int Unfinished(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if ((lead & 0xC0) == 0xC0)
                return back < LengthOf(lead) ? back : 0;
            if (lead < 0x80)
                return 0;
        }
        return 0;
    }

    private void CheckBeginning()
    {
        if (isBegun || end < 2)
            return;
        isBegun = true;
        if (buffer is [0x1F, 0x8B, ..])
            throw Failure.BadInput($"{path}: looks like gzip (its name must end in .gz)");
        if (Safetensors.KindOf(buffer[..Math.Min(end, 64)]) is { } other)
            throw Failure.BadInput($"{path}: looks like {other} (expected text: save the table as CSV)");
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf((byte)0) is >= 0 and var zero)
            throw Failure.BadInput(
                $"{path}: a zero byte at offset {passed + zero}, line {Line(bytes, zero)}"
                    + (passed + zero < 4 ? " (--encoding utf-16 reads UTF-16 without its mark)" : "")
            );
        if (Utf8.IsValid(bytes))
            return;
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        throw Failure.BadInput(
            $"{path}: encoding: byte 0x{bytes[at]:X2} at offset {passed + at}, line {Line(bytes, at)}, is not UTF-8"
                + $" (--encoding {Guess(bytes[at..])} reads every byte as a letter, or save it as UTF-8)"
        );
    }

    // Latin-1 has no letters from 0x80 to 0x9F, where Windows has quotes, dashes and the euro.
    private static string Guess(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOfAnyInRange((byte)0x80, (byte)0x9F) >= 0 ? "windows-1252" : "latin-1";

    private long Line(ReadOnlySpan<byte> bytes, int place) => lines + bytes[..place].Count((byte)'\n') + 1;

    private static int LengthOf(byte lead) =>
        lead >= 0xF0 ? 4
        : lead >= 0xE0 ? 3
        : 2;
}
