namespace NeuralNetwork.Cli;

/// <summary>
/// What the first rows of a CSV file say about all of it: separator, whether quotes have blanks around them, header, names,
/// and which columns are numbers.
/// </summary>
internal sealed record CsvLook(char Separator, bool IsTrimmed, bool HasHeader, string[] Names, bool[] IsNumber)
    : TableLook(Names, IsNumber)
{
    private const int MostRows = 1000;
    private const int MostCells = 200_000;

    /// <summary>
    /// Looks at the first rows, which have one of the known names above them if they have any. A failure where there are
    /// none.
    /// </summary>
    public static CsvLook At(string path, CsvFormat format, string[]? known)
    {
        var isTrimmed = false;
        var (separator, rows) = Rows(path, format, ref isTrimmed);
        if (rows.Count == 0)
            throw Failure.BadInput($"{path}: no rows (the file is empty)");
        var hasHeader = format.HasHeader ?? (IsAmong(rows[0], known) || IsHeader(rows));
        var doubt = known is null ? DoubtOf(path, format, hasHeader, rows[0]) : null;
        if (known is null && rows[0].Length == 1 && Otherwise(path, format) is { } otherwise)
            doubt = $"{path}: {otherwise}";
        var names = hasHeader ? NamesIn(path, rows[0]) : [.. rows[0].Select((_, place) => $"{place + 1}")];
        if (hasHeader)
            rows.RemoveAt(0);
        return rows.Count == 0
            ? throw Failure.BadInput($"{path}: no rows below the header")
            : new(separator, isTrimmed, hasHeader, names, [.. names.Select((_, place) => IsNumberColumn(rows, place))])
            {
                Doubt = doubt,
                HasNames = hasHeader,
            };
    }

    /// <summary>What a file looks like where another separator was given; null where there is nothing to say.</summary>
    public static string? Otherwise(string path, CsvFormat format)
    {
        var isTrimmed = false;
        if (format.Separator is not { } given)
            return null;
        var (found, rows) = Rows(path, (char?)null, ref isTrimmed);
        return found == given || rows.Count == 0 || rows[0].Length == 1
            ? null
            : $"--separator {FormatSettings.NameOf(given)} was given, and {FormatSettings.NameOf(found)} found";
    }

    private static (char Separator, List<string[]> Rows) Rows(string path, CsvFormat format, ref bool isTrimmed)
    {
        try
        {
            return Rows(path, format.Separator, ref isTrimmed);
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput && Otherwise(path, format) is { } otherwise)
        {
            throw Failure.BadInput($"{failure.Message}; {otherwise}");
        }
    }

    private static (char Separator, List<string[]> Rows) Rows(string path, char? separator, ref bool isTrimmed)
    {
        var rows = First(path, separator, isStrict: true, out var found, ref isTrimmed);
        if (separator is not null || found != ',' || rows.Count == 0)
            return (found, rows);
        // 1,5;2,5 is two numbers with decimal commas; commas alone would make three cells of it.
        var others = First(path, ';', isStrict: false, out _, ref isTrimmed);
        var isRegular = others[0].Length > 1 && others.TrueForAll(row => row.Length == others[0].Length);
        return isRegular && others.Exists(row => row.Any(CellText.HasDecimalComma)) ? (';', others) : (found, rows);
    }

    private static List<string[]> First(string path, char? separator, bool isStrict, out char found, ref bool isTrimmed)
    {
        using var at = new CsvCursor(path, separator, isTrimmed: true, isStrict);
        var rows = new List<string[]>();
        var cells = 0;
        while (rows.Count < MostRows && cells < MostCells && at.Next())
        {
            rows.Add([.. Enumerable.Range(0, at.Count).Select(at.Text)]);
            cells += at.Count;
            isTrimmed |= HasBlankAtQuote(at.Raw);
        }
        found = at.Separator;
        return rows;
    }

    private static bool HasBlankAtQuote(ReadOnlySpan<byte> record) =>
        record.IndexOf(" \""u8) >= 0 || record.IndexOf("\" "u8) >= 0 || record.IndexOf("\t\""u8) >= 0;

    private static bool TryNumber(string text) =>
        (Text.tryNumber(text) is { } number && double.IsFinite(number.Value)) || CellText.HasDecimalComma(text);

    private static bool IsMissing(string text) => CellText.IsMissing(System.Text.Encoding.UTF8.GetBytes(text));

    // Names that are numbers may be cells of the first row: then all of them have to be there, and to be no mere places.
    private static bool IsAmong(string[] head, string[]? known) =>
        known is not null
        && (
            known.Any(TryNumber)
                ? known.All(head.Contains)
                    && !known.All(name => head.Select((_, place) => $"{place + 1}").Contains(name))
                : head.Any(known.Contains)
        );

    private static string? DoubtOf(string path, CsvFormat format, bool hasHeader, string[] head) =>
        (format.HasHeader, hasHeader) switch
        {
            (null, false) =>
                $"{path}: no header found: columns are named 1, 2, … (--header yes takes line 1 as their names)",
            (true, _) when Array.TrueForAll(head, TryNumber) =>
                $"{path}: line 1: every name is a number: {TextCells.Some(head)} (--header no takes it as a row)",
            _ => null,
        };

    /// <summary>
    /// A first row without numbers is a header if there are numbers below it, or if none of its texts comes again in
    /// its own column.
    /// </summary>
    private static bool IsHeader(List<string[]> rows)
    {
        var head = rows[0];
        var below = rows.Skip(1).ToArray();
        if (head.Any(TryNumber))
            return false;
        var hasNumbers = head.Where((_, place) => below.Any(row => place < row.Length && TryNumber(row[place]))).Any();
        return hasNumbers
            || !head.Where((text, place) => below.Any(row => place < row.Length && row[place] == text)).Any();
    }

    /// <summary>Numbers as soon as half of what is there is a number: the other half is mistakes, named one by one.</summary>
    private static bool IsNumberColumn(List<string[]> rows, int place)
    {
        var there = rows.Where(row => place < row.Length && !IsMissing(row[place])).ToArray();
        return there.Count(row => TryNumber(row[place])) * 2 >= there.Length;
    }

    private static string[] NamesIn(string path, string[] head)
    {
        var names = head.Select((text, place) => text.Length > 0 ? text : $"column {place + 1}").ToArray();
        var twice = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? names
            : throw Failure.BadInput(
                $"{path}: line 1: column {CsvCursor.Quote(twice.Key)} is there {twice.Count()} times"
            );
    }
}
