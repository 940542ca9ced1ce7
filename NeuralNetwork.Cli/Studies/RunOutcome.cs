using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What a run of a study came to.</summary>
internal enum RunStatus
{
    Finished,

    /// <summary>The loss left the finite numbers. Epochs before that have their results.</summary>
    Diverged,

    /// <summary>It could not be trained at all.</summary>
    Failed,
}

/// <summary>A finished epoch, by the names of the history's columns.</summary>
internal sealed record EpochRow(IReadOnlyDictionary<string, double> Values)
{
    /// <summary>A number of the row; NaN where there is none.</summary>
    public double this[string column] => Values.GetValueOrDefault(column, double.NaN);
}

/// <summary>What a run of a study came to, as its folder tells.</summary>
/// <param name="Reason">Why it did not finish; empty where it did.</param>
/// <param name="Results">The results in the run's manifest: scores of the best model.</param>
internal sealed record RunOutcome(
    string Variant,
    ulong Seed,
    RunStatus Status,
    string Reason,
    IReadOnlyList<EpochRow> Epochs,
    JsonObject Results
)
{
    public double Seconds => Epochs.Sum(epoch => epoch["seconds"]);

    /// <summary>
    /// In a few words, what it came to: its score in the first of these parts that has one, which is the accuracy, or the loss
    /// where values are learned.
    /// </summary>
    public string Line(params IEnumerable<string> parts) =>
        Status != RunStatus.Finished ? StatusWord
        : parts.SelectMany(Measure.In).FirstOrDefault(measure => measure.IsIn([this])) is { } score
            ? $"{score.Title} {score.Written(score.Of(this))}, {Seconds:0.0} s"
        : $"{Seconds:0.0} s";

    /// <summary>The epoch that its model is from; null where none was kept.</summary>
    public int? BestEpoch => (int?)Results["best_epoch"] is > 0 and var epoch ? epoch : null;

    /// <summary>The status as tables have it.</summary>
    public string StatusWord => $"{Status}".ToLowerInvariant();

    /// <summary>Whether it was told to stop at an epoch on the way.</summary>
    public bool IsPaused { get; private init; }

    /// <summary>Rows trained with; NaN where nothing was saved.</summary>
    public double Rows { get; private init; } = double.NaN;

    /// <summary>The rows it was validated with as a share of those trained on: splits of other seeds have as much in common.</summary>
    public double Overlap { get; private init; } = double.NaN;

    /// <summary>The library of matrix products it was trained with; empty where nothing was saved.</summary>
    public string Blas { get; private init; } = "";

    /// <summary>The name of that library alone; null where nothing was saved.</summary>
    public string? Engine { get; private init; }

    /// <summary>The SHA-256 of every data file it read, by name.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints { get; private init; } = new Dictionary<string, string>();

    /// <summary>A score of the best model: "test", "accuracy"; NaN where there is none.</summary>
    public double Score(string part, string measure) => Results[part]?[measure] is { } node ? (double)node : double.NaN;

    /// <summary>
    /// How much worse the best model does on the rows to validate with than on those to train with: its loss there less its
    /// loss here, both in the way it predicts, without dropout.
    /// </summary>
    public double Gap => Score("validation", "loss") - Score(TrainReport.TrainedField, "loss");

    /// <summary>What its best model was chosen by; manifests of before there was a choice do not say it.</summary>
    public Criterion BestBy =>
        (string?)Results[TrainReport.CriterionField] == $"{Criterion.Loss}" ? Criterion.Loss : Criterion.Accuracy;

    /// <summary>A run of which nothing was saved.</summary>
    public static RunOutcome Without(PlannedRun run, RunStatus status, string reason) =>
        new(run.Variant.Name, run.Seed, status, reason, [], []);

    /// <summary>The outcome in the folder of a run that has come to its end, or to a pause.</summary>
    public static RunOutcome Read(PlannedRun run)
    {
        var record = RecordFile.Open(Path.Combine(run.Order.Out, RunFiles.Manifest));
        var at = record.Optional("diverged")?.Content;
        var data = record.Optional("data");
        return new(
            run.Variant.Name,
            run.Seed,
            at is null ? RunStatus.Finished : RunStatus.Diverged,
            at is null ? "" : $"epoch {at["epoch"]} step {at["step"]}: {at["cause"]}",
            [.. RecordFile.Lines(Path.Combine(run.Order.Out, RunFiles.Lines)).Select(Row)],
            Scored(record.Within("results"))
        )
        {
            IsPaused = record.Content.ContainsKey("paused") && record.Value<bool>("paused"),
            Rows = data?.Number("train_rows") ?? double.NaN,
            Overlap = OverlapOf(run, data),
            Blas = record.Optional("blas") is { } blas
                ? $"{blas.Value<string>("name")} {Host.Number(blas.Value<string>("version"))}".TrimEnd()
                : "",
            Engine = record.Optional("blas")?.Value<string>("name"),
            Fingerprints = data?.Optional("sha256") is { } files
                ? files.Content.ToDictionary(file => file.Key, file => files.Value<string>(file.Key))
                : [],
        };
    }

    // Each member of an ensemble leaves out its part of all rows.
    private static double OverlapOf(PlannedRun run, RecordFile? data)
    {
        if (data is null)
            return double.NaN;
        var share = data.Number("validation_rows") / data.Number("train_rows");
        var config = Path.Combine(run.Order.Out, RunFiles.Config);
        var members = File.Exists(config) ? RecordFile.Open(config).Content["members"] : null;
        return share == 1 && members is JsonValue value && value.TryGetValue<int>(out var count) && count > 1
            ? 1.0 / (count - 1)
            : share;
    }

    private static EpochRow Row(RecordFile line) =>
        new(line.Content.ToDictionary(cell => cell.Key, cell => line.Number(cell.Key)));

    /// <summary>The results, once every score that is there is known to be a number.</summary>
    private static JsonObject Scored(RecordFile results)
    {
        foreach (var part in Measure.Parts.Select(results.Optional).OfType<RecordFile>())
        foreach (var (name, _) in part.Content)
            part.Number(name);
        if (results.Optional("symptoms") is { } symptoms)
            SymptomWords.Check(symptoms);
        return results.Content;
    }
}

