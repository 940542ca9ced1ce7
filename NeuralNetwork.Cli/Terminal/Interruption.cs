using System.Runtime.InteropServices;

namespace NeuralNetwork.Cli;

/// <summary>Ctrl-C and SIGTERM: the first one asks to come to an end, the second one is the system's business.</summary>
internal sealed class Interruption : IDisposable
{
    private const int FileSizeLimit = 25; // SIGXFSZ

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Screen screen;

    public Interruption(Screen screen)
    {
        this.screen = screen;
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            // A limit on the size of files is an error of the write that hits it, and not the end of the process.
            .. OperatingSystem.IsWindows()
                ? Array.Empty<PosixSignalRegistration>()
                : [PosixSignalRegistration.Create((PosixSignal)FileSizeLimit, context => context.Cancel = true)],
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>130 after Ctrl-C, 143 after SIGTERM, 0 before any of them.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (ExitCode != 0)
        {
            screen.Leave();
            return;
        }
        context.Cancel = true;
        ExitCode = 128 + (context.Signal == PosixSignal.SIGINT ? 2 : 15);
        screen.Say("stopping; a second signal stops at once");
        source.Cancel();
    }
}
