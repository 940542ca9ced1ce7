using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// From where to where the numbers of each column were in training. A network says anything of what is far outside: a typo of 58.9
/// for 5.89 is predicted like any other number.
/// </summary>
internal sealed class TrainedRanges(Schema schema, AnyModel model, JsonElement? resolved)
{
    private const string Field = "ranges";

    // The record of a run is for readers, too.
    private const int MostRecorded = 1000;

    // Where only mean and deviation are known.
    private const double FarDeviations = 10;

    private readonly Limit?[] limits = Limits(schema, PreprocessingOf(model), resolved);
    private string path = "";

    // Rows that were looked at, and those of them with something far outside.
    private long seen;
    private long rows;
    private (double Excess, long Row, int Feature, double Value) farthest;

    /// <summary>The ranges of the columns of numbers, for the record of a run; null where features have no names.</summary>
    public static JsonObject? Document(TrainingData data)
    {
        if (data.Schema.Columns.Count is 0 or > MostRecorded)
            return null;
        var ranges = ColumnRange.Of(data.Train.Inputs, data.Schema.Cols);
        return new(
            data.Schema.Columns.Placed()
                .Where(place => place.Column is Column.Number or Column.Date)
                .Select(place =>
                    KeyValuePair.Create(
                        place.Column.Title,
                        (JsonNode?)new JsonArray(ranges[place.First].Least, ranges[place.First].Greatest)
                    )
                )
        );
    }

    /// <summary>Puts them where they are looked for.</summary>
    public static void Record(TrainingData data, JsonObject resolved)
    {
        if (Document(data) is { Count: > 0 } ranges)
            resolved[Field] = ranges;
    }

    /// <summary>A warning where rows have numbers far outside those of training; null otherwise.</summary>
    /// <param name="resolved">What the run of the model has on record; null where it lies in none.</param>
    public static string? Warning(Sample sample, AnyModel model, JsonElement? resolved)
    {
        var ranges = new TrainedRanges(sample.Schema, model, resolved);
        ranges.Add(sample);
        return ranges.Said;
    }

    /// <summary>Looks at more rows.</summary>
    public void Add(Sample sample)
    {
        path = sample.Path;
        if (sample.ArePictures || Array.TrueForAll(limits, limit => limit is null))
            return;
        var row = 0;
        TableRows.Visit(
            sample.Features,
            sample.Cols,
            values =>
            {
                var isFar = false;
                for (var feature = 0; feature < values.Length; feature++)
                {
                    if (limits[feature] is not { } limit || limit.Excess(values[feature]) is not (> 0 and var excess))
                        continue;
                    isFar = true;
                    if (excess > farthest.Excess)
                        farthest = (excess, seen + sample.Numbers[row], feature, values[feature]);
                }
                rows += isFar ? 1 : 0;
                row++;
            }
        );
        seen += sample.Rows;
    }

    /// <summary>A warning where rows so far have numbers far outside; null otherwise.</summary>
    public string? Said =>
        rows == 0
            ? null
            : $"{path}: {(rows == 1 ? "1 row has" : $"{rows} rows have")} values far outside the training range"
                + $" ({(rows == 1 ? "" : "the farthest in ")}row {farthest.Row}, {schema.Called(farthest.Feature)}:"
                + $" {Text.number(farthest.Value)}, trained on {limits[farthest.Feature]!.Value.Shown})";

    private static Preprocessing PreprocessingOf(AnyModel model) =>
        model switch
        {
            AnyModel.Single single => single.Item.Preprocessing,
            AnyModel.Double twice => twice.Item.Preprocessing,
            _ => Preprocessing.None,
        };

    /// <summary>For each feature how far its numbers may be; null for those that say whether a cell is of a category.</summary>
    private static Limit?[] Limits(Schema schema, Preprocessing preprocessing, JsonElement? resolved)
    {
        var limits = new Limit?[schema.Cols];
        if (preprocessing.Shift.Length == schema.Cols && schema.Columns.Count == 0)
            for (var feature = 0; feature < schema.Cols; feature++)
                limits[feature] = Limit.Around(preprocessing, feature);
        foreach (var (column, first) in schema.Columns.Placed())
            // Of a date its year.
            if (column is Column.Number or Column.Date)
                limits[first] =
                    Recorded(resolved, column.Title)
                    ?? (preprocessing.Shift.Length == schema.Cols ? Limit.Around(preprocessing, first) : null);
        return limits;
    }

    // What other programs write there is none of our business.
    private static Limit? Recorded(JsonElement? resolved, string column) =>
        resolved is { ValueKind: JsonValueKind.Object } record
        && record.TryGetProperty(Field, out var ranges)
        && ranges.ValueKind == JsonValueKind.Object
        && ranges.TryGetProperty(column, out var range)
        && range.ValueKind == JsonValueKind.Array
        && range.GetArrayLength() == 2
        && range[0].ValueKind == JsonValueKind.Number
        && range[1].ValueKind == JsonValueKind.Number
            ? Limit.Beside(range[0].GetDouble(), range[1].GetDouble())
            : null;

