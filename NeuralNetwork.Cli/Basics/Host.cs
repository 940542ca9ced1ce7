using System.ComponentModel;
using System.Diagnostics;
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

    /// <summary>The cores this process may run on, as Linux lists them: 0-3,8; empty elsewhere.</summary>
    public static string BoundCores => LineOf("/proc/self/status", "Cpus_allowed_list:");

    /// <summary>Those the machine has.</summary>
    public static string OnlineCores => LineOf("/sys/devices/system/cpu/online", "");

    /// <summary>How many cores a list of them has.</summary>
    public static int CountOf(string cores) =>
        cores
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(range => Array.ConvertAll(range.Split('-'), int.Parse))
            .Sum(ends => ends[^1] - ends[0] + 1);

    private static string LineOf(string file, string begin) =>
        !File.Exists(file)
            ? ""
            : File.ReadLines(file)
                .Where(line => line.StartsWith(begin, StringComparison.Ordinal))
                .Select(line => line[begin.Length..].Trim())
                .FirstOrDefault("");

    public static string Processor { get; } = Machine.Processor;

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

    /// <summary>Refuses a table that is read column by column and then laid out row by row, where there is no room for it twice.</summary>
    public static void Check(string path, int rows, int columns)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (2L * sizeof(double) * rows * columns > available)
            throw Failure.BadInput(
                $"{path}: more than {rows} rows of {columns} columns (this machine has {available >> 20} MiB)"
            );
    }
}

/// <summary>
/// Looks at native libraries in a child process, so that one that crashes, hangs or ends the process takes down the child
/// alone.
/// </summary>
internal static class Probe
{
    public const string Ask = "--probe";
    public const string AskSpeed = "--probe-speed";

    private const string Good = "good";

    // A library at work takes processor time, and a busy machine takes its time to grant it; one that hangs takes neither.
    private static readonly TimeSpan Work = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    /// <summary>The child's side: is the library good?</summary>
    public static string Answer(string path) => Blas.SelfTest(path) ?? Good;

    /// <summary>The child's side: what is the library, and how fast is it?</summary>
    public static string AnswerSpeed(string choice) => Facts(choice)?.ToJsonString() ?? "not to be used";

    /// <summary>
    /// The parent's side: null where a library is good, else what is wrong with it. Where no child can be started it is not
    /// touched: a limit that forbids children may forbid its threads, too.
    /// </summary>
    public static string? Try(string path) =>
        Run(Ask, path) switch
        {
            null => "not tried, since nn cannot start itself a second time here",
            Good => null,
            var answer => answer,
        };

    /// <summary>The parent's side: what a library is and how fast; null where it cannot be measured.</summary>
    public static JsonObject? Measure(string choice) =>
        Run(AskSpeed, choice) switch
        {
            null when choice == Backend.Managed.Name => Facts(choice),
            ['{', ..] answer => JsonNode.Parse(answer)!.AsObject(),
            _ => null,
        };

    private static JsonObject? Facts(string choice)
    {
        var backend = Blas.Resolve(choice, [], null).Backend;
        // Another one that is used in its place is not it.
        if (choice != Backend.Managed.Name && backend.Path != choice)
            return null;
        var facts = Host.Describe(backend);
        facts["gflops_float32"] = Gigaflops<float>(backend);
        facts["gflops_float64"] = Gigaflops<double>(backend);
        return facts;
    }

    /// <summary>The parent's side: the speed of a library in float32; 0 where it cannot be measured.</summary>
    public static double Speed(string choice) => Speed(Measure(choice));

    public static double Speed(JsonObject? measured) => measured?["gflops_float32"]?.GetValue<double>() ?? 0;

    // The products of a training step on 784-512-512-10 with a batch of 128, forward.
    private static double Gigaflops<T>(Backend backend) =>
        (
            Blas.Gigaflops<T>(backend, 128, 512, 784, TimeProvider.System)
            + Blas.Gigaflops<T>(backend, 128, 512, 512, TimeProvider.System)
        ) / 2;

    /// <summary>
    /// The last line the child says, or how it ended; null where it cannot be started, or listened to: sandboxes and limits forbid
    /// it, and an emulator of another processor cannot start the program that it runs.
    /// </summary>
    private static string? Run(string question, string path)
    {
        try
        {
            using var child = Process.Start(Command(question, path));
            return child is null ? null : Said(child);
        }
        catch (Exception error)
            when (error is Win32Exception or PlatformNotSupportedException or TypeInitializationException)
        {
            return null;
        }
    }

    private static string Said(Process child)
    {
        var output = child.StandardOutput.ReadToEndAsync();
        var errors = child.StandardError.ReadToEndAsync();
        if (!HasEnded(child))
        {
            child.Kill(entireProcessTree: true);
            return $"no answer within {Work.TotalSeconds:0} s of processor time or {Patience.TotalSeconds:0} s in all";
        }
        var answer = LastLine(output.GetAwaiter().GetResult());
        if (child.ExitCode == 0 && answer.Length > 0)
            return answer;
        var words = LastLine(errors.GetAwaiter().GetResult()) is { Length: > 0 } complaint ? complaint : answer;
        return $"ended the trial process with code {child.ExitCode}{(words.Length > 0 ? $": {words}" : "")}";
    }

    private static bool HasEnded(Process child)
    {
        var began = Stopwatch.GetTimestamp();
        while (!child.WaitForExit(Glance))
            if (Stopwatch.GetElapsedTime(began) >= Patience || Worked(child) >= Work)
                return false;
        return true;
    }

    private static TimeSpan Worked(Process child)
    {
        try
        {
            return child.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return TimeSpan.Zero; // it has just ended
        }
    }

    private static ProcessStartInfo Command(string question, string path)
    {
        var program = Environment.ProcessPath!;
        var hosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] application = hosted ? [Path.Combine(AppContext.BaseDirectory, "nn.dll")] : [];
        return new ProcessStartInfo(program, [.. application, "doctor", question, path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault("").Trim();
}
