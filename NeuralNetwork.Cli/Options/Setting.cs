using System.CommandLine;
using System.Text.RegularExpressions;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;

namespace NeuralNetwork.Cli.Options;

/// <summary>Text to value; the error names what was found and what is expected.</summary>
internal delegate FSharpResult<T, string> Reader<T>(string text);

/// <summary>An option whose value is a text: what a configuration file, and a shell that completes lines, have to know of it.</summary>
internal sealed partial class SettingOption : Option<string?>
{
    /// <summary>How help calls the value of an option that is a column, or several.</summary>
    public const string Column = "COLUMN";
    public const string Columns = "NAME,…";

    private readonly Type type;
    private readonly Func<string, string?> complaint;

    public SettingOption(string name, string[] aliases, Type type, Func<string, string?> complaint)
        : base(name, aliases) => (this.type, this.complaint) = (type, complaint);

    /// <summary>Whether any text is a value: "5" is then no number.</summary>
    public bool IsText => type == typeof(string);

    /// <summary>Whether it takes numbers, as far as a few of them tell.</summary>
    public bool IsNumber => !IsText && !IsNames && (Accepts("0.5") || Accepts("1") || Accepts("2"));

    /// <summary>Whether these have to be whole.</summary>
    public bool IsWhole => IsNumber && !Accepts("0.5") && !Accepts("1.5");

    /// <summary>Whether its values have commas between them.</summary>
    public bool IsList => type.IsArray;

    /// <summary>Whether its values are names of columns, which may have commas themselves.</summary>
    public bool IsNames => type == typeof(ColumnNames);

    /// <summary>Whether its values are columns of the data that the line names.</summary>
    public bool IsOfColumns =>
        HelpName == Column || (IsNames && HelpName!.StartsWith(Columns, StringComparison.Ordinal));

    private bool Accepts(string text) => complaint(text) is null;

    /// <summary>
    /// The values that its help names: words that are values, and of a value with parameters the name, as constant: of constant:VALUE.
    /// Where any word is a value, those that stand for one: FILE|none, or in the list behind a colon.
    /// </summary>
    public IEnumerable<string> Named()
    {
        var forms = $"{HelpName}".Split('|').Where(form => form.Length > 0 && char.IsAsciiLetterLower(form[0]));
        var isChoosy = !Accepts("nosuchvalue");
        var colon = $"{Description}".IndexOf(": ", StringComparison.Ordinal);
        var words =
            isChoosy ? Words().Matches($"{Description}").Select(one => one.Value)
            : colon < 0 ? []
            : Listed().Matches(Description![(colon + 2)..]).Select(one => one.Value);
        return forms
            .Concat(words)
            .Select(word => Parameters().Replace(word, ":"))
            .Where(word => !isChoosy || word.EndsWith(':') || Accepts(word))
            .Distinct();
    }

    [GeneratedRegex("(?<=^|, )[a-z][a-z0-9]*([-:][A-Za-z0-9_]+)*(?=,|$)")]
    private static partial Regex Listed();

    [GeneratedRegex(":[A-Z].*")]
    private static partial Regex Parameters();

    [GeneratedRegex("[A-Za-z][A-Za-z0-9]*([-:.][A-Za-z0-9_]+)*")]
    private static partial Regex Words();
}

/// <summary>
/// An option with a value: how it is called, and how its text is read. Without a fallback its value is absent until given;
/// a fallback may always be given, too.
/// </summary>
internal sealed class Setting<T>
{
    private readonly SettingOption option;
    private readonly Reader<T> read;
    private readonly string? fallback;

    public Setting(
        string name,
        string value,
        string about,
        Reader<T> read,
        string? fallback = null,
        string? alias = null
    )
    {
        (this.read, this.fallback) = (read, fallback);
        option = new(name, alias is null ? [] : [alias], typeof(T), ComplaintOf)
        {
            Description = about,
            HelpName = value,
        };
        if (fallback is not null)
            option.DefaultValueFactory = _ => fallback;
    }

    public string Name => option.Name;

    public Option Option => option;

    public bool IsGiven(ParseResult result) => result.GetResult(option) is { Implicit: false };

    /// <summary>Whether another value than the usual one was given.</summary>
    public bool IsWanted(ParseResult result) => IsGiven(result) && result.GetValue(option) != fallback;

    /// <summary>The value. A usage failure, under the name that was typed, where the text has none.</summary>
    public T Of(ParseResult result)
    {
        var outcome = read(result.GetValue(option) ?? "");
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.Usage(Name, result.GetResult(option)?.IdentifierToken?.Value ?? Name, outcome.ErrorValue);
    }

    /// <summary>The value, or another one where the option was not given.</summary>
    public T Or(ParseResult result, T otherwise) => IsGiven(result) ? Of(result) : otherwise;

    /// <summary>Whether it was given, here or in a file.</summary>
    public bool IsGiven(ParseResult result, ConfigFile? file) => IsGiven(result) || file?.TextOf(Name) is not null;

    /// <summary>The value, or that of a file where the option was not given.</summary>
    public T Of(ParseResult result, ConfigFile? run)
    {
        if (IsGiven(result) || run?.TextOf(Name) is not { } text)
            return Of(result);
        var outcome = read(text);
        return outcome.IsOk
            ? outcome.ResultValue
            : throw ConfigJson.Refuse(run.Path, OptionName.FieldOf(Name), outcome.ErrorValue);
    }

    private string? ComplaintOf(string text) => read(text) is { IsOk: false } outcome ? outcome.ErrorValue : null;
}
