using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn runs [FOLDER]: the runs in a folder side by side, with what they came to and the options in which they differ.</summary>
internal static class RunsCommand
{
    private const string UsualFolder = "runs";

    private static readonly Argument<string> Place = new("FOLDER")
    {
        Description = "Where to look, in the folders within, too",
        DefaultValueFactory = _ => UsualFolder,
    };

    private static readonly Setting<Func<IEnumerable<ListedRun>, IEnumerable<ListedRun>>> Sort = new(
        "--sort",
        "NAME",
        "What comes first: score (the best of each data), loss (the least of each data), started (the newest), time (the shortest), folder",
        Read.OneOf<Func<IEnumerable<ListedRun>, IEnumerable<ListedRun>>>(
            (
                "score",
                runs => ByData(runs).ThenByDescending(run => Least(run.Score, -1)).ThenBy(run => Least(run.Loss, 1))
            ),
            ("loss", runs => ByData(runs).ThenBy(run => Least(run.Loss, 1))),
            ("started", runs => runs.OrderByDescending(run => run.Started)),
            ("time", runs => runs.OrderBy(run => Least(run.Seconds, 1))),
            ("folder", runs => runs)
        ),
        "score"
    );

    private static readonly Setting<string> Filter = new(
        "--filter",
        "TEXT",
        "Only runs with TEXT in their folder, data, status or the options shown",
        Read.Any
    );

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.Add(Sort.Option);
        command.Add(Filter.Option);
        command.SetAction(result => Run(result.GetRequiredValue(Place), result, screen));
    }

    private static int Run(string folder, ParseResult result, Screen screen)
    {
        if (!Directory.Exists(folder))
            throw Failure.BadInput($"{folder}: no such folder (nn runs FOLDER looks in another one)");
        var runs = ListedRun.Compared([.. ListedRun.FoldersIn(folder).Select(one => ListedRun.Read(folder, one))]);
        if (Filter.IsGiven(result))
            runs = [.. runs.Where(run => run.Has(Filter.Of(result)))];
        runs = [.. Sort.Of(result)(runs)];
        if (screen.Json)
            screen.PrintDocument(Json.Text(Document(folder, runs)));
        else if (runs.Length == 0)
            screen.Say($"no run{(Filter.IsGiven(result) ? " of that kind" : "")} in {folder}");
        else
            foreach (var line in TextTable.Columns([Titles, .. runs.Select(Cells)]))
                screen.Print(line);
        return Exit.Done;
    }

    // Scores on different data say nothing of each other, nor do those of classes and values, or of rows learned and not.
    private static IOrderedEnumerable<ListedRun> ByData(IEnumerable<ListedRun> runs) =>
        runs.OrderBy(run => run.Data, StringComparer.Ordinal)
            .ThenByDescending(run => double.IsFinite(run.Loss))
            .ThenByDescending(run => run.IsOfClasses)
            .ThenByDescending(run => run.IsHonest);

    /// <summary>A number, or where there is none, what comes last.</summary>
    private static double Least(double value, int sign) =>
        double.IsFinite(value) ? value : sign * double.PositiveInfinity;

    private static string[] Titles =>
        ["run", "data", "score", "of", "loss", "epochs", "time", "started", "status", "options"];

    private static string[] Cells(ListedRun run) =>
        [
            run.Folder,
            run.Data,
            !double.IsFinite(run.Score) ? "-"
            : run.IsOfClasses ? Numeral.Share(run.Score)
            : $"R2 {Numeral.InUnits(run.Score)}",
            run.Part,
            double.IsFinite(run.Loss) ? Numeral.Of(run.Loss) : "-",
            run.BestEpoch > 0 ? $"{run.BestEpoch}/{run.Epochs}" : $"{run.Epochs}",
            double.IsFinite(run.Seconds) ? Numeral.Duration(run.Seconds) : "-",
            run.Started.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            run.Status,
            string.Join(' ', run.Options.Select(option => $"{option.Key} {ShellLine.Typed(option.Value)}")),
        ];

    private static JsonObject Document(string folder, ListedRun[] runs) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["folder"] = folder,
            ["runs"] = Json.Array(runs, run => run.Document()),
        };
}

/// <summary>nn compare-runs A B [DATA]: in what two runs differ, and on rows of data whose answers changed.</summary>
internal static class CompareRunsCommand
{
    private static readonly Argument<string> First = new("A") { Description = "A run folder" };
    private static readonly Argument<string> Second = new("B") { Description = "Another one" };

    private static readonly Argument<string?> Data = new(Arguments.DataName)
    {
        Description = "Data on which to compare the answers of their models",
        HelpName = Arguments.DataName,
        DefaultValueFactory = _ => null,
    };

    private static readonly Setting<string> Out = new(OptionName.Out, "FILE", "Write a page there, as HTML", Read.Any);

    public static void Fill(Command command, Screen screen)
    {
        Data.Offer(BuiltIn.All.Select(set => set.Name));
        command.Add(First);
        command.Add(Second);
        command.Add(Data);
        var use = UseSettings.OptionsOf(command);
        command.Add(Out.Option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(use, result, screen));
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var (first, second) = (result.GetRequiredValue(First), result.GetRequiredValue(Second));
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        foreach (var folder in (string[])[first, second])
            if (
                path is not null
                && Path.GetFullPath(path)
                    .StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            )
                throw Failure.Usage(Out.Name, $"{path} is in a run that is compared");
        var pair = RunPair.Of(first, second);
        if (result.GetValue(Data) is not { } rows)
            UseSettings.Refuse(result, Arguments.DataName);
        else
        {
            var (one, other) = (use.Open(first, rows, result, screen), use.Open(second, rows, result, screen));
            using var machine = one.Machine;
            using var another = other.Machine;
            foreach (
                var (folder, source) in (ReadOnlySpan<(string, DataSource)>)
                    [(first, one.Source), (second, other.Source)]
            )
                if (KnownRows.Warning(ModelSource.Path(folder), source) is { } warning)
                    screen.Warn($"{folder}: {warning}");
            if (path is not null && one.Source.IsReadFrom(path))
                throw Failure.Usage(Out.Name, $"{path} is what the answers are compared on");
            pair = pair with { Answers = AnswerChanges.Of(one, other) };
        }
        if (path is not null)
            OutputFile.Write(path, Encoding.UTF8.GetBytes(ReportPage.Of(pair.Page())));
        if (screen.Json)
            screen.PrintDocument(Json.Text(pair.Document()));
        else
            foreach (var line in pair.Lines())
                screen.Print(line);
        if (path is not null)
            screen.Say($"page: {path}");
        return Exit.Done;
    }
}
