using System.CommandLine;

namespace NeuralNetwork.Cli.Options;

/// <summary>Every option of a training, in the order of its help and its config.json.</summary>
internal static class SpecOptions
{
    public static IReadOnlyList<SpecOption> All { get; } =
    [
        PresetSettings.Name,
        .. DataSettings.All,
        .. ModelSettings.All,
        .. TrainingSettings.All,
        .. SavingSettings.All,
        .. EngineSettings.All,
    ];

    /// <summary>The same for a command line.</summary>
    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>The option of a name; null where there is none.</summary>
    public static SpecOption? Find(string name) => All.FirstOrDefault(option => option.Name == name);

    /// <summary>A value for the option of a name, as a user says it.</summary>
    public static OptionValue Value(string name, string text) => All.First(option => option.Name == name).Value(text);
}
