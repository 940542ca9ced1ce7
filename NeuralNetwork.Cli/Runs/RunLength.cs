using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>How long a run that is resumed is to be in all, where that is not what it was: the options, as they were typed.</summary>
internal sealed record RunLength(IReadOnlyList<(string Name, string Text)> Given)
{
    private const string Epochs = "--epochs";
    private const string Steps = "--steps";
    private const string Patience = "--early-stopping";

    /// <summary>The options that say when training ends, and change no bit of it until then but by the schedule.</summary>
    public static IReadOnlyList<string> Names { get; } = [Epochs, Steps, Patience];

    private static readonly Option<string>[] All =
    [
        Typed(Epochs, "Go on until there are so many epochs in all"),
        Typed(Steps, "Go on until there are so many steps in all"),
        Typed(Patience, "End after so many epochs without a better validation score"),
    ];

    public static IEnumerable<Option> Options => All;

    public bool IsGiven => Given.Count > 0;

    /// <summary>The options typed, for a command line.</summary>
    public IEnumerable<string> Words => Given.SelectMany(one => new[] { one.Name, one.Text });

    /// <summary>The options that no longer hold. A limit of steps would come before the epochs.</summary>
    public IEnumerable<string> Replaced =>
        Given.Select(one => one.Name).Concat(Given.Any(one => one.Name == Epochs) ? [Steps] : []);

    public static RunLength Of(ParseResult result) =>
        new([
            .. All.Where(option => result.GetResult(option) is { Implicit: false })
                .Select(option => (option.Name, result.GetValue(option) ?? "")),
        ]);

    private static Option<string> Typed(string name, string about) => new(name) { Description = about, HelpName = "N" };
}
