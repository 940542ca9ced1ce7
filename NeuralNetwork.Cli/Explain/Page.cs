using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Maths;

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
        TextTable.Table(Heads, Rows.Select(row => Array.ConvertAll(row, Shown))).Prepend($"{Title}:");

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
    public static string Named(Convention convention) => Convention.name(convention);

    /// <summary>A table of settings with a column for each convention.</summary>
    public static Grid Grid(JsonNode?[][] rows) =>
        new("defaults", ["setting", .. Convention.all.Select(Convention.name)], rows);

    /// <summary>A setting and its value in each convention.</summary>
    public static JsonNode?[] Row(string name, Func<Convention, JsonNode?> value) =>
        [name, .. Convention.all.Select(value)];
}

/// <summary>The page of an optimizer: its rule, its settings in every convention, its first steps by the engine.</summary>
internal static class OptimizerPage
{
    private static readonly double[] Gradients = [0.1, -0.2];

    public static Page Of(Optimizer chosen, Convention convention)
    {
        var note = Optimizer.note(chosen);
        var name = Optimizer.name(chosen);
        Optimizer In(Convention one) => Optimizer.ofConvention(one, name).ResultValue;
        double RateIn(Convention one) => Optimizer.learningRate(one, chosen);

        var settings = Optimizer
            .settings(chosen)
            .Select(setting => setting.Name)
            .Select(setting => ByConvention.Row(setting, one => Shown(Optimizer.settings(In(one)), setting)));
        var rate = RateIn(convention);
        var (rule, slots) = (In(convention), Optimizer.slots(In(convention)));
        var steps = Worked
            .Steps(rule, rate, Gradients)
            .Select((step, index) => (JsonNode?[])[index + 1, Gradients[index], step.Weight, .. step.Slots]);
        return new(
            "optimizer",
            new(
                name,
                note.Idea,
                [.. Optimizer.formula(rule)],
                note.Source,
                [.. Absence(chosen, convention), .. note.Differences]
            ),
            [
                ByConvention.Grid([
                    ByConvention.Row(
                        "offered",
                        one => Optimizer.offeredBy(chosen).Contains(one) ? "yes" : "—, not offered"
                    ),
                    ByConvention.Row("learning-rate", one => RateIn(one)),
                    .. settings,
                ]),
                new(
                    $"the first steps of a weight of 1 at the rate {Text.number(rate)} ({ByConvention.Named(convention)})",
                    ["step", "gradient", "weight", .. slots],
                    [.. steps]
                ),
            ]
        );
    }

    /// <summary>What the numbers of a convention are where its framework has none.</summary>
    private static string[] Absence(Optimizer chosen, Convention convention) =>
        Optimizer.offeredBy(chosen).Contains(convention)
            ? []
            :
            [
                $"{ByConvention.Named(convention)} has no {Optimizer.name(chosen)}: the settings are the paper's{Epsilon(chosen)}.",
            ];

    private static string Epsilon(Optimizer chosen) =>
        Optimizer.settings(chosen).Any(setting => setting.Name == "epsilon") ? ", with that framework's ε" : "";

    private static JsonNode? Shown(IEnumerable<OptimizerSetting> settings, string name) =>
        settings.First(setting => setting.Name == name).Value switch
        {
            Setting.Number number => number.Number,
            Setting.Flag flag => flag.Flag,
            Setting.Placement place => EpsilonPlacement.name(place.Placement),
            _ => null,
        };
}