/// <summary>What an earlier, interrupted study has left in the folder of a run.</summary>
internal static class EarlierRun
{
    /// <summary>
    /// The outcome of a run; null where it has none yet, or where a file is not what its checkpoint says: going on from that
    /// writes it again. A failure where it was another run.
    /// </summary>
    public static RunOutcome? Of(PlannedRun run)
    {
        var config = Path.Combine(run.Order.Out, RunFiles.Config);
        if (!File.Exists(config))
            return null;
        Check(run, RecordFile.Open(config).Content);
        try
        {
            return run.Order.Folder.IsWhole(CheckpointOf(run)) ? RunOutcome.Read(run) : null;
        }
        catch (RecordFailure)
        {
            return null;
        }
    }

    /// <summary>Where a run stands; null where it has saved nothing, or nothing is left of it.</summary>
    private static AnyCheckpoint? CheckpointOf(PlannedRun run)
    {
        if (!HasCheckpoint(run))
            return null;
        var path = Path.Combine(run.Order.Out, RunFiles.Checkpoint);
        return AnyCheckpoint.Read(ModelBytes.Load(path)) switch
        {
            { IsOk: true } read => read.ResultValue,
            var wrong => throw Failure.BadInput(
                $"{path}: {wrong.ErrorValue} (without the folder {run.Order.Out} the study trains this run again)"
            ),
        };
    }

    /// <summary>Whether a run has saved where it stands.</summary>
    public static bool HasCheckpoint(PlannedRun run) =>
        File.Exists(Path.Combine(run.Order.Out, RunFiles.Config))
        && File.Exists(Path.Combine(run.Order.Out, RunFiles.Checkpoint));

    /// <summary>Whether it has stopped before the epoch that it is now to get to.</summary>
    public static bool IsShort(PlannedRun run, RunOutcome outcome) =>
        outcome.IsPaused && outcome.Epochs.Count < (run.Order.Until ?? int.MaxValue);

    /// <summary>What a preset chose for the data follows from them, unless it is now said.</summary>
    private static void Check(PlannedRun run, JsonObject before)
    {
        var chosen = ResolvedConfig.ChosenByPreset(before).Where(field => !run.Order.Spec.IsSaid(OptionName.Of(field)));
        string[] open =
        [
            .. chosen,
            .. run.Order.Spec.Preset == PresetName.Auto ? [PresetSettings.Name.Field] : Array.Empty<string>(),
        ];
        before.Remove(ConfigFile.ResolvedField);
        StudyChange.Refuse(
            run.Order.Out,
            StudyChange
                .Between(before, run.Order.Config)
                .Where(change => !open.Contains(OptionName.FieldOf(change.Name)))
                // Each machine may have the data elsewhere: what is in them is compared (see JoinedStudy).
                .Where(change => !(run.IsShared && change.Name == Arguments.DataName))
        );
    }
}
