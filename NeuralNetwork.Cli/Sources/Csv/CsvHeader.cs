using System.Globalization;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Whether the first row of a text table has the names of its columns, and why.</summary>
internal static class CsvHeader
{
    // Names that are numbers are years, or count the columns.
    private const int FirstYear = 1500;
    private const int LastYear = 2999;
    private const int ShortestCount = 3;

    // So many numbers that count up are no cells by chance.
    private const int SureCount = 6;

    /// <summary>
    /// A first row without numbers is a header if there are numbers below it, or if none of its texts comes again in its own
    /// column. One with numbers among its texts is a header if these texts are no cells, and the numbers may be names. It is
    /// then doubtful what it is.
    /// </summary>
    public static (bool IsThere, bool IsDoubtful) Find(FirstRows first, int from = 0)
    {
        var head = first.Rows[from].Cells;
        var places = Enumerable.Range(0, head.Length).ToArray();
        var numbers = places.Where(place => first.IsNumber(head[place])).ToArray();
        if (numbers.Length == 0)
            return (HasNumbersBelow(first, from) || !places.Any(place => ComesAgain(first, from, place)), false);
        var texts = places.Except(numbers).Where(place => head[place].Length > 0).ToArray();
        var isHeader =
            texts.Length > 0
            && !texts.Any(place => ComesAgain(first, from, place))
            && (
                texts.Any(place => IsAboveNumbers(first, from, place))
                || AreYears(first, from, numbers)
                || Counted(first, from, numbers) >= SureCount
                || (Counted(first, from, numbers) >= ShortestCount && texts.Any(place => Repeats(first, from, place)))
            );
        return (isHeader, true);
    }

    /// <summary>Whether a row has names alone, different ones, and numbers below some of them.</summary>
    public static bool IsClear(FirstRows first, int from)
    {
        var head = first.Rows[from].Cells;
        return head.All(text => text.Length > 0 && !first.IsNumber(text) && !first.Dialect.Format.Missing.Has(text))
            && head.Distinct().Count() == head.Length
            && Enumerable.Range(0, head.Length).Any(place => IsAboveNumbers(first, from, place));
    }

    /// <summary>
    /// What is in a first row that belongs to no table and has the length of the others: the counts that scikit-learn writes,
    /// a title, or anything else above a line of names.
    /// </summary>
    public static bool IsPreamble(FirstRows first)
    {
        var head = first.Rows[0].Cells;
        var hasFew = head.Count(text => text.Length > 0) * 2 <= head.Length;
        return HasCounts(first)
            || (first.Rows.Count > 2 && head.Length > 1 && (hasFew || !Find(first).IsThere) && IsClear(first, 1));
    }

    /// <summary>Whether the first two fields are the numbers of rows and of features, as scikit-learn writes them.</summary>
    public static bool HasCounts(FirstRows first)
    {
        var head = first.Rows[0].Cells;
        return first.AreAll
            && head.Length > 1
            && Whole(head[0]) == first.Rows.Count - 1
            && Whole(head[1]) is { } features
            && features < first.Usual
            && (head.Length != first.Usual || head.Skip(2).Any(text => !first.IsNumber(text)));
    }

    private static bool HasNumbersBelow(FirstRows first, int from) =>
        Enumerable
            .Range(0, first.Rows[from].Count)
            .Any(place => first.Rows.Skip(from + 1).Any(row => row.Has(place) && first.IsNumber(row.Cells[place])));

    private static bool IsAboveNumbers(FirstRows first, int from, int place) =>
        first.Rows.Skip(from + 1).Any(row => row.Has(place)) && first.IsNumberColumn(place, from + 1);

    private static bool ComesAgain(FirstRows first, int from, int place) =>
        first.Rows.Skip(from + 1).Any(row => row.Has(place) && row.Cells[place] == first.Rows[from].Cells[place]);

    private static bool Repeats(FirstRows first, int from, int place)
    {
        var below = first.Rows.Skip(from + 1).Where(row => row.Has(place)).Select(row => row.Cells[place]).ToArray();
        return below.Distinct().Count() * 2 <= below.Length;
    }

