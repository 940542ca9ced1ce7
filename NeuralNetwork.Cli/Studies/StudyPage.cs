using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Studies;

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
