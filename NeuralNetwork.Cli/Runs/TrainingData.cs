using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>
/// The rows of a run: to train with, to validate and to test with if there are any, what they look like, and what happens
/// to them before they enter the network.
/// </summary>
internal sealed record TrainingData(
    Data Train,
    Data? Validation,
    Data? Test,
    Schema Schema,
    Preprocessing Preprocessing,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>The class names; empty where numbers are learned.</summary>
    public string[] Labels => Schema.Learned is Learned.Classes classes ? classes.Names : [];

    /// <summary>The rows of a data set, its training part split by the seed; everything is fitted on training rows alone.</summary>
    public static TrainingData Of(DataSource source, DataSettings settings, ValidationRows validation, ulong seed)
    {
        var sample = source.Train(settings.Order);
        var (train, aside) = Parts(sample, validation, seed);
        var (schema, fills) = Fills(train, settings.Order.Missing);
        Standardizer.Fill(train.Features, schema.Cols, fills);
        if (aside is not null)
            Standardizer.Fill(aside.Features, schema.Cols, fills);
        aside = Other(source, validation.Path, "validation", schema, settings.Format) ?? aside;
        var test =
            Other(source, settings.TestPath, "test", schema, settings.Format)
            ?? (source.HasParts ? source.Use(Part.Test, schema, needsTargets: true) : null);
        var isStandardized = settings.Standardize ?? source.IsTable;
        return new(
            train.Data,
            aside?.WithTargets().Data,
            test?.WithTargets().Data,
            schema,
            Fit(train with { Schema = schema }, isStandardized),
            isStandardized ? [.. Constants(train)] : []
        );
    }

    /// <summary>The same with a weight for each row, by its class among the training rows; the test is never weighed.</summary>
    public TrainingData Weighed(WeightSettings weights) =>
        this with
        {
            Train = weights.Weigh(Train, Train),
            Validation = Validation is null ? null : weights.Weigh(Validation, Train),
        };

    /// <summary>What is learned, for whoever has not said it.</summary>
    public string Task()
    {
        var target = Schema.Target.Length > 0 ? $"target {CsvCursor.Quote(Schema.Target)}: " : "";
        return Schema.Learned is Learned.Classes classes
            ? $"{target}classification, {classes.Names.Length} classes: {TextCells.Some(classes.Names)}"
            : $"{target}regression, {Schema.Learned.Outputs} number{(Schema.Learned.Outputs == 1 ? "" : "s")} a row";
    }

    /// <summary>The preprocessing of a network on these data: values are shifted only where its outputs are values.</summary>
    public Preprocessing PreprocessingFor(Network network) =>
        CostModule.output(network.Cost).IsLinear
            ? Preprocessing
            : new Preprocessing(
                Preprocessing.Divisor,
                Preprocessing.Shift,
                Preprocessing.Scale,
                Preprocessing.Columns,
                Preprocessing.Target,
                [],
                []
            );

    /// <summary>Rows from a place of their own, if there is one.</summary>
    private static Sample? Other(DataSource source, string? path, string role, Schema schema, CsvFormat format)
    {
        if (path is null)
            return null;
        var other = DataSource.Find(path, format);
        var sample = other.Use(Part.Test, schema, needsTargets: true);
        source.Adopt(role, other);
        return sample;
    }

    private static (Sample Train, Sample? Aside) Parts(Sample sample, ValidationRows validation, ulong seed)
    {
        if (validation.Share == 0)
            return (sample, null);
        var split = Split.Of(sample.Targets!, sample.Rows, validation.Share, seed);
        return split.Aside.Length > 0 && split.Train.Length > 0
            ? (Take(sample, split.Train), Take(sample, split.Aside))
            : throw Failure.Usage($"--validation: {split.Aside.Length} of {sample.Rows} rows (both parts need a row)");
    }

    /// <summary>What missing numbers become, known from now on: in the columns, and for each feature.</summary>
    private static (Schema Schema, double[] Fills) Fills(Sample train, MissingCells missing)
    {
        var schema = train.Schema;
        var fills = new double[schema.Cols];
        if (missing is not (MissingCells.Mean or MissingCells.Median))
            return (schema, fills);
        var columns = new List<Column>();
        foreach (var column in schema.Columns)
        {
            var feature = columns.Sum(before => before.Features);
            if (column is Column.Number number)
                fills[feature] = FillOf(train, feature, number.Name, missing == MissingCells.Mean);
            columns.Add(column is Column.Number one ? Column.NewNumber(one.Name, fills[feature]) : column);
        }
        return (schema with { Columns = columns }, fills);
    }

    private static double FillOf(Sample train, int feature, string name, bool isMean)
    {
        var numbers = Standardizer.Sorted(train.Features, train.Cols, feature);
        if (numbers.Length == 0)
            throw Failure.BadInput(
                $"{train.Path}: column {CsvCursor.Quote(name)}: every training row has it missing (--ignore leaves it out)"
            );
        var middle = numbers.Length / 2;
        return isMean ? numbers.Average()
            : numbers.Length % 2 == 1 ? numbers[middle]
            : (numbers[middle - 1] + numbers[middle]) / 2;
    }

    private static Preprocessing Fit(Sample train, bool isStandardized)
    {
        var divisor = train.Features is Table.Bytes ? Preprocessing.Bytes.Divisor : 1;
        var (shift, scale) = isStandardized ? Standardizer.Of(train.Features, train.Cols, divisor) : ([], []);
        // Zeros and ones stay what they are.
        foreach (var feature in isStandardized ? Indicators(train.Schema) : [])
            (shift[feature], scale[feature]) = (0, 1);
        var (targetShift, targetScale) =
            isStandardized && train.Targets is Targets.Values values
                ? Standardizer.Of(values.Values, values.Cols, 1)
                : ([], []);
        return new(divisor, shift, scale, [.. train.Schema.Columns], train.Schema.Target, targetShift, targetScale);
    }

    /// <summary>The features that say whether a cell is of a category.</summary>
    private static IEnumerable<int> Indicators(Schema schema)
    {
        var feature = 0;
        foreach (var column in schema.Columns)
        {
            for (var place = 0; column is Column.Category && place < column.Features; place++)
                yield return feature + place;
            feature += column.Features;
        }
    }

    private static IEnumerable<string> Constants(Sample train)
    {
        var constant = Standardizer.Constants(train.Features, train.Cols).ToHashSet();
        if (train.Targets is Targets.Values values && Standardizer.Constants(values.Values, values.Cols).Any())
            yield return $"{train.Path}: the target is the same in every training row";
        if (train.Schema.Columns.Count == 0 && constant.Count > 0)
            yield return $"{train.Path}: {constant.Count} of {train.Cols} features are the same in every training row";
        var feature = 0;
        foreach (var column in train.Schema.Columns)
        {
            if (column is Column.Number && constant.Contains(feature))
                yield return $"{train.Path}: column {CsvCursor.Quote(column.Title)} is the same in every training row (it says nothing)";
            feature += column.Features;
        }
    }

    private static Sample Take(Sample sample, int[] rows) =>
        sample with
        {
            Rows = rows.Length,
            Features = Take(sample.Features, sample.Cols, rows),
            Targets = sample.Targets switch
            {
                Targets.Labels labels => Targets.NewLabels(
                    Array.ConvertAll(rows, row => labels.Labels[row]),
                    labels.Classes
                ),
                Targets.Values values => Targets.NewValues(Take(values.Values, values.Cols, rows), values.Cols),
                _ => null,
            },
        };

    private static Table Take(Table table, int cols, int[] rows) =>
        table switch
        {
            Table.Bytes bytes => Table.NewBytes(Take(bytes.Item, cols, rows)),
            Table.Singles numbers => Table.NewSingles(Take(numbers.Item, cols, rows)),
            Table.Doubles numbers => Table.NewDoubles(Take(numbers.Item, cols, rows)),
            _ => throw new InvalidOperationException("a kind of table that rows are not taken from"),
        };

    private static T[] Take<T>(T[] from, int cols, int[] rows)
    {
        var taken = new T[(long)rows.Length * cols];
        for (var place = 0; place < rows.Length; place++)
            from.AsSpan(rows[place] * cols, cols).CopyTo(taken.AsSpan(place * cols));
        return taken;
    }
}
