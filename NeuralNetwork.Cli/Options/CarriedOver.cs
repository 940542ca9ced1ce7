using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>
/// What a configuration that was made for other data says about the columns of these, and about files that belong to them:
/// it holds, but not in silence.
/// </summary>
internal static class CarriedOver
{
    /// <summary>A line about it; null where there is nothing to say.</summary>
    public static string? Of(TrainingSpec spec, ConfigFile? file, string data)
    {
        if (file?.TextOf(null) is not { } other || other == data)
            return null;
        var held = OfData(spec)
            .Where(one => one.Text is not null && one.Text == file.TextOf(one.Name))
            .Select(one => $"{one.Name} {one.Text}")
            .ToArray();
        return held.Length == 0
            ? null
            : $"{file.Path}: made for {other}, and taken over for {data}: {string.Join(", ", held)}";
    }

    // What was typed has taken the place of the file's, and a share of the rows to validate with suits any data.
    private static IEnumerable<(string Name, string? Text)> OfData(TrainingSpec spec) =>
        [
            (OptionName.Target, spec.Data.Target),
            (OptionName.Ignore, spec.Data.Ignored?.Text),
            (OptionName.Categorical, spec.Data.Categorical?.Text),
            (OptionName.Test, spec.Data.TestPath),
            (OptionName.Validation, spec.Fit.Validation.Path),
        ];
}
