using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// One writer at a time: a file in the folder, locked by the system and holding the number of the process. The system
/// lets go of the lock when the process ends in whatever way, so none is ever stale.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    public const string Name = ".lock";

    private readonly string path;
    private readonly SafeFileHandle handle;

    private FolderLock(string path, SafeFileHandle handle)
    {
        this.path = path;
        this.handle = handle;
    }

    /// <summary>Locks an existing folder. A failure that names the process where another one has it.</summary>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, Name);
        while (true)
        {
            SafeFileHandle? handle = null;
            Durable.Step(path, "lock", () => handle = TryOpen(path));
            if (handle is null)
                throw InUse(folder, path);
            var taken = new FolderLock(path, handle);
            try
            {
                Durable.Step(path, "lock", () => Sign(handle));
            }
            catch
            {
                taken.Dispose();
                throw;
            }
            // The one before may have removed the file after it was opened here: such a lock keeps nobody out.
            if (Holder(path) == Me)
                return taken;
            handle.Dispose();
        }
    }

    /// <summary>A failure that names the process where another one has the folder. Changes nothing.</summary>
    public static void CheckFree(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (File.Exists(path) && !IsFree(path))
            throw InUse(folder, path);
    }

    /// <summary>Removes the file while it is still locked, then lets go.</summary>
    public void Dispose()
    {
        // Windows removes no open file; there its end does (see TryOpen).
        if (!OperatingSystem.IsWindows())
            Durable.Discard(path);
        handle.Dispose();
    }

    private static Failure InUse(string folder, string path) =>
        Failure.InputOutput($"{folder}: in use by process {Holder(path)} (one training at a time)");

    // What cannot be opened here cannot be taken either, and is reported then.
    private static bool IsFree(string path)
    {
        try
        {
            using var handle = OperatingSystem.IsWindows() ? TryOpenOnWindows(path) : OwnFile.Open(path);
            return handle is not null && (OperatingSystem.IsWindows() || Posix.TryLock(handle));
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string Me => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The locked file, or null if it is locked by another process.</summary>
    private static SafeFileHandle? TryOpen(string path)
    {
        if (OperatingSystem.IsWindows())
            return TryOpenOnWindows(path);
        var handle = OwnFile.OpenOrCreate(path);
        if (Posix.TryLock(handle))
            return handle;
        handle.Dispose();
        return null;
    }

    private static SafeFileHandle? TryOpenOnWindows(string path)
    {
        OwnFile.CheckNoLink(path);
        try
        {
            return File.OpenHandle(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.Read | FileShare.Delete,
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Sign(SafeFileHandle handle)
    {
        var bytes = Encoding.ASCII.GetBytes(Me);
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, bytes, 0);
    }

    /// <summary>Who has written its number into the file at the path.</summary>
    private static string Holder(string path)
    {
        try
        {
            using var handle = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : OwnFile.Open(path);
            var bytes = new byte[20];
            return Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}

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
