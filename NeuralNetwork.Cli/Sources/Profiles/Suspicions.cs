using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What may be wrong with rows to train on: a line for each column that is worth a look, with the option that may help.</summary>
internal static class Suspicions
{
    // So many cells are looked at for what a column says alone: that takes some 30 ms.
    private const int MostCells = 200_000;
    private const int FewestLookedAt = 500;

    /// <summary>Of all rows of a file as they were read, before missing numbers are filled in.</summary>
    public static IEnumerable<string> Of(Sample sample)
    {
        var columns = SampleColumn.Of(sample).ToArray();
        if (columns.Length == 0)
            yield break;
        var ids = columns.Where(IsIdentity).ToHashSet();
        foreach (var column in columns.Where(ids.Contains))
            yield return IdentityLine(column);
        var others = columns.Where(column => !ids.Contains(column)).ToArray();
        foreach (var line in Leaks(sample, others))
            yield return line;
    }

    /// <summary>What is said of a column that says nearly all about the target.</summary>
    public static string LeakLine(string column, string target, double share) =>
        $"column {CsvCursor.Quote(column)} alone says {share:P1} about {CsvCursor.Quote(target)}: was it made from it?"
        + $" (--ignore {ShellLine.Quoted(column)} leaves it out)";

    private static bool IsIdentity(SampleColumn column) =>
        column.Column is Column.Category texts
            ? Identity.IsOfTexts(texts.Categories.Length, column.Sample.Rows)
                && Identity.IsOfTexts(column.DifferentTexts([.. texts.Categories]), column.Sample.Rows)
            : IsWholeInFirst(column) && Identity.IsOfNumbers(column.Name, column.At(All(column.Sample)));

    // Most columns of numbers are told by the first few: the others need not be gathered.
    private static bool IsWholeInFirst(SampleColumn column)
    {
        var first = column.At([.. Enumerable.Range(0, Math.Min(column.Sample.Rows, 100))]);
        return Array.TrueForAll(first, double.IsInteger) && first.Distinct().Count() == first.Length;
    }

    private static string IdentityLine(SampleColumn column)
    {
        var different = column.Column is Column.Category texts
            ? column.DifferentTexts([.. texts.Categories])
            : column.Sample.Rows;
        return $"{column.Sample.Path}: column {CsvCursor.Quote(column.Name)}: {different} different"
            + $" {(column.IsNumber ? "whole numbers" : "texts")} in {column.Sample.Rows} rows, like an id"
            + $" (--ignore {ShellLine.Quoted(column.Name)} leaves it out)";
    }

    private static IEnumerable<string> Leaks(Sample sample, SampleColumn[] columns)
    {
        var rows = Some(sample.Rows, MostCells / Math.Max(1, columns.Length));
        var name = sample.Schema.Target;
        foreach (var column in columns)
        {
            var share = sample.Targets switch
            {
                Targets.Labels labels => Alone.OfClasses(
                    column.At(rows),
                    Array.ConvertAll(rows, row => labels.Labels[row]),
                    column.IsNumber
                ),
                Targets.Values { Cols: 1 } values => Alone.OfValues(
                    column.At(rows),
                    Array.ConvertAll(rows, row => Standardizer.At(values.Values, row)),
                    column.IsNumber
                ),
                _ => double.NaN,
            };
            if (!double.IsNaN(share))
                yield return $"{sample.Path}: {LeakLine(column.Name, name, share)}";
        }
    }

    private static int[] All(Sample sample) => [.. Enumerable.Range(0, sample.Rows)];

    /// <summary>
    /// Some of many rows: one of each stretch of equal length, and not always the same of it, for files may repeat themselves.
    /// </summary>
    private static int[] Some(int rows, int most)
    {
        var count = Math.Min(rows, Math.Max(most, FewestLookedAt));
        int Row(int place)
        {
            var (from, to) = ((long)rows * place / count, (long)rows * (place + 1) / count);
            return (int)(from + (place * 2654435761L % (to - from)));
        }
        return [.. Enumerable.Range(0, count).Select(Row)];
    }
}
