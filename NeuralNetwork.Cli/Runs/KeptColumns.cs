using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Columns of the data that stand beside the predictions. They are read again, row by row, while these are written: texts
/// are the file's own, and none of them is kept in memory.
/// </summary>
internal sealed class KeptColumns
{
    /// <summary>The option that names them.</summary>
    public const string Option = "--keep";

    private const string All = "all";

    private readonly RowSource source;
    private readonly int[] places;

    private KeptColumns(RowSource source, TableLook look, int[] places) =>
        (this.source, this.places, Names) = (source, places, Array.ConvertAll(places, place => look.Names[place]));

    /// <summary>What stands above them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The columns of these names. A failure where the data have no columns, or one of them is not there.</summary>
    public static KeptColumns Of(ColumnNames names, DataSource source, Schema schema)
    {
        FormatSpec.CheckColumns([Option], source);
        var rows = ((TableSource)source).Rows;
        var look = rows.Look([.. schema.Columns.Select(column => column.Title)]);
        var places =
            names.Text == All
                ? Enumerable.Range(0, look.Names.Length)
                : names.Among(look.Names).Select(name => look.Find(rows.Path, Option, name)).Distinct();
        return new(rows, look, [.. places]);
    }

    /// <summary>Refuses columns that would be called as one of the predictions.</summary>
    public void CheckNames(IReadOnlyCollection<string> taken)
    {
        if (Names.FirstOrDefault(taken.Contains) is { } twice)
            throw Failure.BadInput(
                $"{source.Path}: {Option}: column {Failure.Quote(twice)} is called as one that is written anyway"
                    + " (name the columns to keep, without this one)"
            );
    }

    /// <summary>The cells of so many rows. A failure where there are fewer or more of them by now.</summary>
    public IEnumerable<string[]> Rows(int count)
    {
        using var at = source.Open();
        for (var row = 0; row < count; row++)
        {
            if (!at.Next() || places.Any(place => place >= at.Count))
                throw Changed();
            var cells = Array.ConvertAll(places, at.Text);
            if (row == count - 1 && at.Next())
                throw Changed();
            yield return cells;
        }
    }

    private Failure Changed() => Failure.BadInput($"{source.Path}: changed while it was read");
}

/// <summary>What takes the place of numbers that are missing, learned from the training rows alone.</summary>
internal static class MissingNumbers
{
    // So many bytes of columns are gone through at a time where rows stay in a file.
    private const long Room = 64 << 20;

    /// <summary>What missing numbers become, known from now on: in the columns, and for each feature.</summary>
    /// <param name="held">What becomes of a number where the rows are kept; as it is where nothing is said.</param>
    public static (Schema Schema, double[] Fills) Fills(
        Sample train,
        MissingCells missing,
        Func<double, double>? held = null
    )
    {
        var schema = train.Schema;
        var fills = new double[schema.Cols];
        if (missing is not (MissingCells.Mean or MissingCells.Median))
            return (schema, fills);
        (Column Column, int First)[] numbers =
        [
            .. schema.Columns.Placed().Where(one => one.Column is Column.Number or Column.Date),
        ];
        int[] features = [.. numbers.SelectMany(one => Enumerable.Range(one.First, one.Column.Features))];
        foreach (var (feature, middle) in features.Zip(Middles(train, features, missing == MissingCells.Mean)))
            fills[feature] = held?.Invoke(middle) ?? middle;
        foreach (var (column, first) in numbers)
            if (fills[first..(first + column.Features)].Any(double.IsNaN))
                throw Failure.BadInput(
                    $"{train.Path}: column {Failure.Quote(column.Title)}: every training row has it missing"
                        + $" (--ignore {ShellLine.Quoted(column.Title)} leaves it out)"
                );
        Column[] columns =
        [
            .. schema
                .Columns.Placed()
                .Select(one =>
                    one.Column switch
                    {
                        Column.Date date => Column.NewDate(
                            date.Name,
                            date.IsDayFirst,
                            date.HasTime,
                            fills[one.First..(one.First + date.Features)]
                        ),
                        Column.Number number => Column.NewNumber(number.Title, fills[one.First]),
                        var other => other,
                    }
                ),
        ];
        return (schema with { Columns = columns }, fills);
    }

    /// <summary>The mean or median of what is there of each of these features; NaN where nothing is.</summary>
    private static IEnumerable<double> Middles(Sample train, int[] features, bool isMean)
    {
        if (!train.Features.IsStored)
            return features.Select(feature => train.Features.Middle(train.Cols, feature, isMean));
        var most = (int)Math.Max(1, Room / (sizeof(double) * (long)train.Rows));
        return features
            .Chunk(most)
            .SelectMany(some => Middles(train, some).Select(there => there.Middle(1, 0, isMean)));
    }

    // One pass over the file.
    private static IEnumerable<NumberArray> Middles(Sample train, int[] features)
    {
        var there = Array.ConvertAll(features, _ => new List<double>(train.Rows));
        TableRows.Visit(
            train.Features,
            train.Cols,
            numbers =>
            {
                for (var place = 0; place < features.Length; place++)
                    if (!double.IsNaN(numbers[features[place]]))
                        there[place].Add(numbers[features[place]]);
            }
        );
        return there.Select(one => NumberArray.NewDoubles([.. one]));
    }
}
