using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>
/// The options that choose an optimizer. Every setting in the core's catalogue of optimizers is an option of its name.
/// </summary>
internal static class OptimizerSettings
{
    private static readonly SpecOption Name = SpecParts.Optimizer.Of(
        OptionName.Optimizer,
        "NAME",
        $"How gradients become steps: {Read.Names(Optimizer.all, Optimizer.name)}",
        Optimizer.parse,
        Optimizer.name,
        optimizer => optimizer.Kind,
        (optimizer, kind) => optimizer with { Kind = kind }
    );

    // Every optimizer has a weight decay: AdamW its own, the others that of the training.
    public static SpecOption<double?> Decay { get; } =
        SpecParts.Optimizer.Of(
            OptionName.WeightDecay,
            "λ",
            "Takes the share rate·λ of the weights away before each step, with any optimizer",
            Read.NotNegative.Optional(),
            Write.Number,
            optimizer => optimizer.WeightDecay,
            (optimizer, decay) => optimizer with { WeightDecay = decay }
        );

    private static readonly SpecOption[] Each =
    [
        .. Optimizer
            .all.SelectMany(one =>
                Optimizer.settings(one).Select(setting => (Owner: Optimizer.name(one), Setting: setting))
            )
            .Where(entry => $"--{entry.Setting.Name}" != OptionName.WeightDecay)
            .GroupBy(entry => entry.Setting.Name)
            .Select(owners => Of(owners.First().Setting, owners.Select(entry => entry.Owner))),
    ];

    public static IReadOnlyList<SpecOption> All { get; } = [Name, ConventionSettings.Name, .. Each, Decay];

    private static SpecOption Of(OptimizerSetting setting, IEnumerable<string> owners) =>
        SpecParts.Optimizer.Of(
            $"--{setting.Name}",
            setting.Value switch
            {
                { IsFlag: true } => "true|false",
                { IsNumber: true } => "NUMBER",
                _ => "NAME",
            },
            $"{setting.Meaning} ({string.Join(", ", owners)})",
            setting.Value switch
            {
                { IsFlag: true } => Read.Flag.To(Setting? (flag) => Setting.NewFlag(flag)),
                { IsNumber: true } => Read.Finite.To(Setting? (number) => Setting.NewNumber(number)),
                _ => new Reader<EpsilonPlacement>(EpsilonPlacement.parse).To(
                    Setting? (placement) => Setting.NewPlacement(placement)
                ),
            },
            TextOf,
            optimizer => optimizer.Settings.GetValueOrDefault(setting.Name),
            (optimizer, value) =>
                optimizer with
                {
                    Settings = new Dictionary<string, Setting>(optimizer.Settings) { [setting.Name] = value! },
                }
        );

    private static string? TextOf(Setting? value) =>
        value switch
        {
            null => null,
            Setting.Number number => Text.number(number.Number),
            Setting.Flag flag => Write.Flag(flag.Flag),
            Setting.Placement placement => EpsilonPlacement.name(placement.Placement),
            _ => throw new InvalidOperationException("a kind of setting that has no text"),
        };
}

/// <summary>The option that says whose defaults and choices of formula apply.</summary>
internal static class ConventionSettings
{
    public static SpecOption<Convention> Name { get; } =
        new(
            OptionName.Convention,
            "NAME",
            "Whose defaults, and whose formula where they differ: " + Read.Names(Convention.all, Convention.name),
            Convention.parse,
            Convention.name,
            spec => spec.Convention,
            (spec, convention) => spec with { Convention = convention }
        );

    public static Option Option => Name.Option;
}

