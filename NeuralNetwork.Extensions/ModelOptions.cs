namespace NeuralNetwork.Extensions;

/// <summary>What happens to a model that an app is given.</summary>
/// <typeparam name="T">The numbers of the model: float or double.</typeparam>
public sealed class ModelOptions<T>
{
    /// <summary>Whether a file that is replaced, or written anew, replaces the model. False where nothing is said.</summary>
    public bool Watch { get; set; }

    /// <summary>Whether each model answers a few made-up rows before it answers the first of an app. False where nothing is
    /// said.</summary>
    public bool WarmUp { get; set; }

    /// <summary>Whether a file is refused whose numbers are in another precision than T, instead of being converted: answers then have the
    /// bits that `nn predict` has of the file. False where nothing is said.</summary>
    public bool KeepPrecision { get; set; }

    /// <summary>How long a file must have been quiet before it is read: a writer makes many changes one after the other. After
    /// ten times as long it is read all the same. 100 ms where nothing is said.</summary>
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a watched file is looked at though no event has come: network folders, mounted volumes and links
    /// to folders that are exchanged have none. A look asks for length and time of the file. 5 s where nothing is
    /// said.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What the app has against a model, in a sentence; null for nothing. A model of other columns, say, which the
    /// app has no cells for. Such a file is treated as one that is no model: the one before stays.</summary>
    public Func<Model<T>, string?>? Complaint { get; set; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Debounce, TimeSpan.Zero, nameof(Debounce));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PollInterval, TimeSpan.Zero, nameof(PollInterval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Debounce, Longest, nameof(Debounce));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PollInterval, Longest, nameof(PollInterval));
    }

    /// <summary>What a wait of the runtime can be.</summary>
    private static TimeSpan Longest => TimeSpan.FromDays(20);
}
