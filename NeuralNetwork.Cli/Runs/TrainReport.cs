using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Formats;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What there is to say about a training: to people in lines, to programs in JSON.</summary>
internal sealed record TrainReport(
    TrainOrder Order,
    DataSource Source,
    TrainingData Data,
    Network Network,
    Training Training,
    FitOptions Fit,
    Machine Machine,
    DateTimeOffset Started
)
{
    private IReadOnlyList<EpochReport> history = [];
    private int bestEpoch;
    private int stepsMade;
    private FitEnd end = FitEnd.Finished;
    private TimeSpan elapsed;

    /// <summary>The finished epochs.</summary>
    public IReadOnlyList<EpochReport> History => history;

    /// <summary>The epoch that the saved model is from; 0 where none is saved.</summary>
    public int BestEpoch => bestEpoch;

    /// <summary>Why training ended.</summary>
    public FitEnd Ending => end;

    /// <summary>What the epoch came to that the saved model is from; null where none is saved.</summary>
    public EpochReport? Best => history.FirstOrDefault(epoch => epoch.Epoch == bestEpoch);

    /// <summary>How long this process took.</summary>
    public TimeSpan Elapsed => elapsed;

    /// <summary>Whether all that was asked for is done: nothing has ended training before.</summary>
    public bool IsComplete => end.IsFinished && !IsPaused;

    private bool IsPaused => end.IsFinished && Order.Until < Fit.Epochs && history.Count < Fit.Epochs;

    /// <summary>Whether training was told to stop before its end.</summary>
    public bool IsInterrupted => end.IsCancelled;

    /// <summary>What the run was resumed from, for the record.</summary>
    public JsonObject? Resumed { get; set; }

    /// <summary>The ranks that trained it, for the record; null where one process did.</summary>
    public JsonObject? Ranks { get; set; }

    /// <summary>How long it took to read the data.</summary>
    public TimeSpan Loading { get; init; }

    /// <summary>Why it is trained on another engine than the one that comes first; null where it is not.</summary>
    public string? WhyEngine { get; init; }

    /// <summary>The files that are no longer what was read, a line for each.</summary>
    public IReadOnlyList<string> Changes { get; set; } = [];

    /// <summary>How the best model does on rows it has never met.</summary>
    public Score? Test { get; set; }

    /// <summary>How gradients of batches differed before the first step; null where nobody asked.</summary>
    public GradientNoise? Noise { get; set; }

    /// <summary>How far the scores of the best model might be others had the rows been others; null where no model is saved.</summary>
    public JsonObject? Doubt { get; set; }

    /// <summary>How far values lie from their predictions; null where nobody asked.</summary>
    public PredictionIntervals? Intervals { get; set; }

    /// <summary>The threshold between two classes; null where nobody asked.</summary>
    public DecisionThreshold? Threshold { get; set; }

    /// <summary>What models of folds make of rows they have not seen; null where there are no folds.</summary>
    public FoldSummary? Folds { get; set; }

    /// <summary>What the best model has to beat; null where that was not measured.</summary>
    public Baselines? Baselines { get; set; }

    /// <summary>What was measured on the best model, once the run is over.</summary>
    public FinalMeasures? After { get; set; }

    /// <summary>
    /// The field of the score of the best model on the rows it was trained with, in the way it predicts: what the steps saw,
    /// which is in the history, is that of many models, with dropout.
    /// </summary>
    public const string TrainedField = "train_evaluated";

    /// <summary>The field of what the best model was chosen by.</summary>
    public const string CriterionField = "best_by";

    /// <summary>Whether there is a mean of the weights at the end.</summary>
    public bool IsAveraged { get; private set; }

    public void End<T>(FitResult<T> result, TimeSpan time) =>
        (IsAveraged, history, stepsMade, bestEpoch, end, elapsed) = (
            result.State.Averaged > 0,
            [.. result.State.History],
            result.State.Step,
            result.State.BestEpoch,
            result.End,
            time
        );

    /// <summary>The line before the first epoch.</summary>
    public string Header()
    {
        var validation =
            Data.Validation is { } rows ? $", {rows.Rows:N0} to validate"
            : Data.IsValidated ? ", each left out by one member"
            : "";
        return $"{Widths}{Waves}, {Size:N0} parameters"
            + $" | {Source.Name}: {Data.Train.Rows:N0} rows to train{validation}"
            + $" | {Host.Name(Machine.Backend)}, {Threads}"
            + (Training.Shards == 1 ? "" : $" | batches in {Training.Shards:N0} shards");
    }

    /// <summary>The line about reading the data; null where that is not worth one.</summary>
    public static string? Reading(long bytes, TimeSpan time) =>
        bytes < 1_000_000 || time.TotalSeconds < 1
            ? null
            : $"{bytes / 1e6:0.0} MB read in {time.TotalSeconds:0.00} s ({bytes / 1e6 / time.TotalSeconds:0} MB/s)";

    /// <summary>The widths of the layers, as in 784-512-10.</summary>
    public string Widths =>
        (Network.Members == 1 ? "" : $"{Network.Members} x ")
        + string.Join('-', Network.Layers.OfType<Layer.Dense>().Select(layer => layer.Units).Prepend(Network.Inputs));

    /// <summary>The numbers that enter with waves, as in: , waves of 8 numbers; nothing where none does.</summary>
    public string Waves =>
        Network.Layers.OfType<Layer.Periodic>().FirstOrDefault()?.Settings.Features.Length switch
        {
            null => "",
            1 => ", waves of 1 number",
            var count => $", waves of {count} numbers",
        };

    /// <summary>The number of parameters.</summary>
    public long Size => Layout.Of(Network).ParameterCount;

    /// <summary>The line after an epoch.</summary>
    public string Line(EpochReport epoch)
    {
        var width = $"{Fit.Epochs}".Length;
        var validation = !Data.IsValidated ? "" : $"  validation {Shown(epoch.Validation)}{Beside(epoch.Validation)}";
        var beside = !Data.IsValidated ? Beside(epoch.Train) : "";
        var penalty = epoch.Penalty > 0 ? $"  penalty {Numeral.Of(epoch.Penalty)}" : "";
        var steps = epoch.Step - ((epoch.Epoch - 1) * StepsPerEpoch);
        return $"epoch {epoch.Epoch.ToString().PadLeft(width)}/{Fit.Epochs}  train {Shown(epoch.Train)}{beside}{penalty}{validation}"
            + $"  {Numeral.Time(epoch.Seconds)}  {1000 * epoch.Seconds / steps:0.00} ms/step";
    }

    /// <summary>Whether a run that stands here has come to its end.</summary>
    public bool IsDone<T>(FitState<T> state) => state.IsDone(Fit, TotalSteps);

    /// <summary>The line about a run that is resumed.</summary>
    public string GoingOn<T>(FitState<T> state) =>
        IsDone(state)
            ? $"the run had come to its end, after epoch {state.Epoch - 1}, step {state.Step}: nothing is left to do"
            : $"going on in epoch {state.Epoch}, after step {state.Step}";

    /// <summary>How far training came.</summary>
    public string Standing() =>
        $"after step {stepsMade}"
        + (history.Count == 0 ? ", in the first epoch" : $", in epoch {history.Count + 1}, best epoch {bestEpoch}");

    private static string Remedy(Diagnosis diagnosis) => diagnosis.MayBeRate ? "try a lower --learning-rate; " : "";

    /// <summary>A row of the data under the number it has in its file.</summary>
    private Diagnosis Located(Diagnosis diagnosis) => diagnosis.Renumbered(row => Data.Numbers.Train[row]);

    // The loss, unless that is what was found, and the step, unless it is the one that was said.
    private static string Found(FitEnd.Diverged at, Diagnosis diagnosis) =>
        diagnosis.Step != at.Step ? $"loss is {Maths.Text.number(at.Loss)}; {diagnosis}"
        : diagnosis.Value.Equals(at.Loss) ? diagnosis.Finding
        : $"loss is {Maths.Text.number(at.Loss)}; {diagnosis.Finding}";

    public string Divergence(FitEnd.Diverged at, bool isSaved) =>
        $"epoch {at.Epoch} step {at.Step}: {Found(at, Located(at.Diagnosis))} ({Remedy(at.Diagnosis)}"
        + (isSaved ? $"the model of epoch {bestEpoch} is in {Order.Out})" : "no model was saved)");

    /// <summary>Every option, and in `resolved` the descriptions that they came to.</summary>
    public JsonObject Config()
    {
        var config = Order.Config;
        var resolved = ResolvedConfig.Document(Network, Training, Order.Spec, Data.Schema.FirstIndex);
        TrainedRanges.Record(Data, resolved);
        config[ConfigFile.ResolvedField] = resolved;
        return config;
    }

    /// <summary>The record of the run.</summary>
    public JsonObject Manifest() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["machine"] = Host.Describe(Machine.Threads),
            ["blas"] = Host.Describe(Machine.Backend),
            ["data"] = new JsonObject
            {
                ["name"] = Source.Name,
                ["train_rows"] = Data.Train.Rows,
                ["validation_rows"] = Data.ValidationRows,
                ["bytes"] = Source.Bytes,
                ["seconds"] = Math.Round(Loading.TotalSeconds, 3),
                ["changed"] = Json.Array(Changes, line => line),
                ["sha256"] = new JsonObject(
                    Source.Fingerprints.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value))
                ),
            },
            ["parameters"] = Size,
            ["seed"] = Training.Seed,
            ["shards"] = Training.Shards,
            ["started"] = Started.ToString("O"),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
            // Earlier epochs' are what a checkpoint says.
            ["training_seconds"] = Json.Number(history.Sum(epoch => epoch.Seconds)),
            ["milliseconds_per_step"] =
                history.Count > 0 ? Json.Number(1000 * history.Sum(epoch => epoch.Seconds) / history[^1].Step) : null,
            ["ranks"] = Ranks?.DeepClone(),
            ["resumed"] = Resumed?.DeepClone(),
            ["interrupted"] = IsInterrupted,
            ["stopped_early"] = end.IsStopped,
            ["paused"] = IsPaused,
            ["diverged"] = end is FitEnd.Diverged at
                ? new JsonObject
                {
                    ["epoch"] = at.Epoch,
                    ["step"] = at.Step,
                    ["tensor"] = at.Diagnosis.Tensor,
                    ["row"] = Located(at.Diagnosis).Row,
                    ["column"] = at.Diagnosis.Column,
                    ["cause"] = at.Diagnosis.Cause,
                    ["gradient_norms"] = Json.Array(at.Diagnosis.GradientNorms, norm => Json.Number(norm)),
                }
                : null,
            ["results"] = Results(),
            ["baseline"] = Baselines?.Document(),
            ["cross_validation"] = Folds?.Document.DeepClone(),
        };

    /// <summary>How many threads it is trained with, in words.</summary>
    public string Threads => Machine.Threads == 1 ? "1 thread" : $"{Machine.Threads} threads";

    /// <summary>The steps of an epoch, and of the whole run.</summary>
    public int StepsPerEpoch => NeuralNetwork.Fit.stepsPerEpoch(Network, Fit.BatchSize, Data.Train.Rows);

    public int TotalSteps => NeuralNetwork.Fit.totalSteps(Network, Fit, Data.Train.Rows);

    private JsonObject Results()
    {
        var best = Best;
        return new JsonObject
        {
            ["epochs"] = history.Count,
            ["steps"] = stepsMade,
            ["best_epoch"] = best?.Epoch,
            [CriterionField] = $"{Fit.Best}",
            ["train"] = best is null ? null : Json.Score(best.Train),
            ["train_penalty"] = best is null ? null : Json.Number(best.Penalty),
            ["validation"] = best is null || !Data.IsValidated ? null : Json.Score(best.Validation),
            ["test"] = Test is { } test ? Json.Score(test) : null,
            ["still_improving"] = Trend.IsFalling(this),
            [TrainedField] = After is { } after ? Json.Score(after.Train) : null,
            ["symptoms"] = After?.SymptomsDocument(),
            ["intervals"] = Doubt?.DeepClone(),
            [PredictionIntervals.Field] = Intervals?.Document(),
            [DecisionThreshold.Field] = Threshold?.Document(),
            ["gradient_noise"] = Noise is { } noise
                ? new JsonObject
                {
                    ["batch_size"] = noise.BatchSize,
                    ["batches"] = noise.Batches,
                    ["variance"] = Json.Number(noise.Variance),
                    ["squared_norm"] = Json.Number(noise.SquaredNorm),
                }
                : null,
        };
    }

    // What the loss of values comes to in their own units.
    private static string Beside(Score score) =>
        double.IsNaN(score.RMSE) ? "" : $"  R2 {score.R2, 7:0.0000}  RMSE {Numeral.InUnits(score.RMSE)}";

    // Values have no accuracy.
    private static string Shown(Score score) =>
        double.IsNaN(score.Accuracy)
            ? $"{Numeral.Of(score.Loss)}"
            : $"{Numeral.Of(score.Loss)} {Numeral.Share(score.Accuracy), 8}";
}
