namespace NeuralNetwork.Cli.Runs;

/// <summary>Numbers of a network's precision as float64.</summary>
internal static class Widened
{
    public static double Of<T>(T number)
        where T : struct =>
        number switch
        {
            float single => single,
            double one => one,
            _ => throw new InvalidOperationException("a number in a precision that no network has"),
        };

    /// <summary>So many numbers of an array, from a place on.</summary>
    public static IEnumerable<double> Of<T>(T[] numbers, int start, int count)
        where T : struct
    {
        for (var place = start; place < start + count; place++)
            yield return Of(numbers[place]);
    }
}
