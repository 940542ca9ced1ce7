using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>
/// What a configuration that was made for other data says about the columns of these, and about files that belong to them:
/// it holds, but not in silence.
/// </summary>
internal static class CarriedOver
{
    private static readonly string[] OfData =
    [
        DataSettings.TargetName,
        DataSettings.IgnoredName,
        DataSettings.CategoricalName,
        DataSettings.TestName,
        TrainingSettings.ValidationName,
    ];

    /// <summary>A line about it; null where there is nothing to say.</summary>
    public static string? Of(ParseResult result, ConfigFile? file, string data)
    {
        if (file?.TextOf(null) is not { } other || other == data)
            return null;
        var held = OfData.Where(option => Holds(result, file, option)).Select(option => Said(file, option)).ToArray();
        return held.Length == 0
            ? null
            : $"{file.Path}: made for {other}, and taken over for {data}: {string.Join(", ", held)}";
    }

    // What was typed has taken the place of the file's.
    private static bool Holds(ParseResult result, ConfigFile file, string option) =>
        file.TextOf(option) is { } text
        && IsPlace(option, text)
        && result.CommandResult.Command.Options.First(one => one.Name == option) is var known
        && result.GetResult(known)?.Tokens is [var token]
        && token.Value == text;

    // A share of the rows to validate with suits any data.
    private static bool IsPlace(string option, string text) =>
        option != TrainingSettings.ValidationName
        || ValidationRows.Read(text) is { IsOk: true, ResultValue.Path: not null };

    private static string Said(ConfigFile file, string option) => $"{option} {file.TextOf(option)}";
}
