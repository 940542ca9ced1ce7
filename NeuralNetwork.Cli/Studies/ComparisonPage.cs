using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

/// <summary>The report of a comparison.</summary>
internal static class ComparisonPage
{
    /// <summary>What the bars show: the first of these that there is.</summary>
    private static readonly (string Part, string Measure, Scale Scale)[] Shown =
    [
        ("test", "accuracy", Scale.Share),
        ("validation", "accuracy", Scale.Share),
        ("train", "accuracy", Scale.Share),
        ("test", "loss", Scale.Linear),
        ("validation", "loss", Scale.Linear),
        ("train", "loss", Scale.Linear),
    ];

    /// <summary>The page. The table has a link to the report of the first run of each variant.</summary>
    public static Report Of(ComparisonReport report)
    {
        var bars = Bars(report);
        return new(
            report.Title,
            Lead(report),
            [.. Headlines(report, bars)],
            [
                new("Curves", [.. Curves(report).Append(bars).SelectMany(Drawn)]),
                new("Results", [new ReportBlock.Rows(report.Table(), [.. Links(report)])]),
                new("What went wrong", [.. Troubles(report)]),
                new("Settings", [.. Settings(report.Order)]),
                new("How to repeat it", [.. Repetition(report)]),
            ]
        );
    }

    private static string Lead(ComparisonReport report)
    {
        var (over, all) = (report.Outcomes.Count, report.Order.Runs.Count);
        var seeds = report.Order.Runs.Select(run => run.Seed).Distinct().Count();
        var variants = Variants(report.Order).Count();
        return $"{variants} variant{(variants == 1 ? "" : "s")} of one network, with everything else the same{(report.HasRates ? " but their learning rates" : "")}."
            + BeginningOf(report.Order)
            + (
                seeds > 1
                    ? $" Each is trained from {seeds} seeds: lines are means, bands go from the least to the greatest."
                    : ""
            )
            + (over < all ? $" {over} of {all} runs are over." : "")
            + " Scores in the table are those of the best model of each run by validation."
            + (report.Doubt is { } doubt ? $" {StudyPage.Heading(doubt.Line)}." : "")
            + (report.Outlook is { } outlook ? $" {StudyPage.Heading(outlook)}." : "");
    }

    private static string BeginningOf(ComparisonOrder order) =>
        order
            .Runs.Select(run =>
                string.Join(' ', new NetworkBuilder(run.Order.Spec.Model, run.Order.Spec.Convention).DensePlaces)
            )
            .Distinct()
            .Count() > 1
            ? " Layers draw their first weights by their place in the network: variants with layers of their own begin with"
                + " other weights behind these."
            : "";

    /// <summary>The charts, each under a title of its own: what is compared stands above them all.</summary>
    private static IEnumerable<Chart> Curves(ComparisonReport report) =>
        report.Charts.Select(one =>
            one.Chart with
            {
                Title = StudyPage.Heading(Path.GetFileNameWithoutExtension(one.File)),
            }
        );

    /// <summary>A chart, and which of its lines leave it.</summary>
    private static IEnumerable<ReportBlock> Drawn(Chart chart)
    {
        yield return new ReportBlock.Drawing(chart);
        if (chart is LineChart lines && lines.Beyond.Any())
            yield return new ReportBlock.Prose(
                $"{string.Join(", ", lines.Beyond)}: what is above {lines.Scale.Written(lines.Greatest)} is off the scale, "
                    + "and only in the numbers."
            );
    }

    private static IEnumerable<Fact> Headlines(ComparisonReport report, BarChart bars)
    {
        if (Best(report) is { } best)
        {
            yield return new("best variant by validation", best);
            var value = bars.Bars.First(bar => bar.Name == best).Value;
            yield return new(
                $"its {bars.Up}",
                Numeral.OrDash(value, bars.Scale == Scale.Share ? Numeral.Share : Numeral.Of)
            );
        }
        var finished = report.Outcomes.Count(run => run.Status == RunStatus.Finished);
        yield return new("runs finished", $"{finished} of {report.Order.Runs.Count}");
        yield return new("training time", Numeral.Duration(report.Outcomes.Sum(run => run.Seconds)));
    }

    /// <summary>
    /// The variant that validates best, by accuracy, or by loss where there is none; of those all of whose runs came to their end.
    /// Chosen by its test score, a variant would owe part of that score to the choice. Null where nothing is validated.
    /// </summary>
    private static string? Best(ComparisonReport report)
    {
        const string Part = "validation";
        var variants = report
            .Outcomes.GroupBy(run => run.Variant)
            .Where(runs => runs.All(run => run.Status == RunStatus.Finished))
            .Select(runs =>
                (
                    runs.Key,
                    Accuracy: runs.Average(run => run.Score(Part, "accuracy")),
                    Loss: runs.Average(run => run.Score(Part, "loss"))
                )
            )
            .Where(one => double.IsFinite(one.Loss))
            .ToArray();
        return variants
            .OrderByDescending(one => double.IsFinite(one.Accuracy) ? one.Accuracy : double.NegativeInfinity)
            .ThenBy(one => one.Loss)
            .Select(one => one.Key)
            .FirstOrDefault();
    }

