using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Options;

/// <summary>Models on disk: a run folder, or a file.</summary>
internal static class ModelSource
{
    /// <summary>The file that a name stands for.</summary>
    public static string Path(string text)
    {
        var path = Directory.Exists(text) ? System.IO.Path.Combine(text, RunFiles.Model) : text;
        return File.Exists(path) ? path : throw Failure.BadInput($"{path}: no such model{ModelRemedy.For(path)}");
    }

    /// <summary>Whether a name is that of a model and not of data: a run folder, or a file called like a model's.</summary>
    public static bool IsModel(string text) =>
        File.Exists(System.IO.Path.Combine(text, RunFiles.Model))
        || text.EndsWith(System.IO.Path.GetExtension(RunFiles.Model), StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a model in whatever precision it was saved.</summary>
    public static AnyModel Read(string text)
    {
        var path = Path(text);
        var outcome = ModelFile.read(ModelBytes.Load(path));
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.BadInput($"{path}: {outcome.ErrorValue}{ModelRemedy.For(path)}");
    }

    /// <summary>What the run was asked for that a model lies in; null where it lies in none.</summary>
    public static ConfigFile? ConfigOf(string text)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path(text)))!;
        var config = System.IO.Path.Combine(folder, RunFiles.Config);
        return File.Exists(config) ? ConfigFile.Open(config) : null;
    }

    /// <summary>The index of the first feature in the LIBSVM file that a model was trained with; null where nobody knows.</summary>
    public static int? FirstIndex(string text)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path(text)))!;
        var config = System.IO.Path.Combine(folder, RunFiles.Config);
        return File.Exists(config) ? ResolvedConfig.FirstIndexOf(config) : null;
    }

    /// <summary>The rows that a model takes.</summary>
    public static Schema SchemaOf(AnyModel model) =>
        model switch
        {
            AnyModel.Single single => Schema.Of(single.Item),
            AnyModel.Double twice => Schema.Of(twice.Item),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
}
