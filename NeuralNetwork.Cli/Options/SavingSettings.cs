using System.Collections.Concurrent;
using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
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

    /// <summary>The same for one of so many trainings at a time: its share of the threads, and one at least.</summary>
    public EngineSettings Among(int trainings) => new(spec with { Threads = Math.Max(1, Threads / trainings) });

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

/// <summary>The options of a process that trains as one of several that a launcher of MPI has started.</summary>
internal static class RankSettings
{
    private const int Day = 24 * 60 * 60;

    private static readonly Setting<string> Mpi = new(
        OptionName.Mpi,
        $"PATH|{RankJob.Auto}|{RankJob.None}",
        "The library of MPI that mpirun's processes train one model by: a path, the launcher's own (auto), or each process by itself (none); default: $NN_MPI, or auto",
        Read.Any
    );

    private static readonly Setting<int> Stall = new(
        OptionName.Stall,
        "SECONDS",
        "How long a rank waits for the others before it gives up",
        Read.Whole(Day),
        $"{RankJob.UsualStall}"
    );

    public static IEnumerable<Option> Options => [Mpi.Option, Stall.Option];

    /// <summary>
    /// Joins the other ranks by a line that is wrong somewhere, as far as these options can be read, and by the launcher's own library: another one
    /// may be what is wrong.
    /// </summary>
    public static void JoinIn(string[] line, Screen screen) =>
        RankJob.Join(
            ValueIn(line, Mpi.Name) is not (null or RankJob.None) ? RankJob.Auto : ValueIn(line, Mpi.Name),
            int.TryParse(ValueIn(line, Stall.Name), out var seconds) && seconds > 0 ? seconds : RankJob.UsualStall,
            screen
        );

    private static string? ValueIn(string[] line, string option)
    {
        var place = Array.FindLastIndex(line, word => word.Split('=')[0] == option);
        return place < 0 ? null
            : line[place].Split('=', 2) is [_, var value] ? value
            : line.ElementAtOrDefault(place + 1);
    }

    /// <summary>Joins the other ranks, if there are any.</summary>
    public static void Join(ParseResult result, Screen screen) =>
        RankJob.Join(Mpi.IsGiven(result) ? Mpi.Of(result) : null, Stall.Of(result), screen);
}

/// <summary>The options that say what is saved, and how much work may be lost.</summary>
internal static class SavingSettings
{
    private const string ByEpoch = "epoch";

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        SpecParts.Saving.Of(
            OptionName.CheckpointEvery,
            "N|Nm|epoch",
            "Save a checkpoint after so many steps, minutes (5m), or at the end of epochs, at most once a second",
            ReadPace,
            WritePace,
            saving => saving.Pace,
            (saving, pace) => saving with { Pace = pace }
        ),
        SpecParts.Saving.Flag(
            OptionName.TensorBoard,
            $"Also write the curves for TensorBoard ({RunFiles.Events})",
            saving => saving.HasCurves,
            (saving, hasCurves) => saving with { HasCurves = hasCurves }
        ),
    ];

    private static string WritePace(SavingPace pace) =>
        pace.IsByEpoch ? ByEpoch
        : pace.Minutes > 0 ? $"{pace.Minutes}m"
        : Write.Whole(pace.Steps);

    private static FSharpResult<SavingPace, string> ReadPace(string text)
    {
        var isTime = text.EndsWith('m');
        var outcome = Read.Whole(isTime ? 525600 : int.MaxValue)(isTime ? text[..^1] : text);
        return text == ByEpoch ? FSharpResult<SavingPace, string>.NewOk(default)
            : outcome.IsError
                ? FSharpResult<SavingPace, string>.NewError(
                    $"{outcome.ErrorValue}, or such a number of minutes, or {ByEpoch}"
                )
            : FSharpResult<SavingPace, string>.NewOk(
                isTime ? new(0, outcome.ResultValue) : new(outcome.ResultValue, 0)
            );
    }
}

/// <summary>The options of `nn resume` that say how long a run is to be in all, where that is not what it was.</summary>
internal static class RunLength
{
    private static readonly (SpecOption Meant, Option<string> Option)[] All =
    [
        Typed(TrainingSettings.Epochs, "Go on until there are so many epochs in all"),
        Typed(TrainingSettings.Steps, "Go on until there are so many steps in all"),
        Typed(TrainingSettings.EarlyStopping, "End after so many epochs without a better validation score"),
    ];

    /// <summary>What says when training ends, and changes no bit of it until then but by the schedule.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(one => one.Meant.Name)];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>What was typed. A usage failure where it is no length.</summary>
    public static IReadOnlyList<OptionValue> Of(ParseResult result) =>
        [
            .. All.Where(one => result.GetResult(one.Option) is { Implicit: false })
                .Select(one => one.Meant.Value(result.GetValue(one.Option) ?? "")),
        ];

    /// <summary>The options whose values of before no longer hold. A limit of steps would come before the epochs.</summary>
    public static IEnumerable<string> Replaced(IReadOnlyList<OptionValue> given) =>
        given.Select(one => one.Name).Concat(given.Any(one => one.Name == OptionName.Epochs) ? [OptionName.Steps] : []);

    private static (SpecOption, Option<string>) Typed(SpecOption meant, string about) =>
        (meant, new(meant.Name) { Description = about, HelpName = "N" });
}

/// <summary>--plot FILE.svg: the picture that says most, at a place of its own.</summary>
internal static class PlotSettings
{
    private static readonly Setting<string> File = new(
        "--plot",
        "FILE.svg",
        "Also draw the main picture, as SVG",
        Read.Any
    );

    public static Option Option => File.Option;

    /// <summary>The file to draw to, checked before anything begins; null where none is asked for.</summary>
    public static string? Of(ParseResult result) => Of(result, result.GetValue(Arguments.Force));

    /// <summary>The same, where something else than --force may say that what is there is replaced.</summary>
    public static string? Of(ParseResult result, bool replaces)
    {
        if (!File.IsGiven(result))
            return null;
        var path = File.Of(result);
        OutputFile.Check(File.Name, path, replaces);
        return path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)
            ? path
            : throw Failure.Usage(File.Name, $"{path}: not the name of an SVG file (must end with .svg)");
    }

    /// <summary>Draws a chart where that is wanted.</summary>
    public static void Draw(string? path, Func<Chart> chart)
    {
        if (path is not null)
            OutputFile.Write(path, Durable.Written(Picture.Of(chart())));
    }
}
