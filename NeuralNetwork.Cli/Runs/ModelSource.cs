using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>Models on disk: a run folder, or a file.</summary>
internal static class ModelSource
{
    /// <summary>The file that a name stands for.</summary>
    public static string Path(string text)
    {
        var path = Directory.Exists(text) ? System.IO.Path.Combine(text, RunFolder.ModelName) : text;
        return File.Exists(path) ? path : throw Failure.BadInput($"{path}: no such model");
    }

    /// <summary>Whether a name is that of a model and not of data: a run folder, or a file called like a model's.</summary>
    public static bool IsModel(string text) =>
        File.Exists(System.IO.Path.Combine(text, RunFolder.ModelName))
        || text.EndsWith(System.IO.Path.GetExtension(RunFolder.ModelName), StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a model in whatever precision it was saved.</summary>
    public static AnyModel Read(string text)
    {
        var path = Path(text);
        var outcome = ModelFile.read(ModelBytes.Load(path));
        return outcome.IsOk ? outcome.ResultValue : throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
    }

    /// <summary>The rows of a sample as data that suits a model. A failure where they do not.</summary>
    public static Data Suit<T>(Model<T> model, string name, Sample sample) =>
        sample.Cols == model.Network.Inputs
            ? sample.Of(ClassesOf(model))
            : throw Failure.BadInput($"{name}: {sample.Cols} features a row (the model takes {model.Network.Inputs})");

    /// <summary>The names of the classes: those of the training data, or their numbers.</summary>
    public static string[] LabelsOf<T>(Model<T> model) =>
        model.Labels.Length > 0 ? model.Labels : [.. Enumerable.Range(0, ClassesOf(model)).Select(label => $"{label}")];

    // One output tells two classes apart.
    private static int ClassesOf<T>(Model<T> model) => Math.Max(2, model.Network.Outputs);
}
