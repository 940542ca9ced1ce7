using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli.Basics;

/// <summary>JSON for people and programs: indented, numbers that read back as they were, null for what is not there.</summary>
internal static class Json
{
    /// <summary>The version of every document this program writes.</summary>
    public const int Schema = 1;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // The same bytes on every system.
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(JsonNode node) => node.ToJsonString(Indented);

    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    public static JsonObject Score(Score score) =>
        new()
        {
            ["loss"] = Number(score.Loss),
            ["accuracy"] = Number(score.Accuracy),
            ["r2"] = Number(score.R2),
            ["rmse"] = Number(score.RMSE),
        };

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];
}

/// <summary>Tables as CSV: a header, commas, quotes where a cell would not be one otherwise, numbers that read back as they were.</summary>
internal static class CsvText
{
    /// <summary>A whole table, a line for each row.</summary>
    public static string Of(IEnumerable<string> heads, IEnumerable<IEnumerable<string>> rows) =>
        string.Concat(rows.Prepend(heads).Select(row => $"{Row(row)}\n"));

    /// <summary>A row without the end of its line.</summary>
    public static string Row(IEnumerable<string> cells) => string.Join(',', cells.Select(Cell));

    /// <summary>A number; an empty cell for none.</summary>
    public static string Cell(double value) => double.IsFinite(value) ? Maths.Text.number(value) : "";

    /// <summary>A text: as it is, in quotes where it would not be one cell otherwise.</summary>
    public static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : InQuotes(text);

    /// <summary>A text in quotes, its own doubled.</summary>
    public static string InQuotes(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text, with an apostrophe in front where a spreadsheet would run it as a formula. Numbers are left alone.</summary>
    public static string Guarded(string text) => IsFormula(text) ? $"'{text}" : text;

    // Whatever blanks stand in front.
    private static bool IsFormula(string text) =>
        (text.AsSpan().TrimStart() is ['=' or '+' or '-' or '@', ..] || text is ['\t' or '\r' or '\n', ..])
        && Maths.Text.tryNumber(text) is null;
}
