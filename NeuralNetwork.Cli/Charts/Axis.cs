namespace NeuralNetwork.Cli.Charts;

/// <summary>A number that is written at an axis.</summary>
internal readonly record struct Tick(double Value, string Text);

/// <summary>The numbers from Low to High along a side of a picture, with a few round ones written out.</summary>
internal sealed record Axis(Scale Scale, double Low, double High, IReadOnlyList<Tick> Ticks)
{
    private const double Least = 1e-290;

    /// <summary>One number says nothing about the distance of others.</summary>
    private const int LeastTicks = 2;

    // Whole numbers up to here have neighbours.
    private const double MostCounted = 1e15;

    private static readonly double[] Rounds = [1, 2, 5];

    /// <summary>Where a number stands, from 0 at Low to 1 at High.</summary>
    public double Place(double value) => (Height(value) - Height(Low)) / (Height(High) - Height(Low));

    /// <summary>An axis for a quantity that is measured: it ends at round numbers, and begins at 0 if that is near.</summary>
    public static Axis Upright(Scale scale, IReadOnlyCollection<double> values, int ticks)
    {
        var (low, high) = Span(values);
        return Rounded(scale, values, low > 0 && low < 0.4 * high ? 0 : low, high, ticks);
    }

    /// <summary>The same, but no longer than its numbers: where they are compared with each other, and not with 0.</summary>
    public static Axis Fitting(Scale scale, IReadOnlyCollection<double> values, int ticks)
    {
        var (low, high) = Span(values);
        return Rounded(scale, values, low, high, ticks);
    }

    private static Axis Rounded(Scale scale, IReadOnlyCollection<double> values, double low, double high, int ticks)
    {
        if (scale == Scale.Logarithmic)
            return Logarithmic(values, ticks);
        var step = Round((high - low) / ticks);
        var (first, last) = (Math.Floor(low / step), Math.Ceiling(high / step));
        return new(scale, first * step, last * step, Steps(scale, first, last, step));
    }

    /// <summary>An axis for what is counted: it ends with the numbers, and has whole numbers only.</summary>
    public static Axis Counted(IReadOnlyCollection<double> values, int ticks)
    {
        var (low, high) = Span(values);
        if (values.Distinct().Count() == 1 && values.First() is var only && Math.Abs(only) < MostCounted)
            (low, high) = (only - 1, only + 1);
        return Between(low, high, Math.Max(1, Round((high - low) / ticks)));
    }

    /// <summary>An axis with these ends and round numbers between them.</summary>
    public static Axis Within(double low, double high, int ticks) => Between(low, high, Round((high - low) / ticks));

    /// <summary>An axis with these ends, and the multiples of a step between them: of a finer one where they are too few.</summary>
    private static Axis Between(double low, double high, double step)
    {
        while (CountOf(low, high, step) < LeastTicks && step > (high - low) / 5)
            step = Round(0.4 * step);
        return new(
            Scale.Linear,
            low,
            high,
            Steps(Scale.Linear, Math.Ceiling(low / step), Math.Floor(high / step), step)
        );
    }

    private static double CountOf(double low, double high, double step) =>
        Math.Floor(high / step) - Math.Ceiling(low / step) + 1;

    private double Height(double value) => Scale == Scale.Logarithmic ? Math.Log10(value) : value;

    /// <summary>The least and the greatest of some numbers, made to differ by what divisions can bear.</summary>
    public static (double Low, double High) Span(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            return (0, 1);
        var (low, high) = (values.Min(), values.Max());
        var greatest = Math.Max(Math.Abs(low), Math.Abs(high));
        if (high - low > Math.Max(greatest * 1e-9, Least))
            return (low, high);
        var pad = greatest <= Least ? 0.5 : greatest / 2;
        return (low - pad, high + pad);
    }

    private static Axis Logarithmic(IReadOnlyCollection<double> values, int ticks)
    {
        var (low, high) = values.Count == 0 ? (0.1, 1) : (values.Min(), values.Max());
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        var powers = Enumerable.Range(first, last - first + 1).Select(power => Math.Pow(10, power)).ToArray();
        var rounds = powers.SelectMany(power => Rounds.Select(round => round * power)).ToArray();
        var ends = powers.SelectMany(power => Enumerable.Range(1, 9).Select(digit => digit * power)).ToArray();
        var from = ends.Where(round => round <= low).DefaultIfEmpty(low).Last();
        var to = ends.Where(round => round >= high).DefaultIfEmpty(high).First();
        if (from == to)
            (from, to) = (from / 2, to * 2);
        var within = rounds.Where(round => round >= from && round <= to).ToArray();
        // Lines at 1, 2, 5, 10 are read more easily where there is room for them.
        double[][] choices =
        [
            within.Length <= 2 * ticks ? within : Decades(first, last, from, to, ticks),
            [.. within.Where((_, place) => place == 0 || place == within.Length - 1)],
            [from, to],
        ];
        var kept = choices.First(choice => choice.Length >= LeastTicks);
        return new(Scale.Logarithmic, from, to, [.. kept.Select(value => new Tick(value, Plain(value)))]);
    }

    private static double[] Decades(int first, int last, double from, double to, int ticks)
    {
        var every = ((last - first) / ticks) + 1;
        return
        [
            .. Enumerable
                .Range(0, ((last - first) / every) + 1)
                .Select(place => Math.Pow(10, first + (place * every)))
                .Where(value => value >= from && value <= to),
        ];
    }

    /// <summary>The next of 1, 2, 5, 10, … times a power of ten.</summary>
    private static double Round(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return Rounds
            .Select(round => round * power)
            .Where(round => round >= step * 0.999)
            .DefaultIfEmpty(10 * power)
            .First();
    }

    private static Tick[] Steps(Scale scale, double first, double last, double step)
    {
        // All or none, or the eye would have to convert.
        var isLong = scale != Scale.Share && (step < 1e-6 || Math.Max(Math.Abs(first), Math.Abs(last)) * step >= 1e6);
        var decimals = Math.Clamp(-(int)Math.Floor(Math.Log10(scale == Scale.Share ? 100 * step : step)), 0, 12);
        return
        [
            .. Enumerable
                .Range(0, Math.Max(0, (int)(last - first) + 1))
                .Select(place => (first + place) * step)
                .Select(value => new Tick(value, isLong ? Short(value) : Written(scale, value, decimals))),
        ];
    }

    private static string Written(Scale scale, double value, int decimals) =>
        scale == Scale.Share
            ? $"{(100 * value).ToString($"F{decimals}")} %"
            : value.ToString($"#,0.{new string('0', decimals)}");

    /// <summary>Times a power of ten: 2e6. As many digits as tell neighbours apart.</summary>
    private static string Short(double value) => value == 0 ? "0" : value.ToString("0.#########e0");

    /// <summary>As short as it goes: 0.001, 20, 1e-5.</summary>
    private static string Plain(double value) =>
        value != 0 && Math.Abs(value) is >= 1e6 or < 1e-4 ? value.ToString("0.###e0") : value.ToString("#,0.######");
}
