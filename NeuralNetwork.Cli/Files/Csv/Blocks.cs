namespace NeuralNetwork.Cli;

/// <summary>A list that grows by further blocks: nothing is copied while it grows, and little is reserved.</summary>
internal sealed class Blocks<T>
{
    private const int Shortest = 8;
    private const int Longest = 1 << 16;

    private readonly List<T[]> blocks = [];
    private int room;

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

    /// <summary>Hands each value over with its place, and lets go of the blocks one by one.</summary>
    public void Drain(Action<int, T[], int> take)
    {
        var start = 0;
        for (var index = 0; index < blocks.Count; index++)
        {
            var length = Math.Min(blocks[index].Length, Count - start);
            take(start, blocks[index], length);
            blocks[index] = [];
            start += length;
        }
        blocks.Clear();
        (Count, room) = (0, 0);
    }

    public T[] ToArray()
    {
        var all = new T[Count];
        Drain((start, block, length) => Array.Copy(block, 0, all, start, length));
        return all;
    }
}
