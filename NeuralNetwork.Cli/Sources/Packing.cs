using System.IO.Hashing;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// What lies in the folder of a pack while a table is read: the cells so far, and from time to time a record of how far reading has come.
/// Who is killed leaves both, and the same command goes on from there, once it has found the same rows before that place. All of it is
/// gone at the end.
/// </summary>
internal sealed class Packing : IDisposable
{
    public const string CellsName = "packing.cells";
    public const string RecordName = "packing.state";

    // After so many bytes of cells there is a record: a small table leaves none.
    private const long Usual = 64 << 20;

    // However many texts a record has, it takes a fifth of what is written at most.
    private const int LeastCells = 4;

    private readonly string folder;
    private readonly PackingOrder order;
    private readonly Action<string> say;
    private readonly long amount;
    private XxHash128 rows = new();
    private string[] columns = [];
    private PackingRecord? record;

    /// <summary>A failure where reading into the folder was begun by another order, and is not to begin anew.</summary>
    public Packing(string folder, PackingOrder order, Action<string> say, long amount = Usual)
    {
        (this.folder, this.order, this.say, this.amount) = (folder, order, say, amount);
        Cells = new(Within(CellsName));
        record = Usable();
    }

    /// <summary>The cells so far.</summary>
    public CellFile Cells { get; }

    /// <summary>Whether there should be a record of what was read.</summary>
    public bool IsDue =>
        Cells.Length - (record?.Length ?? 0) >= Math.Max(amount, LeastCells * (long)(record?.Table.Length ?? 0));

    /// <summary>The same at the end of the rows, so that none has to be read again.</summary>
    public bool IsDueAtEnd => record is not null || IsDue;

    /// <summary>What is said where something ends it too early; null where nothing is kept.</summary>
    public string? Kept =>
        record is null
            ? null
            : $"{folder} keeps what was read up to {record.Where}: the same command goes on from there"
                + $" ({CellsName} and {RecordName} can be removed)";

    /// <summary>What the files in a folder are called that are those of a pack which is not done; nothing where there are none.</summary>
    public static string[] NamesIn(string folder) => IsIn(folder) ? [CellsName, RecordName] : [];

    /// <summary>What is on record in a folder; null for nothing that can be read.</summary>
    public static PackingRecord? RecordIn(string folder) =>
        IsIn(folder) ? PackingRecord.Read(Path.Combine(folder, RecordName)).Record : null;

    /// <summary>Removes from a folder what may be in it.</summary>
    public static void Discard(string folder)
    {
        Durable.Discard(Path.Combine(folder, RecordName));
        Durable.Discard(Path.Combine(folder, CellsName));
    }

    /// <summary>Goes to the row behind those on record, where these are still the same, and otherwise to the first one.</summary>
    /// <param name="described">The columns, and how they are read.</param>
    /// <param name="keep">Takes out of the record what else is known of the rows.</param>
    public RowCursor Open(RowSource source, string[] described, Action<KeptState> keep)
    {
        columns = described;
        var at = source.Open();
        if (record is { } before)
            try
            {
                if (Mistake(before, source.Path, at) is not { } mistake)
                {
                    KeptState.Read(before.Table, keep);
                    say($"{source.Path}: going on behind {before.Where}, with {before.Rows:N0} rows read before");
                    return at;
                }
                say($"{mistake} (reading begins anew)");
            }
            catch
            {
                at.Dispose();
                throw;
            }
        else
            return at;
        at.Dispose();
        BeginAnew();
        return source.Open();
    }

    /// <summary>One more row is read.</summary>
    public void Add(RowCursor at) => at.AddTo(rows);

    /// <summary>Puts on record how far reading has come. All of it is on the disk then.</summary>
    public void Save(RowCursor at, long count, bool isWhole, Action<KeptState> keep)
    {
        Durable.SettleFile(Within(CellsName));
        var next = new PackingRecord(
            order.IsForced,
            order.Values,
            columns,
            isWhole,
            count,
            Place(at, isWhole),
            rows.GetCurrentHash(),
            Cells.Length,
            Cells.Hash,
            KeptState.Written(keep)
        );
        Durable.Replace(Within(RecordName), next.Write);
        record = next;
    }

    /// <summary>All is done: nothing is left.</summary>
    public void End()
    {
        record = null;
        Discard(folder);
    }

    /// <summary>Something ends it here. What is on record stays, and otherwise nothing does: gives what there is to say.</summary>
    public string? Leave()
    {
        if (record is null)
            Discard(folder);
        return Kept;
    }

    public void Dispose()
    {
        Cells.Dispose();
        Leave();
    }

    private void BeginAnew()
    {
        record = null;
        Durable.Discard(Within(RecordName));
        Cells.Clear();
        rows = new();
    }

