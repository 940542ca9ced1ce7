using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The option that says whose defaults and choices of formula apply.</summary>
internal static class ConventionSettings
{
    private static readonly Setting<Convention> Name = new(
        "--convention",
        "NAME",
        "Whose defaults, and whose formula where they differ: "
            + Read.Names(ConventionModule.all, ConventionModule.name),
        ConventionModule.parse,
        ConventionModule.name(Convention.Torch)
    );

    public static Option Option => Name.Option;

    public static Convention Of(ParseResult result) => Name.Of(result);

    /// <summary>The initializer, with the convention's way of cutting a normal distribution if one was asked for.</summary>
    public static Initializer? Cut(ParseResult result, Initializer? initializer) =>
        initializer is Initializer.Scaled { Distribution.IsTruncatedNormal: true } scaled
        && Name.IsGiven(result)
        && !ConventionModule.settings(Of(result)).TruncationCorrection
            ? Initializer.NewScaled(scaled.Gain, scaled.Fan, Distribution.UncorrectedTruncatedNormal)
            : initializer;
}
