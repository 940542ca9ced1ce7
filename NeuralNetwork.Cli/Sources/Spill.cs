using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A file for what there is no room for in memory. It is there from the first bytes on.</summary>
internal sealed class Spill : IDisposable
{
    private readonly string path;
    private readonly Func<SafeFileHandle> open;
    private SafeFileHandle? handle;

    private Spill(string path, Func<SafeFileHandle> open) => (this.path, this.open) = (path, open);

    /// <summary>One that is gone at the end, however that comes.</summary>
    public static Spill Passing(string path) => new(path, () => Nameless(path));

    /// <summary>One that stays, with what is in it already.</summary>
    public static Spill Staying(string path) => new(path, () => OwnFile.OpenOrCreate(path));

    /// <summary>One in the folder for temporary files, for what is said to be kept there.</summary>
    public static Spill Temporary(string about) =>
        new(TemporaryFile.Called(about), () => TemporaryFile.Open().SafeFileHandle);

    /// <summary>The bytes that were written.</summary>
    public long Length { get; private set; }

    private SafeFileHandle Handle => handle ??= Opened();

    /// <summary>Writes bytes behind those that are there; gives their place.</summary>
    public long Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(Handle, bytes, Length);
        }
        catch (IOException error)
        {
            throw Failure.InputOutput($"{path}: write: {Durable.Reason(error)}");
        }
        Length += bytes.Length;
        return Length - bytes.Length;
    }

    /// <summary>Reads bytes from a place.</summary>
    public void Read(long place, Span<byte> bytes)
    {
        for (var count = 0; bytes.Length > 0; bytes = bytes[count..], place += count)
            if ((count = RandomAccess.Read(Handle, bytes, place)) == 0)
                throw Failure.InputOutput($"{path}: read: unexpected end at byte {place}");
    }

    /// <summary>Keeps so many of the bytes that are in the file, which has to have them. False where it has not.</summary>
    public bool Cut(long length)
    {
        if (RandomAccess.GetLength(Handle) < length)
            return false;
        Durable.Step(path, "write", () => RandomAccess.SetLength(Handle, length));
        Length = length;
        return true;
    }

    /// <summary>What was written, to be gone through once more.</summary>
    public Stream Content() => new FileStream(Handle, FileAccess.ReadWrite, bufferSize: 0);

    public void Dispose() => handle?.Dispose();

    private SafeFileHandle Opened()
    {
        SafeFileHandle? opened = null;
        Durable.Step(path, "open", () => opened = open());
        return opened!;
    }

    private static SafeFileHandle Nameless(string path)
    {
        var opened = File.OpenHandle(
            path,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.Read,
            FileOptions.DeleteOnClose
        );
        // Whoever is killed leaves nothing; Windows removes it with the process.
        if (!OperatingSystem.IsWindows())
            Durable.Discard(path);
        return opened;
    }
}

/// <summary>
/// The cells of a table in a file: of some rows those of each column, one column behind the other, before each the number of its bytes. Who
/// knows the columns finds them again.
/// </summary>
internal sealed class CellFile(Spill file) : IDisposable
{
    private byte[] buffer = new byte[sizeof(int)];
    private XxHash128 hash = new();
    private long next;

    /// <summary>What the file begins with.</summary>
    public static ReadOnlySpan<byte> Mark => "nn-packing-cells"u8;

    public long Length => file.Length;

    /// <summary>A checksum of all that was written.</summary>
    public byte[] Hash => hash.GetCurrentHash();

    /// <summary>Adds the cells of a column; gives their place.</summary>
    public long Add(ReadOnlySpan<byte> cells)
    {
        if (Length == 0)
            Write(Mark);
        if (buffer.Length < sizeof(int) + cells.Length)
            buffer = new byte[sizeof(int) + cells.Length];
        BinaryPrimitives.WriteInt32LittleEndian(buffer, cells.Length);
        cells.CopyTo(buffer.AsSpan(sizeof(int)));
        return Write(buffer.AsSpan(0, sizeof(int) + cells.Length)) + sizeof(int);
    }

    /// <summary>The place and the length of the next cells of those that were there before.</summary>
    public (long Place, int Length) Next()
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        file.Read(next, number);
        var (place, length) = (next + number.Length, BinaryPrimitives.ReadInt32LittleEndian(number));
        next = place + length;
        return (place, length);
    }

    public void Read(long place, Span<byte> bytes) => file.Read(place, bytes);

    /// <summary>Begins with so many bytes that are there already. False where they are not those with the checksum.</summary>
    public bool Resume(long length, byte[] expected)
    {
        if (!file.Cut(length))
            return false;
        (hash, next) = (new(), Mark.Length);
        var bytes = new byte[1 << 20];
        for (var place = 0L; place < length; place += bytes.Length)
        {
            var some = bytes.AsSpan(0, (int)Math.Min(bytes.Length, length - place));
            file.Read(place, some);
            hash.Append(some);
        }
        return Hash.AsSpan().SequenceEqual(expected);
    }

    /// <summary>Begins with nothing.</summary>
    public void Clear() => (_, hash) = (file.Cut(0), new());

    public void Dispose() => file.Dispose();

    private long Write(ReadOnlySpan<byte> bytes)
    {
        hash.Append(bytes);
        return file.Write(bytes);
    }
}

/// <summary>Values that grow, and may go to a file.</summary>
internal abstract class Blocks
{
    /// <summary>Moves what is in memory to a file.</summary>
    public abstract void MoveTo(CellFile file);

    /// <summary>Takes what was moved to a file, by others like these, for its own.</summary>
    public abstract void ComeFrom(CellFile file);
}

/// <summary>
/// A list that grows by further blocks: nothing is copied while it grows, and little is reserved. Its blocks may go to a file, and come
/// back one by one.
/// </summary>
internal sealed class Blocks<T> : Blocks
    where T : unmanaged
{
    private const int Shortest = 8;
    private const int Longest = 1 << 16;

    private readonly List<Block> blocks = [];
    private int longest = Longest;

    // The blocks that are in a file, and the values in them.
    private int inFile;
    private int moved;
    private int room;
    private int taken;

    // What is in a file is read from its place there.
    private readonly record struct Block(T[] Values, int Length, CellFile? File, long Place)
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

    public override void MoveTo(CellFile file)
    {
        var values = new T[Count - moved];
        var rest = values.AsSpan();
        foreach (var block in blocks.Skip(inFile))
        {
            var some = block.Values.AsSpan(0, Math.Min(block.Length, rest.Length));
            some.CopyTo(rest);
            rest = rest[some.Length..];
        }
        blocks.RemoveRange(inFile, blocks.Count - inFile);
        AddMoved(values.Length, file, file.Add(MemoryMarshal.AsBytes(values.AsSpan())));
    }

    public override void ComeFrom(CellFile file)
    {
        var (place, length) = file.Next();
        AddMoved(length / Unsafe.SizeOf<T>(), file, place);
        Count = moved;
    }

    // Blocks that follow are no longer than those.
    private void AddMoved(int length, CellFile file, long place)
    {
        room = 0;
        if (length == 0)
            return;
        longest = Math.Max(inFile == 0 ? Shortest : longest, length);
        blocks.Add(new([], length, file, place));
        inFile++;
        moved += length;
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
        // Others may come.
        if (taken == blocks.Count)
        {
            blocks.Clear();
            (taken, room, inFile, moved) = (0, 0, 0, 0);
        }
        return block.Read().AsSpan(0, length);
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
