using System.Text;
using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// Writing that is over only when it is on the disk. A method that returns has succeeded, whatever happens to the machine
/// afterwards; a method that throws has named the path and the step that failed, and the old file is as it was.
/// </summary>
internal static class Durable
{
    // Windows' own numbers of errors.
    private const int SharingViolation = 32;
    private const int DiskFull = 112;

    // How often a rename is tried on Windows, and the time between.
    private const int Renames = 10;
    private static readonly TimeSpan RenamePause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Gives a path new content: write beside it, wait for the disk, rename, wait for the folder. Only a failure of the
    /// very last step leaves the new content in place. A link is replaced, and not followed.
    /// </summary>
    public static void Replace(string path, Action<Stream> write) => Replace(path, Path.GetFullPath(path), write);

    /// <summary>
    /// The same with a path that users name: where it is a link of theirs, what it leads to is replaced. What killed writers have
    /// left beside it goes.
    /// </summary>
    public static void ReplaceTarget(string path, Action<Stream> write)
    {
        var whole = Target(path);
        LeftOver.Sweep(Path.GetDirectoryName(whole)!);
        Replace(path, whole, write);
    }

    private static void Replace(string path, string whole, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(whole)!;
        var beside = LeftOver.Beside(folder);
        try
        {
            Step(path, "write", () => OwnFile.CheckPlace(whole));
            Step(path, "write", () => WriteBeside(beside, path, write), write);
            Step(path, "rename", () => Rename(beside, whole));
        }
        catch
        {
            Discard(beside);
            throw;
        }
        Step(path, "sync of the folder", () => SyncFolder(folder));
    }

    /// <summary>The same with a text, in UTF-8.</summary>
    public static void Replace(string path, string text) => Replace(path, Written(text));

    /// <summary>The writing of a text, in UTF-8.</summary>
    public static Action<Stream> Written(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return stream => stream.Write(bytes);
    }

    /// <summary>
    /// Adds to the end of a file, and does not wait for the disk: what is added is there for whoever reads it, whatever becomes of this
    /// process. `SettleFile` waits.
    /// </summary>
    public static void Append(string path, ReadOnlyMemory<byte> bytes) =>
        Step(
            path,
            "write",
            () =>
            {
                using var file = OwnFile.OpenOrCreate(path);
                RandomAccess.Write(file, bytes.Span, RandomAccess.GetLength(file));
            },
            stream => stream.Write(bytes.Span)
        );

    /// <summary>Makes a folder, and those above it. Relative paths lead nowhere where the working folder is gone.</summary>
    public static void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        // Windows would make the folder again that they begin in.
        if (!Path.IsPathRooted(folder) && WorkingFolder.IsGone)
            throw new FileNotFoundException();
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        CreateFolder(parent);
        Step(folder, "create", () => Directory.CreateDirectory(folder));
        Step(folder, "sync of the folder", () => SyncFolder(parent));
    }

    /// <summary>Waits until the names in a folder are on the disk, whoever wrote them.</summary>
    public static void Settle(string folder) => Step(folder, "sync of the folder", () => SyncFolder(folder));

    /// <summary>Waits until what was added to a file is on the disk.</summary>
    public static void SettleFile(string path) =>
        Step(
            path,
            "sync",
            () =>
            {
                using var file = OwnFile.OpenOrCreate(path);
                Sync(file);
            }
        );

    private static string Target(string path) => File.Exists(path) ? OwnFile.Target(path) : Path.GetFullPath(path);

    private static void WriteBeside(string beside, string path, Action<Stream> write)
    {
        using var stream = OwnFile.Create(beside, 1 << 20);
        write(stream);
        stream.Flush();
        Step(path, "sync", () => Sync(stream.SafeFileHandle), write);
    }

    private static void Sync(SafeFileHandle file)
    {
        if (!OperatingSystem.IsWindows())
            Posix.Sync(file);
        // Elsewhere than on Linux there is more to do than fsync, and .NET does it.
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(file);
    }

    private static void SyncFolder(string folder)
    {
        // Windows writes names through, and has no such call.
        if (!OperatingSystem.IsWindows())
            Posix.SyncFolder(folder);
    }

    private static void Rename(string from, string to)
    {
        if (OperatingSystem.IsWindows())
            RenameOnWindows(from, to);
        else
            Posix.Rename(from, to);
    }

    // There a file that another program holds open is not replaced; scanners and indexers hold new ones for a moment.
    private static void RenameOnWindows(string from, string to)
    {
        for (var left = Renames - 1; ; left--)
            try
            {
                File.Move(from, to, overwrite: true);
                return;
            }
            // The new file is gone, with the folder that both are in.
            catch (FileNotFoundException error)
            {
                throw new DirectoryNotFoundException(error.Message, error);
            }
            catch (Exception error) when (left > 0 && error is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(RenamePause);
            }
    }

    /// <summary>
    /// A step of saving: what goes wrong in it is reported under the user's path and the step's name, and where there is
    /// no room, with the bytes that writing needs.
    /// </summary>
    public static void Step(string path, string name, Action act, Action<Stream>? write = null)
    {
        try
        {
            act();
        }
        // A file above the system's limit is an argument out of range to .NET.
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            var need = write is not null && IsForRoom(error) ? $" (needs {ByteCount.Of(write)} bytes)" : "";
            throw Failure.InputOutput($"{path}: {name}: {Reason(error)}{need}");
        }
    }

    // .NET keeps the system's number in the low half.
    private static bool IsForRoom(Exception error) =>
        error is ArgumentOutOfRangeException || Posix.IsForRoom(error.HResult) || (error.HResult & 0xFFFF) == DiskFull;

    /// <summary>Why the system could not do something, without the path .NET adds: often one the user has never heard of.</summary>
    public static string Reason(Exception error) =>
        OperatingSystem.IsWindows() && (error.HResult & 0xFFFF) == SharingViolation ? "another program holds it open"
        : error is UnauthorizedAccessException
            ? OperatingSystem.IsWindows() ? "permission denied, or another program holds it open"
                : "permission denied"
        : error is ArgumentOutOfRangeException ? "file too large"
        : error is DirectoryNotFoundException || error.HResult == Posix.NoEntry ? "its folder is gone"
        : error is FileNotFoundException ? "the file system makes nothing of that name"
        : error.Message.Split(" : '")[0].TrimEnd('.');

    /// <summary>Removes a file if that is possible.</summary>
    public static void Discard(string path) => Quietly(() => File.Delete(path));

    /// <summary>Removes a folder if that is possible and nothing is in it.</summary>
    public static void DiscardFolder(string folder) => Quietly(() => Directory.Delete(folder));

    private static void Quietly(Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What failed before is what the user must hear of.
        }
    }
}
