using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Runs;

/// <summary>A run as a list has it.</summary>
/// <param name="Folder">Its folder, from the one that is looked in.</param>
/// <param name="Part">The rows of its scores: of validation, or of the test, or those it was trained on.</param>
/// <param name="Epochs">How many it has finished.</param>
/// <param name="BestEpoch">The one that its model is of; 0 where that is not known.</param>
/// <param name="Options">The options in which it differs from others on the same data, as they are typed.</param>
internal sealed record ListedRun(
    string Folder,
    string Data,
    string Status,
    string Part,
    JsonElement? Scores,
    int Epochs,
    int BestEpoch,
    double Seconds,
    DateTime Started,
    IReadOnlyDictionary<string, string> Options
)
{
    /// <summary>The status of one whose files are damaged.</summary>
    public const string Unreadable = "unreadable";

    // What of a config.json is no option.
    private static readonly string[] Others = [ConfigFile.SchemaField, ConfigFile.DataField, ConfigFile.ResolvedField];

    private static readonly string[] Parts = ["validation", "test", TrainReport.TrainedField, "train"];

    /// <summary>Whether classes are learned, which have an accuracy and no error in units.</summary>
    public bool IsOfClasses => double.IsFinite(Number("accuracy"));

    /// <summary>The accuracy, or R² where values are learned; NaN where there is none yet.</summary>
    public double Score => IsOfClasses ? Number("accuracy") : Number("r2");

    public double Loss => Number("loss");

    private double Number(string name) => Scores is { } scores ? NumberIn(scores, name) : double.NaN;

    /// <summary>Whether its scores are those of rows that it has not learned.</summary>
    public bool IsHonest => Part is "validation" or "test";

    /// <summary>Whether it has a text in what is shown of it in words.</summary>
    public bool Has(string text) =>
        Options
            .Select(option => $"{option.Key} {option.Value}")
            .Concat([Folder, Data, Status])
            .Any(shown => shown.Contains(text, StringComparison.OrdinalIgnoreCase));

    public JsonObject Document() =>
        new()
        {
            ["run"] = Folder,
            ["data"] = Data,
            ["status"] = Status,
            ["of"] = Part,
            ["accuracy"] = Json.Number(Number("accuracy")),
            ["r2"] = Json.Number(Number("r2")),
            ["rmse"] = Json.Number(Number("rmse")),
            ["loss"] = Json.Number(Loss),
            ["epochs"] = Epochs,
            ["best_epoch"] = BestEpoch > 0 ? BestEpoch : null,
            ["seconds"] = Json.Number(Seconds),
            ["started"] = Started.ToString("O", CultureInfo.InvariantCulture),
            ["options"] = new JsonObject(Options.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
        };

    /// <summary>The folders of runs in a folder, itself among them, in the order of their names; not those of the folds of a run.</summary>
    public static IEnumerable<string> FoldersIn(string folder)
    {
        var config = Path.Combine(folder, RunFiles.Config);
        // One that is damaged is told by what lies beside it.
        if (ResolvedConfig.MarkOf(config) == Mark.Ours || (File.Exists(config) && RunMarks.AreIn(folder)))
            return [folder];
        // A link may lead back to where it is.
        var options = new EnumerationOptions
        {
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        return Directory
            .EnumerateDirectories(folder, "*", options)
            .Where(one => !Path.GetFileName(one).StartsWith('.'))
            .Order(StringComparer.Ordinal)
            .SelectMany(FoldersIn);
    }

    /// <summary>What the files in the folder of a run say of it.</summary>
    public static ListedRun Read(string root, string folder)
    {
        var name = Path.GetRelativePath(root, folder);
        var shown = name == "." ? folder : name.Replace(Path.DirectorySeparatorChar, '/');
        var path = Path.Combine(folder, RunFiles.Config);
        var run = new ListedRun(
            shown,
            "",
            "unfinished",
            "",
            null,
            0,
            0,
            double.NaN,
            File.GetLastWriteTime(path),
            new Dictionary<string, string>()
        );
        try
        {
            var config = ConfigJson.Parse(path);
            run = run with
            {
                Data = config.GetProperty(ConfigFile.DataField).GetString()!,
                Options = config
                    .EnumerateObject()
                    .Where(field => !Others.Contains(field.Name))
                    // A field that comes twice is refused where it is read for a training.
                    .GroupBy(field => OptionName.Of(field.Name))
                    .ToDictionary(same => same.Key, same => Text(same.Last().Value)),
            };
            var end = Path.Combine(folder, RunFiles.Manifest);
            return File.Exists(end)
                ? run.With(JsonElement.Parse(RecordFile.TextOf(end)))
                : run with
                {
                    Epochs = Finished(Path.Combine(folder, RunFiles.Lines)),
                };
        }
        catch (Exception error)
            when (error
                    is Failure
                        or IOException
                        or UnauthorizedAccessException
                        or InvalidOperationException
                        or KeyNotFoundException
                        or JsonException
            )
        {
            return run with { Status = Unreadable };
        }
    }

    /// <summary>The runs with the options alone in which those on the same data differ, and of the paths of data as much as tells them
    /// apart.</summary>
    public static ListedRun[] Compared(ListedRun[] runs)
    {
        static string Last(string path) =>
            string.Join(',', path.Split(',').Select(part => part.TrimEnd('/', '\\').Split('/', '\\')[^1]));
        var names = runs.Select(run => run.Data)
            .Distinct()
            .GroupBy(Last)
            .SelectMany(same => same.Skip(1).Any() ? same.Select(path => (path, path)) : [(same.First(), same.Key)])
            .ToDictionary();
        var differing = runs.GroupBy(run => run.Data)
            .ToDictionary(
                group => group.Key,
                group =>
                    group
                        .SelectMany(run => run.Options.Keys)
                        .Distinct()
                        .Where(name =>
                            group.Select(run => run.Options.GetValueOrDefault(name)).Distinct().Skip(1).Any()
                        )
                        .ToHashSet()
            );
        return Array.ConvertAll(
            runs,
            run =>
                run with
                {
                    Data = names[run.Data],
                    Options = run
                        .Options.Where(option => differing[run.Data].Contains(option.Key))
                        .ToDictionary(option => option.Key, option => option.Value),
                }
        );
    }

    private ListedRun With(JsonElement record)
    {
        var results = record.GetProperty("results");
        int Count(string name) => NumberIn(results, name) is var number && double.IsFinite(number) ? (int)number : 0;
        var part = Parts.FirstOrDefault(one => Field(results, one) is { ValueKind: JsonValueKind.Object });
        return this with
        {
            Status =
                Field(record, "diverged") is { ValueKind: JsonValueKind.Object } ? "diverged"
                : IsSet(record, "interrupted") ? "interrupted"
                : IsSet(record, "paused") ? "paused"
                : IsSet(record, "stopped_early") ? "stopped early"
                : "finished",
            Part =
                part is null ? ""
                : part.StartsWith("train", StringComparison.Ordinal) ? "training rows"
                : part,
            Scores = part is null ? null : results.GetProperty(part),
            Epochs = Count("epochs"),
            BestEpoch = Count("best_epoch"),
            Seconds = NumberIn(record, "training_seconds"),
            Started =
                Field(record, "started") is { ValueKind: JsonValueKind.String } started
                && started.TryGetDateTimeOffset(out var moment)
                    ? moment.LocalDateTime
                    : Started,
        };
    }

    // A line that is cut short is of an epoch that was never saved.
    private static int Finished(string path) =>
        File.Exists(path) ? File.ReadAllText(path).Count(letter => letter == '\n') : 0;

    private static JsonElement? Field(JsonElement element, string name) =>
        element.TryGetProperty(name, out var found) ? found : null;

    private static bool IsSet(JsonElement element, string name) =>
        Field(element, name) is { ValueKind: JsonValueKind.True };

    private static double NumberIn(JsonElement element, string name) =>
        Field(element, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : double.NaN;

    // As it is typed: values of a list have commas between them.
    private static string Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => ColumnNames.Join(value.EnumerateArray().Select(Text)),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => value.ToString(),
        };
}
