using System.CommandLine;
using System.Runtime.InteropServices;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Terminal;

/// <summary>
/// What a command is run in: where its data and its talk go, what comes in, and the time. It is handed in, so that a caller
/// may have others than those of the process.
/// </summary>
/// <param name="Output">Standard output for texts.</param>
/// <param name="Bytes">Opens standard output for data that are no texts. A failure where there is none.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Input">Opens standard input. A failure where nothing is piped into it.</param>
/// <param name="Time">The clock.</param>
internal sealed record Surroundings(
    TextWriter Output,
    Func<Stream> Bytes,
    TextWriter Error,
    Func<Stream> Input,
    TimeProvider Time
)
{
    /// <summary>Whether standard output is a terminal.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>How many letters a line of the terminal has.</summary>
    public Func<int> Width { get; init; } = () => 80;

    /// <summary>
    /// Those of the process. Standard streams may be closed, full or gone: nothing that happens to talk ends the work that is
    /// talked about, and trouble with data has the name that users know it by.
    /// </summary>
    public static Surroundings OfProcess()
    {
        // Open MPI gives a rank a terminal of its own, which .NET would begin with an escape that is no data.
        if (Ranks.IsLaunched)
            Environment.SetEnvironmentVariable("TERM", null);
        Console.SetError(new Outlet(Console.Error, _ => { }));
        Console.SetOut(new Outlet(Outlet.HasNone ? Outlet.Gone() : Console.Out, error => throw Outlet.Trouble(error)));
        return new(Console.Out, Outlet.OfBytes, Console.Error, StandardInput.OfProcess, TimeProvider.System)
        {
            IsOutputTerminal = !Console.IsOutputRedirected && !Ranks.IsLaunched,
            IsErrorTerminal = !Console.IsErrorRedirected,
            Width = () => Console.WindowWidth,
        };
    }
}

/// <summary>
/// Where words go. Standard output is data, standard error is talk. The one place that knows about terminals, colour,
/// width and redirection: what comes from files and would do something to a terminal leaves it as an escape.
/// </summary>
internal sealed class Screen
{
    private const string JsonName = "--json";
    private const string QuietName = "--quiet";
    private const string VerboseName = "--verbose";
    private const string NoColorName = "--no-color";

    /// <summary>The options every command has.</summary>
    public static IReadOnlyList<Option> Options { get; } =
    [
        Everywhere(JsonName, "One JSON document on standard output"),
        Everywhere(QuietName, "Say nothing but warnings and errors"),
        Everywhere(VerboseName, "Say more"),
        Everywhere(NoColorName, "No colours"),
    ];

    private readonly bool verbose;
    private readonly Func<int, ProgressBar?>? bar;
    private Action<string> say;

    /// <summary>Reads its options from the bare arguments, so that it can already report what is wrong with them.</summary>
    public Screen(string[] args, Surroundings around)
    {
        (Around, say) = (around, around.Error.WriteLine);
        Quiet = args.Contains(QuietName);
        verbose = args.Contains(VerboseName);
        Json = args.Contains(JsonName);
        var dumb = Variable("TERM") == "dumb";
        // A launcher of MPI may give each process a terminal of its own, which nobody looks at.
        Live = !Quiet && !dumb && !Ranks.IsLaunched && around.IsErrorTerminal && Variable("CI").Length == 0;
        Colour = !dumb && !args.Contains(NoColorName) && Variable("NO_COLOR").Length == 0;
    }

    private Screen(Screen whole, Func<int, ProgressBar?> bar)
    {
        (Around, verbose, Quiet, Colour, Job) = (whole.Around, whole.verbose, !whole.verbose, whole.Colour, whole.Job);
        say = line => whole.say(line);
        this.bar = bar;
    }

    /// <summary>The processes that this one trains with; null where it is by itself.</summary>
    public RankJob? Job { get; set; }

    /// <summary>Whether another rank says whatever there is to say.</summary>
    private bool IsHushed => Job is { IsFirst: false };

    /// <summary>Whether standard output is to be one JSON document.</summary>
    public bool Json { get; }

    /// <summary>Whether only warnings and errors are wanted.</summary>
    public bool Quiet { get; private init; }

    /// <summary>Whether lines of standard error may move.</summary>
    public bool Live { get; }

    /// <summary>Whether terminals may be coloured.</summary>
    public bool Colour { get; }

