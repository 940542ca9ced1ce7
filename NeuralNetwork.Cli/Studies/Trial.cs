using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>One training of a search, with what was drawn for it.</summary>
internal sealed record Trial(int Number, IReadOnlyList<(Variation Of, string Text)> Drawn, PlannedRun Run)
{
    /// <summary>The name of its folder. It must not depend on how many trials there are.</summary>
    public static string NameOf(int number) => $"trial-{number:000}";

    public string Name => Run.Variant.Name;

    /// <summary>What was drawn, in words.</summary>
    public static string Told(IEnumerable<(Variation Of, string Text)> drawn) =>
        string.Join(", ", drawn.Select(one => $"{one.Of.Name} {one.Text}"));

    /// <summary>What was drawn for a variation as a number; NaN where it is none.</summary>
    public double ValueOf(Variation of) =>
        Text.tryNumber(Drawn.First(one => one.Of == of).Text) is { } number ? number.Value : double.NaN;
}
