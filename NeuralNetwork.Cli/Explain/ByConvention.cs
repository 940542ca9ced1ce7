using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Explain;

/// <summary>What differs from convention to convention, side by side.</summary>
internal static class ByConvention
{
    /// <summary>What a convention is called.</summary>
    public static string Named(Convention convention) => ConventionModule.name(convention);

    /// <summary>A table of settings with a column for each convention.</summary>
    public static Grid Grid(JsonNode?[][] rows) =>
        new("defaults", ["setting", .. ConventionModule.all.Select(ConventionModule.name)], rows);

    /// <summary>A setting and its value in each convention.</summary>
    public static JsonNode?[] Row(string name, Func<Convention, JsonNode?> value) =>
        [name, .. ConventionModule.all.Select(value)];
}
