using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>Paths of files to read: what can be there instead of a file, and what each of that is called.</summary>
internal static class InputPath
{
    /// <summary>
    /// Opens a file. A failure with the whole path where there is none, one for what is no file or never ends, and one where
    /// it may not be read.
    /// </summary>
    public static T Open<T>(string path, Func<T> open)
    {
        if (Directory.Exists(path))
            throw Failure.BadInput($"{path}: a folder (must be a file)");
        if (!File.Exists(path) || !File.Exists(Target(path)))
            throw Failure.BadInput(
                $"{path}: no such file{(WorkingFolder.IsGone || path == Path.GetFullPath(path) ? "" : $" (looked for {Path.GetFullPath(path)})")}"
            );
        try
        {
            return OutputFile.IsRegular(path)
                ? open()
                : throw Failure.BadInput($"{path}: not a regular file (pipes and devices are not read)");
        }
        catch (UnauthorizedAccessException)
        {
            throw Failure.InputOutput($"{path}: permission denied");
        }
    }

    // A link may lead nowhere, or to itself.
    private static string? Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
