using System.CommandLine;
using System.CommandLine.Parsing;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>From a command line to a `TrainingSpec`: the one place that reads the words of the options of a training.</summary>
internal static class SpecReader
{
    /// <summary>What a command line says, over what the file says that it names.</summary>
    public static TrainingSpec Of(ParseResult result, ConfigFile? file)
    {
        var taken = Taken(result);
        var spec = Given(result, taken)
            .Aggregate(
                file?.Over(TrainingSpec.Usual, taken) ?? TrainingSpec.Usual,
                // What is typed and stands in the file, too, is from there.
                (before, value) => value.In(before, SourceOf(value, file))
            );
        spec.Check();
        return spec;
    }

    /// <summary>What a command line says, which can name no file.</summary>
    public static TrainingSpec Of(ParseResult result) => Of(result, null);

    /// <summary>What a command line says of some options, and nothing else.</summary>
    public static TrainingSpec Typed(ParseResult result, IReadOnlyList<SpecOption> options) =>
        Given(result, options).Aggregate(TrainingSpec.Usual, (spec, value) => value.In(spec, ValueSource.Given));

    /// <summary>The values of the options of a training that were typed.</summary>
    public static IEnumerable<OptionValue> Given(ParseResult result) => Given(result, Taken(result));

    private static ValueSource SourceOf(OptionValue value, ConfigFile? file) =>
        file?.TextOf(value.Name) is { } text && SpecOption.IsSame(text, value.Text)
            ? file.SourceOf(value.Option)!
            : ValueSource.Given;

    /// <summary>The options of a training that a command has.</summary>
    private static SpecOption[] Taken(ParseResult result)
    {
        var own = result.CommandResult.Command.Options.ToHashSet();
        return [.. SpecOptions.All.Where(option => own.Contains(option.Option))];
    }

    /// <summary>The values of those of these options that were typed.</summary>
    public static IEnumerable<OptionValue> Given(ParseResult result, IReadOnlyList<SpecOption> options) =>
        from option in options
        let found = result.GetResult(option.Option)
        where found is { Implicit: false }
        select option.Value(TextOf(option, found!), found!.IdentifierToken?.Value);

    private static string TextOf(SpecOption option, OptionResult found) =>
        found.Tokens is [var token, ..] ? token.Value
        : option.IsFlag ? Write.Flag(true)
        : "";
}

/// <summary>Every option of a training, in the order of its help and its config.json.</summary>
internal static class SpecOptions
{
    public static IReadOnlyList<SpecOption> All { get; } =
    [
        PresetSettings.Name,
        .. DataSettings.All,
        .. ModelSettings.All,
        .. TrainingSettings.All,
        .. SavingSettings.All,
        .. EngineSettings.All,
    ];

    /// <summary>The same for a command line.</summary>
    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>The option of a name; null where there is none.</summary>
    public static SpecOption? Find(string name) => All.FirstOrDefault(option => option.Name == name);

    /// <summary>A value for the option of a name, as a user says it.</summary>
    public static OptionValue Value(string name, string text) => All.First(option => option.Name == name).Value(text);
}
