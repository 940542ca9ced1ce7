using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A column of rows that were read: where its features are, and its cells as numbers.</summary>
internal sealed record SampleColumn(Sample Sample, Column Column, int First)
{
    public string Name => Column.Title;

    public bool IsNumber => Column is Column.Number;

    /// <summary>The columns of rows; none where features have no names.</summary>
    public static IEnumerable<SampleColumn> Of(Sample sample) =>
        sample.Schema.Columns.Placed().Select(place => new SampleColumn(sample, place.Column, place.First));

    /// <summary>The numbers of some rows, or the places of their categories; NaN where a number is missing.</summary>
    public double[] At(int[] rows) => Array.ConvertAll(rows, At);

    /// <summary>How many different texts there are in the rows.</summary>
    public int DifferentTexts(string[] categories) =>
        At([.. Enumerable.Range(0, Sample.Rows)])
            .Distinct()
            .Count(place => !double.IsNaN(place) && categories[(int)place].Length > 0);

    private double At(int row)
    {
        var start = (row * Sample.Cols) + First;
        if (IsNumber)
            return Standardizer.At(Sample.Features, start);
        if (Sample.Features is Table.Doubles numbers)
            return numbers.Item.AsSpan(start, Column.Features).IndexOf(1);
        for (var place = 0; place < Column.Features; place++)
            if (Standardizer.At(Sample.Features, start + place) == 1)
                return place;
        return double.NaN;
    }
}
