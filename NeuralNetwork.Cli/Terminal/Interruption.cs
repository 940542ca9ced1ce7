using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Terminal;

/// <summary>
/// Ctrl-C, SIGTERM, and SIGHUP when the terminal or the connection is gone, which on Windows is its console's being closed; there
/// Ctrl-Break, too, which .NET calls SIGQUIT. The first one asks to come to an end, the second one is the system's business.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int HangUp = 1; // SIGHUP
    private const int Interrupt = 2; // SIGINT
    private const int Quit = 3; // SIGQUIT
    private const int Terminate = 15; // SIGTERM

    /// <summary>Asked once, before anything of this program hears it: whoever starts it with nohup wants it to stay.</summary>
    public static bool IsHangUpHeard { get; } = OperatingSystem.IsWindows() || !Posix.IsIgnored(HangUp);

    /// <summary>What asks a process to come to an end.</summary>
    public static PosixSignal[] Heard { get; } =
    [
        PosixSignal.SIGINT,
        PosixSignal.SIGTERM,
        .. IsHangUpHeard ? [PosixSignal.SIGHUP] : Array.Empty<PosixSignal>(),
        // Elsewhere it asks for a picture of the memory.
        .. OperatingSystem.IsWindows() ? [PosixSignal.SIGQUIT] : Array.Empty<PosixSignal>(),
    ];

    private readonly CancellationTokenSource source = new();
    private readonly ManualResetEventSlim over = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Screen screen;
    private int heard;

    public Interruption(Screen screen)
    {
        this.screen = screen;
        registrations = Array.ConvertAll(Heard, signal => PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Whether there was a signal.</summary>
    public bool IsHeard => heard != 0;

    /// <summary>
    /// 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, 131 after Ctrl-Break. Where another rank was interrupted, and so this one
    /// was, too, it is as after SIGTERM.
    /// </summary>
    public int ExitCode => IsHeard ? heard : 128 + Terminate;

    /// <summary>The number that a POSIX system has for a signal.</summary>
    public static int NumberOf(PosixSignal signal) =>
        signal switch
        {
            PosixSignal.SIGHUP => HangUp,
            PosixSignal.SIGINT => Interrupt,
            PosixSignal.SIGQUIT => Quit,
            _ => Terminate,
        };

    public void Dispose()
    {
        // On Windows they stay until the process ends: .NET takes the last one away under a lock that one that is just heard waits
        // for, and the system under one that it holds while one is heard. A rank may be told to stop while another one still saves.
        over.Set();
        if (OperatingSystem.IsWindows() || screen.Job is not null)
            return;
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        // A terminal that is closed sends it once itself, and its shell once more.
        if (IsHeard && context.Signal == PosixSignal.SIGHUP)
        {
            context.Cancel = true;
            WaitForEnd(context.Signal);
            return;
        }
        if (IsHeard)
        {
            screen.Leave();
            return;
        }
        // On Windows, after the end: nothing is left to save. Of several ranks another one may be at it.
        if (over.IsSet && screen.Job is null)
            return;
        context.Cancel = true;
        heard = 128 + NumberOf(context.Signal);
        if (over.IsSet)
            return;
        screen.Say("stopping; a second signal stops at once");
        source.Cancel();
        WaitForEnd(context.Signal);
    }

    // Windows ends the process as soon as the handler of such a signal returns, and after some seconds at the latest.
    private void WaitForEnd(PosixSignal signal)
    {
        if (OperatingSystem.IsWindows() && signal is (PosixSignal.SIGHUP or PosixSignal.SIGTERM))
            over.Wait();
    }
}

/// <summary>Another program in the place of this one: it has this one's console, hears what this one hears, and its exit code is this one's.</summary>
internal sealed class HandOver
{
    private readonly Lock turn = new();
    private readonly List<int> early = [];
    private Process? child;

    /// <summary>
    /// The file of a program that is installed by itself: beside this one, where .NET keeps tools, or on the PATH; null where it is in
    /// none of these places.
    /// </summary>
    public static string? Find(string name)
    {
        string?[] folders =
        [
            AppContext.BaseDirectory,
            Path.GetDirectoryName(Environment.ProcessPath),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];
        var file = OperatingSystem.IsWindows() ? $"{name}.exe" : name;
        return folders
            .Where(folder => Path.IsPathRooted(folder))
            .Select(folder => Path.Combine(folder!, file))
            .FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path)
    {
        const UnixFileMode all = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & all) != 0);
    }

    /// <summary>Runs a program to its end, and gives its exit code.</summary>
    public static int Run(string program, IEnumerable<string> words) => new HandOver().Wait(program, words);

    private int Wait(string program, IEnumerable<string> words)
    {
        PosixSignal[] heard =
        [
            PosixSignal.SIGINT,
            PosixSignal.SIGTERM,
            PosixSignal.SIGQUIT,
            .. Interruption.IsHangUpHeard ? [PosixSignal.SIGHUP] : Array.Empty<PosixSignal>(),
        ];
        var registrations = Array.ConvertAll(heard, signal => PosixSignalRegistration.Create(signal, Pass));
        try
        {
            using var started = Start(program, words);
            started.WaitForExit();
            lock (turn)
                child = null;
            return started.ExitCode;
        }
        finally
        {
            // On Windows they stay, as those of an interruption do.
            foreach (var registration in OperatingSystem.IsWindows() ? [] : registrations)
                registration.Dispose();
        }
    }

    private Process Start(string program, IEnumerable<string> words)
    {
        // What dotnet runs, of this runtime, is run by the same one.
        var own = Environment.ProcessPath ?? "";
        var library = Path.ChangeExtension(program, ".dll");
        var isHosted = Path.GetFileNameWithoutExtension(own) == "dotnet" && File.Exists(library);
        string[] all = [.. isHosted ? [library] : Array.Empty<string>(), .. words];
        try
        {
            var started = Process.Start(
                new ProcessStartInfo(isHosted ? own : program, all) { UseShellExecute = false }
            )!;
            lock (turn)
            {
                child = started;
                early.ForEach(number => Posix.Send(started.Id, number));
            }
            return started;
        }
        // Sandboxes and limits forbid it.
        catch (Exception error)
            when (error is Win32Exception or PlatformNotSupportedException or TypeInitializationException)
        {
            var reason = (error as Win32Exception)?.NativeErrorCode is { } number
                ? Marshal.GetPInvokeErrorMessage(number)
                : error.Message;
            throw Failure.InputOutput(
                $"{program}: cannot be started from here: {reason} ({ShellLine.Typed([program, .. words])} without nn)"
            );
        }
    }

    // On Windows the console tells the other program itself, and ends this one as soon as this returns where it is closed.
    private void Pass(PosixSignalContext context)
    {
        context.Cancel = true;
        if (OperatingSystem.IsWindows())
        {
            if (context.Signal is PosixSignal.SIGHUP or PosixSignal.SIGTERM)
                Thread.Sleep(Timeout.Infinite);
            return;
        }
        var number = Interruption.NumberOf(context.Signal);
        lock (turn)
        {
            if (child is null)
                early.Add(number);
            else
                Posix.Send(child.Id, number);
        }
    }
}

/// <summary>A standard stream that may be closed, full or gone; the listener throws then, or lets it pass.</summary>
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

    /// <summary>The standard output of the process for bytes. A failure where there is none.</summary>
    public static Stream OfBytes() => HasNone ? throw new Closed() : Console.OpenStandardOutput();

    /// <summary>
    /// Whether the process has no standard output. Where a program on Windows is started without one, or with one that takes
    /// nothing, .NET writes to nowhere and says nothing.
    /// </summary>
    public static bool HasNone => OperatingSystem.IsWindows() && Console.OpenStandardOutput() == Stream.Null;

    /// <summary>A writer that is closed.</summary>
    public static StringWriter Gone()
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
