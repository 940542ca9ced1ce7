using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>Settings under a name: options that stand in for the defaults. What the user gives wins.</summary>
internal sealed record Preset(
    string Name,
    IReadOnlyDictionary<string, string> Options,
    IReadOnlyDictionary<string, int> Epochs
)
{
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
                ["--epochs"] = "25",
            },
            new Dictionary<string, int> { ["initializers"] = 15, ["batch-sizes"] = 10 }
        );

    public static Preset None { get; } = new("none", new Dictionary<string, string>(), new Dictionary<string, int>());

    public static FSharpResult<Preset, string> Parse(string text) =>
        Read.OneOf((None.Name, None), (Original.Name, Original))(text);

    /// <summary>The words of each option that a comparison leaves to the preset.</summary>
    public IEnumerable<string[]> Words(string subject, Func<string, bool> isTaken)
    {
        foreach (var (option, value) in Options.Where(one => !isTaken(one.Key)))
        {
            yield return
            [
                option,
                option == "--epochs" && Epochs.TryGetValue(subject, out var epochs) ? $"{epochs}" : value,
            ];
        }
    }
}
