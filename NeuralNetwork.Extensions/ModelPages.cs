using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Extensions;

/// <summary>What a service says of its model, made from the model's columns: a description for programs, and a page for people.
/// Both are of a route that takes a row as a JSON object, a cell for each column, and gives what Classify (or, of a model of
/// values, Predict) gives.</summary>
public static class ModelPages
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>An OpenAPI 3.1 document of the route: every column with its type, its categories and whether a cell may be
    /// missing, and the classes of the answer.</summary>
    /// <typeparam name="T">The numbers of the model: float or double.</typeparam>
    /// <param name="model">A model whose features have names.</param>
    /// <param name="title">What the service is called.</param>
    /// <param name="route">The route, as in /churn.</param>
    /// <returns>The document, as JSON.</returns>
    /// <exception cref="InvalidOperationException">The features of the model have no names.</exception>
    public static string OpenApi<T>(this Model<T> model, string title, string route)
    {
        var columns = Columns(model, title, route);
        var titles = columns.Select(column => (JsonNode)column.Title).ToArray();
        var properties = columns.Select(column => KeyValuePair.Create(column.Title, (JsonNode?)Schema(column)));
        var answer = model.IsClassifier ? Class(model) : Values(model);
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = title, ["version"] = "1" },
            ["paths"] = new JsonObject
            {
                [route] = new JsonObject
                {
                    ["post"] = new JsonObject
                    {
                        ["summary"] = "Answers a row",
                        ["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Json("Row") },
                        ["responses"] = new JsonObject
                        {
                            ["200"] = new JsonObject
                            {
                                ["description"] = "What the model says",
                                ["content"] = Json("Answer"),
                            },
                            ["400"] = new JsonObject { ["description"] = "A row that the model has no answer for" },
                        },
                    },
                },
            },
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject
                {
                    ["Row"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray(titles),
                        ["properties"] = new JsonObject(properties),
                    },
                    ["Answer"] = answer,
                },
            },
        };
        return document.ToJsonString(Indented);
    }

    /// <summary>A page with a field for each column, which asks the route and shows its answer. It asks nobody else.</summary>
    /// <typeparam name="T">The numbers of the model: float or double.</typeparam>
    /// <param name="model">A model whose features have names.</param>
    /// <param name="title">What stands above the fields.</param>
    /// <param name="route">The route, as in /churn.</param>
    /// <returns>The page, as HTML.</returns>
    /// <exception cref="InvalidOperationException">The features of the model have no names.</exception>
    public static string Form<T>(this Model<T> model, string title, string route)
    {
        var fields = new StringBuilder();
        foreach (var column in Columns(model, title, route))
            fields.Append(CultureInfo.InvariantCulture, $"<label>{Html(column.Title)} {Field(column)}</label>\n");
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{{Html(title)}}</title>
            <style>
            body { font: 16px system-ui, sans-serif; max-width: 30em; margin: 2em auto; padding: 0 1em }
            label { display: flex; justify-content: space-between; gap: 1em; margin: .5em 0 }
            input, select { font: inherit; width: 14em; box-sizing: border-box }
            output { display: block; margin: 1em 0; white-space: pre-wrap }
            </style>
            <h1>{{Html(title)}}</h1>
            <form action="{{Html(route)}}">
            {{fields}}<button>Ask</button>
            <output></output>
            </form>
            <script>
            const form = document.querySelector("form")
            form.onsubmit = async event => {
              event.preventDefault()
              const row = {}
              for (const field of form.querySelectorAll("[name]"))
                row[field.name] = field.value === "" ? null : field.type === "number" ? Number(field.value) : field.value
              const reply = await fetch(form.getAttribute("action"), {
                method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(row) })
              form.querySelector("output").textContent = await reply.text()
            }
            </script>
            </html>
            """;
    }

    private static List<Column> Columns<T>(Model<T> model, string title, string route)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(title);
        ArgumentException.ThrowIfNullOrEmpty(route);
        return model.HasColumns
            ? model.Preprocessing.Columns.ToList()
            : throw new InvalidOperationException("the features of this model have no names");
    }

    // What a cell may be ---------------------------------------------------------------------------------------------

    /// <summary>Whether training had an answer for a cell that is missing.</summary>
    private static bool MayBeMissing(Column column) =>
        column switch
        {
            Column.Number number => !double.IsNaN(number.Missing),
            Column.Category category => category.Categories.Contains(""),
            Column.Date date => date.Missing.Length > 0,
            _ => true,
        };

    private static IEnumerable<string> Texts(Column.Category category) => category.Categories.Where(text => text != "");

    private static string Options(Column.Category category) =>
        // Of a text between tags browsers make one blank of many.
        string.Concat(Texts(category).Select(text => $"<option value=\"{Html(text)}\">{Html(text)}</option>"));

    private static JsonObject Schema(Column column)
    {
        if (column is Column.Category category)
        {
            var cells = Texts(category).Select(text => (JsonNode?)text).ToList();
            if (MayBeMissing(column))
                cells.Add(null);
            return new JsonObject { ["enum"] = new JsonArray([.. cells]) };
        }
        JsonNode Type(string name) => MayBeMissing(column) ? new JsonArray(name, "null") : name;
        return column switch
        {
            Column.Number => new JsonObject { ["type"] = Type("number") },
            // The format date-time demands seconds and a time zone; a cell needs neither, and those of the page have neither.
            Column.Date { HasTime: true } => new JsonObject
            {
                ["type"] = Type("string"),
                ["description"] = "A moment or a day, as 2024-02-29T12:30, 2024-02-29T12:30:00 or 2024-02-29",
            },
            Column.Date => new JsonObject { ["type"] = Type("string"), ["format"] = "date" },
            // Any text or number, known or not.
            _ => [],
        };
    }

    private static string Field(Column column)
    {
        var name = $"name=\"{Html(column.Title)}\"{(MayBeMissing(column) ? "" : " required")}";
        return column switch
        {
            Column.Number => $"<input type=\"number\" step=\"any\" {name}>",
            Column.Date date => $"<input type=\"{(date.HasTime ? "datetime-local" : "date")}\" {name}>",
            Column.Category category => $"<select {name}><option></option>{Options(category)}</select>",
            _ => $"<input {name}>",
        };
    }

    // Answers --------------------------------------------------------------------------------------------------------

    private static JsonObject Class<T>(Model<T> model)
    {
        var label = new JsonObject { ["type"] = "string" };
        if (model.Labels is { Length: > 0 } labels)
            label["enum"] = new JsonArray([.. labels.Select(text => (JsonNode)text)]);
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["class"] = new JsonObject { ["type"] = "integer" },
                ["label"] = label,
                ["probability"] = new JsonObject
                {
                    ["description"] = "From 0 to 1; \"NaN\" where the outputs of the model are no probabilities",
                    ["type"] = new JsonArray("number", "string"),
                },
            },
        };
    }

    private static JsonObject Values<T>(Model<T> model) =>
        new()
        {
            ["description"] = model.Preprocessing.Target,
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "number" },
            ["minItems"] = model.Network.Outputs,
            ["maxItems"] = model.Network.Outputs,
        };

    private static JsonObject Json(string schema) =>
        new()
        {
            ["application/json"] = new JsonObject
            {
                ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" },
            },
        };

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
