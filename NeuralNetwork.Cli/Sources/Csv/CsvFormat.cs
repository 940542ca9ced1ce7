namespace NeuralNetwork.Cli.Sources;

/// <summary>How a text table is written, as far as the user said: what is null is found out.</summary>
internal sealed record CsvFormat(char? Separator, bool? HasHeader)
{
    /// <summary>The separator that stands for runs of blanks and tabs.</summary>
    public const char Blanks = ' ';

    public static CsvFormat Auto { get; } = new(null, null);

    /// <summary>Separators by their names.</summary>
    public static (string Name, char? Value)[] Separators { get; } =
    [("auto", null), ("comma", ','), ("semicolon", ';'), ("tab", '\t'), ("pipe", '|'), ("blanks", Blanks)];

    /// <summary>What a separator is called.</summary>
    public static string NameOf(char separator) =>
        Array.Find(Separators, known => known.Value == separator).Name ?? $"{separator}";

    /// <summary>What files are, whatever they are called.</summary>
    public FileKind? Kind { get; init; }

    /// <summary>The index of the first feature in a LIBSVM file.</summary>
    public int? FirstIndex { get; init; }

    /// <summary>So many lines come before the table.</summary>
    public int Skip { get; init; }

    /// <summary>So many lines with anything in them come behind the table.</summary>
    public int SkipLast { get; init; }

    /// <summary>What a line begins with that is no row; null: every line is one.</summary>
    public string? Comment { get; init; }

    /// <summary>What stands around texts with separators in them; null: nothing does, and quotes are letters like others.</summary>
    public char? Quote { get; init; } = '"';

    public TextEncoding Encoding { get; init; }

    /// <summary>Whether the user said anything that only a text with separators has.</summary>
    public bool IsSaid =>
        Separator is not null
        || HasHeader is not null
        || this is { Skip: > 0 } or { SkipLast: > 0 } or { Comment: not null } or { Quote: not '"' }
        || Encoding != TextEncoding.Auto;

    /// <summary>How numbers are written.</summary>
    public NumberNotation Numbers { get; init; } = NumberNotation.Plain;

    /// <summary>The words that say that a value is not known.</summary>
    public MissingWords Missing { get; init; } = MissingWords.Usual;
}

/// <summary>How a text table is written, once it is known.</summary>
internal sealed record CsvDialect(char Separator, CsvFormat Format)
{
    /// <summary>Whether quotes have blanks around them: 1, "a, b", 2. That takes an eighth longer to read.</summary>
    public bool IsTrimmed { get; init; }

    /// <summary>The fields before the first column: names of rows.</summary>
    public int First { get; init; }

    /// <summary>The fields of a line whose last one is nothing but the end of a line behind a separator; 0: no line is such.</summary>
    public int OpenEnd { get; init; }
}

/// <summary>What becomes of rows whose cells are missing.</summary>
internal enum MissingCells
{
    /// <summary>The first one is an error.</summary>
    Refuse,

    /// <summary>The mean of the training rows takes their place.</summary>
    Mean,

    /// <summary>The median of the training rows takes their place.</summary>
    Median,

    /// <summary>The row is left out.</summary>
    Drop,
}
