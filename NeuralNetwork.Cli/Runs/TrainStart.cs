using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Plans;

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
    public EngineSettings Engine { get; private init; } = new(Spec.Engine);

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

    /// <summary>The same training as one of so many at a time: its share of the threads changes no bit of it.</summary>
    public TrainOrder Among(int others) => this with { Engine = Engine.Among(others) };

    /// <summary>
    /// The same training by several ranks, each with its share of the cores of its machine. A usage failure where there is no work for all of
    /// them.
    /// </summary>
    public TrainOrder AsRankOf(RankJob? job)
    {
        if (job is null)
            return this;
        if (job.Ranks.Count > Spec.Fit.Shards)
            throw Failure.Usage(
                OptionName.Shards,
                $"{Spec.Fit.Shards} for {job.Ranks.Count} ranks (each has one shard of a batch or more to compute)"
            );
        if (Spec.Fit.Folds is not null && Spec.Fit.Fold is null)
            throw Failure.Usage(OptionName.Folds, $"does not go with ranks ({OptionName.Fold} trains one of them)");
        return Spec.Engine.Threads is null ? Among(job.Sharing) : this;
    }

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
    private long saved = screen.Time.GetTimestamp();
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
            || (pace.Minutes > 0 && screen.Time.GetElapsedTime(saved) >= TimeSpan.FromMinutes(pace.Minutes));

    public void Save(FitState<T> state)
    {
        unsaved = state;
        if (isDue || (pace.IsByEpoch && screen.Time.GetElapsedTime(saved) >= ShortestPause))
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
        saved = screen.Time.GetTimestamp();
    }
}

/// <summary>What a training would be and take, of all that it reads and before any of it is done.</summary>
internal sealed class DryRun(TrainReport report)
{
    // The model it began with, and the best one so far; the mean of the weights, and those whose place it takes.
    private int Models => NeededMemory.IsAveraged(report.Fit) ? 4 : 2;

    private readonly PlanOutline plan = PlanOutline.Of(report.Network, report.Training, report.Fit.BatchSize);

    /// <summary>How many models are trained before this one, to measure by.</summary>
    private int Folds => report.Order.Spec.Fit.Fold is null ? report.Data.FoldRows.Length : 0;

    private int Steps => Fit.totalSteps(report.Network, report.Fit, report.Data.Train.Rows);

    private int StepsPerEpoch => Fit.stepsPerEpoch(report.Network, report.Fit.BatchSize, report.Data.Train.Rows);

    private long NumberBytes => report.Order.Spec.Model.IsDouble ? sizeof(double) : sizeof(float);

    private long NetworkBytes => NumberBytes * (plan.StateNumbers + (Models * (long)plan.VectorNumbers));

    private long BatchBytes => NumberBytes * (plan.Numbers - plan.StateNumbers);

    private long DataBytes => new[] { report.Data.Train, report.Data.Validation, report.Data.Test }.Sum(BytesOf);

    public IEnumerable<string> Lines()
    {
        yield return Line(
            "network",
            $"{report.Widths}{report.Waves}, {report.Size:N0} parameters, in {report.Order.Out}"
        );
        var shards = plan.Shards == 1 ? "" : $" in {plan.Shards:N0} shards of at most {plan.RowsAtOnce:N0}";
        yield return Line(
            "steps",
            $"{Steps:N0} of {report.Fit.BatchSize:N0} rows{shards}, {StepsPerEpoch:N0} an epoch"
        );
        yield return Line(
            "rows",
            $"{report.Data.Train.Rows:N0} to train, {report.Data.ValidationRows:N0} to validate, {Rows(report.Data.Test):N0} to test"
        );
        if (Folds > 0)
            yield return Line("folds", $"{Folds} models more, each measured on its part of the rows");
        yield return Line(
            "memory",
            $"{Megabytes(DataBytes)} of data, {Megabytes(NetworkBytes)} of the network and its training, {Megabytes(BatchBytes)} for a batch"
        );
        yield return "nothing was written (--dry-run)";
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["dry_run"] = true,
            ["out"] = report.Order.Out,
            ["parameters"] = report.Size,
            ["steps"] = Steps,
            ["steps_per_epoch"] = StepsPerEpoch,
            ["batch_size"] = report.Fit.BatchSize,
            ["shards"] = plan.Shards,
            ["train_rows"] = report.Data.Train.Rows,
            ["validation_rows"] = report.Data.ValidationRows,
            ["test_rows"] = Rows(report.Data.Test),
            ["folds"] = Folds,
            ["memory"] = new JsonObject
            {
                ["data_bytes"] = DataBytes,
                ["network_bytes"] = NetworkBytes,
                ["batch_bytes"] = BatchBytes,
            },
        };

    private static string Line(string name, string found) => $"{name, -9}{found}";

    private static int Rows(Dataset? data) => data?.Rows ?? 0;

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0} MB";

    private long BytesOf(Dataset? data) =>
        data is null
            ? 0
            : BytesOf(data.Inputs)
                + data.Targets switch
                {
                    Targets.Labels labels => sizeof(int) * (long)labels.Labels.Length,
                    Targets.Values values => BytesOf(values.Values),
                    _ => 0,
                };

    private long BytesOf(NumberArray table) =>
        table switch
        {
            NumberArray.Bytes bytes => bytes.Item.LongLength,
            NumberArray.Singles numbers => sizeof(float) * numbers.Item.LongLength,
            NumberArray.Doubles numbers => sizeof(double) * numbers.Item.LongLength,
            // Windows of it are in memory.
            NumberArray.Stored stored => Math.Min(
                stored.LongLength * PackRecord.Size(stored.Kind),
                2L * report.Fit.Window << 20
            ),
            _ => throw new InvalidOperationException("a kind of table that has no size"),
        };
}
