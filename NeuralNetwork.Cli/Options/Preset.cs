using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>Settings under a name: options that stand in for the defaults. What the user gives wins.</summary>
/// <param name="Options">What it says about each option, whatever the data.</param>
/// <param name="Special">What it says otherwise where a subject is compared, or searched for.</param>
/// <param name="Ranges">What a search varies where the user names nothing.</param>
internal sealed record Preset(
    string Name,
    IReadOnlyDictionary<string, string> Options,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Special,
    IReadOnlyList<string> Ranges
)
{
    /// <summary>What a search is called among the subjects.</summary>
    public const string Search = "search";

    private static readonly string[] UsualRanges = ["learning-rate=0.0001..0.1:log", "dropout=0..0.5"];

    /// <summary>
    /// The Keras study of MNIST that this project grew out of. Under its convention He normal is that of Keras 2.1: cut at
    /// two deviations, without correction. How long it trained depends on what it compared.
    /// </summary>
    public static Preset Original { get; } =
        new(
            "original",
            new Dictionary<string, string>
            {
                ["--hidden"] = "512,512",
                ["--activation"] = "relu",
                ["--dropout"] = "0.2",
                ["--init"] = "he-normal",
                ["--optimizer"] = "adam",
                ["--convention"] = "keras2",
                ["--learning-rate"] = "0.002",
                ["--batch-size"] = "128",
                ["--validation"] = "0.2",
                ["--best"] = "accuracy",
                ["--epochs"] = "25",
            },
            new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["initializers"] = Only(("--epochs", "15")),
                ["batch-sizes"] = Only(("--epochs", "10")),
                [Search] = Only(("--epochs", "10"), ("--init", "he-uniform")),
            },
            // The study drew dropout up to 1, which would drop everything.
            ["learning-rate=0.001..1:log", "dropout=0.1..0.99:log"]
        );

    /// <summary>The defaults of the options as they are.</summary>
    public static Preset None { get; } = Plain("none");

    /// <summary>What suits tables: `TablePreset` says what, by their size.</summary>
    public static Preset Table { get; } = Plain("table");

    /// <summary>The one that suits the data: that of tables for tables, none for images.</summary>
    public static Preset Auto { get; } = Plain("auto");

    public static FSharpResult<Preset, string> Parse(string text) =>
        Read.OneOf([.. new[] { Auto, Table, None, Original }.Select(one => (one.Name, one))])(text);

    /// <summary>The words of each option that a comparison leaves to the preset, as far as the data have no say.</summary>
    public IEnumerable<string[]> Words(string subject, Func<string, bool> isTaken)
    {
        var special = Special.GetValueOrDefault(subject) ?? new Dictionary<string, string>();
        foreach (var (option, value) in Options.Where(one => !isTaken(one.Key)))
            yield return [option, special.GetValueOrDefault(option, value)];
    }

    /// <summary>What the runs of a study are left with, once the study has said all that does not depend on data.</summary>
    public Preset OfRuns => Options.Count > 0 ? None : this;

    /// <summary>The preset that is meant where these data are trained on.</summary>
    public Preset For(DataShape shape) =>
        Name != Auto.Name ? this
        : shape.IsTable ? Table
        : None;

    /// <summary>The words of each option that a training on these data leaves to the preset.</summary>
    public IEnumerable<string[]> Words(DataShape shape, IReadOnlyDictionary<string, string[]> given) =>
        Name == Table.Name
            ? TablePreset.Words(shape, given).Where(words => !given.ContainsKey(words[0]))
            : Words("", given.ContainsKey);

    private static Preset Plain(string name) =>
        new(
            name,
            new Dictionary<string, string>(),
            new Dictionary<string, IReadOnlyDictionary<string, string>>(),
            UsualRanges
        );

    private static IReadOnlyDictionary<string, string> Only(params (string Option, string Value)[] all) =>
        all.ToDictionary(one => one.Option, one => one.Value);
}