    /// <summary>What the command is run in.</summary>
    public Surroundings Around { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => Around.Time;

    /// <summary>Data, for whoever reads standard output: one line, whatever is in it.</summary>
    public void Print(string line)
    {
        if (!IsHushed)
            Around.Output.WriteLine(Painted(Text.visible(line), Colour && Around.IsOutputTerminal));
    }

    /// <summary>A document of several lines, whose names are on one line each. JSON has the same escapes.</summary>
    public void PrintDocument(string text)
    {
        if (!IsHushed)
            Around.Output.WriteLine(VisibleLines(text));
    }

    /// <summary>A part of a document, without the end of its last line.</summary>
    public void PrintPart(string text)
    {
        if (!IsHushed)
            Around.Output.Write(VisibleLines(text));
    }

    /// <summary>
    /// Lines that come after what the command is for is done: nothing is lost where nobody can read them, or wants to.
    /// </summary>
    public void Conclude(IEnumerable<string> lines)
    {
        if (Quiet)
            return;
        try
        {
            foreach (var line in lines)
                Print(line);
        }
        catch (Closed)
        {
            // Closed on purpose, as a pipe whose reader has gone.
        }
    }

    /// <summary>Talk.</summary>
    public void Say(string line)
    {
        if (!Quiet && !IsHushed)
            say(Text.visible(StandardInput.Named(line)));
    }

    /// <summary>Talk for those who asked for more of it.</summary>
    public void Explain(string text)
    {
        if (verbose && !IsHushed)
            say(VisibleLines(text));
    }

    /// <summary>A thing that does not stop the command.</summary>
    public void Warn(string message) => Complain($"warning: {message}");

    /// <summary>One line on standard error, whatever is in it.</summary>
    public void Complain(string message)
    {
        if (!IsHushed)
            Insist(message);
    }

    /// <summary>The same of a rank that has to say it itself.</summary>
    public void Insist(string message) => say($"nn: {OneLine(StandardInput.Named(message))}");

    /// <summary>
    /// For work that is a piece of other work: its talk is for those who asked for more of it, and its bar, made for a
    /// number of steps, is a piece of the bar of the whole.
    /// </summary>
    public Screen Within(Func<int, ProgressBar?> bar) => new(this, bar);

    /// <summary>
    /// For one of several pieces of work at a time: a screen without a bar, whose lines are kept until they are told, in their turn.
    /// </summary>
    public (Screen Own, Action Tell) Apart()
    {
        var kept = new Queue<string>();
        var own = new Screen(this, _ => null) { Quiet = Quiet, say = kept.Enqueue };
        return (own, Tell);
        void Tell()
        {
            while (kept.TryDequeue(out var line))
                say(line);
        }
    }

    /// <summary>
    /// Does long work of so many steps, with a bar for it where standard error is a terminal. Without a unit it has no rate.
    /// </summary>
    public TResult Watch<TResult>(int steps, string unit, Func<ProgressBar?, TResult> work)
    {
        if (bar is not null)
            return work(bar(steps));
        if (!Live)
            return work(null);
        try
        {
            return ProgressBar.Show(Around, Colour, steps, unit, line => say = line, work);
        }
        finally
        {
            say = Around.Error.WriteLine;
        }
    }

    /// <summary>The same with work that has no result.</summary>
    public void Watch(int steps, string unit, Action<ProgressBar?> work) =>
        Watch(
            steps,
            unit,
            meter =>
            {
                work(meter);
                return steps;
            }
        );

    /// <summary>A chart in letters, where somebody is looking.</summary>
    public void Sketch(LineChart chart)
    {
        const int rows = 10;
        if (!Live)
            return;
        // Its colours are escapes of the terminal's.
        foreach (var line in TextPlot.Of(chart, Math.Clamp(Around.Width() - 16, 20, 72), rows, Colour))
            say(line);
    }

    /// <summary>Gives the terminal its cursor back, before the process is ended from outside.</summary>
    public void Leave()
    {
        if (Live)
            Around.Error.Write("\e[?25h");
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";

    private static string OneLine(string text) =>
        Text.visible(string.Concat(text.Select(letter => letter is '\r' or '\n' or '\t' ? ' ' : letter)).TrimEnd());

    private static string VisibleLines(string text) => string.Join('\n', text.Split('\n').Select(Text.visible));

    /// <summary>The first word of a line of a summary, in bold.</summary>
    private static string Painted(string line, bool colour) =>
        colour && line.IndexOf("  ", StringComparison.Ordinal) is > 0 and var end
            ? $"\e[1m{line[..end]}\e[0m{line[end..]}"
            : line;

    private static Option<bool> Everywhere(string name, string about) =>
        new(name) { Description = about, Recursive = true };
}

/// <summary>A line to say where a signal ends the process, which it does at once: for work that may be killed anywhere.</summary>
internal sealed class LastWords(Screen screen, Func<string?> line) : IDisposable
{
    private readonly PosixSignalRegistration[] heard = Array.ConvertAll(
        Interruption.Heard,
        signal =>
            PosixSignalRegistration.Create(
                signal,
                _ =>
                {
                    if (line() is { } words)
                        screen.Say(words);
                    screen.Leave();
                }
            )
    );

    // On Windows they stay, as those of an interruption do.
    public void Dispose() => Array.ForEach(OperatingSystem.IsWindows() ? [] : heard, one => one.Dispose());
}
