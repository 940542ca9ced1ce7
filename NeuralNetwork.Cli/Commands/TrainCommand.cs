using System.CommandLine;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>nn train DATA --out RUN: from a data set to a run folder.</summary>
internal static class TrainCommand
{
    public const string OutName = "--out";

    /// <summary>What to call a run that has no name yet.</summary>
    public const string AnyRun = "RUN";

    private static readonly Setting<string> Out = new(OutName, AnyRun, "The folder to save the run in", Read.Any);

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Read the data, check all options, and say what would be trained; write nothing",
    };

    private static readonly Argument<string> Data = Arguments.Data();

    /// <summary>The options that say what to train and how: those of a configuration file.</summary>
    public static IEnumerable<Option> Described =>
        [
            PresetSettings.Option,
            .. DataSettings.Options,
            .. ModelSettings.Options,
            .. TrainingSettings.Options,
            .. SavingSettings.Options,
            .. EngineSettings.Options,
        ];

    public static void Fill(Command command, Screen screen)
    {
        AddInputs(command);
        command.SetAction(result => Run(result, screen));
    }

    /// <summary>
    /// The order that the config.json of a run stands for, as `nn train --config FILE --out RUN --force` would read it, with
    /// a length of its own in place of the file's.
    /// </summary>
    public static (TrainOrder Order, string Data) Again(string config, string run, RunLength length)
    {
        var file = ConfigFile.Open(config, Inputs().Options).Without(length.Replaced);
        return file.Blame(() =>
        {
            string[] words = [.. file.Words, .. length.Words, Out.Name, run, Arguments.Force.Name];
            var (order, data) = Of(words);
            return (order with { Origins = [.. order.Origins.Select(origin => origin.Within(file))] }, data);
        });
    }

    /// <summary>The order that the words behind `nn train` stand for.</summary>
    public static (TrainOrder Order, string Data) Of(IReadOnlyList<string> words)
    {
        var result = Inputs().Parse(words, CommandTree.Grammar);
        Complaint.Check(result);
        return (Order(result), result.GetRequiredValue(Data));
    }

    /// <summary>The order that these words stand for, in a folder that is known already.</summary>
    public static TrainOrder Of(IReadOnlyList<string> words, RunFolder folder)
    {
        var result = Inputs().Parse(words, CommandTree.Grammar);
        Complaint.Check(result);
        return Order(result, folder);
    }

    /// <summary>The order that stands for no option at all, for whoever trains nothing.</summary>
    public static TrainOrder Usual(string data) =>
        Of([data, Out.Name, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())]).Order;

    private static Command Inputs()
    {
        var command = new Command("train");
        AddInputs(command);
        return command;
    }

    /// <summary>A failure where a file is no configuration of a training, or names options that there are not.</summary>
    public static void CheckConfig(string path)
    {
        var command = new Command("train");
        AddInputs(command);
        ConfigFile.Open(path, command.Options);
    }

    private static void AddInputs(Command command)
    {
        command.Add(Data);
        Out.Option.Required = true;
        foreach (
            var option in (Option[])
                [Out.Option, DryRun, PlotSettings.Option, Arguments.Force, ConfigFile.Option, .. Described]
        )
            command.Add(option);
    }

    private static TrainOrder Order(ParseResult result) =>
        Order(
            result,
            new RunFolder(Out.Name, Out.Of(result), result.GetValue(Arguments.Force), SavingSettings.HasCurves(result))
        );

    private static TrainOrder Order(ParseResult result, RunFolder folder)
    {
        var config = ConfigValue.Document(result, Described);
        var file = ConfigFile.NamedBy(result);
        var data = Arguments.Whole(result.GetRequiredValue(Data));
        config[ConfigFile.DataField] = data;
        var order = new TrainOrder(
            new DataSettings(result),
            new ModelSettings(result),
            new TrainingSettings(result),
            new EngineSettings(result),
            folder,
            Out.Of(result),
            config,
            SavingSettings.PaceOf(result),
            Origin.All(result, Described, config, file),
            PlotSettings.Of(result)
        )
        {
            IsRehearsal = result.GetValue(DryRun),
            Preset = PresetSettings.Of(result),
            Given = StudySettings.Given(result),
            Carried = CarriedOver.Of(result, file, data),
        };
        order.Training.CheckBatch(order.Model.HasBatchNorm);
        // A table has members of its own where nobody says how many.
        if (order.Preset != Preset.Auto || order.Given.ContainsKey(ModelSettings.MembersName))
            order.Training.CheckFolds(order.Model.MemberCount);
        return order;
    }

    // Every option is read, and every place checked, before anything is opened or written.
    private static int Run(ParseResult result, Screen screen)
    {
        var order = Order(result);
        var source = order.Open(result.GetRequiredValue(Data));
        return TrainStart.Fresh(order, source, screen).Run();
    }
}

/// <summary>
/// What the user asked for; Config says it as a configuration file would, Origins where each of its values comes from, Plot where to
/// draw the curves besides.
/// </summary>
internal sealed record TrainOrder(
    DataSettings Data,
    ModelSettings Model,
    TrainingSettings Training,
    EngineSettings Engine,
    RunFolder Folder,
    string Out,
    JsonObject Config,
    SavingPace Pace,
    IReadOnlyList<Origin> Origins,
    string? Plot
)
{
    /// <summary>What there is to say about a configuration made for other data; null for nothing.</summary>
    public string? Carried { get; init; }

    /// <summary>Whether to say what would be trained, and no more.</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>The epoch to pause after, on the way to all that the options ask for; null to go all the way.</summary>
    public int? Until { get; init; }

    /// <summary>What options come to that are not given.</summary>
    public required Preset Preset { get; init; }

    /// <summary>The words of each option that is given, by its name.</summary>
    public required IReadOnlyDictionary<string, string[]> Given { get; init; }

    /// <summary>Which rows are for what.</summary>
    public RowChoice Choice => new(Training.Validation, Training.Seeded, Training.Rows) { Members = Model.MemberCount };

    /// <summary>
    /// The same order for data that are known, with all that the preset says about them: its configuration says every value, and
    /// its origins where each comes from.
    /// </summary>
    public TrainOrder For(DataShape shape)
    {
        var preset = Preset.For(shape);
        string[][] added =
        [
            [PresetSettings.Name, preset.Name],
            .. preset.Words(shape, Given),
        ];
        var names = added.Select(words => words[0]).ToHashSet();
        var kept = Given.Where(one => !names.Contains(one.Key)).Select(one => one.Value);
        string[][] said = [.. kept, .. added, [TrainCommand.OutName, Out]];
        // A value that begins with a dash would be taken for an option.
        var words = said.SelectMany(one => one is [var name, var value] ? [$"{name}={value}"] : one);
        var chosen = TrainCommand.Of([.. words, "--", $"{Config[ConfigFile.DataField]}"], Folder);
        var before = Origins.ToDictionary(origin => origin.Name);
        Origin Traced(Origin origin) =>
            names.Contains(origin.Name) && origin.Name != PresetSettings.Name
                ? origin with
                {
                    From = $"{ConfigFile.PresetOrigin}{preset.Name}: {shape}",
                }
            : before.TryGetValue(origin.Name, out var known) ? known with { Value = origin.Value }
            : origin;
        return this with
        {
            Model = chosen.Model,
            Training = chosen.Training,
            Config = chosen.Config,
            Origins = [.. chosen.Origins.Select(Traced)],
            Preset = preset,
        };
    }

    /// <summary>The data of a name. A usage failure where an option asks for what such data do not have.</summary>
    public DataSource Open(string data) => Data.Open(data, Training.Validation.Path);
}
