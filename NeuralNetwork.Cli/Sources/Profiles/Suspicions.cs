using System.Text.RegularExpressions;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

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
        $"column {Failure.Quote(column)} alone says {share:P1} about {Failure.Quote(target)}: was it made from it?"
        + $" (--ignore {ShellLine.Quoted(column)} leaves it out)";

    private static bool IsIdentity(SampleColumn column) =>
        column.Column is Column.Date or Column.OpenCategory ? false
        : column.Column is Column.Category texts
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
        return $"{column.Sample.Path}: column {Failure.Quote(column.Name)}: {different} different"
            + $" {(column.IsNumber ? "whole numbers" : "texts")} in {column.Sample.Rows} rows, like an id"
            + $" (--ignore {ShellLine.Quoted(column.Name)} leaves it out)";
    }

    private static IEnumerable<string> Leaks(Sample sample, SampleColumn[] columns)
    {
        var rows = Some(sample.Rows, MostCells / Math.Max(1, columns.Length));
        var names = sample.Schema.Targets;
        foreach (var column in columns)
        foreach (var (output, name) in names.Index())
        {
            var share = sample.Targets switch
            {
                Targets.Labels labels => SingleColumn.OfClasses(
                    column.At(rows),
                    Array.ConvertAll(rows, row => labels.Labels[row]),
                    column.IsNumber
                ),
                Targets.Values values when values.Cols == names.Count => SingleColumn.OfValues(
                    column.At(rows),
                    Array.ConvertAll(rows, row => values.Values.At((row * values.Cols) + output)),
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

/// <summary>Whether a column is like an id: a number of the row, or its name, from which nothing can be learned.</summary>
internal static partial class Identity
{
    private const int FewestRows = 20;

    // Two rows may have one name.
    private const double NearlyAll = 0.95;

    // A few rows of a file may be left out of it.
    private const double NearlyDense = 1.5;

    /// <summary>A different text in nearly every row.</summary>
    public static bool IsOfTexts(int different, int rows) => rows >= FewestRows && different >= NearlyAll * rows;

    /// <summary>
    /// A different whole number in every row, in a column that is called like a number of rows, or counts on: its numbers are
    /// those from one to another with few left out, or have equal distances from row to row. Measures may be whole, too, and a year is no id.
    /// </summary>
    public static bool IsOfNumbers(string name, IReadOnlyList<double> numbers)
    {
        if (numbers.Count < FewestRows)
            return false;
        var seen = new HashSet<double>();
        var (least, greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var number in numbers)
        {
            if (!double.IsInteger(number) || !seen.Add(number))
                return false;
            (least, greatest) = (Math.Min(least, number), Math.Max(greatest, number));
        }
        var isCounting = greatest - least < NearlyDense * numbers.Count || HasEqualSteps(numbers);
        return IsNamedLikeOne(name) || (isCounting && !Time().IsMatch(name));
    }

    private static bool HasEqualSteps(IReadOnlyList<double> numbers)
    {
        var equal = 0;
        for (var row = 2; row < numbers.Count; row++)
            equal += numbers[row] - numbers[row - 1] == numbers[row - 1] - numbers[row - 2] ? 1 : 0;
        return equal >= NearlyAll * (numbers.Count - 2);
    }

    private static bool IsNamedLikeOne(string name) => Called().IsMatch(name) || Cased().IsMatch(name);

    // id, row_id, index, Unnamed: 0
    [GeneratedRegex(
        @"(^|[\W_\d])(id|ids|idx|index|key|no|nr|number|num|uuid|guid|serial|row|rownum|rowid|rownames|pk|code)([\W_]*)$|^unnamed: 0$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Called();

    // Times count on, too, and may be learned from.
    [GeneratedRegex(
        @"(^|[\W_])(year|month|week|day|hour|minute|second|date|time|t)([\W_]|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Time();

    // PassengerId, orderID
    [GeneratedRegex(@"[a-z](Id|ID|Key|No|Nr|Number|Index)$")]
    private static partial Regex Cased();
}
