using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What takes the place of numbers that are missing, learned from the training rows alone.</summary>
internal static class MissingNumbers
{
    /// <summary>What missing numbers become, known from now on: in the columns, and for each feature.</summary>
    public static (Schema Schema, double[] Fills) Fills(Sample train, MissingCells missing)
    {
        var schema = train.Schema;
        var fills = new double[schema.Cols];
        if (missing is not (MissingCells.Mean or MissingCells.Median))
            return (schema, fills);
        var columns = new List<Column>();
        foreach (var (column, first) in schema.Columns.Placed())
        {
            if (column is Column.Number number)
                fills[first] = FillOf(train, first, number.Name, missing == MissingCells.Mean);
            columns.Add(column is Column.Number one ? Column.NewNumber(one.Name, fills[first]) : column);
        }
        return (schema with { Columns = columns }, fills);
    }

    private static double FillOf(Sample train, int feature, string name, bool isMean)
    {
        var numbers = Standardizer.Sorted(train.Features, train.Cols, feature);
        if (numbers.Length == 0)
            throw Failure.BadInput(
                $"{train.Path}: column {CsvCursor.Quote(name)}: every training row has it missing (--ignore {ShellLine.Quoted(name)} leaves it out)"
            );
        var middle = numbers.Length / 2;
        return isMean ? Standardizer.Of(Table.NewDoubles(numbers), 1, 1).Means[0]
            : numbers.Length % 2 == 1 ? numbers[middle]
            : (numbers[middle - 1] / 2) + (numbers[middle] / 2);
    }
}
