namespace NeuralNetwork.Cli.Basics;

/// <summary>A command as one types it.</summary>
internal static class ShellLine
{
    private const int Longest = 78;

    /// <summary>Words as a shell takes them, continued on the next line where they get long, an option and its value together.</summary>
    public static string Of(IEnumerable<string> words)
    {
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

    /// <summary>A word as a shell takes it.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./,:=@+".Contains(letter))
            ? word
            : $"'{word.Replace("'", "'\\''")}'";
}