/// <summary>The options that say what the learning rate is at every step.</summary>
internal static class ScheduleSettings
{
    public static IReadOnlyList<SpecOption> All { get; } =
    [
        SpecParts.Schedule.Of(
            OptionName.LearningRate,
            "RATE",
            "The highest learning rate (default: the convention's for the optimizer, 0.001 for adam)",
            Read.Positive.Optional(),
            Write.Number,
            schedule => schedule.LearningRate,
            (schedule, rate) => schedule with { LearningRate = rate },
            alias: "--lr"
        ),
        SpecParts.Schedule.Of(
            OptionName.Schedule,
            "NAME",
            $"The learning rate over the steps, parameters behind colons: {Read.Names(Schedule.all, Form)}",
            ReadName,
            Write.Same,
            schedule => schedule.Name,
            (schedule, name) => schedule with { Name = name }
        ),
        SpecParts.Schedule.Of(
            OptionName.Warmup,
            "N",
            "Steps in which the rate rises in a line, before the schedule begins",
            Read.Count.Optional(),
            Write.Whole,
            schedule => schedule.Warmup,
            (schedule, steps) => schedule with { Warmup = steps }
        ),
    ];

    private static string Form(Tuple<string, FSharpFunc<double, FSharpFunc<int, Schedule>>> entry)
    {
        var parameters = Schedule.parameters(Schedule.parse(1, 1, entry.Item1).ResultValue);
        return string.Join(':', parameters.Select(pair => pair.Item1.ToUpperInvariant()).Prepend(entry.Item1));
    }

    public static FSharpResult<string, string> ReadName(string text)
    {
        var probe = Schedule.parse(1, 1, text);
        return probe.IsOk
            ? FSharpResult<string, string>.NewOk(text)
            : FSharpResult<string, string>.NewError(probe.ErrorValue);
    }
}

/// <summary>The options that say how many rows a step has, and how many of them are in hand at once.</summary>
internal static class BatchSettings
{
    private const string AllRows = "all";

    public static SpecOption<int> Size { get; } =
        SpecParts.Fit.Of(
            OptionName.BatchSize,
            "N|all",
            "Rows in a step; all: every training row",
            Read.Count.Or(AllRows, int.MaxValue),
            rows => rows == int.MaxValue ? AllRows : Write.Whole(rows),
            fit => fit.BatchSize,
            (fit, rows) => fit with { BatchSize = rows }
        );

    public static SpecOption<int> Shards { get; } =
        SpecParts.Fit.Of(
            OptionName.Shards,
            "S",
            "Cut each batch into so many shards, computed one after the other in the memory of one, and add their gradients (gradient "
                + "accumulation); a batch norm has the statistics of each shard",
            Read.Count,
            Write.Whole,
            fit => fit.Shards,
            (fit, shards) => fit with { Shards = shards }
        );
}

/// <summary>The options that keep weights and gradients small.</summary>
internal static class LimitSettings
{
    public static IReadOnlyList<SpecOption> All { get; } =
    [
        SpecParts.Limits.Of(
            OptionName.L1,
            "λ",
            "Adds λ·Σ|w| of the weights to the loss",
            Read.NotNegative,
            Write.Number,
            limits => limits.L1,
            (limits, l1) => limits with { L1 = l1 }
        ),
        SpecParts.Limits.Of(
            OptionName.L2,
            "λ",
            "Adds λ/2·Σw² of the weights to the loss",
            Read.NotNegative,
            Write.Number,
            limits => limits.L2,
            (limits, l2) => limits with { L2 = l2 }
        ),
        SpecParts.Limits.Of(
            OptionName.ClipNorm,
            "NORM",
            "Scales each tensor's gradient down to this norm",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.ClipNorm,
            (limits, norm) => limits with { ClipNorm = norm }
        ),
        SpecParts.Limits.Of(
            OptionName.ClipGlobalNorm,
            "NORM",
            "Scales the whole gradient down to this norm",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.ClipGlobalNorm,
            (limits, norm) => limits with { ClipGlobalNorm = norm }
        ),
        SpecParts.Limits.Of(
            OptionName.ClipValue,
            "LIMIT",
            "Cuts each number of the gradient at ±LIMIT",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.ClipValue,
            (limits, limit) => limits with { ClipValue = limit }
        ),
        SpecParts.Limits.Of(
            OptionName.MaxNorm,
            "NORM",
            "Scales the weights into each unit down to this norm after every step",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.MaxNorm,
            (limits, norm) => limits with { MaxNorm = norm }
        ),
    ];
}
