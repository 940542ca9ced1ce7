using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>
/// What comes in through a pipe, by the name `-`. It can be read once, and data are read several times: it is kept in memory
/// until the program ends.
/// </summary>
internal static class StandardInput
{
    public const string Name = "-";

    /// <summary>The most bytes that are kept.</summary>
    public const long Limit = 1 << 30;

    private static byte[]? content;

    /// <summary>Where it comes from; null stands for that of the process.</summary>
    public static Func<Stream>? Source { get; set; }

    /// <summary>Whether a name stands for it, whatever files there are.</summary>
    public static bool IsName(string path) => path == Name;

    /// <summary>A line of talk about it, with its name in words.</summary>
    public static string Named(string line)
    {
        foreach (var before in (string[])["", "error: ", "warning: "])
            if (line.StartsWith($"{before}{Name}: ", StringComparison.Ordinal))
                return $"{before}standard input{line[(before.Length + Name.Length)..]}";
        return line;
    }

    /// <summary>Forgets what was read: a command is given its own.</summary>
    public static void Begin() => content = null;

    /// <summary>All of it, read at the first call.</summary>
    public static byte[] Content() => content ??= Read();

    private static byte[] Read()
    {
        if (Source is null && !Console.IsInputRedirected)
            throw Failure.Usage(Name, $"standard input is a terminal (pipe data into it: … | nn … {Name})");
        using var input = Source is null ? Console.OpenStandardInput() : Source();
        using var kept = new MemoryStream();
        var buffer = new byte[1 << 16];
        try
        {
            while (input.Read(buffer) is > 0 and var count)
            {
                if (kept.Length + count > Limit)
                    throw Failure.BadInput(
                        $"{Name}: more than {Limit} bytes (save them as a file, which is read piece by piece)"
                    );
                kept.Write(buffer, 0, count);
            }
        }
        catch (IOException error)
        {
            throw Failure.InputOutput($"{Name}: read: {Durable.Reason(error)}");
        }
        return kept.ToArray();
    }
}
