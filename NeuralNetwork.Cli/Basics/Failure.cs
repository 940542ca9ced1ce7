using System.Text;

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

    /// <summary>Texts of a file with commas between them.</summary>
    public static string Quoted(IEnumerable<string> texts) => string.Join(", ", texts.Select(Quote));

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

/// <summary>A command as one types it, on this system: in a POSIX shell, or in cmd and PowerShell.</summary>
internal static class ShellLine
{
    private const int Longest = 78;

    /// <summary>
    /// Words as a shell takes them, continued on the next line where they get long, an option and its value together. On
    /// Windows it is one line: cmd and PowerShell have no sign in common that continues one.
    /// </summary>
    public static string Of(IEnumerable<string> words)
    {
        if (OperatingSystem.IsWindows())
            return Typed(words);
        var lines = new List<string>();
        foreach (var piece in Pieces(words))
        {
            if (lines.Count > 0 && lines[^1].Length + piece.Length < Longest)
                lines[^1] += $" {piece}";
            else
                lines.Add(piece);
        }
        return string.Join(" \\\n    ", lines);
    }

    /// <summary>The same within a line of talk.</summary>
    public static string Typed(params IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    private static IEnumerable<string> Pieces(IEnumerable<string> words)
    {
        var piece = "";
        foreach (var word in words.Select(Quoted))
        {
            if (piece.Length > 0 && word.StartsWith("--", StringComparison.Ordinal))
            {
                yield return piece;
                piece = "";
            }
            piece += piece.Length == 0 ? word : $" {word}";
        }
        if (piece.Length > 0)
            yield return piece;
    }

    /// <summary>A word as a shell of this system takes it.</summary>
    public static string Quoted(string word) => OperatingSystem.IsWindows() ? OfWindows(word) : OfPosix(word);

    public static string OfPosix(string word) => IsPlain(word, "-_./,:=@+") ? word : $"'{word.Replace("'", "'\\''")}'";

    /// <summary>
    /// cmd and PowerShell both know double quotes, and programs take \" for one of them; backslashes count double before a
    /// quote only. To PowerShell a comma joins words, and an @ begins something else.
    /// </summary>
    public static string OfWindows(string word)
    {
        if (IsPlain(word, "-_./\\:=+"))
            return word;
        var quoted = new StringBuilder("\"");
        var backslashes = 0;
        foreach (var letter in word)
        {
            if (letter == '"')
                quoted.Append('\\', backslashes + 1);
            backslashes = letter == '\\' ? backslashes + 1 : 0;
            quoted.Append(letter);
        }
        return quoted.Append('\\', backslashes).Append('"').ToString();
    }

    /// <summary>The words of a line that is not done, as a shell reads them: the last one, which may be empty, is being typed.</summary>
    /// <param name="line">The line up to the cursor.</param>
    /// <param name="escape">What takes the next letter as it is: a backslash, or in PowerShell a backquote.</param>
    public static IReadOnlyList<string> Words(string line, char escape)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, isBegun) = ('\0', false);
        for (var place = 0; place < line.Length; place++)
        {
            var letter = line[place];
            if (letter == escape && quote != '\'' && place + 1 < line.Length)
                word.Append(line[++place]);
            else if (quote != '\0' ? letter == quote : letter is '\'' or '"')
                quote = quote != '\0' ? '\0' : letter;
            else if (quote == '\0' && (letter is ' ' or '\t'))
            {
                if (isBegun)
                    words.Add(word.ToString());
                word.Clear();
                isBegun = false;
                continue;
            }
            else if (letter == '~' && !isBegun && place + 1 < line.Length && line[place + 1] == '/')
                word.Append(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
            else
                word.Append(letter);
            isBegun = true;
        }
        return [.. words, word.ToString()];
    }

    private static bool IsPlain(string word, string signs) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || signs.Contains(letter));
}
