using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>Files that are either there as a whole or not at all.</summary>
internal static class OutputFile
{
    // The limit of every file system in use: better refused now than after a training.
    private const int LongestName = 255;

    /// <summary>Refuses a path that cannot become a file, or is one already and may not be replaced.</summary>
    public static void Check(string name, string path, bool force)
    {
        CheckPath(name, path);
        if (Directory.Exists(path))
            throw Failure.Usage(name, $"{path} is a folder (must be a file)");
        if (File.Exists(path) && !IsRegular(path))
            throw Failure.Usage(name, $"{path} is not a regular file");
        if (File.Exists(path) && !force)
            throw Failure.Usage(name, $"{path} exists (--force replaces it)");
    }

    public static void CheckPath(string name, string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Any(char.IsControl))
            throw Failure.Usage(name, $"'{path}' is no path");
        var longest = path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar)
            .Max(Encoding.UTF8.GetByteCount);
        if (longest > LongestName)
            throw Failure.Usage(name, $"a name of {longest} bytes (at most {LongestName})");
        if (OperatingSystem.IsWindows() && WindowsPath.Complaint(path) is { } complaint)
            throw Failure.Usage(name, complaint);
    }

    /// <summary>
    /// Whether there is a folder with anything in it but what a process leaves that was killed before its first step. Refuses a path
    /// that cannot become a folder, or is one that another process writes to, unless that may be.
    /// </summary>
    public static bool IsFolderInUse(string name, string path, bool mayBeBusy = false)
    {
        CheckPath(name, path);
        if (File.Exists(path))
            throw Failure.Usage(name, $"{path} is not a folder");
        if (!Directory.Exists(path))
            return false;
        if (!mayBeBusy)
            FolderLock.CheckFree(path);
        return Directory
            .EnumerateFileSystemEntries(path)
            .Select(entry => Path.GetFileName(entry))
            .Any(entry => entry is not (FolderLock.Name or FolderLock.WritingName) && !LeftOver.IsName(entry));
    }

    /// <summary>
    /// Gives a path of the user's new content, as a whole and for good, or leaves it as it was. Makes its folder. A link is
    /// followed: it is the user's, and what it leads to is replaced.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        Durable.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Durable.ReplaceTarget(path, write);
    }

    public static void Write(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <summary>Whether a path is a file on a disk, and no device, pipe or socket.</summary>
    public static bool IsRegular(string path)
    {
        var target = OwnFile.Target(path);
        // Windows keeps the names of devices apart (see WindowsPath), and lets nobody look into a file that is held open.
        return OperatingSystem.IsWindows()
            || new FileInfo(target).Length > 0
            || KindOf(target) is TarEntryType.RegularFile;
    }

    // .NET has no other way to ask for the kind of a file; an archive's entry of an empty one costs nothing.
    private static TarEntryType? KindOf(string path)
    {
        using var archive = new MemoryStream();
        try
        {
            using (var writer = new TarWriter(archive, leaveOpen: true))
                writer.WriteEntry(path, "file");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>
/// The file that a writer has beside its place until it is whole, under the number of its process. Who is killed leaves it, and
/// the next one that writes in the folder removes it.
/// </summary>
internal static class LeftOver
{
    private const string Prefix = ".nn-unfinished-";

    /// <summary>Where this process writes in a folder. More words may stand behind it, after a dash.</summary>
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
            Path.GetFileName(path)[Prefix.Length..].Split('-')[0],
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
        // A history is opened for every epoch: that it is there is the rule.
        while (true)
        {
            try
            {
                return Open(path);
            }
            catch (IOException error) when (IsMissing(error))
            {
                // The first time.
            }
            try
            {
                // What is already there, be it a link that leads nowhere, is neither opened nor followed.
                File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write).Dispose();
            }
            catch (IOException error) when (IsTaken(error))
            {
                // Made by another between the two steps: again.
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

    /// <summary>
    /// The whole path of what a path leads to, through all links. Asked for a link by a name alone, .NET looks for the next one of the
    /// chain in the root of the file system.
    /// </summary>
    public static string Target(string path)
    {
        var whole = Path.GetFullPath(path);
        return File.ResolveLinkTarget(whole, returnFinalTarget: true)?.FullName ?? whole;
    }

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

    // What the error itself says: whoever looks again may find something else. The numbers are Windows' for a name that is there.
    private static bool IsTaken(IOException error) =>
        OperatingSystem.IsWindows() ? (error.HResult & 0xFFFF) is 80 or 183 : Posix.IsForTaken(error.HResult);

    private static bool IsMissing(IOException error) =>
        error is FileNotFoundException || error.HResult == Posix.NoEntry;
}
