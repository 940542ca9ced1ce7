namespace NeuralNetwork.Cli.Basics;

/// <summary>Keeps data that are no longer needed from taking room beside those that are.</summary>
internal static class MachineMemory
{
    // 16 MB of them: below that the collector's own time is right.
    private const long MuchToGiveBack = 2 << 20;

    /// <summary>
    /// Gives so many numbers back that nothing refers to any more, if they are many. The collector looks for them when
    /// enough is allocated again: with a table this is when a second one lies beside it.
    /// </summary>
    public static void GiveBack(long numbers)
    {
        if (numbers >= MuchToGiveBack)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
