using System.Runtime.InteropServices;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;

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
            return OwnFile.Target(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>
/// What comes in through a pipe, by the name `-`. It can be read once, and data are read several times: it is kept until the command
/// ends.
/// </summary>
internal static class StandardInput
{
    public const string Name = "-";

    // Of each command its own, whichever of its threads asks.
    private static readonly AsyncLocal<Lazy<KeptInput>?> Piped = new();

    /// <summary>Whether a name stands for it, whatever files there are.</summary>
    public static bool IsName(string path) => path == Name;

    /// <summary>A line of talk about it, with its name in words.</summary>
    public static string Named(string line)
    {
        foreach (var before in (string[])["", "error: ", "warning: "])
            if (line.StartsWith($"{before}{Name}: ", StringComparison.Ordinal))
                return $"{before}standard input{line[(before.Length + Name.Length)..]}";
        return line;
    }

    /// <summary>A command begins, whose standard input is opened so.</summary>
    public static void Begin(Func<Stream> open) => Piped.Value = new(() => KeptInput.Of(open, KeptInput.Room));

    /// <summary>A command has ended: what it was given goes.</summary>
    public static void End()
    {
        if (Piped.Value is { IsValueCreated: true } piped)
            piped.Value.Dispose();
        Piped.Value = null;
    }

    /// <summary>That of the process. A failure where it is a terminal.</summary>
    public static Stream OfProcess() => Console.IsInputRedirected ? Console.OpenStandardInput() : None();

    /// <summary>Where nothing is piped in: a failure.</summary>
    public static Stream None() =>
        throw Failure.Usage(Name, $"standard input is a terminal (pipe data into it: … | nn … {Name})");

    /// <summary>All of it from its beginning, as often as it is asked for. The first call reads it.</summary>
    public static Stream Open() =>
        Piped.Value is { } piped
            ? piped.Value.Open()
            : throw new InvalidOperationException("standard input is that of a command, and none has begun");
}

/// <summary>
/// All that a pipe brought: a little in memory, and more in a file in the folder for temporary ones, which is the user's alone and has no
/// name any more where the system allows that.
/// </summary>
internal sealed class KeptInput : IDisposable
{
    /// <summary>The most bytes that are kept in memory.</summary>
    public const int Room = 16 << 20;

    private readonly MemoryStream memory = new();
    private readonly int room;
    private FileStream? file;
    private long length;

    private KeptInput(int room) => this.room = room;

    /// <summary>Reads all that there is; as much as there is room for stays in memory.</summary>
    public static KeptInput Of(Func<Stream> open, int room)
    {
        using var input = open();
        var kept = new KeptInput(room);
        try
        {
            var buffer = new byte[1 << 16];
            while (Read(input, buffer) is > 0 and var count)
                kept.Add(buffer.AsMemory(0, count));
            return kept;
        }
        catch
        {
            kept.Dispose();
            throw;
        }
    }

    /// <summary>Whether it is in a file.</summary>
    public bool IsInFile => file is not null;

    /// <summary>A view of it, from its beginning.</summary>
    public Stream Open() =>
        file is null ? new MemoryStream(memory.GetBuffer(), 0, (int)length, writable: false) : new View(file, length);

    public void Dispose() => file?.Dispose();

    private static int Read(Stream input, byte[] buffer)
    {
        try
        {
            return input.Read(buffer);
        }
        catch (IOException error)
        {
            throw Failure.InputOutput($"{StandardInput.Name}: read: {Durable.Reason(error)}");
        }
    }

    private void Add(ReadOnlyMemory<byte> bytes)
    {
        if (file is null && length + bytes.Length > room)
        {
            Step("open", () => file = TemporaryFile.Open());
            Step("write", () => RandomAccess.Write(file!.SafeFileHandle, memory.GetBuffer().AsSpan(0, (int)length), 0));
            memory.SetLength(0);
            memory.Capacity = 0;
        }
        if (file is null)
            memory.Write(bytes.Span);
        else
            Step("write", () => RandomAccess.Write(file.SafeFileHandle, bytes.Span, length));
        length += bytes.Length;
    }

    private static void Step(string name, Action act) => TemporaryFile.Step(StandardInput.Name, name, act);

    private sealed class View(FileStream file, long length) : ViewStream(length)
    {
        protected override int ReadAt(long place, Span<byte> bytes) =>
            RandomAccess.Read(file.SafeFileHandle, bytes, place);
    }
}

/// <summary>
/// Files in the folder for temporary ones, which are the user's alone, go with the process, and have no name any more where the system
/// allows that.
/// </summary>
internal static class TemporaryFile
{
    /// <summary>Opens a new one to write and read.</summary>
    public static FileStream Open()
    {
        var path = Path.Combine(Path.GetTempPath(), $"nn-{Path.GetRandomFileName()}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        // Whoever is killed leaves nothing; Windows removes it with the process.
        if (!OperatingSystem.IsWindows())
            Durable.Discard(path);
        return file;
    }

    /// <summary>Does something with one; what goes wrong is said with what it is for, and how another folder is named.</summary>
    public static void Step(string about, string name, Action act) => Durable.Step(Called(about), name, act);

    /// <summary>What is kept in one, and how another folder is named.</summary>
    public static string Called(string about) =>
        $"{about}: kept in {Path.GetTempPath()} ({(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")} names another folder)";
}