    private static bool AreYears(FirstRows first, int from, int[] places) =>
        places.All(place => IsYear(first.Rows[from].Cells[place]) && !HasYears(first, from, place))
        && places.Select(place => first.Rows[from].Cells[place]).Distinct().Count() == places.Length;

    /// <summary>How many numbers there are, if each is one more than the one before it; 0 otherwise.</summary>
    private static int Counted(FirstRows first, int from, int[] places)
    {
        var numbers = places.Select(place => Whole(first.Rows[from].Cells[place])).OfType<int>().ToArray();
        var areCounted =
            numbers.Length == places.Length && numbers.Index().All(one => one.Item == numbers[0] + one.Index);
        return areCounted ? numbers.Length : 0;
    }

    // A column of years has a year in its first row, too.
    private static bool HasYears(FirstRows first, int from, int place)
    {
        var below = first.Rows.Skip(from + 1).Where(row => row.Has(place)).Select(row => row.Cells[place]).ToArray();
        return below.Count(IsYear) * 2 > below.Length;
    }

    private static bool IsYear(string text) => Whole(text) is >= FirstYear and <= LastYear;

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>A row near the beginning of a text table, and the line it begins in.</summary>
internal sealed record FirstRow(long Line, string[] Cells)
{
    public int Count => Cells.Length;

    /// <summary>Whether a cell is there with a text in it.</summary>
    public bool Has(int place) => place < Cells.Length && Cells[place].Length > 0;
}

/// <summary>The first rows of a text table, as its cells have them.</summary>
internal sealed record FirstRows(IReadOnlyList<FirstRow> Rows, CsvDialect Dialect)
{
    private const int MostRows = 1000;
    private const int MostCells = 200_000;

    /// <summary>Whether these are all the rows that there are.</summary>
    public bool AreAll { get; private init; }

    /// <summary>The length that most rows have, the longer of two that are as frequent.</summary>
    public int Usual =>
        Rows.GroupBy(row => row.Count)
            .OrderByDescending(group => group.Count())
            .ThenByDescending(group => group.Key)
            .First()
            .Key;

    /// <summary>The rows of the usual length.</summary>
    public int Regular => Rows.Count(row => row.Count == Usual);

    /// <summary>Reads rows, up to so many of them; a quote where none may be is an error if the reading is strict.</summary>
    public static FirstRows Of(string path, CsvDialect dialect, bool isStrict, int most = MostRows)
    {
        var isTrimmed = false;
        using var at = new CsvCursor(path, dialect with { IsTrimmed = true }, isStrict);
        var rows = new List<FirstRow>();
        var cells = 0;
        var areAll = false;
        while (rows.Count < most && cells < MostCells)
        {
            if (!at.Next())
            {
                areAll = true;
                break;
            }
            rows.Add(new(at.Line, [.. Enumerable.Range(0, at.Count).Select(at.Text)]));
            cells += at.Count;
            isTrimmed |= HasBlankAtQuote(at.Raw);
        }
        return new(rows, dialect with { IsTrimmed = isTrimmed }) { AreAll = areAll };
    }

    /// <summary>Whether a text is a number, in the notation of the table or in another one: a mistake is no category.</summary>
    public bool IsNumber(string text) =>
        (Dialect.Format.Numbers.TryNumber(text, out var number) && double.IsFinite(number))
        || OtherNotation.Is(text, Dialect.Format.Numbers);

    /// <summary>Whether a row has anything in a column.</summary>
    public bool IsThere(FirstRow row, int place) => place < row.Count && !Dialect.Format.Missing.Has(row.Cells[place]);

    /// <summary>Numbers as soon as half of what is there is a number: the other half is mistakes, named one by one.</summary>
    public bool IsNumberColumn(int place, int from)
    {
        var (there, numbers) = (0, 0);
        foreach (var row in Rows.Skip(from))
            if (IsThere(row, place))
            {
                there++;
                numbers += IsNumber(row.Cells[place]) ? 1 : 0;
            }
        return Column.AreNumbers(numbers, there);
    }

    private static bool HasBlankAtQuote(ReadOnlySpan<byte> record) =>
        record.IndexOf(" \""u8) >= 0 || record.IndexOf("\" "u8) >= 0 || record.IndexOf("\t\""u8) >= 0;
}
