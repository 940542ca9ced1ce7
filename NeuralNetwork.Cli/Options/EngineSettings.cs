using System.Collections.Concurrent;
using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what to compute with, and the making of the machine.</summary>
internal sealed class EngineSettings(EngineSpec spec)
{
    private const string Auto = "auto";
    private static readonly string[] Libraries = [Auto, "mkl", "openblas", "blis", "accelerate", "managed"];

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        SpecParts.Engine.Of(
            OptionName.Threads,
            "N",
            "Threads (default: every core this process may use)",
            Read.Whole(1024).Optional(),
            Write.Whole,
            engine => engine.Threads,
            (engine, threads) => engine with { Threads = threads }
        ),
        SpecParts.Engine.Of<string?>(
            OptionName.Blas,
            "NAME|PATH",
            $"Matrix products by: {string.Join(", ", Libraries)}, or a library's path (default: $NN_BLAS, or auto)",
            ReadBlas!,
            Write.Same,
            engine => engine.Blas,
            (engine, name) => engine with { Blas = name }
        ),
    ];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    public int Threads { get; } = spec.Threads ?? Environment.ProcessorCount;

    /// <summary>What was asked for; null leaves the choice to the environment.</summary>
    public string? Blas { get; } = spec.Blas ?? OfEnvironment();

    // Runs of one comparison must have the same library, or their bits cannot be compared: it is looked for once.
    private static readonly ConcurrentDictionary<string, Lazy<Task<Resolution>>> Found = new();

    /// <summary>
    /// Looks for the library while other work goes on, trying each in a child process first. A run that goes on keeps its
    /// own, unless another is asked for.
    /// </summary>
    public Task<Resolution> Resolve(string? before = null)
    {
        // What a file says is a name of the list, and never a path.
        var choice = IsOpen && Libraries.Contains(before) ? before : Blas;
        return Found.GetOrAdd(choice ?? Auto, _ => new(() => Task.Run(() => Find(choice)))).Value;
    }

    /// <summary>Whether nothing is asked for.</summary>
    private bool IsOpen => Blas is null or Auto;

    private static string[] Folders => KnownFolders.NativeFolder is { } folder ? [folder] : [];

    private static Resolution Find(string? choice) => Engine.Blas.Resolve(choice, Folders, Probe.Try);

    /// <summary>Whether nothing is asked for, and nobody has measured the engines on this machine.</summary>
    public bool IsToMeasure => IsOpen && !Engine.Blas.IsMeasured(Folders);

    /// <summary>
    /// Measures the engines: a second or two, with nothing else at work. Whoever stops the program meanwhile has nothing kept.
    /// </summary>
    public static void MeasureOnce(Screen screen, CancellationToken cancel)
    {
        var isSaid = false;
        Measure(path =>
        {
            if (!isSaid)
                screen.Say("measuring the engines for matrix products, once on this machine …");
            isSaid = true;
            var speed = Probe.Speed(path);
            cancel.ThrowIfCancellationRequested();
            return speed;
        });
    }

    /// <summary>Measures what there is, given a path or "managed", and keeps the speeds.</summary>
    public static void Measure(Func<string, double> speed) => Engine.Blas.Measure(Folders, speed);

    /// <summary>The machine, once the library is found.</summary>
    public Machine Open(Task<Resolution> resolution, Screen screen)
    {
        var found = resolution.GetAwaiter().GetResult();
        if (found.Warning is { } warning)
            screen.Warn(warning);
        foreach (var candidate in found.Candidates)
            screen.Explain($"{candidate.Path}: {candidate.Verdict}");
        return new Machine(found.Backend, Threads);
    }

    /// <summary>What the environment asks for, held to the same words as the option; null where it asks for nothing.</summary>
    private static string? OfEnvironment()
    {
        const string variable = "NN_BLAS";
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
            return null;
        var outcome = ReadBlas(text);
        return outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"{variable}: {outcome.ErrorValue}");
    }

    // Anything that could be a path is one, and the search for it says what is wrong.
    private static FSharpResult<string, string> ReadBlas(string text) =>
        text.AsSpan().IndexOfAny("/\\.") >= 0 || Path.Exists(text)
            ? FSharpResult<string, string>.NewOk(text)
            : Read.OneOf([.. Libraries.Select(name => (name, name))])(text);
}
