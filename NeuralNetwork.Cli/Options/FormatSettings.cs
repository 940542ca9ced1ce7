using System.CommandLine;
using System.Globalization;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>The options that say how a text table is written.</summary>
internal static class FormatSettings
{
    private const int MostLines = 1_000_000;

    private static readonly (string Name, char? Value)[] Separators =
    [
        ("auto", null),
        ("comma", ','),
        ("semicolon", ';'),
        ("tab", '\t'),
        ("pipe", '|'),
        ("blanks", CsvFormat.Blanks),
    ];

    private static readonly Setting<char?> Separator = new(
        "--separator",
        "NAME",
        "Between the fields of a table: auto, comma, semicolon, tab, pipe, blanks (any number of them), or the character itself",
        ReadSeparator,
        "auto"
    );

    private static readonly Setting<bool?> Header = new(
        "--header",
        "auto|yes|no",
        "Whether the first line of a table has the names of the columns",
        Read.OneOf<bool?>(("auto", null), ("yes", true), ("no", false)),
        "auto"
    );

    private static readonly Setting<int> Skip = new("--skip", "N", "Lines above a table that are left out", Lines, "0");

    private static readonly Setting<int> SkipLast = new(
        "--skip-last",
        "N",
        "Lines below a table that are left out; empty ones do not count",
        Lines,
        "0"
    );

    private static readonly Setting<string> Comment = new(
        "--comment",
        "PREFIX",
        "What lines of a table begin with that are left out, as in # or //",
        text =>
            text.Length > 0
                ? Ok(text)
                : FSharpResult<string, string>.NewError("empty (must be what comments begin with)")
    );

    private static readonly Setting<char?> Quote = new(
        "--quote",
        "double|single|none",
        "What stands around texts of a table with separators in them",
        Read.OneOf<char?>(("double", '"'), ("single", '\''), ("none", null)),
        "double"
    );

    private static readonly Setting<TextEncoding> Encoded = new(
        "--encoding",
        "NAME",
        "Of a text table: auto (UTF-8, or UTF-16 with its mark), utf-8, utf-16, latin-1, windows-1252",
        Read.OneOf(
            ("auto", TextEncoding.Auto),
            ("utf-8", TextEncoding.Utf8),
            ("utf-16", TextEncoding.Utf16),
            ("latin-1", TextEncoding.Latin1),
            ("windows-1252", TextEncoding.Windows1252)
        ),
        "auto"
    );

    private static readonly Setting<char> Decimal = new(
        "--decimal",
        "point|comma",
        "What stands before the decimals of numbers in a table",
        Read.OneOf(("point", '.'), ("comma", ',')),
        "point"
    );

    private static readonly Setting<Thousands> Grouped = new(
        "--thousands",
        "NAME",
        "What stands between the thousands of numbers in a table: none, comma, dot, space, apostrophe, underscore",
        Read.OneOf(
            ("none", Thousands.Nothing),
            ("comma", Thousands.Comma),
            ("dot", Thousands.Dot),
            ("space", Thousands.Space),
            ("apostrophe", Thousands.Apostrophe),
            ("underscore", Thousands.Underscore)
        ),
        "none"
    );

    private static readonly Setting<ColumnNames> Missing = new(
        "--missing-words",
        "WORD,…",
        "Cells that say that a value is missing: usual, none, or these words (usual among them, too); an empty cell always does",
        ColumnNames.Read,
        MissingWords.UsualName
    );

    private static readonly (Option Option, Func<ParseResult, bool> IsWanted)[] All =
    [
        (Separator.Option, Separator.IsWanted),
        (Header.Option, Header.IsWanted),
        (Skip.Option, Skip.IsWanted),
        (SkipLast.Option, SkipLast.IsWanted),
        (Comment.Option, Comment.IsWanted),
        (Quote.Option, Quote.IsWanted),
        (Encoded.Option, Encoded.IsWanted),
        (Decimal.Option, Decimal.IsWanted),
        (Grouped.Option, Grouped.IsWanted),
        (Missing.Option, Missing.IsWanted),
    ];

    public static IEnumerable<Option> Options => [.. SourceSettings.Options, .. All.Select(one => one.Option)];

    /// <summary>What a separator is called.</summary>
    public static string NameOf(char separator) =>
        Separators.FirstOrDefault(known => known.Value == separator).Name ?? $"{separator}";

    public static CsvFormat Of(ParseResult result) => Of(result, null);

