using System.Diagnostics;
using System.Globalization;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// The file that a writer has beside its place until it is whole, under the number of its process. Who is killed leaves it, and
/// the next one that writes in the folder removes it.
/// </summary>
internal static class LeftOver
{
    private const string Prefix = ".nn-unfinished-";

    /// <summary>Where this process writes in a folder.</summary>
    public static string Beside(string folder) => Path.Combine(folder, $"{Prefix}{Environment.ProcessId}");

    /// <summary>Whether a name is that of a file that a killed writer may have left.</summary>
    public static bool IsName(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Removes what writers have left in a folder that are gone, where that is possible: regular files, and no links.</summary>
    public static void Sweep(string folder)
    {
        try
        {
            foreach (var left in Directory.EnumerateFiles(folder, $"{Prefix}*").Where(IsLeft))
                Durable.Discard(left);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A folder that may be written to, but not listed.
        }
    }

    private static bool IsLeft(string path) =>
        int.TryParse(
            Path.GetFileName(path)[Prefix.Length..],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
        && (number == Environment.ProcessId || !IsAtWork(number))
        && !OwnFile.IsLink(path)
        && OutputFile.IsRegular(path);

    private static bool IsAtWork(int number)
    {
        try
        {
            using var process = Process.GetProcessById(number);
            return !process.HasExited;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // It is there, and somebody else's.
            return true;
        }
    }
}
