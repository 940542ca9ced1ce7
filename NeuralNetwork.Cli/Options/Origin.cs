using System.CommandLine;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>An option as a run had it: its name, its value in words, and where that comes from.</summary>
internal sealed record Origin(string Name, string Value, string From)
{
    private const string Default = "default";

    /// <summary>Whether nobody asked for another value than the usual one.</summary>
    public bool IsDefault => From == Default;

    /// <summary>Where the file that it comes from had it from; empty for a default, and null where there is no such file.</summary>
    public string? Before { get; init; }

    /// <summary>Where it comes from in the end, through whatever files; null for a default.</summary>
    public string? First => IsDefault || Before is { Length: 0 } ? null : Before ?? From;

    /// <summary>The same where the option is that of a run which goes on: what its config.json says of a value that it has still.</summary>
    public Origin Within(ConfigFile file) =>
        file.Origins is { } origins && file.TextOf(Name) is { } text && Same(text, Value)
            ? this with
            {
                From = origins.GetValueOrDefault(ConfigFile.FieldOf(Name), Default),
            }
            : this;

    /// <summary>Whether it is there or not, and has no other value.</summary>
    public bool IsFlag { get; init; }

    /// <summary>What one types for it.</summary>
    public IReadOnlyList<string> Words => IsFlag ? [Name] : [Name, Value];

    /// <summary>The options that have a value, as a configuration names them.</summary>
    public static IReadOnlyList<Origin> All(
        ParseResult result,
        IEnumerable<Option> options,
        JsonObject config,
        ConfigFile? file
    ) =>
        [
            .. options
                .Where(option => config.ContainsKey(ConfigFile.FieldOf(option)))
                .Select(option => Of(result, option, Shown(config[ConfigFile.FieldOf(option)]), file)),
        ];

    private static Origin Of(ParseResult result, Option option, string value, ConfigFile? file) =>
        new(option.Name, value, SourceOf(result, option, value, file))
        {
            IsFlag = option is Option<bool>,
            Before =
                file?.Origins is { } origins && file.TextOf(option.Name) is { } text && Same(text, value)
                    ? origins.GetValueOrDefault(ConfigFile.FieldOf(option), "")
                    : null,
        };

    /// <summary>A value that is typed out and yet the default says nothing about anybody's wishes.</summary>
    private static string SourceOf(ParseResult result, Option option, string value, ConfigFile? file)
    {
        var usual = option.HasDefaultValue ? $"{option.GetDefaultValue()}" : "";
        if (result.GetResult(option) is not { Implicit: false } || Same(usual, value))
            return Default;
        return file?.TextOf(option.Name) is { } text && Same(text, value) ? file.Path : "given";
    }

    private static bool Same(string usual, string value) =>
        usual.Equals(value, StringComparison.OrdinalIgnoreCase)
        || (
            Text.tryNumber(usual) is { } first
            && Text.tryNumber(value) is { } second
            && first.Value.Equals(second.Value)
        );

    private static string Shown(JsonNode? value) =>
        value is JsonArray list ? ColumnNames.Join(list.Select(item => $"{item}")) : $"{value}";
}
