using System.Runtime.InteropServices;

namespace NeuralNetwork.Cli.Storage;

/// <summary>Folders that are looked into. Never the working directory.</summary>
internal static class Places
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
    public static string CacheFolder(string name) => Path.Combine(Cache(), "neuralnetwork", name);

    private static string Cache()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given))
            return given;
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }

    private static string? FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "NeuralNetwork.sln")))
                return folder.FullName;
        return null;
    }
}
