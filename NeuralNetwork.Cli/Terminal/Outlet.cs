using System.Text;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Terminal;

/// <summary>
/// A standard stream that may be closed, full or gone. What cannot be written is the listener's business: it throws, or
/// lets it pass.
/// </summary>
internal sealed class Outlet(TextWriter inner, Action<Exception> listener) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Lets nothing that happens to talk end the work that is talked about.</summary>
    public static void OpenTalk() => Console.SetError(new Outlet(Console.Error, _ => { }));

    /// <summary>Gives trouble with data the name that users know it by.</summary>
    public static void OpenData() => Console.SetOut(new Outlet(Console.Out, error => throw Trouble(error)));

    /// <summary>What is wrong with standard output. To .NET a closed file is one without permission.</summary>
    public static Failure Trouble(Exception error) =>
        error is UnauthorizedAccessException
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
