using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// The few calls of a POSIX system whose answer .NET keeps to itself: it takes a failed fsync for a success, and has no
/// word for a folder's. Each method throws an IOException with the system's reason.
/// </summary>
internal static class Posix
{
    /// <summary>The number of the error where a file or its folder is not there (ENOENT).</summary>
    public const int NoEntry = 2;

    private const int Interrupted = 4; // EINTR
    private const int Taken = 17; // EEXIST
    private const int Invalid = 22; // EINVAL
    private const int TooLarge = 27; // EFBIG
    private const int NoSpace = 28; // ENOSPC
    private const int FileSizeLimit = 25; // SIGXFSZ
    private const int SharedNow = 1 | 4; // LOCK_SH | LOCK_NB
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int ReadWrite = 2; // O_RDWR
    private const int NoDevice = 6; // ENXIO
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint KindAndLinks = 1 | 4; // STATX_TYPE | STATX_NLINK
    private const int KindBits = 0xF000; // S_IFMT
    private const int RegularKind = 0x8000; // S_IFREG

    private static readonly nint Ignore = 1; // SIG_IGN

    // O_CLOEXEC: a child that outlives this process must not hold its files.
    private static readonly int CloseInChildren = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    // O_NOFOLLOW and O_NONBLOCK: no link is followed, and no pipe waited for.
    private static readonly int WithoutDetour =
        OperatingSystem.IsMacOS() ? 0x100 | 4
        : RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 0x20000 | 0x800
        : 0x8000 | 0x800;

    // ELOOP
    private static readonly int IsLink = OperatingSystem.IsMacOS() ? 62 : 40;

    // EWOULDBLOCK
    private static readonly int Held = OperatingSystem.IsMacOS() ? 35 : 11;

    // EDQUOT
    private static readonly int QuotaExceeded = OperatingSystem.IsMacOS() ? 69 : 122;

    // ENOLCK, ENOTSUP, ENOSYS: what a file system without locks answers.
    private static readonly int[] NoLocks = OperatingSystem.IsMacOS() ? [77, 45, 78] : [37, 95, 38];

    /// <summary>Whether an error of this number is that of a disk, quota or limit with too little room.</summary>
    public static bool IsForRoom(int number) => number is TooLarge or NoSpace || number == QuotaExceeded;

    /// <summary>Whether an error of this number says that a new file's name is taken, or that another has locked the file since.</summary>
    public static bool IsForTaken(int number) => number == Taken || number == Held;

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

    /// <summary>
    /// Opens an existing file to read and write, without the locks .NET would set on it. Neither through a link, nor where it
    /// is another kind of thing than a file, nor a file with a second name.
    /// </summary>
    public static SafeFileHandle OpenOwn(string path)
    {
        SafeFileHandle file;
        try
        {
            file = Open(path, ReadWrite | WithoutDetour);
        }
        catch (IOException error) when (error.HResult == IsLink)
        {
            throw new IOException(OwnFile.Link);
        }
        catch (IOException error) when (error.HResult == NoDevice)
        {
            throw new IOException(OwnFile.Foreign); // a socket
        }
        if (Complaint(file, path) is not { } complaint)
            return file;
        file.Dispose();
        throw new IOException(complaint);
    }

    /// <summary>
    /// Locks a file until it is closed, at the latest by the end of the process, alone or together with others that share it. False if
    /// it is locked. Where the file system has no locks, nobody is kept out.
    /// </summary>
    public static bool TryLock(SafeFileHandle file, bool isShared = false) =>
        Call(() => flock(file, isShared ? SharedNow : ExclusiveNow)) switch
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

    /// <summary>Sends a signal to a process. One that has ended meanwhile has no need of it.</summary>
    public static void Send(int process, int number) => _ = kill(process, number);

    /// <summary>
    /// A limit on the size of files is an error of the write that hits it, and not the end of the process. The signal is ignored
    /// rather than handled: .NET runs handlers on a thread of their own, and one may be removed before it has run.
    /// </summary>
    public static void IgnoreFileSizeLimit()
    {
        if (!OperatingSystem.IsWindows())
            _ = signal(FileSizeLimit, Ignore);
    }

    /// <summary>What keeps an open file from being one of its own; null where nothing does.</summary>
    private static string? Complaint(SafeFileHandle file, string path) =>
        KindOf(file) switch
        {
            null => OutputFile.IsRegular(path) ? null : OwnFile.Foreign,
            (RegularKind, 1) => null,
            // Removed since it was opened: nobody else sees what is written.
            (RegularKind, 0) => null,
            (RegularKind, _) => OwnFile.Shared,
            _ => OwnFile.Foreign,
        };

    /// <summary>The kind of an open file and the number of its names; null where the C library has no such call.</summary>
    private static (int Kind, long Names)? KindOf(SafeFileHandle file)
    {
        // Longer than the record of any system.
        var record = new byte[512];
        try
        {
            var call = OperatingSystem.IsMacOS()
                ? Call(() => IsArm ? fstat(file, record) : fstat64(file, record))
                : Call(() => statx(file, "", EmptyPath, KindAndLinks, record));
            if (call != 0)
                return null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
        // statx: the links at 16, the mode at 28. macOS: the mode at 4, the links at 6.
        return OperatingSystem.IsMacOS()
            ? (BitConverter.ToUInt16(record, 4) & KindBits, BitConverter.ToUInt16(record, 6))
            : (BitConverter.ToUInt16(record, 28) & KindBits, BitConverter.ToUInt32(record, 16));
    }

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

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

    /// <summary>Ends the process at once: nothing is waited for, and nothing is tidied up.</summary>
    public static void Exit(int code)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(code);
        _exit(code);
    }

    private static IOException Error(int number) => new(Marshal.GetPInvokeErrorMessage(number), number);

#pragma warning disable IDE1006 // the names are the system's
    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(SafeFileHandle file);

    [DllImport("libc")]
    private static extern nint signal(int number, nint handler);

    [DllImport("libc")]
    private static extern void _exit(int code);

    [DllImport("libc")]
    private static extern int kill(int process, int number);

    [DllImport("libc", SetLastError = true)]
    private static extern int flock(SafeFileHandle file, int operation);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        SafeFileHandle file,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        int flags,
        uint mask,
        byte[] record
    );

    [DllImport("libc", SetLastError = true)]
    private static extern int fstat(SafeFileHandle file, byte[] record);

    [DllImport("libc", SetLastError = true, EntryPoint = "fstat$INODE64")]
    private static extern int fstat64(SafeFileHandle file, byte[] record);

    [DllImport("libc", SetLastError = true)]
    private static extern int rename(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to
    );
#pragma warning restore IDE1006
}
