using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What the reports of comparisons and searches have in common.</summary>
internal static class StudyPage
{
    /// <summary>
    /// The options that all runs share, as the record of a study has them, with their origin: some are the usual ones of
    /// what is compared.
    /// </summary>
    public static IEnumerable<ReportBlock> Same(
        JsonObject record,
        string subject,
        IReadOnlyDictionary<string, string>? usual = null
    )
    {
        yield return new ReportBlock.Prose("What is the same; other options have their defaults:");
        yield return new ReportBlock.Rows(RunPage.Table(Common(record, subject, usual)), []);
    }

    /// <summary>A command that does it again, the seeds, where it was done, and with what data.</summary>
    public static IEnumerable<ReportBlock> Repetition(
        IEnumerable<string> words,
        Fact seeds,
        IEnumerable<RunOutcome> outcomes
    )
    {
        yield return new ReportBlock.Code(ShellLine.Of(words));
        yield return new ReportBlock.Facts([
            seeds,
            new("program", $"nn {Host.Version}, .NET {Environment.Version}"),
            new("processor", Host.Processor),
            new("system", System.Runtime.InteropServices.RuntimeInformation.OSDescription),
        ]);
        // What an earlier process trained was read by that one.
        var files = outcomes.SelectMany(run => run.Fingerprints).DistinctBy(file => file.Key).ToArray();
        if (files.Length == 0)
            yield break;
        yield return new ReportBlock.Prose("The data, by the SHA-256 of what is in each file:");
        yield return new ReportBlock.Facts([.. files.Select(file => new Fact(file.Key, file.Value))]);
    }

    /// <summary>The words of each shared option, from its name to the next one's.</summary>
    public static IEnumerable<string[]> Options(JsonObject record)
    {
        string[] words = [.. record["options"]!.AsArray().Select(word => $"{word}")];
        int[] starts =
        [
            .. words.Index().Where(one => one.Item.StartsWith("--", StringComparison.Ordinal)).Select(one => one.Index),
        ];
        return starts.Zip([.. starts.Skip(1), words.Length], (start, end) => words[start..end]);
    }

    /// <summary>The way to the report of a run in a folder of a study; empty where there is none.</summary>
    public static string LinkTo(StudyFolder study, string run)
    {
        var path = $"{run}/{RunFolder.ReportName}";
        return File.Exists(study.Within(path)) ? path : "";
    }

    /// <summary>A name at the beginning of a line.</summary>
    public static string Heading(string name) => $"{char.ToUpperInvariant(name[0])}{name[1..]}";

    private static IEnumerable<Origin> Common(
        JsonObject record,
        string subject,
        IReadOnlyDictionary<string, string>? usual
    )
    {
        var name = $"{record["preset"]}";
        var preset = Preset.Parse(name).ResultValue.Words(subject, _ => false).ToArray();
        foreach (var option in Options(record))
        {
            var isPreset = preset.Any(words => words.SequenceEqual(option));
            var isUsual = usual?.GetValueOrDefault(option[0]) is { } value && option.SequenceEqual([option[0], value]);
            var said = option.Length == 1 ? "true" : string.Join(' ', option.Skip(1));
            yield return new(
                option[0],
                said,
                isPreset ? $"preset {name}"
                    : isUsual ? "comparison"
                    : "given"
            );
        }
    }
}
