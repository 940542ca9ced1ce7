using System.CommandLine;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Terminal;

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
    private Action<string> say = Console.Error.WriteLine;

    /// <summary>Reads its options from the bare arguments, so that it can already report what is wrong with them.</summary>
    public Screen(string[] args)
    {
        Quiet = args.Contains(QuietName);
        verbose = args.Contains(VerboseName);
        Json = args.Contains(JsonName);
        var dumb = Variable("TERM") == "dumb";
        Live = !Quiet && !dumb && !Console.IsErrorRedirected && Variable("CI").Length == 0;
        Colour = !dumb && !args.Contains(NoColorName) && Variable("NO_COLOR").Length == 0;
    }

    private Screen(Screen whole, Func<int, ProgressBar?> bar)
    {
        (verbose, Quiet, Colour) = (whole.verbose, !whole.verbose, whole.Colour);
        say = line => whole.say(line);
        this.bar = bar;
    }

    /// <summary>Whether standard output is to be one JSON document.</summary>
    public bool Json { get; }

    /// <summary>Whether only warnings and errors are wanted.</summary>
    public bool Quiet { get; }

    /// <summary>Whether lines of standard error may move.</summary>
    public bool Live { get; }

    /// <summary>Whether terminals may be coloured.</summary>
    public bool Colour { get; }

    /// <summary>Data, for whoever reads standard output: one line, whatever is in it.</summary>
    public void Print(string line) =>
        Console.Out.WriteLine(Painted(Text.visible(line), Colour && !Console.IsOutputRedirected));

    /// <summary>A document of several lines, whose names are on one line each. JSON has the same escapes.</summary>
    public static void PrintDocument(string text) => Console.Out.WriteLine(VisibleLines(text));

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
        if (!Quiet)
            say(Text.visible(StandardInput.Named(line)));
    }

    /// <summary>Talk for those who asked for more of it.</summary>
    public void Explain(string text)
    {
        if (verbose)
            say(VisibleLines(text));
    }

    /// <summary>A thing that does not stop the command.</summary>
    public void Warn(string message) => Complain($"warning: {message}");

    /// <summary>One line on standard error, whatever is in it.</summary>
    public void Complain(string message) => say($"nn: {OneLine(StandardInput.Named(message))}");

    /// <summary>
    /// For work that is a piece of other work: its talk is for those who asked for more of it, and its bar, made for a
    /// number of steps, is a piece of the bar of the whole.
    /// </summary>
    public Screen Within(Func<int, ProgressBar?> bar) => new(this, bar);

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
            return ProgressBar.Show(Colour, steps, unit, line => say = line, work);
        }
        finally
        {
            say = Console.Error.WriteLine;
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
        foreach (var line in TextPlot.Of(chart, Math.Clamp(Console.WindowWidth - 16, 20, 72), rows, Colour))
            say(line);
    }

    /// <summary>Gives the terminal its cursor back, before the process is ended from outside.</summary>
    public void Leave()
    {
        if (Live)
            Console.Error.Write("\e[?25h");
    }

    /// <summary>Rows of words in columns.</summary>
    public static IEnumerable<string> Columns(IReadOnlyList<string[]> rows) =>
        Aligned(rows, (text, _, width) => text.PadRight(width));

    /// <summary>Rows of numbers under their heads, with a name in front.</summary>
    public static IEnumerable<string> Table(string[] heads, IEnumerable<string[]> rows) =>
        Aligned([heads, .. rows], (text, column, width) => column == 0 ? text.PadRight(width) : text.PadLeft(width));

    private static IEnumerable<string> Aligned(IReadOnlyList<string[]> rows, Func<string, int, int, string> pad)
    {
        // What is escaped is longer.
        var shown = rows.Select(row => Array.ConvertAll(row, Text.visible)).ToArray();
        var widths = shown[0].Select((_, column) => shown.Max(row => row[column].Length)).ToArray();
        return shown.Select(row =>
            string.Join("  ", row.Select((text, column) => pad(text, column, widths[column]))).TrimEnd()
        );
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

/// <summary>
/// A standard stream that may be closed, full or gone. What cannot be written is the listener's business: it throws, or
/// lets it pass.
/// </summary>
internal sealed class Outlet(TextWriter inner, Action<Exception> listener) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    /// <summary>
    /// On Windows a console has a code page of its own, which what is redirected would have, too, and few letters. Both get
    /// UTF-8; the console has its own again at the end.
    /// </summary>
    public static void UseUtf8()
    {
        if (!OperatingSystem.IsWindows())
            return;
        var before = Console.OutputEncoding;
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.OutputEncoding = before;
    }

    /// <summary>Lets nothing that happens to talk end the work that is talked about.</summary>
    public static void OpenTalk() => Console.SetError(new Outlet(Console.Error, _ => { }));

    /// <summary>Gives trouble with data the name that users know it by.</summary>
    public static void OpenData() =>
        Console.SetOut(new Outlet(HasNone ? Gone() : Console.Out, error => throw Trouble(error)));

    /// <summary>Standard output for bytes. A failure where there is none.</summary>
    public static Stream DataStream() => HasNone ? throw new Closed() : Console.OpenStandardOutput();

    // Where a program on Windows is started without one, or with one that takes nothing, .NET writes to nowhere and says nothing.
    private static bool HasNone => OperatingSystem.IsWindows() && Console.OpenStandardOutput() == Stream.Null;

    private static StringWriter Gone()
    {
        var writer = new StringWriter();
        writer.Dispose();
        return writer;
    }

    /// <summary>What is wrong with standard output. To .NET a closed file is one without permission.</summary>
    public static Failure Trouble(Exception error) =>
        error is UnauthorizedAccessException or ObjectDisposedException
            ? new Closed()
            : Failure.InputOutput($"standard output: {error.Message.Split(" : '")[0].TrimEnd('.')}");

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void WriteLine() => Try(inner.WriteLine);

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (IsTrouble(error))
        {
            listener(error);
        }
    }

    /// <summary>What writing to a stream that is closed, full or gone ends with.</summary>
    public static bool IsTrouble(Exception error) =>
        error is IOException or UnauthorizedAccessException or ObjectDisposedException;
}

/// <summary>Nobody can read the data: an end of the command where they are what it is for.</summary>
internal sealed class Closed() : Failure(Exit.InputOutput, "standard output: closed");
