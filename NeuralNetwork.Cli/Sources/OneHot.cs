using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Classes as rows of zeros with a single 1, whose place is the class.</summary>
internal static class OneHot
{
    /// <summary>The class of each row; null where not every row is such a one.</summary>
    public static int[]? Classes(Npy array)
    {
        if (array.Cols < 2)
            return null;
        var classes = new int[array.Rows];
        var row = 0;
        var isSuch = true;
        TableRows.Visit(
            array.Values,
            array.Cols,
            numbers =>
            {
                var place = numbers.IndexOf(1.0);
                isSuch = isSuch && place >= 0 && !numbers[..place].ContainsAnyExcept(0.0);
                isSuch = isSuch && !numbers[(place + 1)..].ContainsAnyExcept(0.0);
                classes[row++] = place;
            }
        );
        return isSuch ? classes : null;
    }

    /// <summary>The same for classes that are known, and called by their places.</summary>
    public static int[]? Known(Npy array, string[] names) =>
        array.Cols == names.Length && names.SequenceEqual(Schema.Numerals(names.Length)) ? Classes(array) : null;

    /// <summary>What is said of it.</summary>
    public static string Note(string path, int classes) =>
        $"{path}: one-hot: {classes} classes, called 0 to {classes - 1} by the columns (--task regression learns the numbers)";
}
