using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The option that says whose defaults and choices of formula apply.</summary>
internal static class ConventionSettings
{
    public static SpecOption<Convention> Name { get; } =
        new(
            OptionName.Convention,
            "NAME",
            "Whose defaults, and whose formula where they differ: "
                + Read.Names(ConventionModule.all, ConventionModule.name),
            ConventionModule.parse,
            ConventionModule.name,
            spec => spec.Convention,
            (spec, convention) => spec with { Convention = convention }
        );

    public static Option Option => Name.Option;

    public static Convention Of(ParseResult result) => SpecReader.Typed(result, [Name]).Convention;
}
