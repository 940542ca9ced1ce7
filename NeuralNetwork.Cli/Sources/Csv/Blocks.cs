namespace NeuralNetwork.Cli.Sources;

/// <summary>A list that grows by further blocks: nothing is copied while it grows, and little is reserved.</summary>
internal sealed class Blocks<T>
{
    private const int Shortest = 8;
    private const int Longest = 1 << 16;

    private readonly List<T[]> blocks = [];
    private int room;
    private int taken;

    /// <summary>The values that are there.</summary>
    public int Count { get; private set; }

    public void Add(T value)
    {
        if (room == 0)
        {
            room = Math.Clamp(Count, Shortest, Longest);
            blocks.Add(new T[room]);
        }
        blocks[^1][^room] = value;
        room--;
        Count++;
    }

    /// <summary>Takes the value back that was just added.</summary>
    public void RemoveLast()
    {
        room++;
        Count--;
    }

    /// <summary>How many different values there are, counted up to one more than a limit.</summary>
    public int CountDifferent(int limit) =>
        blocks.SelectMany(block => block).Take(Count).Distinct().Take(limit + 1).Count();

    /// <summary>The first block of values that is still there, from now on the caller's alone; none at the end.</summary>
    public ReadOnlySpan<T> TakeBlock()
    {
        if (taken == blocks.Count)
            return [];
        var block = blocks[taken];
        blocks[taken++] = [];
        var length = Math.Min(block.Length, Count);
        Count -= length;
        return block.AsSpan(0, length);
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
