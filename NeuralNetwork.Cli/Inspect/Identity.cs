namespace NeuralNetwork.Cli;

/// <summary>Whether a column is like an id: a number of the row, or its name, from which nothing can be learned.</summary>
internal static class Identity
{
    private const int FewestRows = 20;

    // Two rows may have one name.
    private const double NearlyAll = 0.95;

    /// <summary>A different whole number in every row, or a different text in nearly every one.</summary>
    public static bool IsOne(bool areNumbers, int different, int rows) =>
        rows >= FewestRows && different >= (areNumbers ? 1.0 : NearlyAll) * rows;
}
