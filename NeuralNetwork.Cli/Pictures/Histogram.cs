namespace NeuralNetwork.Cli;

/// <summary>How many numbers lie in each of some bins of the same width, from Low to High.</summary>
/// <param name="Note">A few words under the title.</param>
internal sealed record Histogram(string Title, string Note, double Low, double High, IReadOnlyList<long> Counts)
{
    /// <summary>Counts finite numbers, their mean and standard deviation in the note. Others are only counted in the note.</summary>
    public static Histogram Of(string title, IReadOnlyCollection<double> numbers, int bins)
    {
        double[] shown = [.. numbers.Where(number => Scale.Linear.Has(number))];
        if (shown.Length == 0)
            return new(title, "no numbers", 0, 1, new long[bins]);
        var (low, high) = Axis.Span(shown);
        var counts = new long[bins];
        foreach (var number in shown)
            counts[Math.Clamp((int)((number - low) / (high - low) * bins), 0, bins - 1)]++;
        return new(title, Moments(shown, numbers.Count), low, high, counts);
    }

    private static string Moments(double[] shown, int all)
    {
        var mean = shown.Average();
        var deviation = Math.Sqrt(shown.Average(number => (number - mean) * (number - mean)));
        var others = all == shown.Length ? "" : $", {all - shown.Length} not finite";
        return $"mean {Short(mean)}, deviation {Short(deviation)}{others}";
    }

    private static string Short(double value) =>
        Math.Abs(value) is > 0 and (< 1e-3 or >= 1e6) ? value.ToString("0.0e0")
        : Math.Abs(value) >= 100 ? value.ToString("#,0")
        : value.ToString("G3");
}

/// <summary>Small pictures of the same kind side by side: one for each layer.</summary>
internal sealed record HistogramStrip(string Title, string Across, IReadOnlyList<Histogram> Histograms) : Chart(Title)
{
    /// <summary>A row for every bin.</summary>
    public override ChartTable Table() =>
        new(
            ["", "from", "to", "count"],
            [.. Histograms.SelectMany(one => one.Counts.Select((count, bin) => Row(one, bin, count)))]
        );

    private static string[] Row(Histogram one, int bin, long count)
    {
        var width = (one.High - one.Low) / one.Counts.Count;
        var (from, to) = (one.Low + (bin * width), one.Low + ((bin + 1) * width));
        return [one.Title, Scale.Linear.Written(from), Scale.Linear.Written(to), $"{count}"];
    }
}
