using System.CommandLine;
using Microsoft.FSharp.Collections;

namespace NeuralNetwork.Cli;

/// <summary>The options that say how numbers enter a network: as they are, or with learned waves of them beside.</summary>
internal sealed record EmbeddingSettings(int Waves, int Mixtures, double Scale)
{
    public const string UseName = "--embedding";

    /// <summary>The value that leaves numbers as they are.</summary>
    public const string None = "none";

    /// <summary>The value that asks for waves.</summary>
    public const string Periodic = "periodic";

    private static readonly Periodic Usual = PeriodicModule.standard(ListModule.Empty<int>());

    private static readonly Setting<bool> Use = new(
        UseName,
        "NAME",
        "How numbers enter: none (as they are), periodic (with learned waves of each beside; categories stay as they are)",
        Read.OneOf((None, false), (Periodic, true)),
        None
    );

    private static readonly Setting<int> WavesOf = new(
        $"{UseName}-waves",
        "N",
        $"Waves of each number (default: {Usual.Frequencies})",
        Read.Whole(PeriodicModule.Most)
    );

    private static readonly Setting<int> MixturesOf = new(
        $"{UseName}-mixtures",
        "N",
        $"Numbers that are made of these waves, beside the number itself (default: {Usual.Outputs})",
        Read.Whole(PeriodicModule.Most)
    );

    private static readonly Setting<double> ScaleOf = new(
        $"{UseName}-scale",
        "σ",
        $"Standard deviation of the frequencies at the beginning, in turns for each unit (default: {Usual.Scale})",
        Read.Positive
    );

    public static Option Option => Use.Option;

    public static IEnumerable<Option> Options => [Use.Option, WavesOf.Option, MixturesOf.Option, ScaleOf.Option];

    /// <summary>What to make of each number; null where numbers stay as they are.</summary>
    public static EmbeddingSettings? Of(ParseResult result)
    {
        if (Use.Of(result))
            return new(
                WavesOf.Or(result, Usual.Frequencies),
                MixturesOf.Or(result, Usual.Outputs),
                ScaleOf.Or(result, Usual.Scale)
            );
        var stray = Options.Skip(1).FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
        return stray is null ? null : throw Failure.Usage($"{stray.Name}: nothing to set (needs {UseName} {Periodic})");
    }

    /// <summary>The options that ask for the waves of a network; none where it has none.</summary>
    public static IEnumerable<string[]> Words(Network? network)
    {
        if (network?.Layers.OfType<Layer.Periodic>().FirstOrDefault() is not { } waves)
            yield break;
        yield return [UseName, Periodic];
        yield return [WavesOf.Name, $"{waves.Settings.Frequencies}"];
        yield return [MixturesOf.Name, $"{waves.Settings.Outputs}"];
    }

    /// <summary>The network with the waves of these features behind all features; as it is where there are none.</summary>
    public Network Add(Network network, IReadOnlyList<int> features) =>
        features.Count == 0 ? network : network.Periodic(new(ListModule.OfSeq(features), Waves, Mixtures, Scale));
}
