using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>The folder that relative paths begin in. It may be removed while programs are in it.</summary>
internal static class WorkingFolder
{
    private const string Remedy = "the working folder was removed (change to another one, or give whole paths)";

    /// <summary>Whether there is none any more.</summary>
    public static bool IsGone
    {
        get
        {
            try
            {
                return !Directory.Exists(Directory.GetCurrentDirectory());
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// The line of an error with its cause where that is a folder that is gone: .NET says of any relative path then that a
    /// file is not to be found, and of none which.
    /// </summary>
    public static string Explained(Exception error, string line) =>
        !IsGone || error is Failure { Code: Exit.Usage } || IsWhole(line) ? line
        : error is FileNotFoundException { FileName: null } ? $"error: relative paths: {Remedy}"
        : $"{line}: {Remedy}";

    // The path in front is not looked for in the working folder.
    private static bool IsWhole(string line)
    {
        const string before = "error: ";
        return line.StartsWith(before, StringComparison.Ordinal) && Path.IsPathFullyQualified(line[before.Length..]);
    }
}
