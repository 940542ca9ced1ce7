namespace NeuralNetwork.Cli.Sources;

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

    /// <summary>Numbers as soon as half of what is there is a number: the other half is mistakes, named one by one.</summary>
    public bool IsNumberColumn(int place, int from)
    {
        var (there, numbers) = (0, 0);
        foreach (var row in Rows.Skip(from))
            if (place < row.Count && !Dialect.Format.Missing.Has(row.Cells[place]))
            {
                there++;
                numbers += IsNumber(row.Cells[place]) ? 1 : 0;
            }
        return numbers * 2 >= there;
    }

    private static bool HasBlankAtQuote(ReadOnlySpan<byte> record) =>
        record.IndexOf(" \""u8) >= 0 || record.IndexOf("\" "u8) >= 0 || record.IndexOf("\t\""u8) >= 0;
}
