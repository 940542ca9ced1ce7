using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say how to train.</summary>
internal static class TrainingSettings
{
    private static readonly (string Name, Criterion Value)[] Criteria =
    [
        (Criterion.Loss.Name, Criterion.Loss),
        (Criterion.Accuracy.Name, Criterion.Accuracy),
    ];

    public static SpecOption<int> Epochs { get; } =
        SpecParts.Fit.Of(
            OptionName.Epochs,
            "N",
            "Passes over the training rows",
            Read.Count,
            Write.Whole,
            fit => fit.Epochs,
            (fit, epochs) => fit with { Epochs = epochs }
        );

    public static SpecOption<int?> Steps { get; } =
        SpecParts.Fit.Of(
            OptionName.Steps,
            "N",
            "Steps in all, whatever --epochs says",
            Read.Count.Optional(),
            Write.Whole,
            fit => fit.Steps,
            (fit, steps) => fit with { Steps = steps }
        );

    private static readonly SpecOption Shuffle = SpecParts.Fit.Of(
        OptionName.Shuffle,
        "true|false",
        "A new random order of the rows in every epoch",
        Read.Flag,
        Write.Flag,
        fit => fit.Shuffle,
        (fit, isWanted) => fit with { Shuffle = isWanted }
    );

    public static SpecOption<ulong> Seed { get; } =
        SpecParts.Fit.Of(
            OptionName.Seed,
            "N",
            "The beginning of everything random",
            Read.Seed,
            Write.Seed,
            fit => fit.Seed,
            (fit, seed) => fit with { Seed = seed }
        );

    public static SpecOption<ValidationRows> Validation { get; } =
        SpecParts.Fit.Of(
            OptionName.Validation,
            "SHARE|last:SHARE|folds|DATA|none",
            "Rows to validate with: a share of the training rows, or of the last ones of them, for each of --members a part that it "
                + "leaves out, or data of their own",
            ReadRows,
            rows => $"{rows}",
            fit => fit.Validation,
            (fit, rows) => fit with { Validation = rows },
            whole: Whole
        );

    private static readonly SpecOption Folds = SpecParts.Fit.Of(
        OptionName.Folds,
        "K",
        "Cross-validate before training: K models, each measured on a part of the rows that it has not seen; with --time or last: "
            + "on the rows behind those it was trained on",
        Read.Whole(1000, least: 2).Optional(),
        Write.Whole,
        fit => fit.Folds,
        (fit, folds) => fit with { Folds = folds }
    );

    private static readonly SpecOption Fold = SpecParts.Fit.Of(
        OptionName.Fold,
        "N",
        "Train one model of --folds alone, tested with fold N, from 1 on",
        Read.Count.Optional(),
        Write.Whole,
        fit => fit.Fold,
        (fit, fold) => fit with { Fold = fold }
    );

    private static readonly SpecOption TrainRows = SpecParts.Fit.Of(
        OptionName.TrainRows,
        "N",
        "Train on so many of the training rows only, chosen by the seed, of every class its share",
        Read.Count.Optional(),
        Write.Whole,
        fit => fit.TrainRows,
        (fit, rows) => fit with { TrainRows = rows }
    );

    private static readonly SpecOption Noise = SpecParts.Fit.Of(
        OptionName.GradientNoise,
        "N",
        "Also measure, on N batches before the first step, how far their gradients are from that of all rows",
        Read.Count.Optional(),
        Write.Whole,
        fit => fit.NoiseBatches,
        (fit, batches) => fit with { NoiseBatches = batches }
    );

    public static SpecOption<int?> EarlyStopping { get; } =
        SpecParts.Fit.Of(
            OptionName.EarlyStopping,
            "N",
            "Ends after N epochs without a better validation score (default: never); the best model is saved either way",
            Read.Count.Optional(),
            Write.Whole,
            fit => fit.Patience,
            (fit, epochs) => fit with { Patience = epochs }
        );

