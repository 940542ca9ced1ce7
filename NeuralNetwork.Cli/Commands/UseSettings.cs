using System.CommandLine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>A model, the rows to use it on, and the machine to do it with.</summary>
internal sealed record Used(AnyModel Model, DataSource Source, Sample Sample, Machine Machine);

/// <summary>What the commands that use a model have in common: MODEL, DATA, --split and the machine.</summary>
internal sealed class UseSettings
{
    private static readonly Setting<Part> Split = new(
        "--split",
        "train|test",
        "Which part of the data",
        Read.OneOf(("train", Part.Train), ("test", Part.Test)),
        "test"
    );

    private static readonly Setting<bool?> Dropped = new(
        OptionName.Missing,
        "auto|refuse|drop",
        "Rows with missing cells that nothing takes the place of: refuse, drop, or as the run was trained",
        Read.OneOf<bool?>(("auto", null), ("refuse", false), ("drop", true)),
        "auto"
    );

    private readonly bool needsTargets;
    private readonly Argument<string> model = new("MODEL") { Description = "A run folder or a model file" };
    private readonly Argument<string> data = Arguments.Data();

    /// <summary>For a command that compares with targets, or for one that has an answer for every row.</summary>
    public UseSettings(Command command, bool needsTargets)
    {
        this.needsTargets = needsTargets;
        command.Add(model);
        command.Add(data);
        command.Add(Split.Option);
        if (needsTargets)
            command.Add(Dropped.Option);
        foreach (var option in (Option[])[.. FormatSettings.Options, .. EngineSettings.Options])
            command.Add(option);
    }

    public string ModelPath(ParseResult result) => ModelSource.Path(result.GetRequiredValue(model));

    public Used Open(ParseResult result, Screen screen)
    {
        var part = Split.Of(result);
        var typed = SpecReader.Typed(result, [.. FormatSettings.All, .. EngineSettings.All]);
        var engine = new EngineSettings(typed.Engine);
        var any = ModelSource.Read(result.GetRequiredValue(model));
        var run = ModelSource.ConfigOf(result.GetRequiredValue(model));
        var format = FormatSettings.Over(run, result);
        format.Check();
        var source = DataSource.Find(result.GetRequiredValue(data), format.Csv);
        typed.Data.Format.CheckIndex(source);
        FormatSpec.Check(typed.Data.Format.Wanted, source);
        if (needsTargets && Dropped.IsWanted(result))
            FormatSpec.CheckColumns([Dropped.Name], source);
        if (Split.IsGiven(result) && !source.HasParts)
            throw Failure.Usage(Split.Name, $"{source.Name} has no parts (only built-in data and IDX folders have)");
        var resolution = engine.Resolve();
        var schema = ModelSource.SchemaOf(any) with
        {
            FirstIndex = source is LibSvmSource ? ModelSource.FirstIndex(result.GetRequiredValue(model)) : null,
            Drops = needsTargets && (Dropped.Of(result) ?? run?.TextOf(OptionName.Missing) == "drop"),
        };
        var sample = source.Use(part, schema, needsTargets);
        if (FormatSettings.TakenOver(typed, run, source) is { } held)
            screen.Say(held);
        foreach (var note in sample.Notes)
            screen.Say(note);
        if (needsTargets)
            sample = sample.WithTargets();
        var resolved = run is null ? null : ResolvedConfig.Of(run.Path);
        if (TrainedRanges.Warning(sample, any, resolved) is { } warning)
            screen.Warn(warning);
        return new Used(any, source, sample, engine.Open(resolution, screen));
    }
}

/// <summary>Arguments that several commands take.</summary>
internal static class Arguments
{
    public const string DataName = "DATA";

    public static Option<bool> Force { get; } = new("--force") { Description = "Replace what is there" };

    /// <summary>The name of data such that it means the same in another folder.</summary>
    public static string Whole(string data) =>
        StandardInput.IsName(data) || BuiltIn.Find(data) is not null ? data
        : Path.Exists(data) || ZipMember.Parts(data) is not null ? Path.GetFullPath(data)
        : string.Join(',', ArrayPair.Split(data).Select(part => Path.Exists(part) ? Path.GetFullPath(part) : part));

    private static readonly string AboutData =
        $"A built-in set ({BuiltIn.Names}), a folder of IDX files, x.npy,y.npy, - for standard input,"
        + $" or a file: {FileKinds.Endings}, .gz or .zip of these, others by their content";

    public static Argument<string> Data() => new(DataName) { Description = AboutData };

    /// <summary>The same for a command that has an option which may name them, too.</summary>
    public static DataArgument DataOr(Option option) => new(DataName, option) { Description = AboutData };

    /// <summary>What is said where neither of them names any.</summary>
    public static Failure Missing(string argument, string command) =>
        Failure.Usage($"{argument}: missing (see {command} --help)");
}

/// <summary>Data that an option may name as well: without that option they are missed.</summary>
internal sealed class DataArgument : Argument<string?>
{
    private readonly Option option;

    public DataArgument(string name, Option option)
        : base(name) => (this.option, Arity) = (option, ArgumentArity.ZeroOrOne);

    public bool IsMissing(ParseResult result) =>
        result.GetResult(this) is not { Tokens.Count: > 0 } && result.GetResult(option) is not { Implicit: false };
}
