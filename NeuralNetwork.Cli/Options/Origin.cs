using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>An option as a run had it: its name, its value in words, and where that comes from.</summary>
internal sealed record Origin(string Name, string Value, string From)
{
    /// <summary>Whether nobody asked for another value than the usual one.</summary>
    public bool IsDefault => From == ValueSource.Default.From;

    /// <summary>Whether it is there or not, and has no other value.</summary>
    public bool IsFlag { get; init; }

    /// <summary>What one types for it.</summary>
    public IReadOnlyList<string> Words => IsFlag ? [Name] : [Name, Value];

    /// <summary>The options that have a value, as a configuration names them.</summary>
    public static IReadOnlyList<Origin> All(TrainingSpec spec) =>
        [
            .. SpecOptions
                .All.Select(option => (Option: option, Value: ConfigValue.Shown(option, spec)))
                .Where(one => one.Value is not null)
                .Select(one => new Origin(
                    one.Option.Name,
                    one.Value!,
                    spec.Sources.GetValueOrDefault(one.Option.Name, ValueSource.Default).From
                )
                {
                    IsFlag = one.Option.IsFlag,
                }),
        ];
}
