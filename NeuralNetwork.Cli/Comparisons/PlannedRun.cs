namespace NeuralNetwork.Cli;

/// <summary>One training of a study: a variant, from one seed.</summary>
/// <param name="Data">The data to train with, as the user named them.</param>
/// <param name="Words">The words behind `nn train` that the order was read from.</param>
/// <param name="Options">The options among them, but for those that say where; the last one of a name holds.</param>
internal sealed record PlannedRun(
    Variant Variant,
    ulong Seed,
    string Data,
    TrainOrder Order,
    IReadOnlyList<string> Words,
    IReadOnlyList<StudyOption> Options
)
{
    /// <summary>Whether it goes on from where the same process left it.</summary>
    public bool IsContinued { get; private init; }

    /// <summary>Reads and checks the options of a run, which goes to a place of its own.</summary>
    public static PlannedRun Of(
        Variant variant,
        ulong seed,
        string data,
        IEnumerable<StudyOption> shared,
        string place,
        Existing existing
    )
    {
        string[] force = existing == Existing.Refuse ? [] : [Arguments.Force.Name];
        string[] given = [TrainingSettings.SeedName, $"{seed}", TrainCommand.OutName, place];
        StudyOption[] options = [.. shared, .. variant.Options];
        string[] words = [data, .. options.SelectMany(option => option.Words), .. given, .. force];
        return new(variant, seed, data, OrderOf(words, options), words, options);
    }

    /// <summary>The name of its folder in that of the study.</summary>
    public string FolderName => Path.GetFileName(Order.Out);

    /// <summary>The data of this run alone: what one run has read is not what the next one reads.</summary>
    public DataSource Source() => Order.Open(Data);

    /// <summary>The shape of its training rows, read for that alone.</summary>
    public DataShape Shape()
    {
        var source = Source();
        return DataShape.Of(source, source.Train(Order.Data.Order));
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
        return this with { Order = OrderOf(words, [.. Options]) with { Until = epochs }, IsContinued = true };
    }

    /// <summary>The order of these words; what the study says in the user's place is from the study.</summary>
    private static TrainOrder OrderOf(string[] words, StudyOption[] options)
    {
        var order = TrainCommand.Of(words).Order;
        string FromOf(Origin origin) =>
            options.LastOrDefault(option => option.Name == origin.Name)?.From ?? origin.From;
        return order with
        {
            Origins = [.. order.Origins.Select(one => one.IsDefault ? one : one with { From = FromOf(one) })],
        };
    }
}