    /// <summary>A score of every variant: its mean, from the least to the greatest of its seeds.</summary>
    private static BarChart Bars(ComparisonReport report)
    {
        var (part, measure, scale) = Shown.FirstOrDefault(
            one => report.Outcomes.Any(run => double.IsFinite(run.Score(one.Part, one.Measure))),
            Shown[^1]
        );
        var bars = report
            .Outcomes.GroupBy(run => run.Variant, run => run.Score(part, measure))
            .Select(scores => Bar.Of(scores.Key, [.. scores.Where(double.IsFinite)]));
        return new("Best models", "variant", $"{part} {measure}", scale, [.. bars])
        {
            Greatest = measure == "loss" ? ComparisonCurves.Greatest(report.Outcomes) : double.PositiveInfinity,
        };
    }

    private static IEnumerable<string> Links(ComparisonReport report) =>
        report
            .Outcomes.DistinctBy(run => run.Variant)
            .Select(run => Variants(report.Order).First(variant => variant.Name == run.Variant))
            .Select(variant => StudyPage.LinkTo(report.Order.Folder, variant.Folder));

    private static IEnumerable<ReportBlock> Troubles(ComparisonReport report)
    {
        foreach (var sentence in report.Explanations())
            yield return new ReportBlock.Prose(sentence);
        var rows = report
            .Outcomes.Where(run => run.Status != RunStatus.Finished)
            .Select(run => (string[])[run.Variant, $"{run.Seed}", run.StatusWord, run.Reason])
            .ToArray();
        if (rows.Length > 0)
            yield return new ReportBlock.Rows(new([report.Order.Subject.Name, "seed", "status", "reason"], rows), []);
    }

    private static IEnumerable<ReportBlock> Settings(ComparisonOrder order)
    {
        var differences = Variants(order).Select(variant => (string[])[variant.Name, string.Join(' ', variant.Words)]);
        yield return new ReportBlock.Prose("What differs:");
        yield return new ReportBlock.Rows(new(["variant", "options"], [.. differences]), []);
        foreach (var block in StudyPage.Same(order.Record.Options))
            yield return block;
    }

    private static IEnumerable<ReportBlock> Repetition(ComparisonReport report)
    {
        var order = report.Order;
        var (seeds, options) = (order.Record.Seeds, order.Record.Options.Concat(order.Record.Strengths));
        IEnumerable<string> words =
        [
            "nn",
            "compare",
            order.Subject.Name,
            order.Record.Data,
            OptionName.Out,
            "AGAIN",
            ComparisonRecord.ValuesName,
            string.Join(',', Variants(order).Select(variant => variant.Name)),
            "--seed",
            $"{seeds[0]}",
            "--seeds",
            $"{seeds.Count}",
            .. options.SelectMany(option => option.Words),
        ];
        return StudyPage.Repetition(
            words,
            new("seeds", string.Join(", ", seeds.Select(seed => $"{seed}"))),
            report.Outcomes
        );
    }

    private static IEnumerable<Variant> Variants(ComparisonOrder order) =>
        order.Runs.Select(run => run.Variant).DistinctBy(variant => variant.Name);
}

/// <summary>What the reports of comparisons and searches have in common.</summary>
internal static class StudyPage
{
    /// <summary>The options that all runs share, with their origins.</summary>
    public static IEnumerable<ReportBlock> Same(IEnumerable<StudyOption> options)
    {
        yield return new ReportBlock.Prose("What is the same; other options have their defaults:");
        yield return new ReportBlock.Rows(RunPage.Table(options.Select(option => option.Origin)), []);
    }

    /// <summary>A command that does it again, the seeds, where it was done, and with what data.</summary>
    public static IEnumerable<ReportBlock> Repetition(
        IEnumerable<string> words,
        Fact seeds,
        IEnumerable<RunOutcome> outcomes
    )
    {
        yield return new ReportBlock.Code(ShellLine.Of(words));
        // Runs of an earlier process may have had another library.
        var libraries = outcomes.Select(run => run.Blas).Where(name => name.Length > 0).Distinct();
        yield return new ReportBlock.Facts([seeds, .. RunPage.Machine(string.Join(", ", libraries))]);
        foreach (var block in RunPage.Files(outcomes.SelectMany(run => run.Fingerprints).Distinct()))
            yield return block;
    }

    /// <summary>The way to the report of a run in a folder of a study; empty where there is none.</summary>
    public static string LinkTo(StudyFolder study, string run)
    {
        var path = $"{run}/{RunFiles.Report}";
        return File.Exists(study.Within(path)) ? path : "";
    }

    /// <summary>A name at the beginning of a line.</summary>
    public static string Heading(string name) => $"{char.ToUpperInvariant(name[0])}{name[1..]}";
}
