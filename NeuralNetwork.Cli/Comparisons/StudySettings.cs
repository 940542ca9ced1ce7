using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The options that comparisons and searches have in common.</summary>
internal static class StudySettings
{
    public static Option<bool> Resume { get; } =
        new("--resume") { Description = "Go on with what is in the folder: finished runs are kept" };

    /// <summary>What to do with a study that is there already.</summary>
    public static Existing ExistingOf(ParseResult result) =>
        (result.GetValue(Resume), result.GetValue(Arguments.Force)) switch
        {
            (true, true) => throw Failure.Usage(
                $"{Resume.Name}: does not go with {Arguments.Force.Name} (go on, or begin again)"
            ),
            (true, _) => Existing.Resume,
            (_, true) => Existing.Replace,
            _ => Existing.Refuse,
        };

    /// <summary>The words of each option of a training that was given, by its name.</summary>
    public static IReadOnlyDictionary<string, string[]> Given(ParseResult result) =>
        TrainCommand
            .Described.Where(option => result.GetResult(option) is { Implicit: false })
            .ToDictionary(
                option => option.Name,
                option => (string[])[option.Name, .. result.GetResult(option)!.Tokens.Select(token => token.Value)]
            );
}
