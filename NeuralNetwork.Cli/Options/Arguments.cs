using System.CommandLine;
using System.CommandLine.Completions;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Options;

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

    public static Argument<string> Data()
    {
        var data = new Argument<string>(DataName) { Description = AboutData, HelpName = DataName };
        data.Offer(BuiltIn.All.Select(set => set.Name));
        return data;
    }

    /// <summary>The same for a command that takes tables as one.</summary>
    public static Argument<string[]> SeveralData()
    {
        var data = new Argument<string[]>(DataName)
        {
            Description = AboutData + "; several tables with the same columns are rows one behind the other",
            HelpName = DataName,
            Arity = ArgumentArity.OneOrMore,
        };
        data.Offer(BuiltIn.All.Select(set => set.Name));
        return data;
    }

    /// <summary>The same for a command that has an option which may name them, too.</summary>
    public static DataArgument DataOr(Option option)
    {
        var data = new DataArgument(DataName, option) { Description = AboutData, HelpName = DataName };
        data.Offer(BuiltIn.All.Select(set => set.Name));
        return data;
    }

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

/// <summary>What a user names more than once where every name may come once.</summary>
internal static class Duplicates
{
    /// <summary>The first name that comes again; null where none does.</summary>
    public static string? In(IEnumerable<string> names) =>
        names.GroupBy(name => name).FirstOrDefault(group => group.Skip(1).Any())?.Key;
}

/// <summary>Models on disk: a run folder, or a file.</summary>
internal static class ModelSource
{
    /// <summary>The file that a name stands for.</summary>
    public static string Path(string text)
    {
        var path = Directory.Exists(text) ? System.IO.Path.Combine(text, RunFiles.Model) : text;
        return File.Exists(path) ? path : throw Failure.BadInput($"{path}: no such model{ModelRemedy.For(path)}");
    }

    /// <summary>Whether a name is that of a model and not of data: a run folder, or a file called like a model's.</summary>
    public static bool IsModel(string text) =>
        File.Exists(System.IO.Path.Combine(text, RunFiles.Model))
        || text.EndsWith(System.IO.Path.GetExtension(RunFiles.Model), StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a model in whatever precision it was saved.</summary>
    public static AnyModel Read(string text)
    {
        var path = Path(text);
        var outcome = ModelFile.read(ModelBytes.Load(path));
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.BadInput($"{path}: {outcome.ErrorValue}{ModelRemedy.For(path)}");
    }

    /// <summary>What the run was asked for that a model lies in; null where it lies in none.</summary>
    public static ConfigFile? ConfigOf(string text)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path(text)))!;
        var config = System.IO.Path.Combine(folder, RunFiles.Config);
        return File.Exists(config) ? ConfigFile.Open(config) : null;
    }

    /// <summary>The index of the first feature in the LIBSVM file that a model was trained with; null where nobody knows.</summary>
    public static int? FirstIndex(string text)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path(text)))!;
        var config = System.IO.Path.Combine(folder, RunFiles.Config);
        return File.Exists(config) ? ResolvedConfig.FirstIndexOf(config) : null;
    }

    /// <summary>The rows that a model takes.</summary>
    public static Schema SchemaOf(AnyModel model) =>
        model switch
        {
            AnyModel.Single single => Schema.Of(single.Item),
            AnyModel.Double twice => Schema.Of(twice.Item),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
}

/// <summary>What to do with a study that is there already.</summary>
internal enum Existing
{
    Refuse,
    Resume,
    Replace,

    /// <summary>Work on it together with other processes, or begin it.</summary>
    Join,
}

/// <summary>The options that comparisons and searches have in common.</summary>
internal static class StudySettings
{
    public static Option<bool> Resume { get; } =
        new(OptionName.Resume) { Description = "Go on with what is in the folder: finished runs are kept" };

    public static Option<bool> Join { get; } =
        new(OptionName.Join)
        {
            Description =
                "Work on what is in the folder together with the other processes that join, on this machine or on others that share it: the same "
                + "line for each of them, of which the first begins the study; each trains what no other has in hand, and goes on with what one that died has left",
        };

    /// <summary>What to do with a study that is there already.</summary>
    public static Existing ExistingOf(ParseResult result) =>
        (result.GetValue(Join), result.GetValue(Resume), result.GetValue(Arguments.Force)) switch
        {
            (_, true, true) => throw Failure.Usage(
                Resume.Name,
                $"does not go with {Arguments.Force.Name} (go on, or begin again)"
            ),
            (true, _, true) => throw Failure.Usage(
                Join.Name,
                $"does not go with {Arguments.Force.Name} (join what others work on, or begin again)"
            ),
            (true, true, _) => throw Failure.Usage(
                Join.Name,
                $"does not go with {Resume.Name} (who joins goes on with what is there)"
            ),
            (true, _, _) => Existing.Join,
            (_, true, _) => Existing.Resume,
            (_, _, true) => Existing.Replace,
            _ => Existing.Refuse,
        };

    /// <summary>The options of a training that were given, by their names.</summary>
    public static IReadOnlyDictionary<string, OptionValue> Given(ParseResult result) =>
        SpecReader.Given(result).ToDictionary(one => one.Name);

    /// <summary>The preset that was given, or the usual one.</summary>
    public static Preset PresetOf(IReadOnlyDictionary<string, OptionValue> given) =>
        Preset.Named(With(given, OptionName.Preset).Preset);

    /// <summary>The seed that was given, or the usual one.</summary>
    public static ulong SeedOf(IReadOnlyDictionary<string, OptionValue> given) => With(given, OptionName.Seed).Fit.Seed;

    private static TrainingSpec With(IReadOnlyDictionary<string, OptionValue> given, string name) =>
        given.GetValueOrDefault(name)?.Set(TrainingSpec.Usual) ?? TrainingSpec.Usual;
}

/// <summary>Names that a shell may complete an argument with.</summary>
internal static class ArgumentNames
{
    /// <summary>The kind of a name in whose place a file may stand.</summary>
    public const string OrFile = "or a file";

    /// <summary>Names of an argument that may be a file as well.</summary>
    public static void Offer<T>(this Argument<T> argument, IEnumerable<string> names) =>
        argument.CompletionSources.Add(_ => names.Select(name => new CompletionItem(name, OrFile)));

    /// <summary>Names of an argument that is always one of them.</summary>
    public static void OfferAll<T>(this Argument<T> argument, IEnumerable<string> names) =>
        argument.CompletionSources.Add(_ => names.Select(name => new CompletionItem(name)));
}