    /// <summary>Numbers between which nothing is far, the width that distances are measured in, and what was trained on.</summary>
    private readonly record struct Limit(double Least, double Greatest, double Width, string Shown)
    {
        /// <summary>Far is more than the width of a range outside of it.</summary>
        public static Limit Beside(double least, double greatest)
        {
            var width =
                greatest > least ? greatest - least
                : greatest != 0 ? Math.Abs(greatest)
                : 1;
            return new(
                least - width,
                greatest + width,
                width,
                greatest > least ? $"{Text.number(least)} to {Text.number(greatest)}" : $"{Text.number(least)} alone"
            );
        }

        public static Limit Around(Preprocessing preprocessing, int feature)
        {
            var divisor = preprocessing.Divisor;
            var (mean, deviation) = (preprocessing.Shift[feature] * divisor, preprocessing.Scale[feature] * divisor);
            var reach = FarDeviations * deviation;
            return new(
                mean - reach,
                mean + reach,
                reach,
                $"mean {Text.number(mean)}, deviation {Text.number(deviation)}"
            );
        }

        /// <summary>How far outside a number is; 0 where it is not far.</summary>
        public double Excess(double value) =>
            value < Least ? (Least - value) / Width
            : value > Greatest ? (value - Greatest) / Width
            : 0;
    }
}

/// <summary>What is known about columns from the training rows alone.</summary>
internal static class Fitted
{
    /// <summary>What happens to rows before they enter the network, and to what is predicted.</summary>
    public static Preprocessing Of(Sample train, bool isStandardized)
    {
        if (isStandardized)
            CheckRange(train);
        var divisor = train.ArePictures ? Preprocessing.Bytes.Divisor : 1;
        var (shift, scale) = isStandardized ? Standardizer.Of(train.Features, train.Cols, divisor) : ([], []);
        // Zeros and ones stay what they are.
        foreach (var feature in isStandardized ? Indicators(train.Schema) : [])
            (shift[feature], scale[feature]) = (0, 1);
        var (targetShift, targetScale) =
            isStandardized && train.Targets is Targets.Values values
                ? Standardizer.Of(values.Values, values.Cols, 1)
                : ([], []);
        return new(
            divisor,
            shift,
            scale,
            [.. train.Schema.Columns],
            [.. train.Schema.Targets],
            targetShift,
            targetScale
        );
    }

    private static void CheckRange(Sample train)
    {
        const string TooWide = "numbers too large to standardize (their range is beyond float64)";
        if (Standardizer.TooWide(train.Features, train.Cols) is { } feature)
            throw Failure.BadInput($"{train.Path}: {train.Schema.Called(feature)}: {TooWide}");
        if (train.Targets is Targets.Values values && Standardizer.TooWide(values.Values, values.Cols) is { } output)
            throw Failure.BadInput($"{train.Path}: {train.Schema.CalledTarget(output)}: {TooWide}");
    }

    /// <summary>Refuses training rows with numbers that single precision does not hold: a model could not be given them.</summary>
    public static void CheckPrecision(string path, TrainingData data)
    {
        CheckPrecision(path, data.Train.Inputs, data.Schema.Cols, data, data.Schema.Called);
        if (data.Train.Targets is Targets.Values values)
            CheckPrecision(path, values.Values, values.Cols, data, data.Schema.CalledTarget);
    }

    private static void CheckPrecision(
        string path,
        NumberArray table,
        int cols,
        TrainingData data,
        Func<int, string> called
    )
    {
        if (table.Kind != TypeCode.Double)
            return;
        var row = 0;
        TableRows.Visit(
            table,
            cols,
            numbers =>
            {
                for (var column = 0; column < numbers.Length; column++)
                    if (float.IsInfinity((float)numbers[column]))
                        throw Failure.BadInput(
                            $"{path}: row {data.Numbers.Train[row]}: {called(column)}: {Text.number(numbers[column])} is beyond float32,"
                                + $" up to {Text.number(float.MaxValue)} (--precision float64 takes it)"
                        );
                row++;
            }
        );
    }

    /// <summary>The features that say whether a cell is of a category.</summary>
    private static IEnumerable<int> Indicators(Schema schema)
    {
        foreach (var (column, first) in schema.Columns.Placed())
            for (var place = 0; column is Column.Category or Column.OpenCategory && place < column.Features; place++)
                yield return first + place;
    }

    /// <summary>A line for every column that never changes.</summary>
    public static IEnumerable<string> Constants(Sample train)
    {
        var constant = Standardizer.Constants(train.Features, train.Cols).ToHashSet();
        foreach (
            var output in train.Targets is Targets.Values values
                ? Standardizer.Constants(values.Values, values.Cols)
                : []
        )
        {
            var called = train.Schema.Targets.Count > 1 ? train.Schema.CalledTarget(output) : "the target";
            yield return $"{train.Path}: {called} is the same in every training row";
        }
        if (train.Schema.Columns.Count == 0 && constant.Count > 0)
            yield return $"{train.Path}: {constant.Count} of {train.Cols} features are the same in every training row";
        foreach (var (column, first) in train.Schema.Columns.Placed())
            if (column is Column.OpenCategory { HasOther: true } && constant.Contains(first + column.Features - 1))
                yield return $"{train.Path}: column {Failure.Quote(column.Title)}: no training row has another category,"
                    + $" so nothing is learned of unseen ones ({OptionName.Rare} sets the limit)";
            else if (
                column is Column.Number or Column.Date
                && constant.IsSupersetOf(Enumerable.Range(first, column.Features))
            )
                yield return $"{train.Path}: column {Failure.Quote(column.Title)} is the same in every training row (it says nothing)";
    }
}
