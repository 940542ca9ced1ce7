using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Runs;

/// <summary>In what two runs differ: an option, a file of data, the program or the engine; null where one has none.</summary>
internal sealed record RunDifference(string Kind, string Name, string? First, string? Second);

/// <summary>Two runs side by side: what they came to, in what they differ, and on rows of data whose answers changed.</summary>
internal sealed record RunPair(ListedRun First, ListedRun Second, IReadOnlyList<RunDifference> Differences)
{
    private const string None = "–";
    private const string Program = "program";

    // So much of a checksum tells files apart.
    private const int HashLetters = 12;

    private static readonly string[] Parts = ["validation", "test"];

    private static readonly (string Name, string Title, Func<double, string> Form)[] Scores =
    [
        ("accuracy", "accuracy", Numeral.Share),
        ("r2", "R2", Numeral.InUnits),
        ("rmse", "RMSE", Numeral.InUnits),
        ("loss", "loss", Numeral.Of),
    ];

    private readonly JsonObject?[] records = [RecordOf(First), RecordOf(Second)];

    /// <summary>What both answer on the same rows; null where no data were named.</summary>
    public AnswerChanges? Answers { get; init; }

    /// <summary>The runs in two folders. A failure where there is none, or one that cannot be read.</summary>
    public static RunPair Of(string first, string second)
    {
        var (one, other) = (Read(first), Read(second));
        return new(one, other, [.. Compared(one, other)]);
    }

    private static ListedRun Read(string folder)
    {
        if (!File.Exists(Path.Combine(folder, RunFiles.Config)))
            throw Failure.BadInput($"{folder}: no run (must be a folder that nn train --out has made)");
        var run = ListedRun.Read(folder, folder);
        return run.Status == ListedRun.Unreadable ? throw Damaged(folder) : run;
    }

    private static JsonObject? RecordOf(ListedRun run)
    {
        var path = Path.Combine(run.Folder, RunFiles.Manifest);
        try
        {
            return File.Exists(path) ? RecordFile.Open(path).Content : null;
        }
        catch (RecordFailure)
        {
            throw Damaged(run.Folder);
        }
    }

    private static Failure Damaged(string folder) =>
        Failure.BadInput($"{folder}: a run that cannot be read (nn model verify {ShellLine.Quoted(folder)} says why)");

    private static IEnumerable<RunDifference> Compared(ListedRun first, ListedRun second)
    {
        static IEnumerable<RunDifference> Between(
            string kind,
            IReadOnlyDictionary<string, string> first,
            IReadOnlyDictionary<string, string> second
        ) =>
            first
                .Keys.Union(second.Keys)
                .Select(name => new RunDifference(
                    kind,
                    name,
                    first.GetValueOrDefault(name),
                    second.GetValueOrDefault(name)
                ))
                .Where(one => one.First != one.Second);

        var (one, other) = (RecordOf(first), RecordOf(second));
        if (first.Data != second.Data)
            yield return new("data", "data", first.Data, second.Data);
        // A run that goes on has not said yet what it was trained on, and with what.
        if (one is not null && other is not null)
            foreach (var file in Between("data", FilesOf(one), FilesOf(other)))
                yield return file;
        foreach (var option in Between("option", first.Options, second.Options))
            yield return option;
        if (one is not null && other is not null)
            foreach (var fact in Between(Program, ProgramOf(one), ProgramOf(other)))
                yield return fact;
    }

    /// <summary>The files of the data, each with the beginning of its SHA-256.</summary>
    private static Dictionary<string, string> FilesOf(JsonObject record) =>
        Json.At(record, "data", "sha256") is JsonObject files
            ? files.ToDictionary(
                file => file.Key,
                file => $"SHA-256 {string.Concat($"{file.Value}".Take(HashLetters))}…"
            )
            : [];

    private static Dictionary<string, string> ProgramOf(JsonObject record)
    {
        var facts = new Dictionary<string, string>();
        if (Json.At(record, Program) is { } program)
            facts[Program] = $"{program}";
        if (Json.At(record, "blas", "name") is { } name)
            facts["engine"] = $"{name} {Host.Number($"{Json.At(record, "blas", "version")}")}".TrimEnd();
        return facts;
    }

    /// <summary>What the runs came to, a row for each number.</summary>
    private IEnumerable<string[]> Results()
    {
        yield return ["status", First.Status, Second.Status];
        foreach (var part in Parts)
        foreach (var (name, title, form) in Scores)
        {
            var (one, other) = (Score(0, part, name), Score(1, part, name));
            if (double.IsFinite(one) || double.IsFinite(other))
                yield return [$"{part} {title}", Numeral.OrDash(one, form), Numeral.OrDash(other, form)];
        }
        yield return ["best epoch", Epochs(First), Epochs(Second)];
        yield return ["parameters", Parameters(0), Parameters(1)];
        yield return
        [
            "training time",
            Numeral.OrDash(First.Seconds, Numeral.Duration),
            Numeral.OrDash(Second.Seconds, Numeral.Duration),
        ];
    }

