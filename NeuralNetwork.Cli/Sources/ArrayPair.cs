using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Two arrays in files of their own, named in one text with a comma between them. Paths may have commas, too: which of them
/// stands between the two is said by the files that there are.
/// </summary>
internal static class ArrayPair
{
    private const string Ending = ".npy";

    /// <summary>The paths in a text: one where the whole of it is a file, and two where a comma parts two files.</summary>
    public static string[] Split(string text)
    {
        if (!text.Contains(',', StringComparison.Ordinal) || File.Exists(text))
            return [text];
        var ways = Enumerable.Range(0, text.Length).Where(at => text[at] == ',').Select(at => Cut(text, at)).ToArray();
        var whole = Array.FindAll(ways, way => File.Exists(way[0]) && File.Exists(way[1]));
        if (whole.Length > 1)
            throw Failure.BadInput(
                $"{text}: two arrays, in more ways than one: {string.Join(" or ", whole.Select(Shown))} (call one otherwise)"
            );
        // What is missing is named by whoever opens it.
        return whole.FirstOrDefault()
            ?? Single(ways, way => File.Exists(way[0]) || File.Exists(way[1]))
            ?? Single(ways, way => way[0].EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            ?? text.Split(',');
    }

    private static string[] Cut(string text, int comma) => [text[..comma], text[(comma + 1)..]];

    private static string[]? Single(string[][] ways, Predicate<string[]> suits) =>
        Array.FindAll(ways, suits) is [var only] ? only : null;

    private static string Shown(string[] way) => $"{CsvCursor.Quote(way[0])} and {CsvCursor.Quote(way[1])}";
}
