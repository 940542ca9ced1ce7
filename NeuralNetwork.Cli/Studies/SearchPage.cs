using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Studies;

/// <summary>The report of a search.</summary>
internal static class SearchPage
{
    /// <summary>The page. The table has a link to the report of each trial.</summary>
    public static Report Of(SearchReport report) =>
        new(
            $"{report.Order.Record.Title} on {Svg.Cut(report.Order.Record.Data, 60)}",
            $"{Lead(report)} {Standing(report)}",
            [.. Headlines(report)],
            [
                new("Trials", [.. Pictures(report), new ReportBlock.Rows(report.Table(), [.. Links(report)])]),
                new("What went wrong", [.. Troubles(report)]),
                new("The best trial", [.. Best(report)]),
                new("What was varied", [.. Varied(report)]),
                new("Settings", [.. StudyPage.Same(report.Order.Record.Options)]),
                new("How to repeat it", [.. Repetition(report)]),
            ]
        );

    private static string Lead(SearchReport report)
    {
        if (report.Best is not (var best, var outcome))
            return "No trial came to its end.";
        var drawn = best.Drawn.Count > 0 ? $" ({Trial.Told(best.Drawn)})" : "";
        var scores = report
            .Scores.Where(measure => double.IsFinite(measure.Of(outcome)))
            .Select(measure => $"{measure.Title} {measure.Written(measure.Of(outcome))}");
        return $"The best trial is {best.Number}{drawn}: {string.Join(", ", scores)}.";
    }

    private static string Standing(SearchReport report)
    {
        var (over, all) = (report.Outcomes.Count, report.Order.Trials.Count);
        var isOver = report.IsOver ? "" : $" The search is not over: {over} of {all} trials have been trained.";
        var halved = report.Order.Rungs.Count > 1 ? " Only the best went on to all epochs." : "";
        return $"Trials are ranked by {report.Score.Title}: that of the {(report.HasValidation ? "best" : "last")} model of each.{halved}{isOver}";
    }

    private static IEnumerable<Fact> Headlines(SearchReport report)
    {
        if (report.Best is (var best, var outcome))
        {
            foreach (var measure in report.Scores.Where(one => one.IsShare == report.Score.IsShare))
                if (double.IsFinite(measure.Of(outcome)))
                    yield return new(measure.Title, measure.Written(measure.Of(outcome)));
            yield return new("best trial", $"{best.Number}");
        }
        yield return new("trials", $"{report.Outcomes.Count} of {report.Order.Trials.Count}");
        yield return new("training time", Numeral.Duration(report.Outcomes.Sum(one => one.Outcome.Seconds)));
    }

    private static IEnumerable<ReportBlock> Pictures(SearchReport report)
    {
        var trials = SearchCharts.Trials("All trials", report);
        yield return new ReportBlock.Drawing(trials);
        if (trials.Placed.Any(spot => !double.IsFinite(spot.Shade)))
            yield return new ReportBlock.Prose("Grey points have no score.");
        foreach (var chart in SearchCharts.Effects(report))
            yield return new ReportBlock.Drawing(chart);
    }

    private static IEnumerable<string> Links(SearchReport report) =>
        report.Ranked.Select(one => StudyPage.LinkTo(report.Order.Folder, one.Trial.Name));

    private static IEnumerable<ReportBlock> Troubles(SearchReport report)
    {
        foreach (var (trial, outcome) in report.Ranked)
            if (SymptomWords.Long(outcome.Results) is { } sentence)
                yield return new ReportBlock.Prose($"Trial {trial.Number}: {sentence}");
        var rows = report
            .Ranked.Where(one => one.Outcome.Status != RunStatus.Finished)
            .Select(one =>
                (string[])
                    [$"{one.Trial.Number}", one.Outcome.StatusWord, Trial.Told(one.Trial.Drawn), one.Outcome.Reason]
            )
            .ToArray();
        if (rows.Length > 0)
            yield return new ReportBlock.Rows(new(["trial", "status", "drawn", "reason"], rows), []);
    }

    private static IEnumerable<ReportBlock> Best(SearchReport report)
    {
        if (report.Best is not (var best, _))
            yield break;
        yield return new ReportBlock.Prose("Its model is beside this file. What trains it again:");
        yield return new ReportBlock.Code(ShellLine.Of(SearchReport.Command(best)));
    }

    private static IEnumerable<ReportBlock> Varied(SearchReport report)
    {
        var order = report.Order;
        var importances = report.Importances;
        string[] heads = ["option", "drawn from", "how"];
        string[] Cells(Variation one) => [one.Option.Name, .. Spread(one)];
        string Of(Variation one) => $"{importances!.FirstOrDefault(other => other.Option == one)}";
        var rows = order.Record.Variations.Select(one => importances is null ? Cells(one) : [.. Cells(one), Of(one)]);
        if (order.Record.Variations.Count > 0)
            yield return new ReportBlock.Rows(
                new(importances is null ? heads : [.. heads, "explains by itself"], [.. rows]),
                []
            );
        if (importances is not null)
            yield return new ReportBlock.Prose(
                "What an option explains by itself is its share of the differences between the trials' ranks; behind ± is how far from 0 that of an "
                    + "option is that does not matter."
            );
        if (order.Record.Sampler == Sampler.Tpe)
            yield return new ReportBlock.Prose(
                $"The first {Sampling.Random} trials were drawn at random. What the others tried was proposed by a tree-structured Parzen "
                    + "estimator: values that are frequent among the best 15 % of the trials up to then, and not among the others."
            );
        if (order.Rungs.Count == 1)
            yield break;
        yield return new ReportBlock.Prose("Successive halving: the best of each row went on to the next.");
        var rungs = order.Rungs.Select(rung => (string[])[rung.Epochs is { } end ? $"{end}" : "all", $"{rung.Trials}"]);
        yield return new ReportBlock.Rows(new(["up to epoch", "trials"], [.. rungs]), []);
    }

    private static string[] Spread(Variation variation) =>
        variation switch
        {
            Range range =>
            [
                $"{Text.number(range.Low)} to {Text.number(range.High)}",
                $"{(range.IsWhole ? "whole " : "")}numbers, {(range.IsLogarithmic ? "logarithmic" : "linear")}",
            ],
            Choice choice => [string.Join(", ", choice.Values), "equally likely"],
            _ => [variation.Said, ""],
        };

    private static IEnumerable<ReportBlock> Repetition(SearchReport report)
    {
        var order = report.Order;
        string[] halving = order.Record.Rate is { } rate ? ["--halving", $"{rate}"] : [];
        string[] sampler =
            order.Record.Sampler == Sampler.Random ? [] : ["--sampler", Samplers.NameOf(order.Record.Sampler)];
        IEnumerable<string> words =
        [
            "nn",
            "search",
            order.Record.Data,
            OptionName.Out,
            "AGAIN",
            "--trials",
            $"{order.Trials.Count}",
            .. sampler,
            .. halving,
            .. order.Record.Variations.SelectMany(one => new[] { VariationText.VaryName, one.Typed }),
            "--seed",
            $"{order.Record.Seed}",
            .. order.Record.Options.SelectMany(option => option.Words),
        ];
        return StudyPage.Repetition(
            words,
            new("seed", $"{order.Record.Seed}"),
            report.Outcomes.Select(one => one.Outcome)
        );
    }
}

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
