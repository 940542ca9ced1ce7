using Microsoft.Win32.SafeHandles;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// Files whose names this program has chosen, in folders where others may have put something of that name: a link, a pipe, a
/// file with a second name elsewhere. Nothing of it is followed, waited for or written to. (What users name themselves is
/// another matter: see <see cref="OutputFile"/>.)
/// </summary>
internal static class OwnFile
{
    /// <summary>
    /// Opens a file to read and write, and makes it where there is none. Nothing is cut. An IOException says what there is
    /// instead of a file with this one name.
    /// </summary>
    public static SafeFileHandle OpenOrCreate(string path)
    {
        while (true)
        {
            try
            {
                // What is already there, be it a link that leads nowhere, is neither opened nor followed.
                File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write).Dispose();
            }
            catch (IOException) when (Exists(path))
            {
                // All the better.
            }
            try
            {
                return Open(path);
            }
            catch (IOException) when (!Exists(path))
            {
                // Removed by another between the two steps: again.
            }
        }
    }

    /// <summary>The same with a file that has to be there.</summary>
    public static SafeFileHandle Open(string path)
    {
        if (!OperatingSystem.IsWindows())
            return Posix.OpenOwn(path);
        CheckNoLink(path);
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Makes a file and opens it to write. What had its name goes; what that was a link to stays.</summary>
    public static FileStream Create(string path, int bufferSize)
    {
        Remove(path);
        return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize);
    }

    /// <summary>
    /// A failure where something stands in the place of a file that is neither a file nor a link: a folder, a pipe, a device.
    /// </summary>
    public static void CheckPlace(string path)
    {
        if (IsLink(path))
            return;
        if (Directory.Exists(path) || (File.Exists(path) && !OutputFile.IsRegular(path)))
            throw new IOException(Foreign);
    }

    /// <summary>Where something is a link, an IOException that says so.</summary>
    public static void CheckNoLink(string path)
    {
        if (IsLink(path))
            throw new IOException(Link);
    }

    /// <summary>Whether a path is a link, wherever it leads.</summary>
    public static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    /// <summary>Removes what is there under a name, a link and never what it leads to. An IOException where it is a folder.</summary>
    public static void Remove(string path)
    {
        var isFolder = Directory.Exists(path);
        if (isFolder && !IsLink(path))
            throw new IOException(Foreign);
        // On Windows a link to a folder is one.
        if (isFolder && OperatingSystem.IsWindows())
            Directory.Delete(path);
        else
            File.Delete(path);
    }

    /// <summary>What is said of a link in the place of a file.</summary>
    public const string Link = "a link is in its place (remove it)";

    /// <summary>What is said of a folder, pipe, socket or device in the place of a file.</summary>
    public const string Foreign = "something other than a file is in its place (remove it)";

    /// <summary>What is said of a file that would be written to under another name.</summary>
    public const string Shared = "the file in its place has other names (hard links), too (remove it)";

    // A link that leads nowhere is there, too.
    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || IsLink(path);
}
