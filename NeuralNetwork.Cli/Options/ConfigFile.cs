using System.CommandLine;
using System.Text.Json;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>
/// Options from a JSON file, read strictly. A member is called as its option, in snake_case: "learning_rate": 0.002. What is
/// wrong with one of them is said under the file's name and the member's, also where that turns out later.
/// </summary>
internal sealed record ConfigFile
{
    public const string SchemaField = "schema";
    public const string ResolvedField = "resolved";
    public const string DataField = "data";

    /// <summary>Within what options came to: where the value of each comes from, of those that have another than the usual one.</summary>
    public const string OriginsField = "from";

    private static readonly Setting<string> File = new(
        "--config",
        "FILE",
        "Options in JSON, as in the config.json of a run; those of the command line win",
        Read.Any
    );

    /// <summary>What says where, and not what to train.</summary>
    private static readonly string[] Excluded = [File.Name, OptionName.Out, "--plot", "--force", "--dry-run"];

    private readonly IReadOnlyList<ConfigEntry> entries;

    private ConfigFile(string path, IReadOnlyList<ConfigEntry> entries) => (Path, this.entries) = (path, entries);

    /// <summary>Where the values of a run's config.json come from, by their fields; null where it does not say.</summary>
    private IReadOnlyDictionary<string, string>? Origins { get; init; }

    /// <summary>The options that are said elsewhere, and so not by the file.</summary>
    private IReadOnlySet<string> Overruled { get; init; } = new HashSet<string>();

    /// <summary>Whether it is that of a run which goes on: then its values come from where the run had them from.</summary>
    private bool IsOfRun { get; init; }

    /// <summary>Whether its values come from where the run had them from, also where they are the usual ones.</summary>
    private bool HasOwnOrigins => IsOfRun && Origins is not null;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    public static Option Option => File.Option;

    /// <summary>Reads a file for a command with these options. Those of training alone are passed over by others.</summary>
    public static ConfigFile Open(string path, IEnumerable<Option> options)
    {
        var taken = options.Where(option => !Excluded.Contains(option.Name)).ToArray();
        var known = taken.UnionBy(SpecOptions.Options, option => option.Name).ToArray();
        var root = ConfigJson.Parse(path);
        if (root.ValueKind != JsonValueKind.Object)
            throw Refuse(path, "document", $"{Kind(root)} (expected an object)");
        var seen = new HashSet<string>();
        var entries = new List<ConfigEntry>();
        foreach (var member in root.EnumerateObject())
        {
            if (!seen.Add(member.Name))
                throw Refuse(path, member.Name, "given twice");
            if (Entry(path, member, known) is { } entry)
                if (entry.Option is null || taken.Any(option => option.Name == entry.Option))
                    entries.Add(entry);
        }
        return new(path, [.. entries, .. Unsaid(root, seen, taken)]) { Origins = ResolvedConfig.OriginsIn(root) };
    }

    /// <summary>
    /// What the config.json of a run says without words, if it is of before there were these options: a run goes on as it began.
    /// </summary>
    private static IEnumerable<ConfigEntry> Unsaid(JsonElement root, HashSet<string> seen, Option[] taken)
    {
        if (!root.TryGetProperty(ResolvedField, out _))
            return [];
        var isOfBeforePresets = !seen.Contains(PresetSettings.Name.Field);
        (OptionValue Value, bool IsMeant)[] before =
        [
            (PresetSettings.Name.To(PresetName.None), isOfBeforePresets),
            (TrainingSettings.Best.To(Criterion.Accuracy), isOfBeforePresets),
            (EmbeddingSettings.Use.To(false), !seen.Contains(EmbeddingSettings.Use.Field)),
        ];
        return before
            .Where(one => one.IsMeant && taken.Contains(one.Value.Option.Option))
            .Select(one => new ConfigEntry(one.Value.Option.Field, one.Value.Name, one.Value.Text));
    }

    /// <summary>
    /// Does the work of a command with the file that it names, or with none: what is wrong with an option of the file is a failure
    /// of the file's, and what was typed wins.
    /// </summary>
    public static TResult Under<TResult>(ParseResult result, Func<ConfigFile?, TResult> work)
    {
        if (!File.IsGiven(result))
            return work(null);
        var options = result.CommandResult.Command.Options;
        var typed = options.Where(option => result.GetResult(option) is { Implicit: false });
        var file = Open(File.Of(result), options) with { Overruled = typed.Select(option => option.Name).ToHashSet() };
        return file.Blame(() => work(file));
    }

    /// <summary>Reads the file of a training.</summary>
    public static ConfigFile Open(string path) => Open(path, SpecOptions.Options);

    /// <summary>Reads the file of a run that goes on, but for these options, which are said anew.</summary>
    public static ConfigFile OfRun(string path, IEnumerable<string> anew) =>
        Open(path) with
        {
            Overruled = anew.ToHashSet(),
            IsOfRun = true,
        };

    /// <summary>The data that it names; null where it names none.</summary>
    public string? Data => TextOf(null);

    /// <summary>The value of an option, or for none of them of the data; null where there is none.</summary>
    public string? TextOf(string? option) => EntryOf(option)?.Text;

