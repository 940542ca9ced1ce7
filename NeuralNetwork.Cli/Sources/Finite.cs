using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Looks for numbers that are none.</summary>
internal static class Finite
{
    /// <summary>Refuses a table with a number that is not finite, by row and column.</summary>
    public static void Check(string path, Table table, int cols)
    {
        var wrong = table switch
        {
            Table.Doubles numbers => Array.FindIndex(numbers.Item, number => !double.IsFinite(number)),
            Table.Singles numbers => Array.FindIndex(numbers.Item, number => !float.IsFinite(number)),
            _ => -1,
        };
        if (wrong < 0)
            return;
        var (row, column) = Math.DivRem(wrong, cols);
        throw Failure.BadInput($"{path}: row {row}, column {column}: not a finite number");
    }
}
