namespace NeuralNetwork.Cli;

/// <summary>One training of a comparison or a search: a variant, from one seed.</summary>
/// <param name="Words">The words behind `nn train` that the order was read from.</param>
internal sealed record PlannedRun(Variant Variant, ulong Seed, TrainOrder Order, IReadOnlyList<string> Words)
{
    /// <summary>Whether it goes on from where the same process left it.</summary>
    public bool IsContinued { get; private init; }

    /// <summary>Reads and checks the options of a run, which goes to a place of its own.</summary>
    public static PlannedRun Of(
        Variant variant,
        ulong seed,
        string data,
        IEnumerable<string> shared,
        string place,
        Existing existing
    )
    {
        string[] force = existing == Existing.Refuse ? [] : [Arguments.Force.Name];
        string[] given = [TrainingSettings.SeedName, $"{seed}", TrainCommand.OutName, place];
        string[] words = [data, .. shared, .. variant.Words, .. given, .. force];
        return new(variant, seed, TrainCommand.Of(words).Order, words);
    }

    /// <summary>
    /// The same run up to an epoch, or to its end where none is named: from its beginning, or from where it was left on. Its
    /// schedule is that of all its epochs, so that stopping on the way changes no bit.
    /// </summary>
    public PlannedRun Until(int? epochs, bool isContinued)
    {
        if (!isContinued)
            return this with { Order = Order with { Until = epochs } };
        // A folder is checked when its order is read: by now there is a run in it.
        string[] words = Words.Contains(Arguments.Force.Name) ? [.. Words] : [.. Words, Arguments.Force.Name];
        return this with { Order = TrainCommand.Of(words).Order with { Until = epochs }, IsContinued = true };
    }
}
