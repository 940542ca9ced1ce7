using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The names of the columns that a file has for them.</summary>
internal static class ColumnTitles
{
    /// <summary>The names. A failure where one is there twice, or there are none.</summary>
    public static string[] Of(string path, IEnumerable<string> names)
    {
        var all = names.ToArray();
        var twice = all.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return all.Length == 0 ? throw Failure.BadInput($"{path}: no columns")
            : twice is null ? all
            : throw Failure.BadInput($"{path}: column {CsvCursor.Quote(twice.Key)} is there {twice.Count()} times");
    }
}
