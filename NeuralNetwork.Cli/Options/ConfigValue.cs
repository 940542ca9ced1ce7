using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>Values of options as JSON: numbers, texts, true and false, and lists of them.</summary>
internal static class ConfigValue
{
    /// <summary>The text that would be typed for a value; null for a flag that is not set.</summary>
    public static FSharpResult<string?, string> Text(Option option, JsonElement value) =>
        option is Option<bool> ? Flag(value)
        : value.ValueKind != JsonValueKind.Array ? Scalar(option, value)
        : option is SettingOption { IsList: false, IsNames: false } ? Error("a list (expected one value)")
        : value.GetArrayLength() == 0 ? Error("an empty list (leave it out for the default)")
        : List(value.EnumerateArray().Select(item => Item(option, item)));

    /// <summary>A spec, defaults included, as a file that stands for it.</summary>
    public static JsonObject Document(TrainingSpec spec)
    {
        var document = new JsonObject { [ConfigFile.SchemaField] = Json.Schema };
        foreach (var option in SpecOptions.All)
            if (Node(option, spec) is { } node)
                document[option.Field] = node;
        if (spec.Data.Name is { } data)
            document[ConfigFile.DataField] = Arguments.Whole(data);
        return document;
    }

    /// <summary>The value of an option as a file has it, in words; null where there is none.</summary>
    public static string? Shown(SpecOption option, TrainingSpec spec) =>
        Node(option, spec) switch
        {
            null => null,
            JsonArray list => ColumnNames.Join(list.Select(item => $"{item}")),
            var value => $"{value}",
        };

    /// <summary>What a value is, in words.</summary>
    public static string Kind(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            JsonValueKind.Null => "null",
            _ => value.GetRawText(),
        };

    private static FSharpResult<string?, string> Flag(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => Ok("true"),
            JsonValueKind.False => Ok(null),
            _ => Error($"{Kind(value)} (expected true or false)"),
        };

    private static FSharpResult<string?, string> Scalar(Option option, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => Unquoted(option, value.GetString()!),
            JsonValueKind.Object => Error("an object (expected a number, a text, true, false or a list)"),
            JsonValueKind.Null => Error("null (leave it out for the default)"),
            _ when option is SettingOption { IsText: true } => Error($"{Kind(value)} (expected a text)"),
            _ => Ok(value.GetRawText()),
        };

    private static FSharpResult<string?, string> Unquoted(Option option, string text)
    {
        var isNumber = text.Split(',').All(part => Maths.Text.tryNumber(part) is not null);
        var takesTexts = option is SettingOption { IsText: true } or SettingOption { IsNames: true };
        return (isNumber || text is "true" or "false") && !takesTexts
            ? Error(
                $"a text (expected {(text.Contains(',', StringComparison.Ordinal) ? $"[{text}]" : text)} without quotes)"
            )
            : Ok(text);
    }

    private static FSharpResult<string?, string> Item(Option option, JsonElement item) =>
        item.ValueKind == JsonValueKind.Array ? Error("a list within a list (expected numbers or texts)")
        : item.ValueKind == JsonValueKind.String && option is SettingOption { IsNames: true }
            ? Ok(CellText.Listed(item.GetString()!))
        : item.ValueKind == JsonValueKind.String && item.GetString()!.Contains(',', StringComparison.Ordinal)
            ? Error($"a comma within '{item.GetString()}' (expected a value for each)")
        : Scalar(option, item);

    private static FSharpResult<string?, string> List(IEnumerable<FSharpResult<string?, string>> items)
    {
        var all = items.ToArray();
        var wrong = Array.FindIndex(all, item => item.IsError);
        return wrong < 0 ? Ok(string.Join(',', all.Select(item => item.ResultValue))) : all[wrong];
    }

    private static JsonNode? Node(SpecOption option, TrainingSpec spec) =>
        option.WholeTextIn(spec) is not { } text ? null
        : option.Option is SettingOption setting ? Node(setting, text)
        : JsonValue.Create(text == Write.Flag(true));

    private static JsonNode? Node(SettingOption setting, string text) =>
        setting.IsText ? text
        : setting.IsNames ? Names(text)
        : setting.IsList && IsSeveral(text) ? Json.Array(text.Split(','), Typed)
        : Typed(text);

    /// <summary>A list of names, unless it is a single one or the list would not be typed like that.</summary>
    private static JsonNode? Names(string text) =>
        ColumnNames.Read(text).ResultValue.Each is var names
        && (names.Count > 1 || names[0] != text)
        && ColumnNames.Join(names) == text
            ? Json.Array(names, name => JsonValue.Create(name))
            : text;

    /// <summary>Numbers are a list even where there is one; a single word stands for all.</summary>
    private static bool IsSeveral(string text) =>
        text.Contains(',', StringComparison.Ordinal) || Maths.Text.tryNumber(text) is not null;

    private static JsonNode? Typed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
        // JSON has no infinity: 1e999 is a word, which its option then refuses.
        : Maths.Text.tryNumber(text) is { } number && double.IsFinite(number.Value) ? JsonValue.Create(number.Value)
        : bool.TryParse(text, out var flag) ? JsonValue.Create(flag)
        : JsonValue.Create(text);

    private static FSharpResult<string?, string> Ok(string? text) => FSharpResult<string?, string>.NewOk(text);

    private static FSharpResult<string?, string> Error(string found) => FSharpResult<string?, string>.NewError(found);
}

/// <summary>The JSON of a file of options: UTF-8, strict, of bounded size and depth.</summary>
internal static class ConfigJson
{
    private const int Limit = 1 << 20;
    private const int Depth = 32;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Depth, AllowDuplicateProperties = true };

    /// <summary>The document in a file.</summary>
    public static JsonElement Parse(string path)
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

    /// <summary>What is wrong with a field of a file.</summary>
    public static Failure Refuse(string path, string field, string found) =>
        Failure.BadInput($"{path}: {field}: {found}");
}
