using System.IO.Hashing;
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

    // However many texts a record has, it takes a fifth of what is written at most.
    private const int LeastCells = 4;

    private readonly string folder;
    private readonly PackingOrder order;
    private readonly Action<string> say;
    private readonly PackingPace pace;
    private long since;
    private XxHash128 rows = new();
    private string path = "";
    private string[] columns = [];
    private PackingRecord? record;

    // The next record, which is written once what it speaks of is on the disk: that takes its time, and reading goes on meanwhile.
    private (PackingRecord Record, Task OnDisk)? coming;

    /// <summary>A failure where reading into the folder was begun by another order, and is not to begin anew.</summary>
    public Packing(string folder, PackingOrder order, Action<string> say, PackingPace pace)
    {
        (this.folder, this.order, this.say, this.pace) = (folder, order, say, pace);
        Cells = new(Spill.Staying(Within(CellsName)));
        record = Usable();
    }

    /// <summary>The cells so far.</summary>
    public CellFile Cells { get; }

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
        (path, columns) = (source.Path, described);
        var at = source.Open();
        if (record is { } before)
            try
            {
                if (Mistake(before, at) is not { } mistake)
                {
                    KeptState.Read(before.Table, keep);
                    say($"{path}: going on behind {before.Where}, with {before.Rows:N0} rows read before");
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

    /// <summary>Whether there should be another record of what was read.</summary>
    public bool IsDue(bool isEnd = false)
    {
        if (isEnd || coming is { OnDisk.IsCompleted: true })
            Settle();
        if (coming is not null)
            return false;
        if (record is null)
            return Cells.Length >= pace.Bytes;
        var least = isEnd ? 0 : Math.Max(pace.Bytes, LeastCells * (long)record.Table.Length);
        return Cells.Length - record.Length >= least && pace.Time.GetElapsedTime(since) >= pace.Pause;
    }

    /// <summary>Puts on record how far reading has come, once it is on the disk.</summary>
    public void Save(RowCursor at, long count, bool isWhole, Action<KeptState> keep)
    {
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
        since = pace.Time.GetTimestamp();
        coming = (next, Task.Run(() => Durable.SettleFile(Within(CellsName))));
        // What follows may take as long as all of the reading.
        if (isWhole)
            Settle();
    }

    /// <summary>Waits for a record that is still to be written: nothing else is to be written to the folder meanwhile.</summary>
    public void Settle()
    {
        if (coming is not var (next, onDisk))
            return;
        coming = null;
        onDisk.GetAwaiter().GetResult();
        Durable.Replace(Within(RecordName), next.Write);
        record = next;
    }

    /// <summary>All is done: nothing is left.</summary>
    public void End()
    {
        record = null;
        Discard(folder);
    }

    /// <summary>Something goes wrong: gives what there is to say. What is on record stays, and otherwise nothing does.</summary>
    public string? Fail()
    {
        try
        {
            Settle();
        }
        catch (Failure)
        {
            // The record before it holds.
        }
        return Leave();
    }

    /// <summary>The same from elsewhere, at any moment: the process ends here.</summary>
    public string? Leave()
    {
        if ((record ?? RecordIn(folder)) is { } last)
            return $"{folder} keeps what was read up to {last.Where}: the same command goes on from there"
                + $" ({CellsName} and {RecordName} can be removed)";
        Discard(folder);
        return null;
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
        var file = Within(RecordName);
        var (found, wrong) = PackingRecord.Read(file);
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
            say($"{file}: {wrong} (reading begins anew)");
        Discard(folder);
        return null;
    }

    /// <summary>Why what is on record does not hold; null where it does, and the cursor has come to its last row.</summary>
    private string? Mistake(PackingRecord before, RowCursor at)
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

    // Of several files by the name of one.
    private string Place(RowCursor at, bool isEnd) =>
        isEnd ? "the last row"
        : at.Path == path ? at.Where
        : $"{at.Where} of {at.Path}";

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

/// <summary>How often it is put on record how far reading has come: first after so many bytes of cells, and again after as many and a pause.</summary>
internal sealed record PackingPace(long Bytes, TimeSpan Pause, TimeProvider Time)
{
    // What is older than that the system writes to the disk anyway.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>Small tables have no record at all.</summary>
    public static PackingPace By(TimeProvider time) => new(64 << 20, Usual, time);
}
