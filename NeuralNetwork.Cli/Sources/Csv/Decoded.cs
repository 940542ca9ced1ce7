using System.Runtime.InteropServices;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

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

/// <summary>
/// A list that grows by further blocks: nothing is copied while it grows, and little is reserved. Its blocks may go to a file, and come
/// back one by one.
/// </summary>
internal sealed class Blocks<T>
    where T : unmanaged
{
    private const int Shortest = 8;
    private const int Longest = 1 << 16;

    private readonly List<Block> blocks = [];
    private int longest = Longest;
    private int moved;
    private int room;
    private int taken;

    // What is in a file is read from its place there.
    private readonly record struct Block(T[] Values, int Length, Spill? File, long Place)
    {
        public T[] Read()
        {
            if (File is null)
                return Values;
            var values = new T[Length];
            File.Read(Place, MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
    }

    /// <summary>The values that are there.</summary>
    public int Count { get; private set; }

    public void Add(T value)
    {
        if (room == 0)
        {
            room = Math.Clamp(Count, Shortest, longest);
            blocks.Add(new(new T[room], room, null, 0));
        }
        blocks[^1].Values[^room] = value;
        room--;
        Count++;
    }

    /// <summary>Takes the value back that was just added.</summary>
    public void RemoveLast()
    {
        room++;
        Count--;
    }

    /// <summary>Moves what is in memory to a file. Blocks that follow are no longer than what there was.</summary>
    public void MoveTo(Spill file)
    {
        var before = Count - moved;
        if (before == 0)
            return;
        (longest, moved) = (Math.Max(Shortest, before), Count);
        for (var place = blocks.Count - 1; place >= taken && blocks[place].File is null; place--)
        {
            var length = blocks[place].Length - (place == blocks.Count - 1 ? room : 0);
            var values = blocks[place].Values.AsSpan(0, length);
            if (length == 0)
                blocks.RemoveAt(place);
            else
                blocks[place] = new([], length, file, file.Write(MemoryMarshal.AsBytes(values)));
        }
        room = 0;
    }

    /// <summary>How many different values there are, counted up to one more than a limit.</summary>
    public int CountDifferent(int limit) =>
        blocks.SelectMany(block => block.Read()).Take(Count).Distinct().Take(limit + 1).Count();

    /// <summary>The first block of values that is still there, from now on the caller's alone; none at the end.</summary>
    public ReadOnlySpan<T> TakeBlock()
    {
        if (taken == blocks.Count)
            return [];
        var block = blocks[taken];
        blocks[taken++] = default;
        var length = Math.Min(block.Length, Count);
        Count -= length;
        if (taken == blocks.Count)
            Clear();
        return block.Read().AsSpan(0, length);
    }

    // Others may come.
    private void Clear()
    {
        blocks.Clear();
        (taken, room, moved) = (0, 0, 0);
    }

    /// <summary>Every value that is still there; none is afterwards.</summary>
    public T[] TakeAll()
    {
        var all = new T[Count];
        for (var rest = all.AsSpan(); rest.Length > 0; )
        {
            var block = TakeBlock();
            block.CopyTo(rest);
            rest = rest[block.Length..];
        }
        return all;
    }
}
