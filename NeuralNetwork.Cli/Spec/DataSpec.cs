using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Spec;

/// <summary>What data to train on, and what to make of them.</summary>
internal sealed record DataSpec
{
    /// <summary>The data, as the user names them; null where nobody did.</summary>
    public string? Name { get; init; }

    /// <summary>The column to learn; null for the last one.</summary>
    public string? Target { get; init; }

    /// <summary>Whether classes are learned; null where the data decide.</summary>
    public bool? IsClassification { get; init; }

    public ColumnNames? Ignored { get; init; }
    public ColumnNames? Categorical { get; init; }
    public MissingCells Missing { get; init; }

    /// <summary>Whether features are standardized; null where the kind of the data decides.</summary>
    public bool? Standardize { get; init; }

    /// <summary>Where the rows to test with are, if not beside those to train with.</summary>
    public string? TestPath { get; init; }

    public FormatSpec Format { get; init; } = new();

    /// <summary>What to make of a table.</summary>
    public TableOrder Order =>
        new(Target, IsClassification, Ignored ?? ColumnNames.None, Categorical ?? ColumnNames.None, Missing);

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
            if (Target is not null)
                yield return OptionName.Target;
            if (Ignored is not null)
                yield return OptionName.Ignore;
            if (Categorical is not null)
                yield return OptionName.Categorical;
            if (Missing != MissingCells.Refuse)
                yield return OptionName.Missing;
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
            : new(schema.Cols, [.. schema.Columns.Placed().Where(one => one.Item1.IsNumber).Select(one => one.Item2)]);

    /// <summary>The features of a network, whose waves say which of them are numbers.</summary>
    public static Features Of(Network network) =>
        network.Layers.OfType<Layer.Periodic>().FirstOrDefault() is { } waves
            ? new(network.Inputs, [.. waves.Settings.Features])
            : All(network.Inputs);
}
