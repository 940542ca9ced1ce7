using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What is known about columns from the training rows alone.</summary>
internal static class Fitted
{
    /// <summary>What happens to rows before they enter the network, and to what is predicted.</summary>
    public static Preprocessing Of(Sample train, bool isStandardized)
    {
        if (isStandardized)
            CheckRange(train);
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

    private static void CheckRange(Sample train)
    {
        const string TooWide = "numbers too large to standardize (their range is beyond float64)";
        if (Standardizer.TooWide(train.Features, train.Cols) is { } feature)
            throw Failure.BadInput($"{train.Path}: {train.Schema.Called(feature)}: {TooWide}");
        if (train.Targets is Targets.Values values && Standardizer.TooWide(values.Values, values.Cols) is not null)
            throw Failure.BadInput($"{train.Path}: target {CsvCursor.Quote(train.Schema.Target)}: {TooWide}");
    }

    /// <summary>Refuses training rows with numbers that single precision does not hold: a model could not be given them.</summary>
    public static void CheckPrecision(string path, TrainingData data)
    {
        CheckPrecision(path, data.Train.Inputs, data.Schema.Cols, data, data.Schema.Called);
        if (data.Train.Targets is Targets.Values values)
            CheckPrecision(path, values.Values, values.Cols, data, Target);

        string Target(int _) =>
            data.Schema.Target is { Length: > 0 } name ? $"target {CsvCursor.Quote(name)}" : "target";
    }

    private static void CheckPrecision(string path, Table table, int cols, TrainingData data, Func<int, string> called)
    {
        if (table is not Table.Doubles numbers)
            return;
        var place = Array.FindIndex(numbers.Item, number => float.IsInfinity((float)number));
        if (place < 0)
            return;
        var (row, column) = Math.DivRem(place, cols);
        throw Failure.BadInput(
            $"{path}: row {data.Numbers.Train[row]}: {called(column)}: {Text.number(numbers.Item[place])} is beyond float32,"
                + $" up to {Text.number(float.MaxValue)} (--precision float64 takes it)"
        );
    }

    /// <summary>The features that say whether a cell is of a category.</summary>
    private static IEnumerable<int> Indicators(Schema schema)
    {
        foreach (var (column, first) in schema.Columns.Placed())
            for (var place = 0; column is Column.Category && place < column.Features; place++)
                yield return first + place;
    }

    /// <summary>A line for every column that never changes.</summary>
    public static IEnumerable<string> Constants(Sample train)
    {
        var constant = Standardizer.Constants(train.Features, train.Cols).ToHashSet();
        if (train.Targets is Targets.Values values && Standardizer.Constants(values.Values, values.Cols).Any())
            yield return $"{train.Path}: the target is the same in every training row";
        if (train.Schema.Columns.Count == 0 && constant.Count > 0)
            yield return $"{train.Path}: {constant.Count} of {train.Cols} features are the same in every training row";
        foreach (var (column, first) in train.Schema.Columns.Placed())
            if (column is Column.Number && constant.Contains(first))
                yield return $"{train.Path}: column {CsvCursor.Quote(column.Title)} is the same in every training row (it says nothing)";
    }
}
