using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

/// <summary>An option of the runs of a study: its value, and where that comes from.</summary>
internal sealed record StudyOption(OptionValue Value, string From)
{
    /// <summary>What a comparison says of its own accord where nobody gives another value.</summary>
    public const string Usual = "comparison";

    /// <summary>What differs between the variants of a comparison.</summary>
    public const string Compared = "compared";

    /// <summary>What a search has drawn for a trial.</summary>
    public const string Drawn = "drawn";

    public string Name => Value.Name;

    /// <summary>What one types for it.</summary>
    public IReadOnlyList<string> Words => Value.Words;

    /// <summary>The option with its value and origin, for people.</summary>
    public Origin Origin => new(Name, Value.Text, From);

    /// <summary>A spec with the value in it.</summary>
    public TrainingSpec In(TrainingSpec spec) => Value.In(spec, new ValueSource(From));

    /// <summary>An option that a user gave a value.</summary>
    public static StudyOption Given(OptionValue value) => new(value, ValueSource.Given.From);

    /// <summary>The options of a preset that are not given, and those that are.</summary>
    public static IEnumerable<StudyOption> Of(
        Preset preset,
        string subject,
        IReadOnlyDictionary<string, OptionValue> given,
        IReadOnlySet<string> varied
    ) =>
        preset
            .For(subject, name => varied.Contains(name) || given.ContainsKey(name))
            .Select(value => new StudyOption(value, $"{Preset.SourceWord}{preset.Name}"))
            .Concat(
                given
                    .Values.Where(one => one.Name != OptionName.Seed && !varied.Contains(one.Name))
                    .Select(one => Given(one.Name == OptionName.Preset ? OfRuns(preset) : one))
            );

    /// <summary>
    /// The options of a run, its preset among them: a record of before trainings had one names it, and no option does.
    /// </summary>
    public static IEnumerable<StudyOption> Under(string preset, IReadOnlyList<StudyOption> options) =>
        preset == Preset.NameOf(PresetName.Auto) || options.Any(option => option.Name == OptionName.Preset)
            ? options
            : options.Prepend(Given(OfRuns(Preset.Named(preset))));

    /// <summary>The options there were, with those that are given now in place of what was said about them, or behind.</summary>
    public static IEnumerable<StudyOption> Over(IReadOnlyList<StudyOption> before, IEnumerable<OptionValue> given)
    {
        var now = given.ToDictionary(one => one.Name, Given);
        return before
            .Select(option => now.GetValueOrDefault(option.Name, option))
            .Concat(now.Values.Where(option => before.All(one => one.Name != option.Name)));
    }

    private static OptionValue OfRuns(Preset preset) => PresetSettings.Name.To(preset.OfRuns);

    public static JsonArray Documents(IEnumerable<StudyOption> options) => Json.Array(options, one => one.Document());

    /// <summary>The options in a record. Those of earlier versions are words alone, one after another.</summary>
    public static IEnumerable<StudyOption> In(RecordFile record, string field) =>
        record.Content[field] is JsonArray words && words.All(word => word is JsonValue)
            ? Split([.. words.Select(word => $"{word}")])
                .Select(option => Given(Read(option) ?? throw record.Refuse(field)))
            : record.List(field, Read);

    private JsonObject Document() => new() { ["words"] = Json.Array(Words, word => (JsonNode)word), ["from"] = From };

    private static StudyOption? Read(JsonNode? node) =>
        node is JsonObject option
        && option["words"] is JsonArray { Count: > 0 } words
        && words.All(word => word is JsonValue)
        && option["from"] is JsonValue from
        && Read([.. words.Select(word => $"{word}")]) is { } value
            ? new(value, $"{from}")
            : null;

    private static OptionValue? Read(string[] words) =>
        SpecOptions.Find(words[0])?.Value(words.Length == 1 ? Write.Flag(true) : string.Join(' ', words[1..]));

    /// <summary>From the name of an option to that of the next one.</summary>
    private static IEnumerable<string[]> Split(string[] words)
    {
        int[] starts =
        [
            .. words.Index().Where(one => one.Item.StartsWith("--", StringComparison.Ordinal)).Select(one => one.Index),
        ];
        return starts.Zip([.. starts.Skip(1), words.Length], (start, end) => words[start..end]);
    }
}

/// <summary>
/// What was in the files that the runs of a study have read, whichever process trained them: the same for all, or their
/// results are not to be compared.
/// </summary>
internal sealed class StudyData
{
    // Two files to validate with may be called the same: the runs that vary them know where they are.
    private readonly Dictionary<(string? Place, string Name), (string Hash, string Run)> files = [];

    /// <summary>Adds what a run has read. A failure where another run found something else in the same file.</summary>
    public void Add(PlannedRun run, IEnumerable<KeyValuePair<string, string>> fingerprints)
    {
        foreach (var (name, hash) in fingerprints)
        {
            var file = (PlaceOf(run, name), name);
            if (!files.TryAdd(file, (hash, run.Order.Out)) && files[file] is var first && first.Hash != hash)
                throw Failure.BadInput(
                    $"{name}: sha256: {hash[..8]}… for {run.Order.Out}, {first.Hash[..8]}… for {first.Run} "
                        + "(the runs of a study read the same data; --force begins it again)"
                );
        }
    }