    /// <summary>What the options say; where they say nothing, what those of a run did.</summary>
    public static CsvFormat Of(ParseResult result, ConfigFile? run)
    {
        var format = new CsvFormat(Separator.Or(result, run), Header.Or(result, run))
        {
            Skip = Skip.Or(result, run),
            SkipLast = SkipLast.Or(result, run),
            Comment = Comment.IsGiven(result) || run?.TextOf(Comment.Name) is not null ? Comment.Or(result, run) : null,
            Quote = Quote.Or(result, run),
            Encoding = Encoded.Or(result, run),
            Numbers = new(Decimal.Or(result, run), Grouped.Or(result, run)),
            Missing = Words(Missing.Or(result, run)),
        };
        Check(format);
        return SourceSettings.Of(result, format);
    }

    /// <summary>What of a run's format holds, because the options say nothing else and it is not the usual one.</summary>
    public static string? TakenOver(ParseResult result, ConfigFile? run, DataSource source)
    {
        var about = All.Where(one => source.IsDelimited || (source.HasColumns && one.Option == Missing.Option));
        var held = about
            .Where(one => !one.IsWanted(result) && result.GetResult(one.Option) is null or { Implicit: true })
            .Select(one => (one.Option.Name, Text: run?.TextOf(one.Option.Name), Usual: Usual(one.Option, result)))
            .Where(one => one.Text is not null && one.Text != one.Usual)
            .Select(one => $"{one.Name} {ShellLine.Quoted(one.Text!)}")
            .ToArray();
        return held.Length == 0 ? null : $"{run!.Path}: tables are read as in training: {string.Join(' ', held)}";
    }

    /// <summary>Those of them that ask for something.</summary>
    public static IEnumerable<string> Wanted(ParseResult result) =>
        All.Where(one => one.IsWanted(result)).Select(one => one.Option.Name);

    /// <summary>A usage failure where an option that is about the text of cells is given for data that have none.</summary>
    public static void Check(IEnumerable<string> wanted, DataSource source)
    {
        // Words for a missing cell may be in any table.
        var about = wanted.Where(name => !source.HasColumns || name != Missing.Name);
        if (!source.IsDelimited && about.FirstOrDefault() is { } name)
            throw Failure.Usage($"{name}: means nothing for {source.Name} (it is about CSV and TSV files)");
    }

    /// <summary>The same for an option that is about columns or cells of any table.</summary>
    public static void CheckColumns(IEnumerable<string> wanted, DataSource source)
    {
        if (!source.HasColumns && wanted.FirstOrDefault() is { } name)
            throw Failure.Usage(
                $"{name}: means nothing for {source.Name} (it is about tables: CSV, TSV, JSON lines, Parquet, Arrow)"
            );
    }

    private static void Check(CsvFormat format)
    {
        if (
            format.Numbers is { Decimal: ',', Thousands: Thousands.Comma } or { Decimal: '.', Thousands: Thousands.Dot }
        )
            throw Failure.Usage(
                $"{Grouped.Name}: {format.Numbers.Thousands.ToString().ToLowerInvariant()} is what stands before the decimals"
                    + $" ({Decimal.Name} {(format.Numbers.Decimal == ',' ? "point" : "comma")} goes with it)"
            );
        if (format.Quote is { } quote && quote == format.Separator)
            throw Failure.Usage($"{Separator.Name}: {quote} is what stands around texts ({Quote.Name} none)");
    }

    private static string? Usual(Option option, ParseResult result) =>
        option is Option<string?> text ? result.GetValue(text) : null;

    private static MissingWords Words(ColumnNames words) =>
        words.Text switch
        {
            MissingWords.UsualName => MissingWords.Usual,
            "none" or "" => MissingWords.None,
            _ => MissingWords.Of(words.Each),
        };

    private static FSharpResult<char?, string> ReadSeparator(string text) =>
        text is "\\t" ? Ok<char?>('\t')
        : text.Length == 1
        && char.IsAscii(text[0])
        && !char.IsAsciiLetterOrDigit(text[0])
        && text[0] is not ('"' or '\r' or '\n')
            ? Ok<char?>(text[0])
        : Read.OneOf(Separators)(text);

    private static FSharpResult<int, string> Lines(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= MostLines
            ? Ok(value)
            : FSharpResult<int, string>.NewError($"{text} (must be a whole number from 0 to {MostLines})");

    private static FSharpResult<T, string> Ok<T>(T value) => FSharpResult<T, string>.NewOk(value);
}
