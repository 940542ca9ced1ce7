using System.CommandLine;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>The options that say what the learning rate is at every step.</summary>
internal sealed class ScheduleSettings
{
    private static readonly Setting<double> Rate = new(
        "--learning-rate",
        "RATE",
        "The highest learning rate (default: the convention's for the optimizer, 0.001 for adam)",
        Read.Positive,
        alias: "--lr"
    );

    private static readonly Setting<string> Name = new(
        "--schedule",
        "NAME",
        $"The learning rate over the steps, parameters behind colons: {Read.Names(ScheduleModule.all, Form)}",
        ReadName,
        ScheduleModule.name(Training.Default.Rate)
    );

    private static readonly Setting<int> Warmup = new(
        "--warmup",
        "N",
        "Steps in which the rate rises in a line, before the schedule begins",
        Read.Count
    );

    private static readonly string Usual = ScheduleModule.name(Training.Default.Rate);

    private readonly string name;
    private readonly int warmup;

    public ScheduleSettings(ParseResult result, Optimizer optimizer)
    {
        Highest = Rate.Or(result, OptimizerModule.learningRate(ConventionSettings.Of(result), optimizer));
        name = Name.Of(result);
        warmup = Warmup.Or(result, 1);
    }

    public static IEnumerable<Option> Options => [Rate.Option, Name.Option, Warmup.Option];

    /// <summary>The rate that the schedule is named by.</summary>
    public double Highest { get; }

    /// <summary>What an optimizer that looks at the first rate alone will not do, if anything.</summary>
    public string? Warning =>
        warmup > 1 ? $"{Warmup.Name}: rprop looks at the first step's rate alone, here a {warmup}th (leave it out)"
        : name != Usual ? $"{Name.Name}: rprop looks at the first step's rate alone ({name} has no effect)"
        : null;

    /// <summary>The schedule of a run of so many steps. The last step of the warm-up is the first one behind it.</summary>
    public Schedule For(int steps)
    {
        var rest = ScheduleModule.parse(Highest, Math.Max(1, steps - warmup + 1), name).ResultValue;
        return warmup > 1 ? Schedule.NewWarmup(warmup, rest) : rest;
    }

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
