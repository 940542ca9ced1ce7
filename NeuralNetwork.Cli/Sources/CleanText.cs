using System.Text;
using System.Text.Unicode;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>UTF-8 that has been looked through: no other encoding, no byte that is none, no zero byte.</summary>
internal sealed class CleanText(Stream source, string path) : Stream
{
    private readonly byte[] buffer = new byte[1 << 17];
    private int start;
    private int clean;
    private int end;
    private long passed;
    private long lines;
    private bool isBegun;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> target)
    {
        if (start == clean && !Fill())
            return 0;
        var count = Math.Min(target.Length, clean - start);
        buffer.AsSpan(start, count).CopyTo(target);
        start += count;
        return count;
    }

    public override int Read(byte[] target, int offset, int count) => Read(target.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] target, int offset, int count) => throw new NotSupportedException();

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
