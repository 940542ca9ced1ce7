using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The option that names what the options that are not given come to.</summary>
internal static class PresetSettings
{
    public static SpecOption<PresetName> Name { get; } =
        new(
            OptionName.Preset,
            "NAME",
            "What options come to that are not given: auto (table for tables, none for images), table (by the rows: members, epochs, "
                + "batch size, early stopping), none (the defaults named here), original (the study of MNIST in Keras)",
            Read.OneOf(Preset.Names),
            Write.OneOf(Preset.Names),
            spec => spec.Preset,
            (spec, preset) => spec with { Preset = preset }
        );
}
