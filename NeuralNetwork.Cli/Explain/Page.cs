using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Explain;

/// <summary>What a reader wants to know of a formula: a sentence, the formula, its source, how frameworks differ.</summary>
internal sealed record Note(string Name, string Idea, string[] Formula, string Source, string[] Differences)
{
    /// <summary>The note that stands on the page of a formula.</summary>
    public static Note Of(FormulaNote note) =>
        new(note.Name, note.Idea, [.. note.Formula], note.Source, [.. note.Differences]);
}

/// <summary>Words and numbers in rows, under heads.</summary>
internal sealed record Grid(string Title, string[] Heads, JsonNode?[][] Rows)
{
    public IEnumerable<string> Lines() =>
        Screen.Table(Heads, Rows.Select(row => Array.ConvertAll(row, Shown))).Prepend($"{Title}:");

    public JsonObject Document() =>
        new()
        {
            ["title"] = Title,
            ["rows"] = Json.Array(
                Rows,
                row => new JsonObject(Heads.Zip(row, (head, cell) => KeyValuePair.Create(head, cell?.DeepClone())))
            ),
        };

    private static string Shown(JsonNode? cell) =>
        cell is null ? "-"
        : cell.AsValue().TryGetValue(out double number) ? $"{number:g9}"
        : cell.ToString();
}

/// <summary>A note with its defaults and an example that the engine worked out.</summary>
internal sealed record Page(string Kind, Note Note, Grid[] Grids)
{
    public IEnumerable<string> Lines()
    {
        yield return $"{Note.Name}  {Note.Idea}";
        yield return "";
        foreach (var line in Note.Formula)
            yield return $"  {line}";
        yield return "";
        yield return $"source: {Note.Source}";
        foreach (var difference in Note.Differences)
            yield return $"- {difference}";
        foreach (var grid in Grids)
        {
            yield return "";
            foreach (var line in grid.Lines())
                yield return line;
        }
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["kind"] = Kind,
            ["name"] = Note.Name,
            ["idea"] = Note.Idea,
            ["formula"] = Json.Array(Note.Formula, line => line),
            ["source"] = Note.Source,
            ["differences"] = Json.Array(Note.Differences, line => line),
            ["tables"] = Json.Array(Grids, grid => grid.Document()),
        };
}

/// <summary>What differs from convention to convention, side by side.</summary>
internal static class ByConvention
{
    /// <summary>What a convention is called.</summary>
    public static string Named(Convention convention) => ConventionModule.name(convention);

    /// <summary>A table of settings with a column for each convention.</summary>
    public static Grid Grid(JsonNode?[][] rows) =>
        new("defaults", ["setting", .. ConventionModule.all.Select(ConventionModule.name)], rows);

    /// <summary>A setting and its value in each convention.</summary>
    public static JsonNode?[] Row(string name, Func<Convention, JsonNode?> value) =>
        [name, .. ConventionModule.all.Select(value)];
}
