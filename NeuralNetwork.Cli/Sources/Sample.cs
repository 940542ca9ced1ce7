using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What is learned about a row.</summary>
internal abstract record Learned
{
    /// <summary>How many outputs it takes to say it, where every class has its own.</summary>
    public abstract int Outputs { get; }

    /// <summary>One of these classes.</summary>
    internal sealed record Classes(string[] Names) : Learned
    {
        public override int Outputs => Names.Length;
    }

    /// <summary>So many numbers.</summary>
    internal sealed record Values(int Count) : Learned
    {
        public override int Outputs => Count;
    }
}

/// <summary>
/// What rows have to look like to suit a training or a model. Columns is empty where features have no names; Target is
/// then empty, too.
/// </summary>
internal sealed record Schema(int Cols, IReadOnlyList<Column> Columns, string Target, Learned Learned)
{
    /// <summary>The index that the first feature has in a LIBSVM file; null where nobody has said it.</summary>
    public int? FirstIndex { get; init; }

    /// <summary>Whether rows with missing cells are left out where nothing can take the place of these.</summary>
    public bool Drops { get; init; }

    /// <summary>The rows that a model takes.</summary>
    public static Schema Of<T>(Model<T> model)
    {
        var outputs = model.Network.Outputs;
        Learned learned = IsRegression(model)
            ? new Learned.Values(outputs)
            : new Learned.Classes(model.Labels.Length > 0 ? model.Labels : Numerals(Math.Max(2, outputs)));
        var preprocessing = model.Preprocessing;
        return new(model.Network.Inputs, [.. preprocessing.Columns], preprocessing.Target, learned);
    }

    /// <summary>Class names where there are only numbers: 0, 1, 2, …</summary>
    public static string[] Numerals(int count) => [.. Enumerable.Range(0, count).Select(label => $"{label}")];

    /// <summary>What to call a feature: the column it comes from, or its number.</summary>
    public string Called(int feature)
    {
        foreach (var (column, first) in Columns.Placed())
            if (feature < first + column.Features)
                return $"column {CsvCursor.Quote(column.Title)}";
        return $"feature {feature}";
    }

    /// <summary>Refuses rows of another width.</summary>
    public void CheckCols(string path, int cols)
    {
        if (cols != Cols)
            throw Failure.BadInput($"{path}: {cols} features a row (the model takes {Cols})");
    }

    // A model that was trained on classes has their names; one without names may still tell them apart.
    private static bool IsRegression<T>(Model<T> model) =>
        model.Labels.Length == 0
        && (model.Preprocessing.TargetScale.Length > 0 || model.Preprocessing.Target.Length > 0 || HasValues(model));

    private static bool HasValues<T>(Model<T> model) =>
        LossModule.output(model.Network.Loss) is { IsSoftmax: false } and { IsSigmoid: false };
}

/// <summary>Rows as a file has them. Targets is null where the file says nothing about what is learned.</summary>
internal sealed record Sample(string Path, int Rows, Table Features, Schema Schema, Targets? Targets)
{
    public int Cols => Schema.Cols;

    /// <summary>What there is to say about how the file was read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Which rows of the file these are.</summary>
    public RowNumbers Numbers { get; init; }

    /// <summary>The rows for the library; what is not known about them is 0.</summary>
    public Data Data => new(Rows, Cols, Features, Targets ?? Nothing(), [], []);

    /// <summary>The rows, which must say what is learned.</summary>
    public Sample WithTargets() =>
        Targets switch
        {
            null => throw Failure.BadInput(
                $"{Path}: nothing to compare with ({(Schema.Target.Length > 0 ? $"no column '{Schema.Target}'" : "no targets")})"
            ),
            Targets.Values values when values.Cols != Schema.Learned.Outputs => throw Failure.BadInput(
                $"{Path}: {values.Cols} {(values.Cols == 1 ? "value" : "values")} a row (the model predicts {Schema.Learned.Outputs})"
            ),
            _ => this,
        };

    private Targets Nothing() =>
        Schema.Learned is Learned.Classes classes
            ? Targets.NewLabels(new int[Rows], classes.Names.Length)
            : Targets.NewValues(Table.NewSingles(new float[Rows * Schema.Learned.Outputs]), Schema.Learned.Outputs);
}

/// <summary>What to make of a file that is trained on.</summary>
internal sealed record TableOrder(
    string? Target,
    bool? IsClassification,
    ColumnNames Ignored,
    ColumnNames Categorical,
    MissingCells Missing
)
{
    public static TableOrder Usual { get; } = new(null, null, ColumnNames.None, ColumnNames.None, MissingCells.Refuse);
}
