using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>One of the things compared: its name, and the options that make it what it is.</summary>
internal sealed record Variant(string Name, IReadOnlyList<StudyOption> Options)
{
    /// <summary>The words of a command line that make it what it is.</summary>
    public IEnumerable<string> Words => Options.SelectMany(option => option.Words);

    /// <summary>A name for the folder of its run, on every system.</summary>
    public string Folder =>
        string.Concat(
            Name.Select(letter => char.IsAsciiLetterOrDigit(letter) || "-.+@".Contains(letter) ? letter : '_')
        );
}
