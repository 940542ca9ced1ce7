using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Storage;

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

    /// <summary>The status as tables have it.</summary>
    public string StatusWord => $"{Status}".ToLowerInvariant();

    /// <summary>Whether it was told to stop at an epoch on the way.</summary>
    public bool IsPaused { get; private init; }

    /// <summary>Rows trained with; NaN where nothing was saved.</summary>
    public double Rows { get; private init; } = double.NaN;

    /// <summary>The library of matrix products it was trained with; empty where nothing was saved.</summary>
    public string Blas { get; private init; } = "";

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
            Blas = record.Optional("blas") is { } blas
                ? $"{blas.Value<string>("name")} {Host.Number(blas.Value<string>("version"))}".TrimEnd()
                : "",
            Fingerprints = data?.Optional("sha256") is { } files
                ? files.Content.ToDictionary(file => file.Key, file => files.Value<string>(file.Key))
                : [],
        };
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
