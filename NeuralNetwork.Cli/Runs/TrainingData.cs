using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Engine;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// The rows of a run: to train with, to validate and to test with if there are any, what they look like, and what happens
/// to them before they enter the network.
/// </summary>
internal sealed record TrainingData(
    Dataset Train,
    Dataset? Validation,
    Dataset? Test,
    Schema Schema,
    Preprocessing Preprocessing,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>What files that only validate or test are called by before their names.</summary>
    public const string ValidationRole = "validation";
    public const string TestRole = "test";

    private const long FewBytes = 32 << 20;

    /// <summary>The first target below 0 of any rows, and where it is; null without any.</summary>
    public string? NegativeTarget { get; init; }

    /// <summary>What there is to say about how the files were read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Which rows of their files the rows are that are trained on, validated with and tested with.</summary>
    public (RowNumbers Train, RowNumbers Validation, RowNumbers Test) Numbers { get; init; }

    /// <summary>Where rows are in folds, which rows of the file each has; none otherwise.</summary>
    public int[][] FoldRows { get; init; } = [];

    /// <summary>The classes, and how many rows each has to train and to validate with; none where numbers are learned.</summary>
    public (string Name, int Rows)[] Balance =>
        TargetEncoder.Balance(Schema.Learned, Train.Targets, Validation?.Targets);

    /// <summary>Whether epochs are evaluated on rows that were not learned from: rows of their own, or those each member leaves out.</summary>
    public bool IsValidated => Validation is not null || Train.Folds.Length > 0;

    /// <summary>How many rows epochs are evaluated on.</summary>
    public int ValidationRows => Validation?.Rows ?? Train.Folds.Length;

    /// <summary>The classes of these rows; none where there are no such rows, or no classes.</summary>
    public int[] ValidationLabels =>
        IsValidated && (Validation ?? Train).Targets is Targets.Labels labels ? labels.Labels : [];

    /// <summary>The class names; empty where numbers are learned.</summary>
    public string[] Labels => Schema.Learned is Learned.Classes classes ? classes.Names : [];

    /// <summary>The rows of a data set, its training part split by the seed; everything is fitted on training rows alone.</summary>
    /// <param name="choose">Which rows are for what where rows of this shape were read.</param>
    public static TrainingData Of(DataSource source, DataSpec settings, Func<DataShape, RowChoice> choose)
    {
        var (choice, parts, about) = Parts(source, settings.Order, choose);
        var (train, aside, held) = (parts.Train, parts.Aside, parts.Held);
        var (validation, seed, rows) = choice;
        MachineMemory.GiveBack(aside is null || train.Features.IsStored ? 0 : train.Features.LongLength);
        var doubts = about.Doubts.ToList();
        train = RowParts.Some(train, rows ?? train.Rows, seed);
        var (schema, fills) = MissingNumbers.Fills(train, settings.Order.Missing);
        schema = schema with { Drops = settings.Order.Missing == MissingCells.Drop };
        Standardizer.Fill(train.Features, schema.Cols, fills);
        foreach (var sample in new[] { aside, held }.OfType<Sample>())
            Standardizer.Fill(sample.Features, schema.Cols, fills);
        var other = Other(source, validation.Path, ValidationRole, schema, settings.Format.Csv, doubts);
        aside = other ?? KeptAside(aside);
        var test =
            held
            ?? Other(source, settings.TestPath, TestRole, schema, settings.Format.Csv, doubts)
            ?? (source.HasParts ? source.Use(Part.Test, schema, needsTargets: true) : null);
        train = RowWeights.Scaled(train, "training", "nothing would be learned");
        aside = aside is null
            ? null
            : RowWeights.Scaled(aside, "validation", "another --validation or --seed may have others");
        var folded = validation.IsFolds ? train.Data.WithFolds(RowParts.Folds(train, choice.Members, seed)) : null;
        var isStandardized = settings.Standardize ?? source.IsTable;
        return new(
            folded ?? train.Data,
            aside?.WithTargets().Data,
            // Who counts how much is a matter of learning.
            test?.WithTargets().Data.With([]),
            schema,
            Fitted.Of(train with { Schema = schema }, isStandardized),
            [
                .. doubts,
                // A number for every row of them would take more room than windows of the rows.
                .. train.Features.IsStored ? [] : Copies(train, aside, test, doubts, folded),
                .. isStandardized ? Fitted.Constants(train) : [],
            ]
        )
        {
            FoldRows = parts.Folds,
            NegativeTarget = about.Negative ?? Negative(other) ?? Negative(test),
            Numbers = (train.Numbers, aside?.Numbers ?? default, test?.Numbers ?? default),
            Notes =
            [
                .. train.Notes.Concat(aside?.Notes ?? []).Concat(test?.Notes ?? []).Distinct(),
                .. RowWeights.Notes(train, other, settings.Weights),
            ],
        };
    }

    /// <summary>The same with a weight for each row, by its class among the training rows; the test is never weighed.</summary>
    public TrainingData Weighed(ClassWeighting weights) =>
        this with
        {
            Train = weights.Weigh(Train, Train),
            Validation = Validation is null ? null : weights.Weigh(Validation, Train),
        };

    /// <summary>What is learned, for whoever has not said it.</summary>
    public string Task()
    {
        var target =
            Schema.Targets.Count > 0
                ? $"target{(Schema.Targets.Count > 1 ? "s" : "")} {Failure.Quoted(Schema.Targets)}: "
                : "";
        return Schema.Learned is Learned.Classes classes
            ? $"{target}classification, {classes.Names.Length} classes: {TextCells.Some(classes.Names)}"
            : $"{target}regression, {Schema.Learned.Outputs} number{(Schema.Learned.Outputs == 1 ? "" : "s")} a row";
    }

    /// <summary>The preprocessing of a network on these data: values are shifted only where its outputs are values.</summary>
    public Preprocessing PreprocessingFor(Network network) =>
        Loss.output(network.Loss).IsLinear
            ? Preprocessing
            : new Preprocessing(
                Preprocessing.Divisor,
                Preprocessing.Shift,
                Preprocessing.Scale,
                Preprocessing.Columns,
                Preprocessing.Targets,
                [],
                []
            );

    /// <summary>
    /// The rows to train with, those set aside, and what is to be said of all of them as they were read, before missing
    /// numbers are filled in. The whole of them is known in here only, and can be given back afterwards.
    /// </summary>
    private static (RowChoice Rows, SampleParts Parts, (string[] Doubts, string? Negative) About) Parts(
        DataSource source,
        TableOrder table,
        Func<DataShape, RowChoice> choose
    )
    {
        var sample = source.Train(table);
        var rows = choose(DataShape.Of(source, sample));
        var (doubts, negative) = (sample.Features.IsStored ? [] : Suspicions.Of(sample).ToArray(), Negative(sample));
        var parts = SampleParts.Of(sample, rows);
        return (rows, parts, (doubts, negative));
    }

    // Rows that are looked at in every epoch, and lie all over their file, stay in memory where they are few.
    private static Sample? KeptAside(Sample? aside) =>
        aside?.Features is NumberArray.Stored { LongLength: var length, Kind: var kind }
        && length * PackRecord.Size(kind) <= FewBytes
            ? aside with
            {
                Features = aside.Features.InMemory(),
            }
            : aside;

    /// <summary>What there is to say of rows that are measured on and learned from, unless all of the file are.</summary>
    private static IEnumerable<string> Copies(
        Sample train,
        Sample? aside,
        Sample? test,
        IReadOnlyList<string> doubts,
        Dataset? folded
    )
    {
        var known = new Lazy<HashSet<ulong>>(() => [.. RowCopies.Marks(train.Data)]);
        foreach (var (role, rows) in new[] { (ValidationRole, aside), (TestRole, test) })
            if (
                rows is not null
                && !doubts.Any(one => one.StartsWith($"{rows.Path}: the {role}", StringComparison.Ordinal))
                && RowCopies.Doubt(rows.Path, role, known.Value, rows.Data) is { } line
            )
                yield return line;
        if (folded is not null && RowCopies.Doubt(train.Path, folded) is { } found)
            yield return found;
    }

    private static string? Negative(Sample? sample)
    {
        if (sample?.Targets is not Targets.Values values)
            return null;
        for (var place = 0; place < values.Values.Length; place++)
            if (values.Values.At(place) is < 0 and var found)
                return $"{sample.Path}: row {sample.Numbers[place / values.Cols]}: target {Text.number(found)}";
        return null;
    }

    /// <summary>Rows from a place of their own, if there is one. It is doubtful whether they should be trained on, too.</summary>
    private static Sample? Other(
        DataSource source,
        string? path,
        string role,
        Schema schema,
        CsvFormat format,
        List<string> doubts
    )
    {
        if (path is null)
            return null;
        var other = DataSource.Find(path, format);
        var sample = other.Use(Part.Test, schema, needsTargets: true);
        if (source.HasContentOf(other))
            doubts.Add($"{path}: the {role} data are the training data (a measure of rows it knows, and of no others)");
        source.Adopt(role, other);
        return sample;
    }
}

/// <summary>How much rows count by a column of their own: in the mean of the rows that are trained on, or set aside, 1.</summary>
internal static class RowWeights
{
    /// <summary>The rows with their weights, in the mean 1, as they are without any. A usage failure where none of them counts.</summary>
    /// <param name="remedy">What may help where all weights are 0.</param>
    public static Sample Scaled(Sample rows, string role, string remedy) =>
        rows.Keys.Weights is { } weights
            ? rows with
            {
                Keys = rows.Keys with
                {
                    Weights = Dataset.ScaledWeights(weights) is { Length: > 0 } scaled
                        ? scaled
                        : throw Failure.Usage(OptionName.Weights, $"all {role} rows have the weight 0 ({remedy})"),
                },
            }
            : rows;

    /// <summary>What there is to say of it.</summary>
    /// <param name="other">The rows to validate with, where they are data of their own, which are read as a test is.</param>
    public static IEnumerable<string> Notes(Sample train, Sample? other, string? column)
    {
        if (column is null)
            yield break;
        yield return $"{train.Path}: {Failure.Quote(column)} has sample weights (only their ratios count)";
        if (other is not null)
            yield return $"{other.Path}: all rows count the same ({OptionName.Weights} is about rows of the training data)";
    }
}
