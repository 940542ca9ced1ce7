using System.Text.Json.Nodes;
using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>A look at data: every column, the balance of the classes, and what may be wrong.</summary>
internal sealed record TableProfile(
    string Data,
    int Rows,
    IReadOnlyList<ColumnProfile> Columns,
    string? Target,
    IReadOnlyList<(string Name, int Rows)> Classes,
    IReadOnlyList<string> Findings
)
{
    private const int MostShown = 20;

    /// <summary>Of a table, whose mistakes are counted and not refused.</summary>
    public static TableProfile Of(RowSource source, string? target)
    {
        var path = source.Path;
        var look = source.Look(null);
        var place = target is null ? look.Names.Length - 1 : look.Find(path, "--target", target);
        var columns = look.Names.Select((name, column) => new ColumnProfile(name, column)).ToArray();
        var seen = new HashSet<ulong>();
        var rows = 0;
        using var at = source.Open();
        for (; at.Next(); rows++)
        {
            at.CheckCount(columns.Length);
            seen.Add(Hash(at.Raw));
            foreach (var column in columns)
                column.Add(at);
        }
        var profile = Of(path, rows, columns, columns[place], rows - seen.Count, at.Numbers);
        string[] said = [.. look.Doubt is { } doubt ? [doubt] : Array.Empty<string>(), .. look.Decisions];
        return profile with { Findings = [.. said, .. profile.Findings] };
    }

    /// <summary>Of data that are one matrix: its width, its range, and the balance of the classes.</summary>
    public static TableProfile Of(DataSource source)
    {
        var sample = source.Train(TableOrder.Usual);
        var ranges = ColumnRange.Of(sample.Features, sample.Cols);
        var constant = ranges.Count(column => column.IsConstant);
        var (least, greatest) = (ranges.Min(column => column.Least), ranges.Max(column => column.Greatest));
        var range =
            $"{sample.Cols} features from {Text.number(least)} to {Text.number(greatest)}, {constant} of them constant";
        return new(
            source.Name,
            sample.Rows,
            [],
            null,
            Balance(sample),
            [range, .. sample.Notes.Where(note => note != source.Decision)]
        );
    }

    public IEnumerable<string> Lines()
    {
        yield return $"{Data}: {Rows} rows{(Columns.Count > 0 ? $", {Columns.Count} columns" : "")}";
        if (Columns.Count > 0)
            yield return "";
        foreach (var line in Columns.Count > 0 ? Table() : [])
            yield return line;
        if (Classes.Count > 0)
            yield return "";
        var heads = (string[])["class", "rows", "share", "balanced weight"];
        foreach (var line in Classes.Count > 0 ? Screen.Table(heads, Classes.Take(MostShown).Select(Line)) : [])
            yield return line;
        if (Findings.Count > 0)
            yield return "";
        foreach (var finding in Findings)
            yield return finding;
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = Data,
            ["rows"] = Rows,
            ["target"] = Target,
            ["columns"] = Json.Array(Columns, column => column.Document()),
            ["classes"] = Json.Array(
                Classes,
                one => new JsonObject
                {
                    ["label"] = one.Name,
                    ["rows"] = one.Rows,
                    ["weight"] = Json.Number(Weight(one.Rows)),
                }
            ),
            ["findings"] = Json.Array(Findings, finding => finding),
        };

    private IEnumerable<string> Table() =>
        Screen.Columns([
            ["column", "type", "least", "greatest", "missing", "different", ""],
            .. Columns.Select(column => column.Line()),
        ]);

    private string[] Line((string Name, int Rows) one) =>
        [one.Name, $"{one.Rows}", $"{(double)one.Rows / Rows:P1}", $"{Weight(one.Rows):0.000}"];

    /// <summary>n / (k·nᵢ): every class then counts the same.</summary>
    private double Weight(int rows) => (double)Classes.Sum(one => one.Rows) / (Classes.Count * rows);

    private static TableProfile Of(
        string path,
        int rows,
        ColumnProfile[] columns,
        ColumnProfile target,
        int duplicates,
        NumberNotation notation
    )
    {
        var names = ClassNames.Of([.. target.Counts.Keys], notation);
        var areFew = names.Names.Length <= Math.Min(Answers.MostGuessed, rows / 2);
        var areClasses = !target.IsNumber || (target.IsWhole && areFew);
        (string Name, int Rows)[] classes = areClasses
            ?
            [
                .. target
                    .Counts.Values.Zip(names.Places)
                    .GroupBy(pair => pair.Second, pair => pair.First)
                    .Select(group => (names.Names[group.Key], group.Sum()))
                    .OrderByDescending(pair => pair.Item2),
            ]
            : [];
        var findings = new List<string>();
        foreach (var column in columns.Where(column => column != target))
            if (Leak.Share(column, target, areClasses) is var share && Leak.IsLeak(share))
                findings.Add(
                    $"{CsvCursor.Quote(column.Name)} alone says {share:P1} about {CsvCursor.Quote(target.Name)}: was it made from it?"
                );
        if (duplicates > 0)
            findings.Add($"{duplicates} rows are there more than once");
        if (target.Missing > 0)
            findings.Add($"{target.Missing} rows have no target");
        foreach (var empty in columns.Where(column => column.IsEmpty && column != target))
            findings.Add(
                $"{CsvCursor.Quote(empty.Name)} is empty in every row: --ignore {ShellLine.Quoted(empty.Name)}"
            );
        if (columns.Any(column => column is { Missing: > 0, IsEmpty: false }))
            findings.Add("cells are missing: --missing mean, median or drop");
        return new(path, rows, columns, target.Name, classes, findings);
    }

    private static (string Name, int Rows)[] Balance(Sample sample) =>
        (sample.Targets, sample.Schema.Learned) is (Targets.Labels labels, Learned.Classes classes)
            ?
            [
                .. labels
                    .Labels.GroupBy(label => label)
                    .OrderBy(group => group.Key)
                    .Select(group => (classes.Names[group.Key], group.Count())),
            ]
            : [];

    // FNV-1a: rows of equal bytes have equal hashes, and others practically never.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037;
        foreach (var one in bytes)
            hash = (hash ^ one) * 1099511628211;
        return hash;
    }
}