    /// <summary>Whether the name of a file is that of one to validate or to test with.</summary>
    public static bool IsBeside(string name) => IsToValidate(name) || IsToTest(name);

    /// <summary>What a run has read, by names that are the same in every run that reads it.</summary>
    public static IReadOnlyCollection<KeyValuePair<string, string>> Named(
        PlannedRun run,
        IEnumerable<KeyValuePair<string, string>> fingerprints
    ) =>
        [
            .. fingerprints.Select(file =>
                PlaceOf(run, file.Key) is { } place ? KeyValuePair.Create($"{file.Key} ({place})", file.Value) : file
            ),
        ];

    private static string? PlaceOf(PlannedRun run, string name) =>
        IsToValidate(name) ? run.Order.Spec.Fit.Validation.Path
        : IsToTest(name) ? run.Order.Spec.Data.TestPath
        : null;

    private static bool IsToValidate(string name) =>
        name.StartsWith($"{TrainingData.ValidationRole} ", StringComparison.Ordinal);

    private static bool IsToTest(string name) => name.StartsWith($"{TrainingData.TestRole} ", StringComparison.Ordinal);
}

/// <summary>One training of a study: a variant, from one seed.</summary>
/// <param name="Data">The data to train with, as the user named them.</param>
/// <param name="Options">Its options, but for those that say where; the last one of a name holds.</param>
internal sealed record PlannedRun(
    Variant Variant,
    ulong Seed,
    string Data,
    TrainOrder Order,
    IReadOnlyList<StudyOption> Options
)
{
    /// <summary>Whether it goes on from where the same process left it.</summary>
    public bool IsContinued { get; private init; }

    /// <summary>Whether other processes may train it.</summary>
    public bool IsShared { get; private init; }

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
        StudyOption[] options = [.. shared, .. variant.Options];
        var usual = TrainingSpec.Usual with { Data = TrainingSpec.Usual.Data with { Name = data } };
        var spec = TrainingSettings
            .Seed.To(seed)
            .In(options.Aggregate(usual, (before, option) => option.In(before)), ValueSource.Given);
        var isShared = existing == Existing.Join;
        var folder = isShared
            ? new RunFolder(place, spec.Saving.HasCurves)
            : new RunFolder(OptionName.Out, place, existing != Existing.Refuse, spec.Saving.HasCurves);
        spec.CheckTraining();
        if (spec.Fit.Folds is not null)
            throw Failure.Usage(OptionName.Folds, "does not go with a study (--seeds has it train on several splits)");
        return new(variant, seed, data, new TrainOrder(spec, folder, place, Plot: null), options)
        {
            IsShared = isShared,
        };
    }

    /// <summary>What one types behind `nn train` for the same training elsewhere.</summary>
    public IEnumerable<string> Words =>
        [Data, .. Options.SelectMany(option => option.Words), OptionName.Seed, $"{Seed}"];

    /// <summary>The name of its folder in that of the study.</summary>
    public string FolderName => Path.GetFileName(Order.Out);

    /// <summary>The same run as one of so many at a time.</summary>
    public PlannedRun Among(int others) => this with { Order = Order.Among(others) };

    /// <summary>The data of this run alone: what one run has read is not what the next one reads.</summary>
    public DataSource Source() => Order.Open(Data);

    /// <summary>The shape of its training rows, read for that alone.</summary>
    public DataShape Shape()
    {
        var source = Source();
        return DataShape.Of(source, source.Train(Order.Spec.Data.Order));
    }

    /// <summary>What was in the files of its training rows, read for that alone.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Fingerprints()
    {
        var source = Source();
        _ = source.Train(Order.Spec.Data.Order);
        return [.. source.Fingerprints];
    }

    /// <summary>
    /// The same run up to an epoch, or to its end where none is named: from its beginning, or from where it was left on. Its
    /// schedule is that of all its epochs, so that stopping on the way changes no bit.
    /// </summary>
    public PlannedRun Until(int? epochs, bool isContinued)
    {
        if (!isContinued && !IsShared)
            return this with { Order = Order with { Until = epochs } };
        // A folder is checked when it is named: by now there is a run in it.
        var hasCurves = Order.Spec.Saving.HasCurves;
        var folder = IsShared
            ? new RunFolder(Order.Out, hasCurves)
            : new RunFolder(OptionName.Out, Order.Out, force: true, hasCurves);
        return this with { Order = Order with { Until = epochs, Folder = folder }, IsContinued = isContinued };
    }
}

/// <summary>One of the things compared: its name, and the options that make it what it is.</summary>
internal sealed record Variant(string Name, IReadOnlyList<StudyOption> Options)
{
    /// <summary>The words of a command line that make it what it is.</summary>
    public IEnumerable<string> Words => Options.SelectMany(option => option.Words);

    /// <summary>A name for the folder of its run, on every system.</summary>
    public string Folder =>
        string.Concat(
            Name.Select(letter => char.IsAsciiLetterOrDigit(letter) || "-.+@".Contains(letter) ? letter : '_')
        );
}