    private double Score(int run, string part, string name) => Json.NumberAt(records[run], "results", part, name);

    private string Parameters(int run) =>
        Numeral.OrDash(Json.NumberAt(records[run], "parameters"), number => $"{number:N0}");

    private static string Epochs(ListedRun run) =>
        run.BestEpoch > 0 ? $"{run.BestEpoch} of {run.Epochs}" : $"{None} of {run.Epochs}";

    private IEnumerable<string[]> Differing() =>
        Differences.Select(one => (string[])[one.Name, Shown(one.Kind, one.First), Shown(one.Kind, one.Second)]);

    // A version has the whole name of its commit behind it.
    private static string Shown(string kind, string? value) =>
        value is null ? None
        : kind == Program && value.Split('+') is [var version, { Length: > HashLetters } commit]
            ? $"{version}+{commit[..HashLetters]}…"
        : value;

    // A run that goes on has not said yet with what.
    private string Same => records.Contains(null) ? "the same options" : "the same options, data, program and engine";

    private string[] Heads => ["", First.Folder, Second.Folder];

    public IEnumerable<string> Lines()
    {
        string[][] rows = [Heads, .. Results(), .. Differing()];
        foreach (var line in TextTable.Columns(rows))
            yield return line;
        if (Differences.Count == 0)
            yield return Same;
        if (Answers is null)
            yield break;
        yield return "";
        foreach (var line in Answers.Lines(First.Folder, Second.Folder))
            yield return line;
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["first"] = First.Document(),
            ["second"] = Second.Document(),
            ["differences"] = Json.Array(
                Differences,
                one => new JsonObject
                {
                    ["kind"] = one.Kind,
                    ["name"] = one.Name,
                    ["first"] = one.First,
                    ["second"] = one.Second,
                }
            ),
            ["answers"] = Answers?.Document(),
        };

    /// <summary>The same as a page, with the curves of both.</summary>
    public Report Page()
    {
        var differing = Differing().ToArray();
        LineChart[] curves = [.. Curves()];
        return new(
            "Two runs",
            $"{First.Folder} and {Second.Folder}, on {First.Data}.",
            [],
            [
                new("What they came to", [new ReportBlock.Rows(new(Heads, [.. Results()]), [])]),
                new(
                    "In what they differ",
                    [
                        differing.Length == 0
                            ? new ReportBlock.Prose($"{char.ToUpperInvariant(Same[0])}{Same[1..]}.")
                            : new ReportBlock.Rows(new(Heads, differing), []),
                    ]
                ),
                .. curves.Length == 0
                    ? (ReportSection[])[]
                    : [new("Curves", [.. curves.Select(chart => new ReportBlock.Drawing(chart))])],
                .. Answers is null
                    ? (ReportSection[])[]
                    : [new($"Answers on {Answers.Data}", [.. Answers.Blocks(First.Folder, Second.Folder)])],
            ]
        );
    }

    /// <summary>The losses of training and validation, and the accuracies where there are classes.</summary>
    private IEnumerable<LineChart> Curves()
    {
        var histories = new[] { (First.Folder, HistoryOf(First)), (Second.Folder, HistoryOf(Second)) };
        ChartLine[] Lines(string measure) =>
            [
                .. from one in histories
                from part in (string[])["train", "validation"]
                let dots = one.Item2.Select(epoch => new Dot(
                    Json.NumberAt(epoch, "epoch"),
                    Json.NumberAt(epoch, $"{part}_{measure}")
                ))
                where dots.Any(dot => double.IsFinite(dot.Y))
                select new ChartLine($"{one.Item1}, {part}", [.. dots]),
            ];
        var losses = Lines("loss");
        if (losses.Length > 0)
            yield return new("Loss", "epoch", "mean loss of the rows", Scaling.For(losses), losses);
        if (Lines("accuracy") is { Length: > 0 } accuracies)
            yield return new(
                "Accuracy",
                "epoch",
                "share of the rows whose class is predicted",
                Scale.Share,
                accuracies
            );
    }

    // A last line that is cut short is of an epoch that was never saved.
    private static JsonNode?[] HistoryOf(ListedRun run)
    {
        var path = Path.Combine(run.Folder, RunFiles.Lines);
        if (!File.Exists(path))
            return [];
        try
        {
            return [.. RecordFile.TextOf(path).Split('\n')[..^1].Select(line => JsonNode.Parse(line))];
        }
        catch (JsonException)
        {
            throw Damaged(run.Folder);
        }
    }
}
