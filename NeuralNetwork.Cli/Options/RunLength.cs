using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options of `nn resume` that say how long a run is to be in all, where that is not what it was.</summary>
internal static class RunLength
{
    private static readonly (SpecOption Meant, Option<string> Option)[] All =
    [
        Typed(TrainingSettings.Epochs, "Go on until there are so many epochs in all"),
        Typed(TrainingSettings.Steps, "Go on until there are so many steps in all"),
        Typed(TrainingSettings.EarlyStopping, "End after so many epochs without a better validation score"),
    ];

    /// <summary>What says when training ends, and changes no bit of it until then but by the schedule.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [OptionName.Epochs, OptionName.Steps, OptionName.EarlyStopping];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>What was typed. A usage failure where it is no length.</summary>
    public static IReadOnlyList<OptionValue> Of(ParseResult result) =>
        [
            .. All.Where(one => result.GetResult(one.Option) is { Implicit: false })
                .Select(one => one.Meant.Value(result.GetValue(one.Option) ?? "")),
        ];

    /// <summary>The options whose values of before no longer hold. A limit of steps would come before the epochs.</summary>
    public static IEnumerable<string> Replaced(IReadOnlyList<OptionValue> given) =>
        given.Select(one => one.Name).Concat(given.Any(one => one.Name == OptionName.Epochs) ? [OptionName.Steps] : []);

    private static (SpecOption, Option<string>) Typed(SpecOption meant, string about) =>
        (meant, new(meant.Name) { Description = about, HelpName = "N" });
}
