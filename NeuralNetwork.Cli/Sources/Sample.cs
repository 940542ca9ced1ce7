using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

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
/// What rows have to look like to suit a training or a model. Columns is empty where features have no names; Targets is
/// then empty, too.
/// </summary>
/// <param name="Targets">The columns that are learned: one, or one for each of several values.</param>
internal sealed record Schema(int Cols, IReadOnlyList<Column> Columns, IReadOnlyList<string> Targets, Learned Learned)
{
    /// <summary>The column that is learned; empty where none has a name, or several are.</summary>
    public string Target => Targets is [var only] ? only : "";

    /// <summary>What the values of a row are called, where there are several: their columns, or 1, 2, …</summary>
    public string[] ValueNames =>
        Targets.Count > 1 ? [.. Targets] : [.. Enumerable.Range(1, Learned.Outputs).Select(place => $"{place}")];

    /// <summary>What to call one of several values: value 2, or its column.</summary>
    public string CalledValue(int output) => Targets.Count > 1 ? Targets[output] : $"value {output + 1}";

    /// <summary>What to call a target in a message.</summary>
    public string CalledTarget(int output) =>
        Targets.Count == 0 ? "target" : $"target {Failure.Quote(Targets[Targets.Count > 1 ? output : 0])}";

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
        return new(model.Network.Inputs, [.. preprocessing.Columns], preprocessing.Targets, learned);
    }

    /// <summary>Class names where there are only numbers: 0, 1, 2, …</summary>
    public static string[] Numerals(int count) => [.. Enumerable.Range(0, count).Select(label => $"{label}")];

    /// <summary>What to call a feature: the column it comes from, or its number.</summary>
    public string Called(int feature)
    {
        foreach (var (column, first) in Columns.Placed())
            if (feature < first + column.Features)
                return $"column {Failure.Quote(column.Title)}";
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
        && (model.Preprocessing.TargetScale.Length > 0 || model.Preprocessing.Targets.Length > 0 || HasValues(model));

    private static bool HasValues<T>(Model<T> model) =>
        Loss.output(model.Network.Loss) is { IsSoftmax: false } and { IsSigmoid: false };
}

/// <summary>Rows as a file has them. Targets is null where the file says nothing about what is learned.</summary>
internal sealed record Sample(string Path, int Rows, NumberArray Features, Schema Schema, Targets? Targets)
{
    public int Cols => Schema.Cols;

    /// <summary>What there is to say about how the file was read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Which rows of the file these are.</summary>
    public RowNumbers Numbers { get; init; }

    /// <summary>Whether the features are those of pictures, whole numbers up to 255.</summary>
    public bool ArePictures { get; init; } = Features is NumberArray.Bytes;

    /// <summary>What the rows are kept together by, in what order they came, and what they count, where somebody says so.</summary>
    public RowKeys Keys { get; init; }

    /// <summary>The rows for the library; what is not known about them is 0.</summary>
    public Dataset Data => new(Rows, Cols, Features, Targets ?? Nothing(), Keys.Weights ?? [], []);

    /// <summary>The smallest kind of numbers that holds every feature exactly; those that stay in a file are in it.</summary>
    public TypeCode SmallestKind()
    {
        if (Features.Kind != TypeCode.Double || Features.IsStored)
            return Features.Kind;
        var kind = TypeCode.Byte;
        TableRows.Visit(
            Features,
            Cols,
            row =>
            {
                foreach (var number in row)
                    kind = NumberKind.With(kind, number);
            }
        );
        return kind;
    }

    /// <summary>The rows, which must say what is learned.</summary>
    public Sample WithTargets() =>
        Targets switch
        {
            null => throw Failure.BadInput(
                $"{Path}: nothing to compare with ({(Schema.Targets.Count > 0 ? $"no column{(Schema.Targets.Count > 1 ? "s" : "")} {Failure.Quoted(Schema.Targets)}" : "no targets")})"
            ),
            Targets.Values values when values.Cols != Schema.Learned.Outputs => throw Failure.BadInput(
                $"{Path}: {values.Cols} {(values.Cols == 1 ? "value" : "values")} a row (the model predicts {Schema.Learned.Outputs})"
            ),
            _ => this,
        };

    private Targets Nothing() =>
        Schema.Learned is Learned.Classes classes
            ? Targets.NewLabels(new int[Rows], classes.Names.Length)
            : Targets.NewValues(
                NumberArray.NewSingles(new float[Rows * Schema.Learned.Outputs]),
                Schema.Learned.Outputs
            );
}

/// <summary>What becomes of categories that were not there in training.</summary>
internal enum Unseen
{
    /// <summary>Their rows are refused.</summary>
    Refuse,

    /// <summary>None of the features of the column is 1.</summary>
    Zero,

    /// <summary>A feature of their own is, which training knows from rare categories.</summary>
    Other,
}

/// <summary>How open a column is to categories that nobody has seen, or hardly anybody.</summary>
/// <param name="Rare">So many rows a category has at least that has a feature of its own.</param>
internal sealed record Openness(Unseen Unseen, int Rare)
{
    /// <summary>Where other categories are to be learned from rare ones, those of fewer rows are rare.</summary>
    public const int UsualRare = 10;

