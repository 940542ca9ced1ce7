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
/// What comes in through a pipe, by the name `-`. It can be read once, and data are read several times: it is kept in memory
/// until the program ends.
/// </summary>
internal static class StandardInput
{
    public const string Name = "-";

    /// <summary>The most bytes that are kept.</summary>
    public const long Limit = 1 << 30;

    // Of each command its own, whichever of its threads asks.
    private static readonly AsyncLocal<Lazy<byte[]>?> Piped = new();

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
    public static void Begin(Func<Stream> open) => Piped.Value = new(() => Read(open));

    /// <summary>A command has ended: what it was given goes.</summary>
    public static void End() => Piped.Value = null;

    /// <summary>That of the process. A failure where it is a terminal.</summary>
    public static Stream OfProcess() => Console.IsInputRedirected ? Console.OpenStandardInput() : None();

    /// <summary>Where nothing is piped in: a failure.</summary>
    public static Stream None() =>
        throw Failure.Usage(Name, $"standard input is a terminal (pipe data into it: … | nn … {Name})");

    /// <summary>All of it, read at the first call.</summary>
    public static byte[] Content() =>
        Piped.Value is { } piped
            ? piped.Value
            : throw new InvalidOperationException("standard input is that of a command, and none has begun");

    private static byte[] Read(Func<Stream> open)
    {
        using var input = open();
        using var kept = new MemoryStream();
        var buffer = new byte[1 << 16];
        try
        {
            while (input.Read(buffer) is > 0 and var count)
            {
                if (kept.Length + count > Limit)
                    throw Failure.BadInput(
                        $"{Name}: more than {Limit} bytes (save them as a file, which is read piece by piece)"
                    );
                kept.Write(buffer, 0, count);
            }
        }
        catch (IOException error)
        {
            throw Failure.InputOutput($"{Name}: read: {Durable.Reason(error)}");
        }
        return kept.ToArray();
    }
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
