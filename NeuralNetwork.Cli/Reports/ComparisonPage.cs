using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>The report of a comparison.</summary>
internal static class ComparisonPage
{
    /// <summary>What variants are ranked by: the first of these that there is.</summary>
    private static readonly (string Part, string Measure, Scale Scale)[] Ranks =
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
                new("Curves", [.. Curves(report).Append(bars).Select(chart => new ReportBlock.Drawing(chart))]),
                new("Results", [new ReportBlock.Rows(report.Table(), [.. Links(report)])]),
                new("What went wrong", [.. Troubles(report)]),
                new("Settings", [.. Settings(report.Order)]),
                new("How to repeat it", [.. Repetition(report.Order)]),
            ]
        );
    }

    private static string Lead(ComparisonReport report)
    {
        var (over, all) = (report.Outcomes.Count, report.Order.Runs.Count);
        var seeds = report.Order.Runs.Select(run => run.Seed).Distinct().Count();
        var variants = Variants(report.Order).Count();
        return $"{variants} variant{(variants == 1 ? "" : "s")} of one network, with everything else the same."
            + (
                seeds > 1
                    ? $" Each is trained from {seeds} seeds: lines are means, bands go from the least to the greatest."
                    : ""
            )
            + (over < all ? $" {over} of {all} runs are over." : "")
            + " Scores in the table are those of the best model of each run by validation.";
    }

    /// <summary>The charts, each under a title of its own: what is compared stands above them all.</summary>
    private static IEnumerable<Chart> Curves(ComparisonReport report) =>
        report.Charts.Select(one =>
            one.Chart with
            {
                Title = $"{char.ToUpperInvariant(one.File[0])}{Path.GetFileNameWithoutExtension(one.File)[1..]}",
            }
        );

    private static IEnumerable<Fact> Headlines(ComparisonReport report, BarChart bars)
    {
        var placed = bars.Bars.Where(bar => double.IsFinite(bar.Value)).ToArray();
        var best = bars.Scale == Scale.Share ? placed.MaxBy(bar => bar.Value) : placed.MinBy(bar => bar.Value);
        if (best is not null)
        {
            yield return new(bars.Up, bars.Scale.Written(best.Value));
            yield return new("best variant", best.Name);
        }
        yield return new("runs", $"{report.Outcomes.Count} of {report.Order.Runs.Count}");
        yield return new("training time", $"{report.Outcomes.Sum(run => run.Seconds):0.0} s");
    }

    /// <summary>A score of every variant: its mean, from the least to the greatest of its seeds.</summary>
    private static BarChart Bars(ComparisonReport report)
    {
        var (part, measure, scale) = Ranks.FirstOrDefault(
            rank => report.Outcomes.Any(run => double.IsFinite(run.Score(rank.Part, rank.Measure))),
            Ranks[^1]
        );
        var bars = report
            .Outcomes.GroupBy(run => run.Variant, run => run.Score(part, measure))
            .Select(scores => BarOf(scores.Key, [.. scores.Where(double.IsFinite)]));
        return new("Best models", "variant", $"{part} {measure}", scale, [.. bars]);
    }

    private static Bar BarOf(string name, double[] scores) =>
        scores.Length == 0 ? new Bar(name, double.NaN) : new Bar(name, scores.Average(), scores.Min(), scores.Max());

    private static IEnumerable<string> Links(ComparisonReport report) =>
        report
            .Outcomes.DistinctBy(run => run.Variant)
            .Select(run => Variants(report.Order).First(variant => variant.Name == run.Variant))
            .Select(variant => $"{variant.Folder}/{RunFolder.ReportName}")
            .Select(path => File.Exists(report.Order.Folder.Within(path)) ? path : "");

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
        yield return new ReportBlock.Prose("What is the same; other options have their defaults:");
        yield return new ReportBlock.Rows(RunPage.Table(Common(order)), []);
    }

    /// <summary>The options that all variants share, and whether the user or a preset chose them.</summary>
    private static IEnumerable<Origin> Common(ComparisonOrder order)
    {
        var name = $"{order.Record["preset"]}";
        var preset = Preset.Parse(name).ResultValue.Words(order.Subject.Name, _ => false).ToArray();
        foreach (var option in Options(order))
        {
            var isPreset = preset.Any(words => words.SequenceEqual(option));
            var value = option.Length == 1 ? "true" : string.Join(' ', option.Skip(1));
            yield return new(option[0], value, isPreset ? $"preset {name}" : "given");
        }
    }

    /// <summary>The words of each shared option, from its name to the next one's.</summary>
    private static IEnumerable<string[]> Options(ComparisonOrder order)
    {
        string[] words = [.. order.Record["options"]!.AsArray().Select(word => $"{word}")];
        int[] starts =
        [
            .. words.Index().Where(one => one.Item.StartsWith("--", StringComparison.Ordinal)).Select(one => one.Index),
        ];
        return starts.Zip([.. starts.Skip(1), words.Length], (start, end) => words[start..end]);
    }

    private static IEnumerable<ReportBlock> Repetition(ComparisonOrder order)
    {
        yield return new ReportBlock.Code(CommandLine(order));
        yield return new ReportBlock.Facts([
            new("seeds", string.Join(", ", order.Record["seeds"]!.AsArray().Select(seed => $"{seed}"))),
            new("program", $"nn {Host.Version}, .NET {Environment.Version}"),
            new("processor", Host.Processor),
            new("system", System.Runtime.InteropServices.RuntimeInformation.OSDescription),
        ]);
        yield return new ReportBlock.Prose("The data, by the SHA-256 of what is in each file:");
        yield return new ReportBlock.Facts([
            .. order.Source.Fingerprints.Select(file => new Fact(file.Key, file.Value)),
        ]);
    }

    private static string CommandLine(ComparisonOrder order)
    {
        JsonArray seeds = order.Record["seeds"]!.AsArray();
        IEnumerable<string> words =
        [
            "nn",
            "compare",
            order.Subject.Name,
            order.Source.Name,
            "--out",
            "AGAIN",
            "--values",
            string.Join(',', Variants(order).Select(variant => variant.Name)),
            "--seed",
            $"{seeds[0]}",
            "--seeds",
            $"{seeds.Count}",
            .. Options(order).SelectMany(option => option),
        ];
        return ShellLine.Of(words);
    }

    private static IEnumerable<Variant> Variants(ComparisonOrder order) =>
        order.Runs.Select(run => run.Variant).DistinctBy(variant => variant.Name);
}
