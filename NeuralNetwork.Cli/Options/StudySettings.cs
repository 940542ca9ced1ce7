using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>What to do with a study that is there already.</summary>
internal enum Existing
{
    Refuse,
    Resume,
    Replace,
}

/// <summary>The options that comparisons and searches have in common.</summary>
internal static class StudySettings
{
    public static Option<bool> Resume { get; } =
        new(OptionName.Resume) { Description = "Go on with what is in the folder: finished runs are kept" };

    /// <summary>What to do with a study that is there already.</summary>
    public static Existing ExistingOf(ParseResult result) =>
        (result.GetValue(Resume), result.GetValue(Arguments.Force)) switch
        {
            (true, true) => throw Failure.Usage(
                Resume.Name,
                $"does not go with {Arguments.Force.Name} (go on, or begin again)"
            ),
            (true, _) => Existing.Resume,
            (_, true) => Existing.Replace,
            _ => Existing.Refuse,
        };

    /// <summary>The options of a training that were given, by their names.</summary>
    public static IReadOnlyDictionary<string, OptionValue> Given(ParseResult result) =>
        SpecReader.Given(result).ToDictionary(one => one.Name);

    /// <summary>The preset that was given, or the usual one.</summary>
    public static Preset PresetOf(IReadOnlyDictionary<string, OptionValue> given) =>
        Preset.Named(With(given, OptionName.Preset).Preset);

    /// <summary>The seed that was given, or the usual one.</summary>
    public static ulong SeedOf(IReadOnlyDictionary<string, OptionValue> given) => With(given, OptionName.Seed).Fit.Seed;

    private static TrainingSpec With(IReadOnlyDictionary<string, OptionValue> given, string name) =>
        given.GetValueOrDefault(name)?.Set(TrainingSpec.Usual) ?? TrainingSpec.Usual;
}
