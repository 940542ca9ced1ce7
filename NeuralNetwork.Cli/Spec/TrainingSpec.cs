using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Spec;

/// <summary>
/// What to train, and how: plain data, read once from the command line or from a config.json, written to one, and changed with
/// `with`. It says what was asked for; what that comes to for rows of a certain shape, its methods tell.
/// </summary>
internal sealed record TrainingSpec
{
    /// <summary>What holds where nobody asks for anything.</summary>
    public static TrainingSpec Usual { get; } = new();

    public PresetName Preset { get; init; }
    public DataSpec Data { get; init; } = new();
    public ModelSpec Model { get; init; } = new();

    /// <summary>Whose defaults, and whose formula where they differ.</summary>
    public Convention Convention { get; init; } = Convention.Torch;
    public OptimizerSpec Optimizer { get; init; } = new();
    public ScheduleSpec Schedule { get; init; } = new();
    public LimitSpec Limits { get; init; } = new();
    public FitSpec Fit { get; init; } = new();
    public SavingSpec Saving { get; init; } = new();
    public EngineSpec Engine { get; init; } = new();

    /// <summary>Where values come from, by the names of their options: of those that were said, whoever said them.</summary>
    public IReadOnlyDictionary<string, ValueSource> Sources { get; init; } = new Dictionary<string, ValueSource>();

    /// <summary>Whether an option was said: by the user, a file, a preset or a study.</summary>
    public bool IsSaid(string option) => Sources.ContainsKey(option);

    /// <summary>The same with a source for an option.</summary>
    public TrainingSpec From(string option, ValueSource source) =>
        this with
        {
            Sources = new Dictionary<string, ValueSource>(Sources) { [option] = source },
        };

    /// <summary>The same as if nobody had said an option.</summary>
    public TrainingSpec Unsaid(string option) =>
        this with
        {
            Sources = Sources.Where(one => one.Key != option).ToDictionary(),
        };

    /// <summary>Which rows are for what.</summary>
    public RowChoice Choice =>
        new(Fit.Validation with { IsUsual = !IsSaid(OptionName.Validation) }, Fit.Seed, Fit.TrainRows)
        {
            Members = Model.Members,
            Folds = Fit.Folds,
            Fold = Fit.Fold,
        };

    /// <summary>The network for so many features and what is learned. A usage failure where the options do not suit.</summary>
    public Network Build(Features features, Learned learned) =>
        new NetworkBuilder(Model, Convention).Build(features, learned);

    /// <summary>The network for so many features and classes. A usage failure where the options do not suit them.</summary>
    public Network Build(Features features, int classes) =>
        new NetworkBuilder(Model, Convention).Build(features, classes);

    /// <summary>The learning rate that the schedule is named by: the user's, or the optimizer's own.</summary>
    public double HighestRate =>
        Schedule.LearningRate ?? NeuralNetwork.Optimizer.learningRate(Convention, Optimizer.In(Convention));

    /// <summary>The description of the training, for a run of so many steps.</summary>
    public Training Describe(int totalSteps) =>
        new(
            optimizer: Optimizer.In(Convention),
            rate: Schedule.For(HighestRate, totalSteps),
            penalty: Limits.Penalty,
            layerPenalties: FSharpList<Tuple<int, Penalty>>.Empty,
            decay: Optimizer.DecayOfTraining,
            clipping: Limits.Clipping,
            maxNorm: Limits.MaxNorm ?? 0,
            isWeighted: Fit.Weighting.IsWeighted || Data.Weights is not null || Fit.Validation.IsFolds,
            shards: Fit.Shards,
            seed: Fit.Seed
        );

    /// <summary>A usage failure where values do not go together, whatever the data.</summary>
    public void Check()
    {
        Data.Format.Check();
        Model.Check();
        _ = Optimizer.In(Convention);
        _ = Limits.Clipping;
    }

    /// <summary>The same, and where there is no training with them.</summary>
    public void CheckTraining()
    {
        Check();
        Fit.CheckBatch(Model.BatchNorm.IsUsed);
        Fit.CheckKeys(Data);
        Fit.CheckFold();
        // A table has members of its own where nobody says how many.
        if (Preset != PresetName.Auto || IsSaid(OptionName.Members))
            Fit.CheckFolds(Model.Members);
    }

    /// <summary>What the settings will not do for so many rows, a line each.</summary>
    public IEnumerable<string> Warnings(int rows)
    {
        if (IsSaid(OptionName.BatchSize) && Fit.BatchSize > rows && Fit.BatchSize < int.MaxValue)
            yield return TooMany(OptionName.BatchSize, Fit.BatchSize, rows);
        if (Fit.TrainRows > rows)
            yield return TooMany(OptionName.TrainRows, Fit.TrainRows.Value, rows);
        if (Optimizer.Kind.IsRprop && Schedule.Warning is { } warning)
            yield return warning;
    }

    private static string TooMany(string name, int asked, int rows) =>
        $"{name}: {asked:N0} is more than the {rows:N0} training rows (using {rows:N0})";
}

/// <summary>What options come to that are not given.</summary>
internal enum PresetName
{
    /// <summary>The one that suits the data.</summary>
    Auto,
    Table,
    None,
    Original,
}

/// <summary>What to compute with: null leaves it to the machine and its environment.</summary>
internal sealed record EngineSpec
{
    public int? Threads { get; init; }
    public string? Blas { get; init; }
}

/// <summary>What is saved, and how much work may be lost.</summary>
internal sealed record SavingSpec
{
    public SavingPace Pace { get; init; }

    /// <summary>Whether the curves are written for TensorBoard, too.</summary>
    public bool HasCurves { get; init; }
}

/// <summary>When a run saves where it stands. Steps and minutes are both 0 where epochs decide.</summary>
internal readonly record struct SavingPace(int Steps, int Minutes)
{
    public bool IsByEpoch => this == default;
}

/// <summary>Where the value of an option comes from, in words.</summary>
internal sealed record ValueSource(string From)
{
    /// <summary>Where it comes from what nobody asked for otherwise.</summary>
    public static ValueSource Default { get; } = new("default");

    /// <summary>Where the user typed it.</summary>
    public static ValueSource Given { get; } = new("given");

    /// <summary>Whether nobody asked for another value than the usual one.</summary>
    public bool IsDefault => From == Default.From;

    /// <summary>Where the file that it comes from had it from; empty for a default, and null where there is no such file.</summary>
    public string? Before { get; init; }

    /// <summary>Where it comes from in the end, through whatever files; null for a default.</summary>
    public string? First => IsDefault || Before is { Length: 0 } ? null : Before ?? From;
}
