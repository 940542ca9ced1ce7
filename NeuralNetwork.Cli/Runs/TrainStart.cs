using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The two ways to begin a training, in the precision that the options say.</summary>
internal static class TrainStart
{
    /// <summary>A training from its beginning.</summary>
    public static ITrainRun Fresh(TrainOrder order, DataSource source, Screen screen) =>
        order.Spec.Model.IsDouble
            ? new TrainRun<double>(order, source, screen)
            : new TrainRun<float>(order, source, screen);

    /// <summary>
    /// A training from the checkpoint at a path on, perhaps to another end than it was to have. Its folder has to be taken.
    /// </summary>
    public static ITrainRun GoOn(
        string path,
        TrainOrder order,
        DataSource source,
        OnChange onChange,
        Screen screen,
        bool hasNewEnd = false
    )
    {
        var outcome = AnyCheckpoint.Read(ModelBytes.Load(path));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        return outcome.ResultValue switch
        {
            AnyCheckpoint.Single single when !order.Spec.Model.IsDouble => new TrainRun<float>(
                order,
                source,
                screen,
                new Resumption<float>(path, single.Item, onChange) { HasNewEnd = hasNewEnd }
            ),
            AnyCheckpoint.Double twice when order.Spec.Model.IsDouble => new TrainRun<double>(
                order,
                source,
                screen,
                new Resumption<double>(path, twice.Item, onChange) { HasNewEnd = hasNewEnd }
            ),
            _ => throw Failure.BadInput($"{path}: precision: another one than the options say"),
        };
    }
}

/// <summary>A training that was asked for: what to train, where to save it, and where to draw the curves besides.</summary>
internal sealed record TrainOrder(TrainingSpec Spec, RunFolder Folder, string Out, string? Plot)
{
    /// <summary>What to compute with.</summary>
    public EngineSettings Engine { get; } = new(Spec.Engine);

    /// <summary>The engine of the runs that this one is compared with, if there are any yet.</summary>
    public string? EarlierEngine { get; init; }

    /// <summary>What there is to say about a configuration made for other data; null for nothing.</summary>
    public string? Carried { get; init; }

    /// <summary>What measures by folds before the training; null where there are none.</summary>
    public Func<TrainReport, CancellationToken, FoldSummary>? CrossValidate { get; init; }

    /// <summary>What was said of the data already, by the run that this one is a piece of.</summary>
    public IReadOnlyCollection<string> SaidWarnings { get; init; } = [];

    /// <summary>Whether to say what would be trained, and no more.</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>The epoch to pause after, on the way to all that the options ask for; null to go all the way.</summary>
    public int? Until { get; init; }

    /// <summary>The options as a configuration file has them.</summary>
    public JsonObject Config => ConfigValue.Document(Spec);

    /// <summary>The same order for data that are known, with all that the preset says about them.</summary>
    public TrainOrder For(DataShape shape) => this with { Spec = Preset.Fill(Spec, shape) };

    /// <summary>The data of a name. A usage failure where an option asks for what such data do not have.</summary>
    public DataSource Open(string data) => Spec.Data.Open(data, Spec.Fit.Validation.Path);
}

/// <summary>
/// Tells the screen and the run folder how training goes. A step that is due for nothing costs nothing.
/// </summary>
internal sealed class TrainObserver<T>(
    TrainReport report,
    FSharpList<Tuple<string, string>> circumstances,
    Screen screen,
    ProgressBar? meter
) : IFitObserver<T>
    where T : struct
{
    // Epochs of a small network take milliseconds; a disk takes as long to answer.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly FSharpList<string> slots = Optimizer.slots(report.Training.Optimizer);
    private readonly SavingPace pace = report.Order.Spec.Saving.Pace;
    private long saved = Stopwatch.GetTimestamp();
    private bool isDue;
    private FitState<T>? unsaved;

    public void Stepped(StepReport step)
    {
        if (meter is { IsDue: true })
            meter.Move(step.Step, $"epoch {step.Epoch}/{report.Fit.Epochs}  loss {Numeral.Of(step.Loss)}");
    }

    public bool IsDue(StepReport step) =>
        isDue =
            (pace.Steps > 0 && step.Step % pace.Steps == 0)
            || (pace.Minutes > 0 && Stopwatch.GetElapsedTime(saved) >= TimeSpan.FromMinutes(pace.Minutes));

    public void Save(FitState<T> state)
    {
        unsaved = state;
        if (isDue || (pace.IsByEpoch && Stopwatch.GetElapsedTime(saved) >= ShortestPause))
            Save();
    }

    public void Finished(EpochReport epoch)
    {
        report.Order.Folder.Append(epoch);
        screen.Say(report.Line(epoch));
    }

    /// <summary>Saves the last state there was, unless that is done. Numbers gone wrong never replace good ones.</summary>
    public void Save()
    {
        isDue = false;
        if (unsaved is not { } state || !Parameters.isFinite(state.Model.Parameters))
            return;
        report.Order.Folder.Save(new Checkpoint<T>(state, slots, circumstances));
        unsaved = null;
        saved = Stopwatch.GetTimestamp();
    }
}
