using System.Text;
using Microsoft.Win32.SafeHandles;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// One writer at a time: a file in the folder, locked by the system and holding the number of the process and the name of its machine. The
/// system lets go of the lock when the process ends in whatever way, so none is ever stale. A lock may be shared by those that work in
/// the folder together: it keeps out whoever wants it alone.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    public const string Name = ".lock";

    /// <summary>The lock of those that share a folder for what they write in it, one of them at a time.</summary>
    public const string WritingName = ".lock-writing";

    // Who only looks whether a folder is free has it for a moment.
    private const int Tries = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private const string SharedMark = "shared";

    private readonly string path;
    private readonly SafeFileHandle handle;
    private readonly bool isShared;

    private FolderLock(string path, SafeFileHandle handle, bool isShared)
    {
        this.path = path;
        this.handle = handle;
        this.isShared = isShared;
    }

    /// <summary>Locks an existing folder. A failure that names the process where another one has it.</summary>
    public static FolderLock Take(string folder) => TryTake(folder) ?? throw InUse(folder);

    /// <summary>The same; null where another process has it.</summary>
    public static FolderLock? TryTake(string folder, string name = Name) =>
        Locked(Path.Combine(folder, name), isShared: false);

    /// <summary>Locks an existing folder together with others. A failure where a process has it alone.</summary>
    public static FolderLock Share(string folder)
    {
        for (var left = Tries; left > 0; left--)
        {
            if (Locked(Path.Combine(folder, Name), isShared: true) is { } taken)
                return taken;
            Thread.Sleep(Pause);
        }
        throw InUse(folder);
    }

    /// <summary>A failure that names the process where another one has the folder. Changes nothing.</summary>
    public static void CheckFree(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (File.Exists(path) && !IsFree(path))
            throw InUse(folder);
    }

    /// <summary>
    /// Whether the lock, which has to be one's own alone, keeps a second one out. It does not where the file system has no locks.
    /// </summary>
    public bool KeepsOut()
    {
        if (OperatingSystem.IsWindows())
        {
            using var other = TryOpenOnWindows(path, isShared: false);
            return other is null;
        }
        using var second = OwnFile.Open(path);
        return !Posix.TryLock(second);
    }

    /// <summary>Who has a lock of a folder, as people are told.</summary>
    public static string HolderOf(string folder, string name = Name) =>
        Told(Content(Path.Combine(folder, name)).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Removes the file while it is still locked, then lets go. What others share stays for the last of them.</summary>
    public void Dispose()
    {
        if (handle.IsClosed)
            return;
        // Windows removes no open file; there its end does (see TryOpen).
        if (!OperatingSystem.IsWindows() && (!isShared || IsLast()))
            Durable.Discard(path);
        handle.Dispose();
        if (OperatingSystem.IsWindows() && isShared)
            DiscardOnWindows();
    }

    // Whoever can have it alone was the last, and takes it away.
    private void DiscardOnWindows()
    {
        try
        {
            TryOpenOnWindows(path, isShared: false)?.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It keeps nobody out.
        }
    }

    private bool IsLast()
    {
        try
        {
            return Posix.TryLock(handle);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static FolderLock? Locked(string path, bool isShared)
    {
        while (true)
        {
            SafeFileHandle? handle = null;
            Durable.Step(path, "lock", () => handle = TryOpen(path, isShared));
            if (handle is null)
                return null;
            var taken = new FolderLock(path, handle, isShared);
            try
            {
                Durable.Step(path, "lock", () => Sign(handle, isShared));
            }
            catch
            {
                taken.Dispose();
                throw;
            }
            // The one before may have removed the file after it was opened here: such a lock keeps nobody out.
            if (Text(handle) is { Length: > 0 } signed && signed == Content(path))
                return taken;
            handle.Dispose();
        }
    }

    private static Failure InUse(string folder)
    {
        var words = Content(Path.Combine(folder, Name)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [.., SharedMark]
            ? Failure.InputOutput($"{folder}: in use by those that have joined it ({Told(words)} was the last to)")
            : Failure.InputOutput($"{folder}: in use by {Told(words)} (one training at a time)");
    }

    // Files of earlier versions have the number alone.
    private static string Told(string[] words) =>
        words switch
        {
            [] => "process unknown",
            [var number] => $"process {number}",
            [var number, var machine, ..] => $"process {number} on {machine}",
        };

    // What cannot be opened here cannot be taken either, and is reported then.
    private static bool IsFree(string path)
    {
        try
        {
            using var handle = OperatingSystem.IsWindows()
                ? TryOpenOnWindows(path, isShared: false)
                : OwnFile.Open(path);
            return handle is not null && (OperatingSystem.IsWindows() || Posix.TryLock(handle));
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The locked file, or null if it is locked by another process.</summary>
    private static SafeFileHandle? TryOpen(string path, bool isShared)
    {
        if (OperatingSystem.IsWindows())
            return TryOpenOnWindows(path, isShared);
        var handle = OwnFile.OpenOrCreate(path);
        if (Posix.TryLock(handle, isShared))
            return handle;
        handle.Dispose();
        return null;
    }

    private static SafeFileHandle? TryOpenOnWindows(string path, bool isShared)
    {
        OwnFile.CheckNoLink(path);
        try
        {
            return File.OpenHandle(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                (isShared ? FileShare.ReadWrite : FileShare.Read) | FileShare.Delete,
                isShared ? FileOptions.None : FileOptions.DeleteOnClose
            );
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Two processes of one number are told apart, as the first ones of two containers.
    private static void Sign(SafeFileHandle handle, bool isShared)
    {
        var machine = string.Concat(Environment.MachineName.Where(letter => letter is > ' ' and < (char)127).Take(100));
        var text = $"{Environment.ProcessId} {machine} {Guid.NewGuid():N}{(isShared ? $" {SharedMark}" : "")}";
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(text), 0);
    }

    private static string Text(SafeFileHandle handle)
    {
        var bytes = new byte[256];
        return Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
    }

    /// <summary>What is in the file at the path; nothing where it cannot be read.</summary>
    private static string Content(string path)
    {
        try
        {
            using var handle = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : OwnFile.Open(path);
            return Text(handle);
        }
        catch (IOException)
        {
            return "";
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
