using System.Text.RegularExpressions;

namespace NeuralNetwork.Cli.Sources;

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
