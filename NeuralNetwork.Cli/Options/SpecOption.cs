using System.CommandLine;
using System.CommandLine.Parsing;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>
/// An option of a training: how the command line knows it, and which value of a `TrainingSpec` it is. Whoever has a text for it,
/// from the command line, a file, a preset or a study, sets that value with it, and nothing else reads texts.
/// </summary>
internal abstract class SpecOption
{
    public abstract Option Option { get; }

    public string Name => Option.Name;

    /// <summary>How it is called in a file.</summary>
    public string Field => OptionName.FieldOf(Name);

    /// <summary>Whether it is there or not, and has no other value.</summary>
    public bool IsFlag => Option is Option<bool>;

    /// <summary>Whether it takes numbers, and whether these have to be whole.</summary>
    public bool IsNumber => Option is SettingOption { IsNumber: true };

    public bool IsWhole => Option is SettingOption { IsWhole: true };

    /// <summary>Whether it is called like that.</summary>
    public bool IsCalled(string name) => Name == name || Option.Aliases.Contains(name);

    /// <summary>The value in words; null where there is none.</summary>
    public abstract string? TextIn(TrainingSpec spec);

    /// <summary>The same such that it means the same in another folder.</summary>
    public virtual string? WholeTextIn(TrainingSpec spec) => TextIn(spec);

    /// <summary>What is wrong with a text; null where it is a value.</summary>
    public abstract string? ComplaintOf(string text);

    /// <summary>The value of a text. A usage failure, under the name that was typed for the option, where it has none.</summary>
    public abstract OptionValue Value(string text, string? typed = null);

    /// <summary>Whether a text is the value that the option has where nobody says one.</summary>
    public bool IsUsual(string text) => IsSame(TextIn(TrainingSpec.Usual) ?? "", text);

    /// <summary>Whether two texts stand for the same value, as far as numbers and cases of letters go.</summary>
    public static bool IsSame(string first, string second) =>
        first.Equals(second, StringComparison.OrdinalIgnoreCase)
        || (Text.tryNumber(first) is { } left && Text.tryNumber(second) is { } right && left.Value.Equals(right.Value));
}

/// <summary>A value for an option: as it was said, and what it makes of a spec.</summary>
internal sealed record OptionValue(SpecOption Option, string Text, Func<TrainingSpec, TrainingSpec> Set)
{
    public string Name => Option.Name;

    /// <summary>What one types for it.</summary>
    public IReadOnlyList<string> Words => Option.IsFlag && Text == "true" ? [Name] : [Name, Text];

    /// <summary>A spec with the value in it. The usual value says nothing about anybody's wishes.</summary>
    public TrainingSpec In(TrainingSpec spec, ValueSource source) =>
        Set(spec).From(Name, Option.IsUsual(Text) ? ValueSource.Default with { Before = source.Before } : source);
}

/// <summary>An option with a value of a type. Where the usual value has no text, the option is absent until given.</summary>
internal sealed class SpecOption<T> : SpecOption
{
    private readonly SettingOption option;
    private readonly Reader<T> read;
    private readonly Func<T, string?> write;
    private readonly Func<TrainingSpec, T> get;
    private readonly Func<TrainingSpec, T, TrainingSpec> set;
    private readonly Func<string, string>? whole;

    public SpecOption(
        string name,
        string value,
        string about,
        Reader<T> read,
        Func<T, string?> write,
        Func<TrainingSpec, T> get,
        Func<TrainingSpec, T, TrainingSpec> set,
        string? alias = null,
        Func<string, string>? whole = null
    )
    {
        (this.read, this.write, this.get, this.set, this.whole) = (read, write, get, set, whole);
        option = new(name, alias is null ? [] : [alias], typeof(T), ComplaintOf)
        {
            Description = about,
            HelpName = value,
        };
        if (TextIn(TrainingSpec.Usual) is { } usual)
            option.DefaultValueFactory = _ => usual;
    }

    public override Option Option => option;

    public override string? TextIn(TrainingSpec spec) => write(get(spec));

    public override string? WholeTextIn(TrainingSpec spec) =>
        TextIn(spec) is { } text && whole is not null ? whole(text) : TextIn(spec);

    public override string? ComplaintOf(string text) =>
        read(text) is { IsOk: false } outcome ? outcome.ErrorValue : null;

