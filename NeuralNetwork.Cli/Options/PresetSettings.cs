using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The option that names what the options that are not given come to.</summary>
internal static class PresetSettings
{
    private static readonly Setting<Preset> PresetOf = new(
        "--preset",
        "NAME",
        "What options come to that are not given: auto (table for tables, none for images), table (by the rows: members, epochs, "
            + "batch size, early stopping), none (the defaults named here), original (the study of MNIST in Keras)",
        Preset.Parse,
        Preset.Auto.Name
    );

    public static string Name => PresetOf.Name;

    public static Option Option => PresetOf.Option;

    public static bool IsGiven(ParseResult result) => PresetOf.IsGiven(result);

    public static Preset Of(ParseResult result) => PresetOf.Of(result);
}
