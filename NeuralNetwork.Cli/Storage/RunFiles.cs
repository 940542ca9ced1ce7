namespace NeuralNetwork.Cli.Storage;

/// <summary>The files of a run by their names.</summary>
internal static class RunFiles
{
    public const string Model = "model.safetensors";
    public const string Checkpoint = "checkpoint.safetensors";
    public const string Config = "config.json";
    public const string Manifest = "run.json";
    public const string Table = "history.csv";
    public const string Lines = "history.jsonl";
    public const string Report = "report.html";

    /// <summary>The curves for TensorBoard.</summary>
    public const string Events = "events.out.tfevents.0.nn";
}
