using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>
/// Options from a JSON file, read strictly. A member is called as its option, in snake_case: "learning_rate": 0.002. They
/// are put behind the command's name as if they had been typed there, but for those that were typed: flags win. What is
/// wrong with one of them is then said under the file's name and the member's.
/// </summary>
internal sealed class ConfigFile
{
    public const string SchemaField = "schema";
    public const string ResolvedField = "resolved";
    public const string DataField = "data";

    /// <summary>Within what options came to: where the value of each comes from, of those that have another than the usual one.</summary>
    public const string OriginsField = "from";

    /// <summary>How the origin of a value begins that a preset says.</summary>
    public const string PresetOrigin = "preset ";

    private const int Limit = 1 << 20;
    private const int Depth = 32;

    private static readonly Setting<string> File = new(
        "--config",
        "FILE",
        "Options in JSON, as in the config.json of a run; those of the command line win",
        Read.Any
    );

    /// <summary>What says where, and not what to train.</summary>
    private static readonly string[] Excluded = [File.Name, "--out", "--plot", "--force", "--dry-run"];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Depth, AllowDuplicateProperties = true };

    private readonly IReadOnlyList<ConfigEntry> entries;

    private ConfigFile(string path, IReadOnlyList<ConfigEntry> entries) => (Path, this.entries) = (path, entries);

    /// <summary>Where the values of a run's config.json come from, by their fields; null where it does not say.</summary>
    public IReadOnlyDictionary<string, string>? Origins { get; private init; }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    public static Option Option => File.Option;

    /// <summary>The name of an option in a file.</summary>
    public static string FieldOf(Option option) => FieldOf(option.Name);

    public static string FieldOf(string name) => name.TrimStart('-').Replace('-', '_');

    /// <summary>The option of a name in a file.</summary>
    public static string NameOf(string field) => $"--{field.Replace('_', '-')}";

    /// <summary>The file that a command line names; null where it names none.</summary>
    public static ConfigFile? Of(ParseResult result)
    {
        var asked = result.GetResult(Option);
        // The next option may have been taken for the file's name: the complaint about that comes later.
        return
            asked is { Implicit: false, IdentifierTokenCount: 1, Tokens: [var path] }
            && !path.Value.StartsWith("--", StringComparison.Ordinal)
            && result.Action is not { ClearsParseErrors: true }
            ? Open(path.Value, result.CommandResult.Command.Options).Without(result.CommandResult)
            : null;
    }

    /// <summary>What is left when a command line has its say, and the command takes data at all.</summary>
    private ConfigFile Without(CommandResult command)
    {
        var typed = command
            .Command.Options.Where(option => command.GetResult(option) is { Implicit: false })
            .Select(option => option.Name)
            .ToHashSet();
        var data = command.Command.Arguments.FirstOrDefault(argument => argument.Name == Arguments.DataName);
        var takesData = data is not null && command.GetResult(data) is not { Tokens.Count: > 0 };
        return new(Path, [.. entries.Where(one => one.Option is null ? takesData : !typed.Contains(one.Option))])
        {
            Origins = Origins,
        };
    }

    /// <summary>Reads a file for a command with these options. Those of training alone are passed over by others.</summary>
    public static ConfigFile Open(string path, IEnumerable<Option> options)
    {
        var taken = options.Where(option => !Excluded.Contains(option.Name)).ToArray();
        var known = taken.UnionBy(TrainCommand.Described, option => option.Name).ToArray();
        var root = Parse(path);
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
        return new(path, [.. entries, .. Unsaid(root, seen, taken)]) { Origins = OriginsIn(root) };
    }

    /// <summary>The fields of a run's config.json that a preset said.</summary>
    public static IEnumerable<string> ChosenByPreset(JsonObject config) =>
        config[ResolvedField]?[OriginsField] is JsonObject origins
            ? origins
                .Where(one => $"{one.Value}".StartsWith(PresetOrigin, StringComparison.Ordinal))
                .Select(one => one.Key)
            : [];

    private static IReadOnlyDictionary<string, string>? OriginsIn(JsonElement root) =>
        root.TryGetProperty(ResolvedField, out var resolved)
        && resolved.ValueKind == JsonValueKind.Object
        && resolved.TryGetProperty(OriginsField, out var origins)
        && origins.ValueKind == JsonValueKind.Object
            ? origins.EnumerateObject().ToDictionary(one => one.Name, one => $"{one.Value}")
            : null;

    /// <summary>
    /// What the config.json of a run says without words, if it is of before there were these options: a run goes on as it began.
    /// </summary>
    private static IEnumerable<ConfigEntry> Unsaid(JsonElement root, HashSet<string> seen, Option[] taken)
    {
        if (!root.TryGetProperty(ResolvedField, out _))
            return [];
        var isOfBeforePresets = !seen.Contains(FieldOf(PresetSettings.Option));
        (Option Option, string Value, bool IsMeant)[] before =
        [
            (PresetSettings.Option, Preset.None.Name, isOfBeforePresets),
            (TrainingSettings.BestOption, "accuracy", isOfBeforePresets),
            (EmbeddingSettings.Option, EmbeddingSettings.None, !seen.Contains(FieldOf(EmbeddingSettings.Option))),
        ];
        return before
            .Where(one => one.IsMeant && taken.Contains(one.Option))
            .Select(one => new ConfigEntry(FieldOf(one.Option), one.Option.Name, one.Value));
    }

    /// <summary>The network that the run of a config.json came to; null where no file is named, or it is of no run.</summary>
    public static Network? Resolved(ParseResult result)
    {
        if (!File.IsGiven(result))
            return null;
        var path = File.Of(result);
        if (
            !Parse(path).TryGetProperty(ResolvedField, out var resolved)
            || !resolved.TryGetProperty("network", out var network)
        )
            return null;
        var outcome = Description.tryNetwork(network.GetRawText());
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Refuse(path, $"{ResolvedField}.network", outcome.ErrorValue.ToString());
    }

    /// <summary>The index of the first feature in the LIBSVM file of a run; null where its data were of another kind.</summary>
    public static int? FirstIndexOf(string path) =>
        Parse(path) is { ValueKind: JsonValueKind.Object } root
        && root.TryGetProperty(ResolvedField, out var resolved)
        && resolved.ValueKind == JsonValueKind.Object
        && resolved.TryGetProperty(FieldOf(SourceSettings.FirstIndexName), out var index)
        && index.TryGetInt32(out var first)
            ? first
            : null;

    /// <summary>What the options of a run came to; null where nothing says it.</summary>
    public static JsonElement? ResolvedOf(string path) =>
        Parse(path) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(ResolvedField, out var resolved)
            ? resolved
            : null;

    /// <summary>The whole file that a command line names, whatever else that says; null where it names none.</summary>
    public static ConfigFile? NamedBy(ParseResult result) => File.IsGiven(result) ? Open(File.Of(result)) : null;

    /// <summary>Reads the file of a training.</summary>
    public static ConfigFile Open(string path) => Open(path, TrainCommand.Described);

    /// <summary>The value of an option, or for none of them of the data; null where there is none.</summary>
    public string? TextOf(string? option) => entries.FirstOrDefault(entry => entry.Option == option)?.Text;

    /// <summary>Whether a file is the config.json of a run: those of other programs may be called the same.</summary>
    public static Mark MarkOf(string path)
    {
        try
        {
            var root = Parse(path);
            return
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty(SchemaField, out var schema)
                && schema.ValueKind == JsonValueKind.Number
                && root.TryGetProperty(DataField, out var data)
                && data.ValueKind == JsonValueKind.String
                ? Mark.Ours
                : Mark.Another;
        }
        catch (Failure)
        {
            return Mark.None;
        }
    }

    /// <summary>The same without these options.</summary>
    public ConfigFile Without(IEnumerable<string> options) =>
        new(Path, [.. entries.Where(entry => !options.Contains(entry.Option))]) { Origins = Origins };

    /// <summary>The arguments with those of the file behind the command's name.</summary>
    public string[] Expand(string[] args, Command command)
    {
        var place = Array.IndexOf(args, command.Name) + 1;
        return [.. args[..place], .. Words, .. args[place..]];
    }

    /// <summary>The members as words of a command line.</summary>
    public IEnumerable<string> Words =>
        entries.SelectMany(entry => entry.Option is null ? [entry.Text] : new[] { entry.Option, entry.Text });

    /// <summary>Does work; what is wrong with an option of the file is a failure of the file's.</summary>
    public TResult Blame<TResult>(Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (Failure failure) when (failure.Code == Exit.Usage && Culprit(failure) is { } entry)
        {
            throw Refuse(Path, entry.Field, failure.Message[(entry.Option!.Length + 2)..]);
        }
    }

    private ConfigEntry? Culprit(Failure failure) =>
        entries.FirstOrDefault(entry =>
            entry.Option is { } name && failure.Message.StartsWith($"{name}: ", StringComparison.Ordinal)
        );

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
            known.FirstOrDefault(option => FieldOf(option) == member.Name)
            ?? throw Refuse(path, member.Name, $"unknown field{Hint(member.Name, known)}");
        var outcome = ConfigValue.Text(option, member.Value);
        if (outcome.IsError)
            throw Refuse(path, member.Name, outcome.ErrorValue);
        return outcome.ResultValue is { } text ? new(member.Name, option.Name, text) : null;
    }

    private static string Hint(string field, Option[] known)
    {
        var byAlias = known.FirstOrDefault(option => option.Aliases.Any(alias => alias.TrimStart('-') == field));
        var names = known.Select(FieldOf).Concat([DataField, SchemaField]);
        var near = byAlias is null ? Text.nearest(names, field.Replace('-', '_'))?.Value : FieldOf(byAlias);
        return near is null ? "" : $" (did you mean {near}?)";
    }

    private static JsonElement Parse(string path)
    {
        var bytes = ReadBytes(path);
        if (!Utf8.IsValid(bytes))
            throw Refuse(path, "document", "not UTF-8");
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(bytes), Strict);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw Refuse(path, $"line {error.LineNumber + 1}", $"not JSON ({error.Message.Split('.')[0]})");
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;

    private static byte[] ReadBytes(string path)
    {
        using var stream = InputPath.Open(path, () => System.IO.File.OpenRead(path));
        var bytes = new byte[Limit + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= Limit
            ? bytes[..length]
            : throw Refuse(path, "length", $"more than {Limit} bytes (limit {Limit})");
    }

    private static string Shown(JsonElement value) =>
        value.GetRawText() is { Length: > 40 } text ? $"{text[..40]}…" : value.GetRawText();

    private static string Kind(JsonElement value) => ConfigValue.Kind(value);

    private static Failure Refuse(string path, string field, string found) =>
        Failure.BadInput($"{path}: {field}: {found}");
}

/// <summary>A member of the file: the option it stands for (null for the data) and its value as it would be typed.</summary>
internal sealed record ConfigEntry(string Field, string? Option, string Text);