    // As many different texts are read where only the frequent ones become features.
    private const int MostTexts = 1_000_000;

    /// <summary>Only what was there in training.</summary>
    public static Openness None { get; } = new(Unseen.Refuse, 1);

    /// <summary>The most different texts of a column.</summary>
    public int Most => Rare > 1 ? MostTexts : Column.MostCategories;
}

/// <summary>What to make of a file that is trained on.</summary>
internal sealed record TableOrder(
    ColumnNames? Targets,
    bool? IsClassification,
    ColumnNames Ignored,
    ColumnNames Categorical,
    MissingCells Missing
)
{
    /// <summary>What becomes of columns of dates.</summary>
    public DateReading Dates { get; init; }

    /// <summary>The column whose rows of one value belong together; null for none. It is no feature.</summary>
    public string? Group { get; init; }

    /// <summary>The column that says when a row was; null for none.</summary>
    public string? Time { get; init; }

    /// <summary>The column that says how much a row counts; null where all count the same. It is no feature.</summary>
    public string? Weights { get; init; }

    /// <summary>What becomes of categories that were not there in training, and of rare ones.</summary>
    public Openness Openness { get; init; } = Openness.None;

    public static TableOrder Usual { get; } = new(null, null, ColumnNames.None, ColumnNames.None, MissingCells.Refuse);
}

/// <summary>Some rows of a sample, as a sample of their own.</summary>
internal static class TakenRows
{
    /// <summary>The rows at these places, in this order.</summary>
    public static Sample Take(Sample sample, int[] rows) =>
        sample with
        {
            Rows = rows.Length,
            Numbers = sample.Numbers.Take(rows),
            Keys = sample.Keys.Take(rows),
            Features = sample.Features.Rows(sample.Cols, rows),
            Targets = sample.Targets is { } targets ? Take(targets, rows) : null,
        };

    /// <summary>The rows of data at these places with their weights, in no folds.</summary>
    public static Dataset Take(Dataset data, int[] rows) =>
        new(
            rows.Length,
            data.Cols,
            data.Inputs.Rows(data.Cols, rows),
            Take(data.Targets, rows),
            data.Weights is [] ? [] : Array.ConvertAll(rows, row => data.Weights[row]),
            []
        );

    private static Targets Take(Targets targets, int[] rows) =>
        targets switch
        {
            Targets.Labels labels => Targets.NewLabels(
                Array.ConvertAll(rows, row => labels.Labels[row]),
                labels.Classes
            ),
            Targets.Values values => Targets.NewValues(values.Values.Rows(values.Cols, rows), values.Cols),
            _ => throw new InvalidOperationException("a kind of targets that rows are not taken from"),
        };
}

/// <summary>
/// Which row of its file each row of some data was, counted from 0 without the line of names, as `nn predict` counts: rows
/// that were left out because cells are missing count, too.
/// </summary>
/// <param name="All">A number for each row; null where they are all rows of the file in order.</param>
internal readonly record struct RowNumbers(int[]? All)
{
    public int this[int row] => All is null ? row : All[row];

    /// <summary>The numbers of the rows at these places.</summary>
    public RowNumbers Take(int[] rows)
    {
        var all = All;
        return new(all is null ? rows : Array.ConvertAll(rows, row => all[row]));
    }
}

/// <summary>For each row its group, when it was and how much it counts; null where nobody says.</summary>
internal readonly record struct RowKeys(int[]? Groups, double[]? Times, double[]? Weights)
{
    /// <summary>Those of the rows at these places.</summary>
    public RowKeys Take(int[] rows) => new(Take(Groups, rows), Take(Times, rows), Take(Weights, rows));

    private static T[]? Take<T>(T[]? all, int[] rows) => all is null ? null : Array.ConvertAll(rows, row => all[row]);
}

/// <summary>Means and deviations of the columns of a table, in the units of its numbers divided by a divisor.</summary>
internal static class Standardizer
{
    /// <summary>Means, and deviations (divided by n) with 1 where a column never changes.</summary>
    public static (double[] Means, double[] Deviations) Of(NumberArray table, int cols, double divisor) =>
        table.Standardization(cols, divisor);

    /// <summary>The places of the columns that never change.</summary>
    public static IEnumerable<int> Constants(NumberArray table, int cols) =>
        ColumnRange.Of(table, cols).Index().Where(column => column.Item.IsConstant).Select(column => column.Index);

    /// <summary>The first column whose least and greatest number are so far apart that float64 has no difference of them.</summary>
    public static int? TooWide(NumberArray table, int cols)
    {
        var place = Array.FindIndex(ColumnRange.Of(table, cols), range => range.IsTooWide);
        return place < 0 ? null : place;
    }

    /// <summary>What takes the place of missing numbers: NaN in a table of float64, filled column by column.</summary>
    public static void Fill(NumberArray table, int cols, IReadOnlyList<double> fills)
    {
        if (table is not NumberArray.Doubles numbers)
            return;
        for (var place = 0; place < numbers.Item.Length; place++)
            if (double.IsNaN(numbers.Item[place]))
                numbers.Item[place] = fills[place % cols];
    }
}
