using System.Text.Json.Nodes;
using NeuralNetwork.Extensions;

namespace NeuralNetwork.Server;

// What the server says of itself to programs, made from the columns and the classes of a model.
internal sealed partial class Served<T>
{
    /// <summary>The document of the library has the columns; what is asked and answered here is another matter.</summary>
    private string OpenApi()
    {
        var columns = JsonNode.Parse(Model.OpenApi(title, Predict))!;
        var row = columns["components"]!["schemas"]!["Row"]!.DeepClone();
        var numbered = Prediction();
        numbered["properties"]!.AsObject().Insert(0, "row", Of("integer"));
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = title, ["version"] = $"{Version}" },
            ["paths"] = new JsonObject
            {
                [Predict] = new JsonObject { ["post"] = Asked() },
                ["/health"] = Gives("Whether it answers, and which model", "application/json", Of("object")),
                ["/metrics"] = Gives("Counts and times, as Prometheus reads them", "text/plain", Of("string")),
            },
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject
                {
                    ["Row"] = row,
                    ["Prediction"] = Prediction(),
                    ["Predictions"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("schema", "predictions"),
                        ["properties"] = new JsonObject
                        {
                            ["schema"] = Of("integer"),
                            ["predictions"] = new JsonObject { ["type"] = "array", ["items"] = numbered },
                        },
                    },
                    ["Problem"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("type", "title", "status", "detail"),
                        ["properties"] = new JsonObject
                        {
                            ["type"] = Of("string"),
                            ["title"] = Of("string"),
                            ["status"] = Of("integer"),
                            ["detail"] = Of("string"),
                        },
                    },
                },
            },
        };
        return document.ToJsonString(new() { WriteIndented = true });
    }

    private static JsonObject Asked()
    {
        var responses = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = "What the model says, in the order of the rows",
                ["content"] = new JsonObject
                {
                    ["application/json"] = Content(OneOf("Prediction", "Predictions")),
                    ["text/csv"] = Content(Of("string")),
                },
            },
        };
        foreach (
            var (status, about) in (ReadOnlySpan<(string, string)>)
                [
                    ("400", "A row that the model has no answer for, or no rows"),
                    ("408", "A body that took too long"),
                    ("413", "Too many rows, or too long a body"),
                    ("415", "Neither JSON nor CSV in UTF-8"),
                    ("421", "A name that is not this machine's"),
                    ("503", "Too many requests under way"),
                ]
        )
            responses[status] = new JsonObject
            {
                ["description"] = about,
                ["content"] = new JsonObject { ["application/problem+json"] = Content(Reference("Problem")) },
            };
        return new JsonObject
        {
            ["operationId"] = "predict",
            ["summary"] = "Predicts a row, several rows, or a table",
            ["parameters"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "probabilities",
                    ["in"] = "query",
                    ["description"] = "Of a table: whether there is a column for each class",
                    ["schema"] = Of("boolean"),
                }
            ),
            ["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject
                {
                    ["application/json"] = Content(
                        new JsonObject
                        {
                            ["oneOf"] = new JsonArray(
                                Reference("Row"),
                                new JsonObject
                                {
                                    ["type"] = "array",
                                    ["items"] = Reference("Row"),
                                    ["minItems"] = 1,
                                }
                            ),
                        }
                    ),
                    ["text/csv"] = Content(Of("string")),
                },
            },
            ["responses"] = responses,
        };
    }

    private JsonObject Prediction()
    {
        var number = new JsonObject { ["type"] = new JsonArray("number", "null") };
        var properties = new JsonObject();
        if (HasClasses)
        {
            properties["prediction"] = new JsonObject
            {
                ["enum"] = new JsonArray([.. labels.Select(one => (JsonNode)one)]),
            };
            properties[Given] = new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray([.. labels.Select(one => (JsonNode)one)]),
                ["properties"] = new JsonObject(
                    labels.Select(label => KeyValuePair.Create(label, (JsonNode?)number.DeepClone()))
                ),
            };
        }
        else
            foreach (var part in Parts)
                properties[part] =
                    Outputs == 1
                        ? number.DeepClone()
                        : new JsonObject
                        {
                            ["type"] = "array",
                            ["items"] = number.DeepClone(),
                            ["minItems"] = Outputs,
                            ["maxItems"] = Outputs,
                        };
        return new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray([.. properties.Select(one => (JsonNode)one.Key)]),
            ["properties"] = properties,
        };
    }

    private static JsonObject Gives(string about, string type, JsonObject schema) =>
        new()
        {
            ["get"] = new JsonObject
            {
                ["summary"] = about,
                ["responses"] = new JsonObject
                {
                    ["200"] = new JsonObject
                    {
                        ["description"] = about,
                        ["content"] = new JsonObject { [type] = Content(schema) },
                    },
                },
            },
        };

    private static JsonObject Of(string type) => new() { ["type"] = type };

    private static JsonObject Content(JsonObject schema) => new() { ["schema"] = schema };

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static JsonObject OneOf(params string[] names) =>
        new() { ["oneOf"] = new JsonArray([.. names.Select(name => (JsonNode)Reference(name))]) };
}
