using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>What a file says of who wrote it.</summary>
internal enum Mark
{
    /// <summary>Not there, or damaged beyond telling.</summary>
    None,
    Ours,
    Another,
}

/// <summary>How the folder of a run is told from others, which may well have files of the same names.</summary>
internal static class RunMarks
{
    // The length of the header comes first; then a file of this program has a checksum before anything else.
    private const int Before = 8;

    private static ReadOnlySpan<byte> Opening => "{\"__metadata__\":{\"sha256\":\""u8;

    /// <summary>Whether a folder has a file that only a run has, and none under a run's name of another program.</summary>
    public static bool AreIn(string folder)
    {
        Mark[] marks =
        [
            ResolvedConfig.MarkOf(Path.Combine(folder, RunFiles.Config)),
            OfTensors(Path.Combine(folder, RunFiles.Checkpoint)),
            OfTensors(Path.Combine(folder, RunFiles.Model)),
        ];
        return marks.Contains(Mark.Ours) && !marks.Contains(Mark.Another);
    }

    private static Mark OfTensors(string path)
    {
        if (!File.Exists(path))
            return Mark.None;
        try
        {
            return OutputFile.IsRegular(path) ? OfFile(path) : Mark.Another;
        }
        catch (IOException)
        {
            return Mark.None; // a link that leads nowhere
        }
    }

    private static Mark OfFile(string path)
    {
        var bytes = new byte[Before + Opening.Length];
        using var stream = File.OpenRead(path);
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var head = bytes.AsSpan(Math.Min(Before, length)..length);
        return head.SequenceEqual(Opening) ? Mark.Ours
            : head is [(byte)'{', ..] ? Mark.Another
            : Mark.None;
    }
}

/// <summary>The options of `nn resume` that say how long a run is to be in all, where that is not what it was.</summary>
internal static class RunLength
{
    private static readonly (SpecOption Meant, Option<string> Option)[] All =
    [
        Typed(TrainingSettings.Epochs, "Go on until there are so many epochs in all"),
        Typed(TrainingSettings.Steps, "Go on until there are so many steps in all"),
        Typed(TrainingSettings.EarlyStopping, "End after so many epochs without a better validation score"),
    ];

    /// <summary>What says when training ends, and changes no bit of it until then but by the schedule.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(one => one.Meant.Name)];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>What was typed. A usage failure where it is no length.</summary>
    public static IReadOnlyList<OptionValue> Of(ParseResult result) =>
        [
            .. All.Where(one => result.GetResult(one.Option) is { Implicit: false })
                .Select(one => one.Meant.Value(result.GetValue(one.Option) ?? "")),
        ];

    /// <summary>The options whose values of before no longer hold. A limit of steps would come before the epochs.</summary>
    public static IEnumerable<string> Replaced(IReadOnlyList<OptionValue> given) =>
        given.Select(one => one.Name).Concat(given.Any(one => one.Name == OptionName.Epochs) ? [OptionName.Steps] : []);

    private static (SpecOption, Option<string>) Typed(SpecOption meant, string about) =>
        (meant, new(meant.Name) { Description = about, HelpName = "N" });
}
