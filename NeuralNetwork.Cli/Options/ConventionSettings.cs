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
}
