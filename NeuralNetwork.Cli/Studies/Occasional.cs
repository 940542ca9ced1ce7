namespace NeuralNetwork.Cli.Studies;

/// <summary>Something to do again and again that takes longer than what it follows: at most once a second, and in the end.</summary>
internal sealed class Occasional(TimeProvider time, Action act)
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private long? last;
    private bool isDue;

    /// <summary>Does it, or leaves it for later where it was done less than a second ago.</summary>
    public void Ask()
    {
        isDue = true;
        if (last is not { } before || time.GetElapsedTime(before) >= Least)
            Settle();
    }

    /// <summary>Does what was left for later.</summary>
    public void Settle()
    {
        if (!isDue)
            return;
        isDue = false;
        act();
        last = time.GetTimestamp();
    }
}
