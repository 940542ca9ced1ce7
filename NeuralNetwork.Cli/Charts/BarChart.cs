namespace NeuralNetwork.Cli.Charts;

/// <summary>A value, and the bounds of what it may be: both the value where there are none.</summary>
internal sealed record Bar(string Name, double Value, double Low, double High)
{
    public Bar(string name, double value)
        : this(name, value, value, value) { }

    /// <summary>The mean of some values, from the least to the greatest; of none, a place without a bar.</summary>
    public static Bar Of(string name, double[] values) =>
        values.Length == 0 ? new(name, double.NaN) : new(name, values.Average(), values.Min(), values.Max());
}

/// <summary>A value for each name. Across says what the names are, Up what the values.</summary>
internal sealed record BarChart(string Title, string Across, string Up, Scale Scale, IReadOnlyList<Bar> Bars)
    : Chart(Title)
{
    /// <summary>Numbers further from 0 are written without a bar.</summary>
    public double Greatest { get; init; } = double.PositiveInfinity;

    /// <summary>Whether a number has a place in the picture.</summary>
    public bool Has(double value) => Math.Abs(value) <= Greatest && Scale.Has(value);

    private bool HasBounds => Bars.Any(bar => bar.High > bar.Low);

    public override ChartTable Table() =>
        new(HasBounds ? [Across, Up, "from", "to"] : [Across, Up], [.. Bars.Select(Row)]);

    private string[] Row(Bar bar) =>
        HasBounds
            ? [bar.Name, Scale.Written(bar.Value), Scale.Written(bar.Low), Scale.Written(bar.High)]
            : [bar.Name, Scale.Written(bar.Value)];
}
