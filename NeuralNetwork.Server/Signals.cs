using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace NeuralNetwork.Server;

/// <summary>
/// Ctrl-C, SIGTERM, and SIGHUP when the terminal is gone: the first asks to come to an end, the second ends the process. nn passes on
/// what it hears, and a terminal tells both of them: what follows at once is the same one.
/// </summary>
internal sealed class Signals : IHostLifetime, IDisposable
{
    private const int HangUp = 1; // SIGHUP

    private static readonly TimeSpan Same = TimeSpan.FromSeconds(1);
    private static readonly nint Ignore = 1; // SIG_IGN

    private readonly Lock turn = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly CancellationTokenSource source = new();
    private readonly Action<string> say;
    private long first;

    public Signals(Action<string> say)
    {
        this.say = say;
        // Whoever starts it with nohup wants it to stay.
        var isHangUpHeard = OperatingSystem.IsWindows() || !IsIgnored(HangUp);
        PosixSignal[] heard =
        [
            PosixSignal.SIGINT,
            PosixSignal.SIGTERM,
            .. isHangUpHeard ? [PosixSignal.SIGHUP] : Array.Empty<PosixSignal>(),
            .. OperatingSystem.IsWindows() ? [PosixSignal.SIGQUIT] : Array.Empty<PosixSignal>(),
        ];
        registrations = Array.ConvertAll(heard, signal => PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Heard => source.Token;

    /// <summary>130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, 131 after Ctrl-Break, as of other commands; 0 after none.</summary>
    public int Code { get; private set; }

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        // On Windows the last one would wait for a signal that is being heard.
        if (OperatingSystem.IsWindows())
            return;
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        lock (turn)
        {
            if (Code != 0)
            {
                context.Cancel = Stopwatch.GetElapsedTime(first) < Same;
                return;
            }
            context.Cancel = true;
            first = Stopwatch.GetTimestamp();
            Code = context.Signal switch
            {
                PosixSignal.SIGHUP => 129,
                PosixSignal.SIGINT => 130,
                PosixSignal.SIGQUIT => 131,
                _ => 143,
            };
        }
        say("stopping: what is asked is answered; a second signal stops at once");
        source.Cancel();
    }

    private static bool IsIgnored(int number)
    {
        var before = signal(number, Ignore);
        if (before != Ignore)
            _ = signal(number, before);
        return before == Ignore;
    }

#pragma warning disable IDE1006 // the name is the system's
    [DllImport("libc")]
    private static extern nint signal(int number, nint handler);
#pragma warning restore IDE1006
}