    public static SpecOption<Criterion> Best { get; } =
        SpecParts.Fit.Of(
            OptionName.Best,
            "NAME",
            "The best model is the one of the least validation loss, or of the greatest validation accuracy: loss, accuracy",
            Read.OneOf(Criteria),
            Write.OneOf(Criteria),
            fit => fit.Best,
            (fit, best) => fit with { Best = best }
        );

    public static SpecOption<bool> Calibrate { get; } =
        SpecParts.Fit.Of(
            OptionName.Calibrate,
            "true|false",
            "Evaluate and keep each epoch's probabilities at the temperature that suits the rows to validate with",
            Read.Flag,
            Write.Flag,
            fit => fit.IsCalibrated,
            (fit, isWanted) => fit with { IsCalibrated = isWanted }
        );

    private const string NoWord = "none";

    private static readonly SpecOption Interval = SpecParts.Fit.Of(
        OptionName.Interval,
        "P",
        "Keep with the model of values how far around its predictions the value lies with probability P, found on the rows to "
            + "validate with, of which there have to be P / (1 - P); nn predict then writes low and high: none, or as in 0.9",
        Read.Probability.Optional().Or(NoWord, null),
        coverage => Write.Number(coverage) ?? NoWord,
        fit => fit.Coverage,
        (fit, coverage) => fit with { Coverage = coverage }
    );

    private const string CostWord = "cost:";

    private static readonly SpecOption Threshold = SpecParts.Fit.Of(
        OptionName.Threshold,
        "f1|youden|accuracy|cost:A,B|none",
        "Of two classes answer the second where its probability is above a threshold that is found on the rows to validate with and kept with "
            + "the model: none (the likelier class), where f1 of the second class, youden (sensitivity + specificity - 1) or accuracy is "
            + "greatest, or cost:A,B least, A being the cost of a row of the first class taken for the second, B that of the other mistake",
        Read.OrNothing(ReadThreshold, NoWord),
        criterion => criterion?.Name ?? NoWord,
        fit => fit.Threshold,
        (fit, criterion) => fit with { Threshold = criterion }
    );

    private static FSharpResult<Criterion, string> ReadThreshold(string text) =>
        !text.StartsWith(CostWord, StringComparison.Ordinal)
            ? Read.OneOf(
                (Criterion.F1.Name, Criterion.F1),
                (Criterion.Youden.Name, Criterion.Youden),
                (Criterion.Accuracy.Name, Criterion.Accuracy),
                ("cost:A,B", Criterion.NewCost(1, 1))
            )(text)
        : Read.List(Read.Positive, 2)(text[CostWord.Length..]) is { IsOk: true, ResultValue: [var first, var second] }
            ? FSharpResult<Criterion, string>.NewOk(Criterion.NewCost(first, second))
        : FSharpResult<Criterion, string>.NewError(
            $"{text} (must be two costs above 0 behind {CostWord}, as in cost:1,5)"
        );

    private static readonly SpecOption Average = SpecParts.Fit.Of(
        OptionName.Average,
        "ema:D|swa:S|none",
        "Validate and keep a mean of the weights: ema:0.999, the exponential moving average over the steps, or swa:0.75, the mean over "
            + "the ends of the epochs behind three quarters of the steps (before, the weights themselves)",
        ReadAverage,
        average => $"{average}",
        fit => fit.Average,
        (fit, average) => fit with { Average = average }
    );

    // Nothing where all count the same, no numbers where they are to be balanced.
    private static readonly SpecOption Weights = SpecParts.Fit.Of(
        OptionName.ClassWeights,
        "balanced|W,W,…",
        "How much the rows of each class count in the loss: none (all the same), balanced (every class as much as the "
            + "others), or a number for each class. The loss is the sum of weight times loss over the rows, divided by their "
            + "number, as in Keras (PyTorch divides by the sum of the weights)",
        Read.List(Read.NotNegative, 1 << 16).To(weights => (double[]?)weights).Or("balanced", []).Or(NoWord, null),
        weights =>
            weights is null ? NoWord
            : weights.Length == 0 ? "balanced"
            : Write.List<double>(Write.Number)(weights),
        fit => fit.ClassWeights,
        (fit, weights) => fit with { ClassWeights = weights }
    );

