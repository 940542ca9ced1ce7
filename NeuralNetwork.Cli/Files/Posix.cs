using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NeuralNetwork.Cli;

/// <summary>
/// The few calls of a POSIX system whose answer .NET keeps to itself: it takes a failed fsync for a success, and has no
/// word for a folder's. Each method throws an IOException with the system's reason.
/// </summary>
internal static class Posix
{
    /// <summary>The number of the error where a file or its folder is not there (ENOENT).</summary>
    public const int NoEntry = 2;

    private const int Interrupted = 4; // EINTR
    private const int Invalid = 22; // EINVAL
    private const int TooLarge = 27; // EFBIG
    private const int NoSpace = 28; // ENOSPC
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int ReadWrite = 2; // O_RDWR

    private static readonly nint Ignore = 1; // SIG_IGN

    // O_CLOEXEC: a child that outlives this process must not hold its files.
    private static readonly int CloseInChildren = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    // EWOULDBLOCK
    private static readonly int Held = OperatingSystem.IsMacOS() ? 35 : 11;

    // EDQUOT
    private static readonly int QuotaExceeded = OperatingSystem.IsMacOS() ? 69 : 122;

    // ENOLCK, ENOTSUP, ENOSYS: what a file system without locks answers.
    private static readonly int[] NoLocks = OperatingSystem.IsMacOS() ? [77, 45, 78] : [37, 95, 38];

    /// <summary>Whether an error of this number is that of a disk, quota or limit with too little room.</summary>
    public static bool IsForRoom(int number) => number is TooLarge or NoSpace || number == QuotaExceeded;

    /// <summary>Waits until a file is on the disk. Never tried again: the second answer would say nothing.</summary>
    public static void Sync(SafeFileHandle file)
    {
        if (Call(() => fsync(file)) is not 0 and var error)
            throw Error(error);
    }

    /// <summary>Waits until the names in a folder are on the disk.</summary>
    public static void SyncFolder(string folder)
    {
        using var handle = Open(folder, 0);
        // A file system that answers EINVAL keeps no names apart from files: there is nothing to wait for.
        if (Call(() => fsync(handle)) is not 0 and not Invalid and var error)
            throw Error(error);
    }

    /// <summary>Gives a file another name, in the place of whatever had it.</summary>
    public static void Rename(string from, string to)
    {
        if (Call(() => rename(from, to)) is not 0 and var error)
            throw Error(error);
    }

    /// <summary>Opens an existing file to read and write, without the locks .NET would set on it.</summary>
    public static SafeFileHandle OpenFile(string path) => Open(path, ReadWrite);

    /// <summary>
    /// Locks a file until it is closed, at the latest by the end of the process. False if it is locked. Where the file
    /// system has no locks, nobody is kept out.
    /// </summary>
    public static bool TryLock(SafeFileHandle file) =>
        Call(() => flock(file, ExclusiveNow)) switch
        {
            0 => true,
            var error when error == Held => false,
            var error when NoLocks.Contains(error) => true,
            var error => throw Error(error),
        };

    /// <summary>
    /// Whether a signal was ignored when the program was started. To be asked before .NET is told to handle it: what it sets
    /// could not be put back.
    /// </summary>
    public static bool IsIgnored(int number)
    {
        var before = signal(number, Ignore);
        if (before != Ignore)
            signal(number, before);
        return before == Ignore;
    }

    private static SafeFileHandle Open(string path, int mode)
    {
        var number = -1;
        if (Call(() => number = open(path, mode | CloseInChildren)) is not 0 and var error)
            throw Error(error);
        return new SafeFileHandle(number, ownsHandle: true);
    }

    /// <summary>Calls until no signal interrupts; 0, or the number of the error.</summary>
    private static int Call(Func<int> call)
    {
        while (call() < 0)
            if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
                return error;
        return 0;
    }

    private static IOException Error(int number) => new(Marshal.GetPInvokeErrorMessage(number), number);

#pragma warning disable IDE1006 // the names are the system's
    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(SafeFileHandle file);

    [DllImport("libc")]
    private static extern nint signal(int number, nint handler);

    [DllImport("libc", SetLastError = true)]
    private static extern int flock(SafeFileHandle file, int operation);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int rename(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to
    );
#pragma warning restore IDE1006
}
