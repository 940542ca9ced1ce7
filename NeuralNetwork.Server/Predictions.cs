using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using NeuralNetwork.Extensions;

namespace NeuralNetwork.Server;

/// <summary>Which model answers.</summary>
internal readonly record struct ModelState(int Version, DateTimeOffset LoadedAt);

/// <summary>What there is to ask a model, in whatever precision it is.</summary>
internal interface IPredictions
{
    /// <summary>The model that answers now.</summary>
    ModelState State { get; }

    /// <summary>The page with a field for each column.</summary>
    Reply Page();

    /// <summary>The OpenAPI document.</summary>
    Reply Document();

    /// <summary>Options of the run that its tables were written by, and that those of requests are not.</summary>
    IReadOnlyList<string> Unread { get; }

    /// <summary>The predictions of a JSON object, a row, or of an array of them.</summary>
    Task<Reply> OfJsonAsync(ReadOnlyMemory<byte> body, CancellationToken cancel);

    /// <summary>The predictions of a table, as `nn predict` writes them.</summary>
    Task<Reply> OfTableAsync(ReadOnlyMemory<byte> body, bool hasProbabilities, CancellationToken cancel);
}

/// <summary>The predictions of the model of the moment. A request stays with the model that it found.</summary>
internal sealed class Predictions<T>(IModelSource<T> source, Options options) : IPredictions
    where T : struct, INumber<T>
{
    /// <summary>A request of many rows lets others have their turn after so many.</summary>
    private const int Turn = 256;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private Served<T>? last;

    public ModelState State
    {
        get
        {
            var loaded = source.Loaded;
            return new(loaded.Version, loaded.LoadedAt);
        }
    }

    public IReadOnlyList<string> Unread => Now().Notation.Unread;

    public Reply Page()
    {
        var served = Now();
        return new("text/html; charset=utf-8", served.Page.Value, served.Version);
    }

    public Reply Document()
    {
        var served = Now();
        return new("application/json", served.Document.Value, served.Version);
    }

    /// <summary>The model of the moment, with what is made of it once.</summary>
    private Served<T> Now()
    {
        var loaded = source.Loaded;
        if (Volatile.Read(ref last) is { } known && known.Version == loaded.Version)
            return known;
        var made = new Served<T>(loaded, options);
        Volatile.Write(ref last, made);
        return made;
    }

    // JSON -------------------------------------------------------------------------------------------------------------

    public async Task<Reply> OfJsonAsync(ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var served = Now();
        using var document = Parse(body);
        var isOne = document.RootElement.ValueKind == JsonValueKind.Object;
        var rows = isOne ? [document.RootElement] : Rows(document.RootElement);
        var found = await PredictAsync(
            served,
            rows.Length,
            (place, row) => Fill(served, row, rows[place]),
            place => isOne ? "" : $"row {place}: ",
            cancel
        );
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (isOne)
                served.Write(writer, found, 0, isNumbered: false);
            else
            {
                writer.WriteStartObject();
                writer.WriteNumber("schema", 1);
                writer.WriteStartArray("predictions");
                for (var row = 0; row < rows.Length; row++)
                    served.Write(writer, found, row, isNumbered: true);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
        }
        return new("application/json", buffer.WrittenSpan.ToArray(), served.Version, rows.Length);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, Strict);
        }
        catch (JsonException error)
        {
            throw new BadRequest(400, $"the body is no JSON: {error.Message}");
        }
    }

    private JsonElement[] Rows(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
            throw new BadRequest(
                400,
                "expected is an object, the cells of a row by their columns, or an array of such objects"
            );
        var rows = root.GetArrayLength();
        return rows == 0 ? throw new BadRequest(400, "there are no rows")
            : rows > options.MostRows ? throw TooMany()
            : [.. root.EnumerateArray()];
    }

    private BadRequest TooMany() => new(413, $"more than {options.MostRows} rows (--max-rows)");

    private static void Fill(Served<T> served, Dictionary<string, RowCell> row, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new BadRequest(400, "is no object with the cells of a row by their columns");
        foreach (var cell in element.EnumerateObject())
            row[cell.Name] = cell.Value.ValueKind switch
            {
                JsonValueKind.Number => RowCell.Of(cell.Value.GetDouble()),
                JsonValueKind.String => RowCell.Of(TextOf(cell)),
                JsonValueKind.True => RowCell.Of(served.Spelled(cell.Name, "true")),
                JsonValueKind.False => RowCell.Of(served.Spelled(cell.Name, "false")),
                JsonValueKind.Null => RowCell.Missing,
                _ => throw new BadRequest(400, $"{cell.Name}: a cell is a number, a text, true, false or null"),
            };
    }

    // Tables -----------------------------------------------------------------------------------------------------------

    public async Task<Reply> OfTableAsync(ReadOnlyMemory<byte> body, bool hasProbabilities, CancellationToken cancel)
    {
        var served = Now();
        if (hasProbabilities && !served.HasClasses)
            throw new BadRequest(400, "probabilities: the model predicts values, and no classes");
        var table = served.Notation.Read(body, served.Columns, options.MostRows) ?? throw TooMany();
        var found = await PredictAsync(
            served,
            table.Rows.Count,
            table.Fill,
            place => $"line {table.Lines[place]}: ",
            cancel
        );
        var text = new StringBuilder();
        text.Append(string.Join(',', served.Heads(hasProbabilities).Prepend("row").Select(TableNotation.Cell)));
        text.Append('\n');
        for (var row = 0; row < table.Rows.Count; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row}");
            foreach (var cell in served.Cells(found, row, hasProbabilities))
                text.Append(',').Append(TableNotation.Cell(cell));
            text.Append('\n');
        }
        return new(
            "text/csv; charset=utf-8; header=present",
            Encoding.UTF8.GetBytes(text.ToString()),
            served.Version,
            table.Rows.Count
        );
    }

    // Rows -------------------------------------------------------------------------------------------------------------

    /// <summary>The outputs of the network for rows, each of them found and encoded by the names of its columns, as `nn predict` does.</summary>
    private static async Task<T[]> PredictAsync(
        Served<T> served,
        int rows,
        Action<int, Dictionary<string, RowCell>> fill,
        Func<int, string> name,
        CancellationToken cancel
    )
    {
        var outputs = served.Model.Network.Outputs;
        if ((long)rows * outputs > Array.MaxLength)
            throw new BadRequest(413, $"{rows} rows of {outputs} numbers (fewer rows at a time have answers)");
        var found = new T[rows * outputs];
        var row = new Dictionary<string, RowCell>(StringComparer.Ordinal);
        for (var place = 0; place < rows; place++)
        {
            if (place % Turn == Turn - 1)
            {
                cancel.ThrowIfCancellationRequested();
                await Task.Yield();
            }
            try
            {
                row.Clear();
                fill(place, row);
                served.Model.Predict(row).CopyTo(found, place * outputs);
            }
            catch (Exception error) when (error is ArgumentException or FormatException or BadRequest)
            {
                throw new BadRequest(400, $"{name(place)}{Sentence(error)}");
            }
        }
        return found;
    }

    private static string TextOf(JsonProperty cell)
    {
        try
        {
            return cell.Value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new BadRequest(400, $"{cell.Name}: is no text (half of a pair of surrogates)");
        }
    }

    // The name of a parameter is for who calls the library.
    private static string Sentence(Exception error) =>
        error is ArgumentException { ParamName: { } parameter }
            ? error.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal)
            : error.Message;
}