/// <summary>Folders that are looked into. Never the working directory.</summary>
internal static class KnownFolders
{
    private static readonly Lazy<string?> Found = new(FindRepository);

    // The portable name: that of the runtime itself may be the one of a distribution.
    private static string Platform =>
        (
            OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : "linux"
        ) + $"-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>Native libraries fetched by the build, if this program runs inside its repository.</summary>
    public static string? NativeFolder => Found.Value is { } root ? Path.Combine(root, ".native", Platform) : null;

    /// <summary>Where a built-in data set may be, in the order of looking.</summary>
    public static IReadOnlyList<string> DataFolders(string name)
    {
        string?[] parents = [Found.Value, AppContext.BaseDirectory];
        return [.. parents.OfType<string>().Select(parent => Path.Combine(parent, "data", name)), CacheFolder(name)];
    }

    /// <summary>Where a fetched data set is kept.</summary>
    public static string CacheFolder(string name) => Path.Combine(Blas.CacheFolder, name);

    private static string? FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "NeuralNetwork.sln")))
                return folder.FullName;
        return null;
    }
}

/// <summary>What Windows would take for another name than the one that is typed, or for no file.</summary>
internal static class WindowsPath
{
    private const string Forbidden = "<>:\"|?*";

    // COM¹ and its like are devices, too.
    private static readonly string[] Devices =
    [
        .. new[] { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" },
        .. "0123456789¹²³".SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" }),
    ];

    /// <summary>What is wrong with a path on Windows; null for nothing. One that begins with \\?\ is taken as it is.</summary>
    public static string? Complaint(string path)
    {
        if (path.StartsWith(@"\\?\", StringComparison.Ordinal))
            return null;
        var hasDrive = path.Length >= 2 && char.IsAsciiLetter(path[0]) && path[1] == ':';
        if (hasDrive && (path.Length == 2 || path[2] is not ('\\' or '/')))
            return $"{path} depends on the working folder of its drive ({path[..2]}\\{path[2..]} does not)";
        return (hasDrive ? path[2..] : path).Split('\\', '/').Select(OfName).FirstOrDefault(one => one is not null);
    }

    private static string? OfName(string name)
    {
        if (name is "" or "." or "..")
            return null;
        if (name.FirstOrDefault(Forbidden.Contains) is not '\0' and var sign)
            return $"'{name}' has a {sign}, which no name has on Windows";
        if (name[^1] is '.' or ' ')
            return $"'{name}' ends with a point or a blank, which Windows leaves out";
        var stem = name.Split('.')[0].TrimEnd();
        return Devices.Contains(stem, StringComparer.OrdinalIgnoreCase) ? $"'{name}' is a device on Windows" : null;
    }
}
