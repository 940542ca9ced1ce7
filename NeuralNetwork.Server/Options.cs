using System.Globalization;
using System.Net;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Server;

/// <summary>What the program ends with; the numbers are those of nn.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int Usage = 2;
    public const int BadInput = 3;
    public const int InputOutput = 4;
}

/// <summary>An end before it has begun: a code, and one line for the user.</summary>
internal sealed class Refusal(int code, string message) : Exception(message)
{
    public int Code { get; } = code;

    public static Refusal Usage(string message) => new(Exit.Usage, message);
}

/// <summary>What is served, where, and within which limits.</summary>
internal sealed record Options
{
    /// <summary>The host that stands for the addresses of this machine that nobody else reaches.</summary>
    public const string LocalHost = "localhost";

    /// <summary>A run folder, or a file of a model.</summary>
    public string Run { get; private init; } = "";

    /// <summary>The address to listen on, or localhost.</summary>
    public string Host { get; private init; } = "127.0.0.1";

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; private init; } = 8080;

    /// <summary>Whether a file that is replaced replaces the model.</summary>
    public bool Watches { get; private init; }

    /// <summary>The most rows of a request.</summary>
    public int MostRows { get; private init; } = 100_000;

    /// <summary>The most MiB of the body of a request.</summary>
    public int MostMebibytes { get; private init; } = 16;

    /// <summary>The most requests for predictions that are held at once.</summary>
    public int MostRequests { get; private init; } = 64;

    /// <summary>Whether nothing is said but warnings and errors.</summary>
    public bool IsQuiet { get; private init; }

    /// <summary>Whether the line on standard output is JSON.</summary>
    public bool IsJson { get; private init; }

    /// <summary>The file of the model.</summary>
    public string Model => Directory.Exists(Run) ? Path.Combine(Run, "model.safetensors") : Run;

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => Host == LocalHost || IPAddress.IsLoopback(IPAddress.Parse(Host));

    private static readonly (string Name, string Value, string About, Func<Options, string, Options> Set)[] Known =
    [
        ("--host", "ADDRESS", "The address to listen on", (all, text) => all with { Host = AddressOf(text) }),
        (
            "--port",
            "N",
            "The port; 0: any that is free",
            (all, text) => all with { Port = Whole("--port", text, 0, 65535) }
        ),
        ("--watch", "", "Take another model when its file is replaced", (all, _) => all with { Watches = true }),
        (
            "--max-rows",
            "N",
            "Rows of a request",
            (all, text) => all with { MostRows = Whole("--max-rows", text, 1, 10_000_000) }
        ),
        (
            "--max-body",
            "MIB",
            "MiB of the body of a request",
            (all, text) => all with { MostMebibytes = Whole("--max-body", text, 1, 1024) }
        ),
        (
            "--max-requests",
            "N",
            "Requests for predictions that are held at once; others wait, and are refused after 10 s",
            (all, text) => all with { MostRequests = Whole("--max-requests", text, 1, 10_000) }
        ),
        ("--quiet", "", "Say nothing but warnings and errors", (all, _) => all with { IsQuiet = true }),
        ("--json", "", "The line on standard output as JSON", (all, _) => all with { IsJson = true }),
        // nn has them for every command.
        ("--verbose", "", "", (all, _) => all),
        ("--no-color", "", "", (all, _) => all),
    ];

    /// <summary>The options of a line of words; null where help is asked for.</summary>
    public static Options? Of(string[] words)
    {
        if (words.Any(word => word is "--help" or "-h" or "-?"))
            return null;
        var options = new Options();
        var place = 0;
        while (place < words.Length)
        {
            var word = words[place++];
            if (word is not ['-', _, ..])
            {
                options =
                    options.Run.Length == 0
                        ? options with
                        {
                            Run = word,
                        }
                        : throw Refusal.Usage($"{word}: one argument too many");
                continue;
            }
            var parts = word.Split('=', 2);
            var known = Array.Find(Known, one => one.Name == parts[0]);
            if (known.Set is null)
                throw Refusal.Usage($"{parts[0]}: unknown option{Near(parts[0])}");
            var text = "";
            if (known.Value.Length > 0)
                text =
                    parts.Length > 1 ? parts[1]
                    : place < words.Length ? words[place++]
                    : throw Refusal.Usage($"{known.Name}: needs a value");
            else if (parts.Length > 1)
                throw Refusal.Usage($"{known.Name}: takes no value");
            options = known.Set(options, text);
        }
        return options.Run.Length > 0 ? options : throw Refusal.Usage("RUN: missing (see nn-serve --help)");
    }

    /// <summary>Prints how it is used.</summary>
    public static int Help()
    {
        Console.WriteLine(
            "nn-serve RUN [options]: the model of a run, or of a file, behind HTTP. Ctrl-C ends it when what is asked has been answered.\n"
        );
        var usual = new Options();
        foreach (var (name, value, about, _) in Known.Where(one => one.About.Length > 0))
            Console.WriteLine($"  {$"{name} {value}", -20}{about}{Usual(name, usual)}");
        return Exit.Done;
    }

    private static string Usual(string name, Options usual) =>
        name switch
        {
            "--host" => $" [{usual.Host}]",
            "--port" => $" [{usual.Port}]",
            "--max-rows" => $" [{usual.MostRows}]",
            "--max-body" => $" [{usual.MostMebibytes}]",
            "--max-requests" => $" [{usual.MostRequests}]",
            _ => "",
        };

    private static string Near(string name) =>
        Text.nearest(Known.Select(one => one.Name), name) is { } near ? $" (did you mean {near.Value}?)" : "";

    // The short forms of addresses, as 1 for 0.0.0.1, are somebody's mistake.
    private static string AddressOf(string text) =>
        text == LocalHost || (IPAddress.TryParse(text, out var address) && (text.Contains(':') || $"{address}" == text))
            ? text
            : throw Refusal.Usage(
                $"--host: {text} (must be an address of this machine, as in 127.0.0.1, or localhost)"
            );

    private static int Whole(string name, string text, int least, int greatest) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value >= least
        && value <= greatest
            ? value
            : throw Refusal.Usage($"{name}: {text} (must be a whole number from {least} to {greatest})");
}
