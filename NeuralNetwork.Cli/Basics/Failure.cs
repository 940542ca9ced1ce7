namespace NeuralNetwork.Cli.Basics;

/// <summary>What the process answers with. Other programs rely on these numbers.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int Bug = 1;
    public const int Usage = 2;
    public const int BadInput = 3;
    public const int InputOutput = 4;
    public const int Numeric = 5;
}

/// <summary>Something the user can do something about: an exit code, and one line without a stack trace.</summary>
internal class Failure(int code, string message) : Exception(message)
{
    public int Code { get; } = code;

    /// <summary>The name of the option that it is about; null where it is about none.</summary>
    public string? Option { get; private init; }

    /// <summary>What was found, without the name of the option.</summary>
    public string Found { get; private init; } = message;

    /// <summary>A command that makes no sense.</summary>
    public static Failure Usage(string message) => new(Exit.Usage, message);

    /// <summary>An option that makes no sense, under its name.</summary>
    public static Failure Usage(string option, string found) => Usage(option, option, found);

    /// <summary>An option that makes no sense, under the name that was typed for it.</summary>
    public static Failure Usage(string option, string typed, string found) =>
        new(Exit.Usage, $"{typed}: {found}") { Option = option, Found = found };

    /// <summary>A data or model file that cannot be used.</summary>
    public static Failure BadInput(string message) => new(Exit.BadInput, message);

    /// <summary>A disk or a lock that stands in the way.</summary>
    public static Failure InputOutput(string message) => new(Exit.InputOutput, message);

    /// <summary>The numbers went wrong.</summary>
    public static Failure Numeric(string message) => new(Exit.Numeric, message);

    /// <summary>At most 40 characters of a text from a file, those escaped that would not be seen.</summary>
    public static string Quote(string text)
    {
        var shown = Maths.Text.visible(string.Concat(text.Take(40)));
        return text.Length > 40 ? $"'{shown}…'" : $"'{shown}'";
    }

    /// <summary>The one place that maps what went wrong to an exit code and a line.</summary>
    public static (int Code, string Line) Of(Exception error) =>
        error switch
        {
            Failure failure => (failure.Code, $"error: {failure.Message}"),
            IOException or UnauthorizedAccessException => (Exit.InputOutput, $"error: {error.Message}"),
            OutOfMemoryException => (
                Exit.InputOutput,
                "error: memory: not enough (a smaller network or batch may fit)"
            ),
            AggregateException { InnerException: { } inner } => Of(inner),
            _ => (Exit.Bug, $"internal error: {error.GetType().Name}: {error.Message}"),
        };
}

/// <summary>Nobody can read the data: an end of the command where they are what it is for.</summary>
internal sealed class Closed() : Failure(Exit.InputOutput, "standard output: closed");