    public override OptionValue Value(string text, string? typed = null)
    {
        var outcome = read(text);
        return outcome.IsOk
            ? new(this, text, spec => set(spec, outcome.ResultValue))
            : throw Failure.Usage(Name, typed ?? Name, outcome.ErrorValue);
    }

    /// <summary>A value that is no text.</summary>
    public OptionValue To(T value) => new(this, write(value)!, spec => set(spec, value));
}

/// <summary>An option that is there or not.</summary>
internal sealed class SpecFlag(
    string name,
    string about,
    Func<TrainingSpec, bool> get,
    Func<TrainingSpec, bool, TrainingSpec> set
) : SpecOption
{
    private readonly Option<bool> option = new(name) { Description = about };

    public override Option Option => option;

    public override string TextIn(TrainingSpec spec) => Write.Flag(get(spec));

    public override string? ComplaintOf(string text) =>
        text is "true" or "false" ? null : $"{text} (must be true or false)";

    public override OptionValue Value(string text, string? typed = null) =>
        ComplaintOf(text) is { } complaint
            ? throw Failure.Usage(Name, typed ?? Name, complaint)
            : new(this, text, spec => set(spec, text == "true"));
}

/// <summary>A part of a spec, whose options need to know nothing of what it is a part of.</summary>
internal sealed class SpecPart<TPart>(Func<TrainingSpec, TPart> part, Func<TrainingSpec, TPart, TrainingSpec> with)
{
    public SpecOption<T> Of<T>(
        string name,
        string value,
        string about,
        Reader<T> read,
        Func<T, string?> write,
        Func<TPart, T> get,
        Func<TPart, T, TPart> set,
        string? alias = null,
        Func<string, string>? whole = null
    ) =>
        new(
            name,
            value,
            about,
            read,
            write,
            spec => get(part(spec)),
            (spec, one) => with(spec, set(part(spec), one)),
            alias,
            whole
        );

    /// <summary>An option that is there or not.</summary>
    public SpecFlag Flag(string name, string about, Func<TPart, bool> get, Func<TPart, bool, TPart> set) =>
        new(name, about, spec => get(part(spec)), (spec, one) => with(spec, set(part(spec), one)));
}

/// <summary>The parts of a spec that have options.</summary>
internal static class SpecParts
{
    public static SpecPart<DataSpec> Data { get; } = new(spec => spec.Data, (spec, data) => spec with { Data = data });

    public static SpecPart<FormatSpec> Format { get; } =
        new(spec => spec.Data.Format, (spec, format) => spec with { Data = spec.Data with { Format = format } });

    public static SpecPart<ModelSpec> Model { get; } =
        new(spec => spec.Model, (spec, model) => spec with { Model = model });

    public static SpecPart<BatchNormSpec> BatchNorm { get; } =
        new(spec => spec.Model.BatchNorm, (spec, norm) => spec with { Model = spec.Model with { BatchNorm = norm } });

    public static SpecPart<EmbeddingSpec> Embedding { get; } =
        new(
            spec => spec.Model.Embedding,
            (spec, embedding) => spec with { Model = spec.Model with { Embedding = embedding } }
        );

    public static SpecPart<OptimizerSpec> Optimizer { get; } =
        new(spec => spec.Optimizer, (spec, optimizer) => spec with { Optimizer = optimizer });

    public static SpecPart<ScheduleSpec> Schedule { get; } =
        new(spec => spec.Schedule, (spec, schedule) => spec with { Schedule = schedule });

    public static SpecPart<LimitSpec> Limits { get; } =
        new(spec => spec.Limits, (spec, limits) => spec with { Limits = limits });

    public static SpecPart<FitSpec> Fit { get; } = new(spec => spec.Fit, (spec, fit) => spec with { Fit = fit });

    public static SpecPart<SavingSpec> Saving { get; } =
        new(spec => spec.Saving, (spec, saving) => spec with { Saving = saving });

    public static SpecPart<EngineSpec> Engine { get; } =
        new(spec => spec.Engine, (spec, engine) => spec with { Engine = engine });
}

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

/// <summary>Every option of a training, in the order of config.json and, within each group, of the help.</summary>
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
    public static OptionValue Value(string name, string text) => Find(name)!.Value(text);
}
