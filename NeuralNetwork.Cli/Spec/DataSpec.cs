using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Spec;

/// <summary>What data to train on, and what to make of them.</summary>
internal sealed record DataSpec
{
    /// <summary>The data, as the user names them; null where nobody did.</summary>
    public string? Name { get; init; }

    /// <summary>The column to learn, or several columns of numbers; null for the last one.</summary>
    public ColumnNames? Targets { get; init; }

    /// <summary>Whether classes are learned; null where the data decide.</summary>
    public bool? IsClassification { get; init; }

    public ColumnNames? Ignored { get; init; }
    public ColumnNames? Categorical { get; init; }
    public MissingCells Missing { get; init; }
    public DateReading Dates { get; init; }

    /// <summary>The column whose rows of one value stay together; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>The column that says when a row was; null for none.</summary>
    public string? Time { get; init; }

    /// <summary>The column that says how much a row counts; null where all count the same.</summary>
    public string? Weights { get; init; }

    /// <summary>What becomes of unseen categories; null where the limit of rare ones says it.</summary>
    public Unseen? Unseen { get; init; }

    /// <summary>So many rows a category has at least that has a feature of its own; null for the usual number.</summary>
    public int? Rare { get; init; }

    /// <summary>Whether features are standardized; null where the kind of the data decides.</summary>
    public bool? Standardize { get; init; }

    /// <summary>Where the rows to test with are, if not beside those to train with.</summary>
    public string? TestPath { get; init; }

    public FormatSpec Format { get; init; } = new();

    /// <summary>What to make of a table.</summary>
    public TableOrder Order =>
        new(Targets, IsClassification, Ignored ?? ColumnNames.None, Categorical ?? ColumnNames.None, Missing)
        {
            Dates = Dates,
            Group = Group,
            Time = Time,
            Weights = Weights,
            Openness = Openness,
        };

    private Openness Openness
    {
        get
        {
            var unseen = Unseen ?? (Rare is null ? Sources.Unseen.Refuse : Sources.Unseen.Other);
            if (unseen == Sources.Unseen.Refuse && Rare is not null)
                throw Failure.Usage(
                    OptionName.Rare,
                    $"{Rare} does not go with {OptionName.Unseen} refuse (rare categories become other ones, or none)"
                );
            return new(unseen, Rare ?? (unseen == Sources.Unseen.Other ? Openness.UsualRare : 1));
        }
    }

    /// <summary>The data of a name. A usage failure where an option asks for what such data do not have.</summary>
    /// <param name="validation">Where the rows to validate with are, if they are data of their own.</param>
    public DataSource Open(string data, string? validation = null)
    {
        CheckPipe(data, validation);
        var source = DataSource.Find(data, Format.Csv);
        FormatSpec.CheckColumns(AboutColumns, source);
        Format.CheckIndex(source);
        if (!IsText(validation) && !IsText(TestPath))
            FormatSpec.Check(Format.Wanted, source);
        if (source is IdxFolder && IsClassification == false)
            throw Failure.Usage(OptionName.Task, $"regression does not go with {source.Name} (its labels are classes)");
        return source;
    }

    private IEnumerable<string> AboutColumns
    {
        get
        {
            if (Targets is not null)
                yield return OptionName.Target;
            if (Ignored is not null)
                yield return OptionName.Ignore;
            if (Categorical is not null)
                yield return OptionName.Categorical;
            if (Missing != MissingCells.Refuse)
                yield return OptionName.Missing;
            if (Dates != DateReading.Auto)
                yield return OptionName.Dates;
            if (Group is not null)
                yield return OptionName.Group;
            if (Time is not null)
                yield return OptionName.Time;
            if (Weights is not null)
                yield return OptionName.Weights;
            if (Unseen is not null)
                yield return OptionName.Unseen;
            if (Rare is not null)
                yield return OptionName.Rare;
        }
    }

    private void CheckPipe(string data, string? validation)
    {
        var names = new[] { data, validation, TestPath };
        if (names.Count(name => name is not null && StandardInput.IsName(name)) > 1)
            throw Failure.Usage(
                $"{StandardInput.Name}: standard input given twice (it is one data set: the others have to be files)"
            );
    }

    // Of data that belong to the same run, the options about the format may be meant for these.
    private bool IsText(string? path) =>
        path is not null && Format.Wanted.Any() && DataSource.Find(path, Format.Csv).IsDelimited;
}

/// <summary>What defaults go by: how many rows there are, of how many features, and whether they are those of a table.</summary>
internal sealed record DataShape(int Rows, int Features, bool IsTable)
{
    /// <summary>The shape of rows that have been read, before any of them are set aside.</summary>
    public static DataShape Of(DataSource source, Sample sample) =>
        new(sample.Rows, sample.Schema.Cols, source.IsTable);

    /// <summary>As in: 150 rows, 4 features.</summary>
    public override string ToString() =>
        $"{Rows:N0} {(Rows == 1 ? "row" : "rows")}, {Features:N0} {(Features == 1 ? "feature" : "features")}";
}

/// <summary>What enters a network: so many features, some of which are numbers and the rest categories.</summary>
/// <param name="Numbers">The places of the numbers, in ascending order.</param>
internal sealed record Features(int Count, IReadOnlyList<int> Numbers)
{
    /// <summary>Features that all are numbers.</summary>
    public static Features All(int count) => new(count, [.. Enumerable.Range(0, count)]);

    /// <summary>The features of rows: where columns have no names all of them are numbers.</summary>
    public static Features Of(Schema schema) =>
        schema.Columns.Count == 0
            ? All(schema.Cols)
            : new(
                schema.Cols,
                // Of a date its year is one.
                [
                    .. schema
                        .Columns.Placed()
                        .Where(one => one.Column.IsNumber || one.Column.IsDate)
                        .Select(one => one.First),
                ]
            );

    /// <summary>The features of a network, whose waves say which of them are numbers.</summary>
    public static Features Of(Network network) =>
        network.Layers.OfType<Layer.Periodic>().FirstOrDefault() is { } waves
            ? new(network.Inputs, [.. waves.Settings.Features])
            : All(network.Inputs);
}

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