    /// <summary>Those that say how long, on which rows, and what the best model is.</summary>
    public static IReadOnlyList<SpecOption> Own { get; } =
    [
        Epochs,
        Steps,
        BatchSettings.Size,
        BatchSettings.Shards,
        Shuffle,
        Seed,
        Validation,
        Folds,
        Fold,
        TrainRows,
        Noise,
        EarlyStopping,
        Best,
        Calibrate,
        Interval,
        Threshold,
        Average,
        Weights,
    ];

    public static IReadOnlyList<SpecOption> All { get; } =
    [.. OptimizerSettings.All, .. ScheduleSettings.All, .. LimitSettings.All, .. Own];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>A share between 0 and 1, of all rows or of the last ones, or none.</summary>
    public static FSharpResult<ValidationRows, string> ReadShare(string text) =>
        text == ValidationRows.None || text.StartsWith(ValidationRows.LastWord, StringComparison.Ordinal)
            ? ReadRows(text)
            : Shares(text, isLast: false, "a number between 0 and 1, last: and such a number, or none");

    /// <summary>A share between 0 and 1, of all rows or of the last ones, folds, a path, or none.</summary>
    private static FSharpResult<ValidationRows, string> ReadRows(string text) =>
        text == ValidationRows.None ? FSharpResult<ValidationRows, string>.NewOk(ValidationRows.Nothing)
        : text == ValidationRows.FoldsWord ? FSharpResult<ValidationRows, string>.NewOk(ValidationRows.Folds)
        : text.StartsWith(ValidationRows.LastWord, StringComparison.Ordinal)
            ? Shares(text[ValidationRows.LastWord.Length..], isLast: true, "a number between 0 and 1 behind last:")
        : Text.tryNumber(text) is null && text.Length > 0 ? FSharpResult<ValidationRows, string>.NewOk(new(0, text))
        : Shares(text, isLast: false, "a number between 0 and 1, last: and such a number, folds, data, or none");

    private static FSharpResult<ValidationRows, string> Shares(string text, bool isLast, string expected) =>
        Read.Number(x => x is > 0 and < 1, expected)
            .To(share => new ValidationRows(share, null) { IsLast = isLast })(text);

    /// <summary>ema or swa, with a number or without, or none.</summary>
    private static FSharpResult<WeightAverage, string> ReadAverage(string text)
    {
        Reader<WeightAverage> Behind(string word, Func<double, WeightAverage> make) =>
            whole =>
                Read.Number(x => x is >= 0 and < 1, $"a number at least 0 and below 1 behind {word}")
                    .To(make)(whole[word.Length..]);

        return text.StartsWith(WeightAverage.DecayWord, StringComparison.Ordinal)
                ? Behind(WeightAverage.DecayWord, WeightAverage.OfSteps)(text)
            : text.StartsWith(WeightAverage.StartWord, StringComparison.Ordinal)
                ? Behind(WeightAverage.StartWord, WeightAverage.OfEpochs)(text)
            : Read.OneOf(
                (WeightAverage.NoneWord, WeightAverage.None),
                ("ema", WeightAverage.OfSteps(FitOptions.Default.WithEMA().EMA)),
                ("swa", WeightAverage.OfEpochs(FitOptions.Default.WithSWA().SWA))
            )(text);
    }

    private static string Whole(string text) =>
        text is ValidationRows.None or ValidationRows.FoldsWord
        || text.StartsWith(ValidationRows.LastWord, StringComparison.Ordinal)
        || Text.tryNumber(text) is not null
            ? text
            : Arguments.Whole(text);
}
