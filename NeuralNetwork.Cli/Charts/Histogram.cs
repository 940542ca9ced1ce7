namespace NeuralNetwork.Cli.Charts;

/// <summary>How many numbers lie in each of some bins of the same width, from Low to High.</summary>
/// <param name="Note">A few words under the title.</param>
internal sealed record Histogram(string Title, string Note, double Low, double High, IReadOnlyList<long> Counts)
{
    /// <summary>
    /// Counts finite numbers, their mean and standard deviation in the note. Others are only counted in the note. The
    /// numbers are gone through twice and never held: they may be many millions.
    /// </summary>
    public static Histogram Of(string title, IEnumerable<double> numbers, int bins)
    {
        var (least, greatest, sum) = (double.PositiveInfinity, double.NegativeInfinity, 0.0);
        var (shown, all) = (0L, 0L);
        foreach (var number in numbers)
        {
            all++;
            if (!Scale.Linear.Has(number))
                continue;
            (least, greatest) = (Math.Min(least, number), Math.Max(greatest, number));
            sum += number;
            shown++;
        }
        if (shown == 0)
            return new(title, "no numbers", 0, 1, new long[bins]);
        var (low, high) = Axis.Span([least, greatest]);
        var (counts, squares) = Count(numbers, low, high, sum / shown, bins);
        var others = all == shown ? "" : $", {all - shown} not finite";
        var note = $"mean {Short(sum / shown)}, deviation {Short(Math.Sqrt(squares / shown))}{others}";
        return new(title, note, low, high, counts);
    }

    private static (long[] Counts, double Squares) Count(
        IEnumerable<double> numbers,
        double low,
        double high,
        double mean,
        int bins
    )
    {
        var (counts, squares) = (new long[bins], 0.0);
        foreach (var number in numbers)
        {
            if (!Scale.Linear.Has(number))
                continue;
            counts[Math.Clamp((int)((number - low) / (high - low) * bins), 0, bins - 1)]++;
            squares += (number - mean) * (number - mean);
        }
        return (counts, squares);
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
