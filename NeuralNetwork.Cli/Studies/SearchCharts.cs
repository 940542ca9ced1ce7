using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>The trials of a search as charts.</summary>
internal static class SearchCharts
{
    /// <summary>
    /// The first two ranges against each other, coloured by the score; a single range against the score; without any, the
    /// trials in turn.
    /// </summary>
    public static ScatterChart Trials(string title, SearchReport report)
    {
        var ranges = report.Order.Record.Variations.OfType<Range>().ToArray();
        var scored = Scored(report);
        return new(
            title,
            ranges.Length > 0 ? Of(ranges[0]) : new("trial", Scale.Linear),
            ranges.Length > 1 ? Of(ranges[1]) : scored,
            scored,
            [
                .. report.Ranked.Select(one => new Spot(
                    one.Trial.Name,
                    ranges.Length > 0 ? one.Trial.ValueOf(ranges[0]) : one.Trial.Number,
                    ranges.Length > 1 ? one.Trial.ValueOf(ranges[1]) : report.Score.Of(one.Outcome),
                    report.Score.Of(one.Outcome)
                )),
            ]
        );
    }

    /// <summary>The score over each option that is varied, where the trials in one picture do not show it already.</summary>
    public static IEnumerable<Chart> Effects(SearchReport report)
    {
        var isShown = report.Order.Record.Variations.OfType<Range>().Count() == 1;
        foreach (var variation in report.Order.Record.Variations)
            if (variation is Choice choice)
                yield return Bars(report, choice);
            else if (variation is Range range && !isShown)
                yield return Spots(report, range);
    }

    /// <summary>The score, and how its numbers are spread.</summary>
    public static Quantity Scored(SearchReport report) =>
        new(
            report.Score.Title,
            report.Score.IsShare ? Scale.Share
                : Scaling.IsWide(report.Ranked.Select(one => report.Score.Of(one.Outcome))) ? Scale.Logarithmic
                : Scale.Linear
        );

    private static ScatterChart Spots(SearchReport report, Range range) =>
        new(
            StudyPage.Heading(range.Name.Replace('-', ' ')),
            Of(range),
            Scored(report),
            null,
            [
                .. report.Ranked.Select(one => new Spot(
                    one.Trial.Name,
                    one.Trial.ValueOf(range),
                    report.Score.Of(one.Outcome),
                    double.NaN
                )),
            ]
        );

    /// <summary>The trials of each choice: their mean, from the least to the greatest.</summary>
    private static BarChart Bars(SearchReport report, Choice choice) =>
        new(
            StudyPage.Heading(choice.Name.Replace('-', ' ')),
            choice.Name,
            $"{report.Score.Title}, mean and range",
            report.Score.IsShare ? Scale.Share : Scale.Linear,
            [.. choice.Values.Select(value => Bar.Of(value, [.. Scores(report, choice, value)]))]
        );

    private static IEnumerable<double> Scores(SearchReport report, Choice choice, string value) =>
        report
            .Ranked.Where(one => one.Trial.Drawn.Contains((choice, value)))
            .Select(one => report.Score.Of(one.Outcome))
            .Where(double.IsFinite);

    private static Quantity Of(Range range) => new(range.Name, range.IsLogarithmic ? Scale.Logarithmic : Scale.Linear);
}
