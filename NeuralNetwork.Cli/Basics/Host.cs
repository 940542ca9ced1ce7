using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Basics;

/// <summary>The machine and the program, as facts to report.</summary>
internal static partial class Host
{
    public static string Version { get; } =
        typeof(Host).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The cores this process may use: fewer than the machine has where a quota says so.</summary>
    public static int Cores => Environment.ProcessorCount;

    public static string Processor { get; } = FindProcessor();

    public static string Lanes { get; } =
        $"{Vector<byte>.Count * 8} bits{(Extensions().Length > 0 ? $" ({Extensions()})" : "")}";

    public static JsonObject Describe(int threads) =>
        new()
        {
            ["os"] = RuntimeInformation.OSDescription,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
            ["dotnet"] = Environment.Version.ToString(),
            ["cpu"] = Processor,
            ["simd"] = Lanes,
            ["cores"] = Cores,
            ["threads"] = threads,
        };

    public static JsonObject Describe(Backend backend) =>
        new()
        {
            ["name"] = backend.Name,
            ["path"] = backend.Path,
            ["version"] = backend.Version,
            ["detail"] = backend.Detail,
        };

    /// <summary>A library's name and the number in what it says about its version.</summary>
    public static string Name(Backend backend) => $"{backend.Name} {Number(backend.Version)}".TrimEnd();

    /// <summary>2020.0.4 of a sentence with that in it.</summary>
    public static string Number(string version) => VersionNumber().Match(version).Value;

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex VersionNumber();

    private static string Extensions() =>
        string.Join(
            ", ",
            new (string Name, bool Has)[]
            {
                ("AVX-512", Avx512F.IsSupported),
                ("AVX2", Avx2.IsSupported),
                ("FMA", Fma.IsSupported),
                ("NEON", AdvSimd.IsSupported),
            }
                .Where(extension => extension.Has)
                .Select(extension => extension.Name)
        );

    private static string FindProcessor()
    {
        const string facts = "/proc/cpuinfo";
        var line = File.Exists(facts)
            ? File.ReadLines(facts).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }
}

/// <summary>Keeps data that are no longer needed from taking room beside those that are.</summary>
internal static class MachineMemory
{
    // 16 MB of them: below that the collector's own time is right.
    private const long MuchToGiveBack = 2 << 20;

    /// <summary>
    /// Gives so many numbers back that nothing refers to any more, if they are many. The collector looks for them when
    /// enough is allocated again: with a table this is when a second one lies beside it.
    /// </summary>
    public static void GiveBack(long numbers)
    {
        if (numbers >= MuchToGiveBack)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
