using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what the learning rate is at every step.</summary>
internal static class ScheduleSettings
{
    public static IReadOnlyList<SpecOption> All { get; } =
    [
        new SpecOption<double?>(
            OptionName.LearningRate,
            "RATE",
            "The highest learning rate (default: the convention's for the optimizer, 0.001 for adam)",
            Read.Positive.Optional(),
            Write.Number,
            spec => spec.Schedule.LearningRate,
            (spec, rate) => spec with { Schedule = spec.Schedule with { LearningRate = rate } },
            alias: "--lr"
        ),
        new SpecOption<string>(
            OptionName.Schedule,
            "NAME",
            $"The learning rate over the steps, parameters behind colons: {Read.Names(ScheduleModule.all, Form)}",
            ReadName,
            Write.Same,
            spec => spec.Schedule.Name,
            (spec, name) => spec with { Schedule = spec.Schedule with { Name = name } }
        ),
        new SpecOption<int?>(
            OptionName.Warmup,
            "N",
            "Steps in which the rate rises in a line, before the schedule begins",
            Read.Count.Optional(),
            Write.Whole,
            spec => spec.Schedule.Warmup,
            (spec, steps) => spec with { Schedule = spec.Schedule with { Warmup = steps } }
        ),
    ];

    private static string Form(Tuple<string, FSharpFunc<double, FSharpFunc<int, Schedule>>> entry)
    {
        var parameters = ScheduleModule.parameters(ScheduleModule.parse(1, 1, entry.Item1).ResultValue);
        return string.Join(':', parameters.Select(pair => pair.Item1.ToUpperInvariant()).Prepend(entry.Item1));
    }

    public static FSharpResult<string, string> ReadName(string text)
    {
        var probe = ScheduleModule.parse(1, 1, text);
        return probe.IsOk
            ? FSharpResult<string, string>.NewOk(text)
            : FSharpResult<string, string>.NewError(probe.ErrorValue);
    }
}
