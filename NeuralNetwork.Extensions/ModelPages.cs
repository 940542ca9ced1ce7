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

    /// <summary>
    /// A page with a field for each column, which asks the route and shows its answer, in light and in dark, on wide and on narrow
    /// screens. It asks nobody else. Behind an address with cells, as in ?age=41&amp;job=nurse, its fields are filled in and it has asked.
    /// </summary>
    /// <typeparam name="T">The numbers of the model: float or double.</typeparam>
    /// <param name="model">A model whose features have names.</param>
    /// <param name="title">What stands above the fields.</param>
    /// <param name="route">The route, as in /churn.</param>
    /// <param name="hasTables">Whether the route takes a table as CSV (text/csv) and answers one, too: then there is a field for a file.</param>
    /// <returns>The page, as HTML.</returns>
    /// <exception cref="InvalidOperationException">The features of the model have no names.</exception>
    public static string Form<T>(this Model<T> model, string title, string route, bool hasTables = false)
    {
        var fields = new StringBuilder();
        foreach (var column in Columns(model, title, route))
            fields.Append(
                CultureInfo.InvariantCulture,
                $"<label><span>{Html(column.Title)}</span> {Field(column)}</label>\n"
            );
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{{Html(title)}}</title>
            <link rel="icon" href="data:,">
            <style>
            :root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1f; --quiet: #5c5c66; --line: #c9c9d1; --field: #fff; --bar: #3b6fd4;
              --on-bar: #fff; --bad: #b3261e }
            @media (prefers-color-scheme: dark) { :root { --paper: #17171a; --ink: #ececf0; --quiet: #a3a3ad; --line: #46464f; --field: #222227;
              --bar: #7ea6f4; --on-bar: #10182b; --bad: #ff8a80 } }
            body { font: 16px/1.4 system-ui, sans-serif; background: var(--paper); color: var(--ink); max-width: 38em; margin: 2em auto;
              padding: 0 1em }
            h1 { font-size: 1.5em; overflow-wrap: anywhere }
            h2 { font-size: 1.1em; margin-top: 2em }
            label { display: flex; flex-wrap: wrap; align-items: center; gap: .2em 1em; margin: .6em 0 }
            label span { flex: 1 1 8em; min-width: 0; overflow-wrap: anywhere; white-space: pre-wrap }
            input, select { flex: 2 1 14em; min-width: 0; max-width: 100%; box-sizing: border-box; font: inherit; color: inherit;
              background: var(--field); border: 1px solid var(--line); border-radius: .3em; padding: .35em .5em }
            button { font: inherit; color: var(--on-bar); background: var(--bar); border: 0; border-radius: .3em; padding: .45em 1.2em;
              margin-top: .5em; cursor: pointer }
            :focus-visible { outline: 2px solid var(--bar); outline-offset: 2px }
            output { display: block; margin: 1em 0; overflow-wrap: anywhere }
            output p.bad { color: var(--bad) }
            dl { display: grid; grid-template-columns: minmax(0, auto) minmax(0, 1fr); gap: .3em 1em; margin: 0 }
            dt { color: var(--quiet) }
            dd { margin: 0 }
            dd.said { font-weight: 600; font-size: 1.15em }
            meter { width: 45%; max-width: 12em; vertical-align: middle; margin-right: .6em }
            a { color: var(--bar) }
            </style>
            <h1>{{Html(title)}}</h1>
            <form id="row" action="{{Html(route)}}">
            {{fields}}<button>Predict</button>
            <output></output>
            </form>
            {{(hasTables ? Table : "")}}<script>
            const shown = value => typeof value === "number" ? Number(value.toPrecision(6)).toString() : Array.isArray(value)
              ? value.map(shown).join(", ") : value === null ? "none" : String(value)
            const line = (list, name, said, share) => {
              const [term, data] = [document.createElement("dt"), document.createElement("dd")]
              term.textContent = name
              if (share !== undefined) {
                const bar = document.createElement("meter")
                bar.value = share
                data.append(bar)
              }
              data.append(said)
              list.append(term, data)
              return data
            }
            const isShare = value => typeof value === "number" && value >= 0 && value <= 1
            const tell = (place, answer) => {
              const list = document.createElement("dl")
              if (typeof answer !== "object" || Array.isArray(answer) || answer === null)
                line(list, "prediction", shown(answer)).className = "said"
              else
                for (const [name, value] of Object.entries(answer))
                  if (typeof value !== "object" || Array.isArray(value) || value === null)
                    line(list, name, shown(value), name === "probability" && isShare(value) ? value : undefined)
                      .className = name === "prediction" || name === "label" ? "said" : ""
                  else
                    for (const [of, part] of Object.entries(value))
                      line(list, of, shown(part), isShare(part) ? part : undefined)
              place.replaceChildren(list)
            }
            const complain = (place, text) => {
              const words = document.createElement("p")
              words.className = "bad"
              words.textContent = text
              place.replaceChildren(words)
            }
            const ask = async (form, type, body) => {
              const reply = await fetch(form.getAttribute("action"), { method: "POST", headers: { "Content-Type": type }, body })
              const text = await reply.text()
              if (reply.ok) return text
              let said = text
              try { said = JSON.parse(text).detail ?? text } catch { }
              throw new Error(said)
            }
            const row = document.getElementById("row")
            row.onsubmit = async event => {
              event.preventDefault()
              const cells = {}
              for (const field of row.querySelectorAll("[name]"))
                cells[field.name] = field.value === "" ? null : field.type === "number" ? Number(field.value) : field.value
              const place = row.querySelector("output")
              try { tell(place, JSON.parse(await ask(row, "application/json", JSON.stringify(cells)))) }
              catch (error) { complain(place, error.message) }
            }
            const given = new URLSearchParams(location.search)
            const untaken = []
            for (const field of row.querySelectorAll("[name]"))
              if (given.has(field.name)) {
                field.value = given.get(field.name)
                if (field.value !== given.get(field.name)) untaken.push(`${field.name}: ${given.get(field.name)}`)
              }
            if (untaken.length > 0) complain(row.querySelector("output"), `no such value: ${untaken.join(", ")}`)
            else if (given.size > 0) row.requestSubmit()
            {{(hasTables ? TableScript : "")}}</script>
            </html>
            """;
    }

    private static string Table =>
        """
            <h2>A table</h2>
            <form id="table">
            <label><span>CSV with the names of the columns in its first line</span> <input type="file" accept=".csv,text/csv" required></label>
            <button>Predict</button>
            <output></output>
            </form>

            """;

    private static string TableScript =>
        """
            const table = document.getElementById("table")
            table.onsubmit = async event => {
              event.preventDefault()
              const place = table.querySelector("output")
              try {
                const found = await ask(row, "text/csv", table.querySelector("input").files[0])
                const link = document.createElement("a")
                link.href = URL.createObjectURL(new Blob([found], { type: "text/csv" }))
                link.download = "predictions.csv"
                link.textContent = "predictions.csv"
                place.replaceChildren(`${found.split("\n").length - 2} rows: `, link)
              }
              catch (error) { complain(place, error.message) }
            }

            """;

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
            ["description"] = string.Join(", ", model.Preprocessing.Targets),
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
