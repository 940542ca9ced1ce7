using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Studies;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn train DATA --out RUN: from a data set to a run folder.</summary>
internal static class TrainCommand
{
    /// <summary>What to call a run that has no name yet.</summary>
    public const string AnyRun = "RUN";

    private static readonly Setting<string> Out = new(
        OptionName.Out,
        AnyRun,
        "The folder to save the run in",
        Read.Any
    );

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Read the data, check all options, and say what would be trained; write nothing",
    };

    private static readonly DataArgument Data = Arguments.DataOr(ConfigFile.Option);

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Data);
        Out.Option.Required = true;
        foreach (
            var option in (Option[])
                [
                    Out.Option,
                    DryRun,
                    PlotSettings.Option,
                    Arguments.Force,
                    ConfigFile.Option,
                    .. RankSettings.Options,
                    .. SpecOptions.Options,
                ]
        )
            command.Add(option);
        command.SetAction(result => ConfigFile.Under(result, file => Run(result, file, screen)));
    }

    // Every option is read, and every place checked, before anything is opened or written.
    private static int Run(ParseResult result, ConfigFile? file, Screen screen)
    {
        RankSettings.Join(result, screen);
        var data = result.GetValue(Data) ?? file?.Data ?? throw Arguments.Missing(Data.Name, "nn train");
        var order = Order(result, file, data, screen.Job).AsRankOf(screen.Job);
        order = CrossValidation.Before(order, data, isResumed: false, screen);
        return TrainStart.Fresh(order, order.Open(data), screen).Run();
    }

    private static TrainOrder Order(ParseResult result, ConfigFile? file, string data, RankJob? job)
    {
        var read = SpecReader.Of(result, file);
        var spec = read with { Data = read.Data with { Name = data } };
        // Only the first of several ranks looks at the place, which it may have taken by now.
        var folder = job is { IsFirst: false }
            ? new RunFolder(Out.Of(result), spec.Saving.HasCurves)
            : new RunFolder(Out.Name, Out.Of(result), result.GetValue(Arguments.Force), spec.Saving.HasCurves);
        var order = new TrainOrder(spec, folder, Out.Of(result), PlotSettings.Of(result))
        {
            IsRehearsal = result.GetValue(DryRun),
            Carried = CarriedOver.Of(spec, file, Arguments.Whole(data)),
        };
        spec.CheckTraining();
        return order;
    }
}

/// <summary>nn resume RUN: the order in its config.json, from the state in its checkpoint on.</summary>
internal static class ResumeCommand
{
    private static readonly Argument<string> Place = new("RUN") { Description = "The folder of a run" };

    private static readonly Option<bool> AllowChange = new("--allow-change")
    {
        Description = "Go on although data, options, program or machine have changed; run.json records it",
    };

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.Add(AllowChange);
        foreach (var option in RunLength.Options.Concat(RankSettings.Options))
            command.Add(option);
        command.SetAction(result => Run(result.GetRequiredValue(Place), result, screen));
    }

    private static int Run(string run, ParseResult result, Screen screen)
    {
        RankSettings.Join(result, screen);
        var isFirst = screen.Job is not { IsFirst: false };
        Check(run, isFirst);
        var path = Path.Combine(run, RunFiles.Checkpoint);
        var length = RunLength.Of(result);
        var (order, data) = Order(run, length, isFirst);
        order = order.AsRankOf(screen.Job);
        CheckPipe(run, data, order);
        if (length.Count > 0 && order.Spec.Fit.Folds is not null)
            throw Failure.Usage(
                length[0].Name,
                $"does not go with a run of {OptionName.Folds} (its folds were trained for another length;"
                    + $" {ShellLine.Typed("nn", "train", "--config", Path.Combine(run, RunFiles.Config))} with another {OptionName.Out} begins again)"
            );
        order = CrossValidation.Before(order, data, isResumed: true, screen);
        using var folder = order.Folder;
        if (isFirst)
            folder.Take();
        var source = order.Open(data);
        if (!File.Exists(path))
            return BeginAgain(run, order, source, screen);
        var onChange = result.GetValue(AllowChange) ? OnChange.Allow : OnChange.Refuse;
        return TrainStart.GoOn(path, order, source, onChange, screen, length.Count > 0).Run();
    }

    /// <summary>What the config.json of a run says, with another length where one was given.</summary>
    private static (TrainOrder Order, string Data) Order(string run, IReadOnlyList<OptionValue> length, bool isFirst)
    {
        var file = ConfigFile.OfRun(Path.Combine(run, RunFiles.Config), RunLength.Replaced(length));
        return file.Blame(() =>
        {
            var data = file.Data ?? throw Arguments.Missing(Arguments.DataName, "nn train");
            var began = file.Over(TrainingSpec.Usual, SpecOptions.All);
            var spec = length.Aggregate(
                began with
                {
                    Data = began.Data with { Name = data },
                },
                (before, value) => value.In(before, ValueSource.Given)
            );
            spec.CheckTraining();
            var folder = isFirst
                ? new RunFolder(OptionName.Out, run, force: true, spec.Saving.HasCurves)
                : new RunFolder(run, spec.Saving.HasCurves);
            return (new TrainOrder(spec, folder, run, Plot: null), data);
        });
    }

    // A run that was stopped before its first checkpoint: going on from its beginning gives the same bits.
    private static int BeginAgain(string run, TrainOrder order, DataSource source, Screen screen)
    {
        if (File.Exists(Path.Combine(run, RunFiles.Manifest)))
            throw Failure.BadInput(
                $"{Path.Combine(run, RunFiles.Checkpoint)}: not there, though the run has come to an end"
                    + $" ({ShellLine.Typed("nn", "train", "--config", Path.Combine(run, RunFiles.Config))} begins again)"
            );
        screen.Say($"{run}: no checkpoint yet: beginning again from the start");
        return TrainStart.Fresh(order, source, screen).Run();
    }

    // What came through a pipe is nowhere any more.
    private static void CheckPipe(string run, string data, TrainOrder order)
    {
        var names = new[] { data, order.Spec.Data.TestPath, order.Spec.Fit.Validation.Path };
        if (names.Any(name => name is not null && StandardInput.IsName(name)))
            throw Failure.BadInput(
                $"{run}: trained on standard input, which is gone (a run of a file can be resumed: save the data as one)"
            );
    }

    private static void Check(string run, bool isFirst)
    {
        if (File.Exists(run))
            throw Failure.BadInput($"{run}: a file (must be the folder of a run)");
        if (!Directory.Exists(run))
            throw Failure.BadInput($"{run}: no such run folder");
        if (isFirst)
            FolderLock.CheckFree(run);
        if (!File.Exists(Path.Combine(run, RunFiles.Config)))
            throw Failure.BadInput(
                $"{run}: no {RunFiles.Config}: not a run folder, or a run that ended before its first step"
            );
    }
}