    /// <summary>A spec with what the file says about these options.</summary>
    public TrainingSpec Over(TrainingSpec spec, IReadOnlyList<SpecOption> options) =>
        options
            .Where(option => !Overruled.Contains(option.Name) && EntryOf(option.Name) is not null)
            .Aggregate(spec, Set);

    private TrainingSpec Set(TrainingSpec spec, SpecOption option) =>
        HasOwnOrigins
            ? Value(option).Set(spec).From(option.Name, SourceOf(option)!)
            : Value(option).In(spec, SourceOf(option)!);

    /// <summary>Where a value of the file comes from; null where the file says nothing.</summary>
    public ValueSource? SourceOf(SpecOption option)
    {
        if (EntryOf(option.Name) is not { } entry)
            return null;
        var before = Origins?.GetValueOrDefault(entry.Field);
        var from = HasOwnOrigins ? before ?? ValueSource.Default.From : Path;
        return new(from) { Before = Origins is null ? null : before ?? "" };
    }

    private OptionValue Value(SpecOption option)
    {
        var entry = EntryOf(option.Name)!;
        return option.ComplaintOf(entry.Text) is { } complaint
            ? throw Refuse(Path, entry.Field, complaint)
            : option.Value(entry.Text);
    }

    /// <summary>Does work; what is wrong with an option of the file is a failure of the file's.</summary>
    public TResult Blame<TResult>(Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (Failure failure)
            when (failure.Option is { } option && !Overruled.Contains(option) && EntryOf(option) is { } entry)
        {
            throw Refuse(Path, entry.Field, failure.Found);
        }
    }

    private ConfigEntry? EntryOf(string? option) => entries.FirstOrDefault(entry => entry.Option == option);

    private static ConfigEntry? Entry(string path, JsonProperty member, Option[] known)
    {
        if (member.Name == SchemaField)
            return member.Value.ValueKind == JsonValueKind.Number && member.Value.GetRawText() == $"{Json.Schema}"
                ? null
                : throw Refuse(path, SchemaField, $"{Shown(member.Value)} (expected {Json.Schema})");
        if (member.Name == ResolvedField)
            return member.Value.ValueKind == JsonValueKind.Object
                ? null
                : throw Refuse(path, ResolvedField, $"{Kind(member.Value)} (expected an object)");
        if (member.Name == DataField)
            return member.Value.ValueKind == JsonValueKind.String
                ? new(DataField, null, member.Value.GetString()!)
                : throw Refuse(path, DataField, $"{Kind(member.Value)} (expected a text)");
        var option =
            known.FirstOrDefault(option => OptionName.FieldOf(option.Name) == member.Name)
            ?? throw Refuse(path, member.Name, $"unknown field{Hint(member.Name, known)}");
        var outcome = ConfigValue.Text(option, member.Value);
        if (outcome.IsError)
            throw Refuse(path, member.Name, outcome.ErrorValue);
        return outcome.ResultValue is { } text ? new(member.Name, option.Name, text) : null;
    }

    private static string Hint(string field, Option[] known)
    {
        var byAlias = known.FirstOrDefault(option => option.Aliases.Any(alias => alias.TrimStart('-') == field));
        var names = known.Select(option => OptionName.FieldOf(option.Name)).Concat([DataField, SchemaField]);
        var near = byAlias is null
            ? Text.nearest(names, field.Replace('-', '_'))?.Value
            : OptionName.FieldOf(byAlias.Name);
        return near is null ? "" : $" (did you mean {near}?)";
    }

    private static string Shown(JsonElement value) =>
        value.GetRawText() is { Length: > 40 } text ? $"{text[..40]}…" : value.GetRawText();

    private static string Kind(JsonElement value) => ConfigValue.Kind(value);

    private static Failure Refuse(string path, string field, string found) => ConfigJson.Refuse(path, field, found);
}

/// <summary>A member of the file: the option it stands for (null for the data) and its value as it would be typed.</summary>
internal sealed record ConfigEntry(string Field, string? Option, string Text);

/// <summary>
/// What a configuration that was made for other data says about the columns of these, and about files that belong to them:
/// it holds, but not in silence.
/// </summary>
internal static class CarriedOver
{
    /// <summary>A line about it; null where there is nothing to say.</summary>
    public static string? Of(TrainingSpec spec, ConfigFile? file, string data)
    {
        if (file?.Data is not { } other || other == data)
            return null;
        var held = OfData(spec)
            .Where(one => one.Text is not null && one.Text == file.TextOf(one.Name))
            .Select(one => $"{one.Name} {one.Text}")
            .ToArray();
        return held.Length == 0
            ? null
            : $"{file.Path}: made for {other}, and taken over for {data}: {string.Join(", ", held)}";
    }

    // What was typed has taken the place of the file's, and a share of the rows to validate with suits any data.
    private static IEnumerable<(string Name, string? Text)> OfData(TrainingSpec spec) =>
        [
            (OptionName.Target, spec.Data.Targets?.Text),
            (OptionName.Ignore, spec.Data.Ignored?.Text),
            (OptionName.Categorical, spec.Data.Categorical?.Text),
            (OptionName.Group, spec.Data.Group),
            (OptionName.Time, spec.Data.Time),
            (OptionName.Weights, spec.Data.Weights),
            (OptionName.Test, spec.Data.TestPath),
            (OptionName.Validation, spec.Fit.Validation.Path),
        ];
}