    private PackingRecord? Usable()
    {
        if (!IsIn(folder))
            return null;
        var path = Within(RecordName);
        var (found, wrong) = PackingRecord.Read(path);
        if (found is not null && order.Difference(found.Order) is var (name, now, before))
            wrong = order.IsForced
                ? $"{name} is another one"
                : throw Failure.Usage(
                    name,
                    $"{now}, and {folder} has rows that were read with {before} (with that it goes on; --force begins anew)"
                );
        else if (found is not null && order.IsForced && !found.IsForced)
            wrong = "--force is new";
        if (wrong is null)
            return found;
        // Cells that nothing is known of are not worth a line.
        if (wrong.Length > 0)
            say($"{path}: {wrong} (reading begins anew)");
        Discard(folder);
        return null;
    }

    /// <summary>Why what is on record does not hold; null where it does, and the cursor has come to its last row.</summary>
    private string? Mistake(PackingRecord before, string path, RowCursor at)
    {
        const string others = "not those that were read before";
        return !columns.SequenceEqual(before.Columns) ? $"{path}: the columns are {others}"
            : !Cells.Resume(before.Length, before.Hash) ? $"{Within(CellsName)}: damaged"
            : !Passes(before, at) ? $"{path}: the rows up to {before.Where} are {others}"
            : null;
    }

    private bool Passes(PackingRecord before, RowCursor at)
    {
        try
        {
            for (var row = 0L; row < before.Rows; row++)
            {
                if (!at.Next())
                    return false;
                Add(at);
            }
        }
        // What is wrong there now is said by whoever reads it.
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            return false;
        }
        return Place(at, before.IsWhole) == before.Where && rows.GetCurrentHash().SequenceEqual(before.Proof);
    }

    private static string Place(RowCursor at, bool isEnd) => isEnd ? "the last row" : $"{at.Where} of {at.Path}";

    private static bool IsIn(string folder) =>
        HasMark(Path.Combine(folder, CellsName), CellFile.Mark)
        || HasMark(Path.Combine(folder, RecordName), PackingRecord.Mark);

    private static bool HasMark(string path, ReadOnlySpan<byte> mark)
    {
        if (!File.Exists(path) || OwnFile.IsLink(path) || !OutputFile.IsRegular(path))
            return false;
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        Span<byte> beginning = stackalloc byte[mark.Length];
        // One that was killed at once has an empty file.
        return RandomAccess.Read(file, beginning, 0) == 0 || beginning.SequenceEqual(mark);
    }

    private string Within(string name) => Path.Combine(folder, name);
}

/// <summary>
/// Values that are written one behind the other, or read again in the same order. Whoever keeps some says so once, for both: what is given is
/// written and comes back, or what was written comes in its place.
/// </summary>
internal sealed class KeptState
{
    private readonly BinaryWriter? to;
    private readonly BinaryReader? from;

    /// <summary>Whether what was written is read.</summary>
    public bool IsRead => from is not null;

    private KeptState(BinaryWriter? to, BinaryReader? from) => (this.to, this.from) = (to, from);

    public static byte[] Written(Action<KeptState> keep)
    {
        using var bytes = new MemoryStream();
        using var to = new BinaryWriter(bytes, Encoding.UTF8);
        keep(new(to, null));
        return bytes.ToArray();
    }

    public static void Read(byte[] bytes, Action<KeptState> keep)
    {
        using var from = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        keep(new(null, from));
    }

    public bool Keep(bool value) => Keep(value ? 1 : 0) != 0;

    public int Keep(int value) => Kept(value, to => to.Write(value), from => from.ReadInt32());

    public long Keep(long value) => Kept(value, to => to.Write(value), from => from.ReadInt64());

    public string Keep(string value) => Kept(value, to => to.Write(value), from => from.ReadString());

    public byte[] Keep(byte[] value) => Each(value, (to, one) => to.Write(one), from => from.ReadByte());

    public string[] Keep(IReadOnlyCollection<string> values) =>
        Each(values, (to, one) => to.Write(one), from => from.ReadString());

    public int[] Keep(IReadOnlyCollection<int> values) =>
        Each(values, (to, one) => to.Write(one), from => from.ReadInt32());

    public NumberNotation Keep(NumberNotation value) =>
        new((char)Keep(value.Decimal), (Thousands)Keep((int)value.Thousands));

    private T Kept<T>(T value, Action<BinaryWriter> write, Func<BinaryReader, T> read)
    {
        if (from is not null)
            return read(from);
        write(to!);
        return value;
    }

    private T[] Each<T>(IReadOnlyCollection<T> values, Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
    {
        T[] all = from is null ? [.. values] : [];
        Array.Resize(ref all, Keep(all.Length));
        for (var place = 0; place < all.Length; place++)
            if (from is null)
                write(to!, all[place]);
            else
                all[place] = read(from);
        return all;
    }
}
