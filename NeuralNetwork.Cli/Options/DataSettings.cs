using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The options that say what to make of data that are trained on.</summary>
internal sealed class DataSettings(ParseResult result)
{
    private const string Columns = "NAME,…";

    public const string TargetName = "--target";
    public const string IgnoredName = "--ignore";
    public const string CategoricalName = "--categorical";
    public const string MissingName = "--missing";
    public const string TestName = "--test";

    private static readonly Setting<string> Target = new(
        TargetName,
        "COLUMN",
        "The column to learn (default: the last one)",
        Read.Any
    );

    private static readonly Setting<bool?> Task = new(
        "--task",
        "NAME",
        "What to learn: auto, classification, regression",
        Read.OneOf<bool?>(("auto", null), ("classification", true), ("regression", false)),
        "auto"
    );

    private static readonly Setting<ColumnNames> Ignored = new(
        IgnoredName,
        Columns,
        "Columns to leave out; a name with a comma in quotes: '\"a, b\",c'",
        ColumnNames.Read
    );

    private static readonly Setting<ColumnNames> Categorical = new(
        CategoricalName,
        Columns,
        "Columns of numbers that are names of categories",
        ColumnNames.Read
    );

    private static readonly Setting<MissingCells> Missing = new(
        MissingName,
        "NAME",
        "Missing cells: refuse, the mean or median of their column takes their place, or drop their rows",
        Read.OneOf(
            ("refuse", MissingCells.Refuse),
            ("mean", MissingCells.Mean),
            ("median", MissingCells.Median),
            ("drop", MissingCells.Drop)
        ),
        "refuse"
    );

    private static readonly Setting<bool> Standardized = new(
        "--standardize",
        "true|false",
        "Subtract the mean of each feature and divide by its deviation (default: true for tables, false for images)",
        Read.Flag
    );

    private static readonly Setting<string> Test = new(
        TestName,
        "DATA",
        "Rows to test the trained model with",
        Read.Any,
        whole: Arguments.Whole
    );

    public static IEnumerable<Option> Options =>
        [
            Target.Option,
            Task.Option,
            Ignored.Option,
            Categorical.Option,
            Missing.Option,
            Standardized.Option,
            Test.Option,
            .. FormatSettings.Options,
        ];

    private readonly string[] aboutColumns =
    [
        .. Target.IsWanted(result) ? [Target.Name] : Array.Empty<string>(),
        .. Ignored.IsWanted(result) ? [Ignored.Name] : Array.Empty<string>(),
        .. Categorical.IsWanted(result) ? [Categorical.Name] : Array.Empty<string>(),
        .. Missing.IsWanted(result) ? [Missing.Name] : Array.Empty<string>(),
    ];

    private readonly string[] aboutFormat = [.. FormatSettings.Wanted(result)];

    /// <summary>The options that were given, as they were typed.</summary>
    public IReadOnlyList<(string Name, string Value)> Given { get; } =
    [
        .. Options
            .Select(option => (option.Name, Found: result.GetResult(option)))
            .Where(one => one.Found is { Implicit: false, Tokens.Count: 1 })
            .Select(one => (one.Name, one.Found!.Tokens[0].Value)),
    ];

    /// <summary>How CSV files are written.</summary>
    public CsvFormat Format { get; } = FormatSettings.Of(result);

    /// <summary>What to make of a table.</summary>
    public TableOrder Order { get; } =
        new(
            Target.IsGiven(result) ? Target.Of(result) : null,
            Task.Of(result),
            Ignored.Or(result, ColumnNames.None),
            Categorical.Or(result, ColumnNames.None),
            Missing.Of(result)
        );

    /// <summary>Whether features are standardized; null where the kind of the data decides.</summary>
    public bool? Standardize { get; } = Standardized.IsGiven(result) ? Standardized.Of(result) : null;

    /// <summary>Where the rows to test with are, if not beside those to train with.</summary>
    public string? TestPath { get; } = Test.IsGiven(result) ? Test.Of(result) : null;

    /// <summary>The data of a name. A usage failure where an option asks for what such data do not have.</summary>
    /// <param name="validation">Where the rows to validate with are, if they are data of their own.</param>
    public DataSource Open(string data, string? validation = null)
    {
        CheckPipe(data, validation);
        var source = DataSource.Find(data, Format);
        FormatSettings.CheckColumns(aboutColumns, source);
        SourceSettings.Check(result, source);
        if (!IsText(validation) && !IsText(TestPath))
            FormatSettings.Check(aboutFormat, source);
        if (source is IdxFolder && Order.IsClassification == false)
            throw Failure.Usage($"{Task.Name}: regression does not go with {source.Name} (its labels are classes)");
        return source;
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
        aboutFormat.Length > 0 && path is not null && DataSource.Find(path, Format).IsDelimited;
}
