using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;

namespace NeuralNetwork.Cli.Spec;

/// <summary>What files of data are and how text tables are written, as far as the user says.</summary>
internal sealed record FormatSpec
{
    private static readonly FormatSpec Usual = new();

    /// <summary>What files are, whatever they are called; null where name and content decide.</summary>
    public FileKind? Kind { get; init; }

    /// <summary>The index of the first feature in LIBSVM files; null where the files tell.</summary>
    public int? FirstIndex { get; init; }

    public Named<char?> Separator { get; init; } = new("auto", null);
    public bool? HasHeader { get; init; }
    public int Skip { get; init; }
    public int SkipLast { get; init; }
    public string? Comment { get; init; }
    public char? Quote { get; init; } = '"';
    public TextEncoding Encoding { get; init; } = TextEncoding.Auto;
    public char Decimal { get; init; } = '.';
    public Thousands Thousands { get; init; } = Thousands.Nothing;
    public ColumnNames Missing { get; init; } = new(MissingWords.UsualName, [MissingWords.UsualName]);

    /// <summary>What the readers of files are told.</summary>
    public CsvFormat Csv =>
        new(Separator.Value, HasHeader)
        {
            Kind = Kind,
            FirstIndex = FirstIndex,
            Skip = Skip,
            SkipLast = SkipLast,
            Comment = Comment,
            Quote = Quote,
            Encoding = Encoding,
            Numbers = new(Decimal, Thousands),
            Missing = Missing.Text switch
            {
                MissingWords.UsualName => MissingWords.Usual,
                "none" or "" => MissingWords.None,
                _ => MissingWords.Of(Missing.Each),
            },
        };

    /// <summary>The options about text tables that ask for another value than the usual one.</summary>
    public IEnumerable<string> Wanted =>
        new (string Name, bool IsWanted)[]
        {
            (OptionName.Separator, Separator.Name != Usual.Separator.Name),
            (OptionName.Header, HasHeader is not null),
            (OptionName.Skip, Skip != 0),
            (OptionName.SkipLast, SkipLast != 0),
            (OptionName.Comment, Comment is not null),
            (OptionName.Quote, Quote != Usual.Quote),
            (OptionName.Encoding, Encoding != Usual.Encoding),
            (OptionName.Decimal, Decimal != Usual.Decimal),
            (OptionName.Thousands, Thousands != Usual.Thousands),
            (OptionName.MissingWords, Missing.Text != Usual.Missing.Text),
        }
            .Where(one => one.IsWanted)
            .Select(one => one.Name);

    /// <summary>A usage failure where values do not go together.</summary>
    public void Check()
    {
        if (this is { Decimal: ',', Thousands: Thousands.Comma } or { Decimal: '.', Thousands: Thousands.Dot })
            throw Failure.Usage(
                OptionName.Thousands,
                $"{Thousands.ToString().ToLowerInvariant()} is what stands before the decimals"
                    + $" ({OptionName.Decimal} {(Decimal == ',' ? "point" : "comma")} goes with it)"
            );
        if (Quote is { } quote && quote == Separator.Value)
            throw Failure.Usage(OptionName.Separator, $"{quote} is what stands around texts ({OptionName.Quote} none)");
    }

    /// <summary>A usage failure where an option that is about the text of cells is given for data that have none.</summary>
    public static void Check(IEnumerable<string> wanted, DataSource source)
    {
        // Words for a missing cell may be in any table.
        var about = wanted.Where(name => !source.HasColumns || name != OptionName.MissingWords);
        if (!source.IsDelimited && about.FirstOrDefault() is { } name)
            throw Failure.Usage(name, $"means nothing for {source.Name} (it is about CSV and TSV files)");
    }

    /// <summary>The same for an option that is about columns or cells of any table.</summary>
    public static void CheckColumns(IEnumerable<string> wanted, DataSource source)
    {
        if (!source.HasColumns && wanted.FirstOrDefault() is { } name)
            throw Failure.Usage(
                name,
                $"means nothing for {source.Name} (it is about tables: CSV, TSV, JSON lines, Parquet, Arrow)"
            );
    }

    /// <summary>The same for the index of the first feature, which only LIBSVM files have.</summary>
    public void CheckIndex(DataSource source)
    {
        if (FirstIndex is not null && source is not LibSvmSource)
            throw Failure.Usage(OptionName.IndexBase, $"means nothing for {source.Name} (it is about LIBSVM files)");
    }
}
