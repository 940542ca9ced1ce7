using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// What is known of packed rows: what their columns and classes are, and what the files are that have them. It stands in data.json, which is
/// written last.
/// </summary>
internal sealed record PackRecord(Schema Schema, int Rows, TypeCode Kind, bool ArePictures, PackedFile X, PackedFile Y)
{
    public const string FileName = "data.json";
    public const string Features = "x.npy";
    public const string Targets = "y.npy";
    private const string Format = "nn-pack";

    // Blocks of so many bytes, in whole rows, are read and checked at a time.
    private const int BlockBytes = 1 << 20;

    private static readonly (string Name, TypeCode Kind)[] Kinds =
    [
        ("u1", TypeCode.Byte),
        ("f4", TypeCode.Single),
        ("f8", TypeCode.Double),
    ];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>What the rows were packed from, file by file, with its SHA-256.</summary>
    public IEnumerable<KeyValuePair<string, string>> Source { get; init; } = [];

    public int RowBytes => Schema.Cols * Size(Kind);

    /// <summary>The rows of a block.</summary>
    public int BlockRows => Math.Max(1, BlockBytes / RowBytes);

    /// <summary>What stands before the features.</summary>
    public byte[] Header => Npy.Header(Kind, [Rows, Schema.Cols]);

    public static int Size(TypeCode kind) =>
        kind switch
        {
            TypeCode.Byte => 1,
            TypeCode.Single => sizeof(float),
            _ => sizeof(double),
        };

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["format"] = Format,
            ["rows"] = Rows,
            ["features"] = Schema.Cols,
            ["numbers"] = Array.Find(Kinds, one => one.Kind == Kind).Name,
            ["pictures"] = ArePictures,
            ["classes"] = Schema.Learned is Learned.Classes classes ? Json.Array(classes.Names, name => name) : null,
            ["values"] = Schema.Learned is Learned.Values values ? values.Count : 0,
            ["first_index"] = Schema.FirstIndex,
            ["drops"] = Schema.Drops,
            ["preprocessing"] = JsonNode.Parse(
                Description.preprocessing(new(1, [], [], [.. Schema.Columns], Schema.Target, [], []))
            ),
            ["source"] = new JsonObject(Source.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
            ["x"] = X.Document(),
            ["y"] = Y.Document(),
        };

    /// <summary>Whether a file says that it is a record; null where it is too damaged to say anything.</summary>
    public static bool? IsOne(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("format", out var format)
                && format.ValueKind == JsonValueKind.String
                && format.ValueEquals(Format);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a record. A failure that names what is wrong with it.</summary>
    public static PackRecord Read(string path, byte[] bytes)
    {
        try
        {
            var node = JsonNode.Parse(bytes, documentOptions: Strict)!.AsObject();
            if (Text(node, "format") != Format)
                throw new FormatException($"format: expected {Format}");
            if (Number(node, "schema") is var schema && schema != Json.Schema)
                throw new FormatException($"schema: {schema} (this program reads {Json.Schema})");
            var (rows, cols, values) = (Number(node, "rows"), Number(node, "features"), Number(node, "values"));
            var kind = Array.Find(Kinds, one => one.Name == Text(node, "numbers")).Kind;
            Learned learned = node["classes"] is JsonArray names
                ? new Learned.Classes([.. names.Select(name => name!.GetValue<string>())])
                : new Learned.Values(values);
            if (rows < 1 || cols < 1 || kind == TypeCode.Empty || learned.Outputs < 1)
                throw new FormatException("rows, features, numbers, classes or values: none there can be");
            var read = Description.tryPreprocessing(cols, learned.Outputs, node["preprocessing"]!.ToJsonString());
            if (read.IsError)
                throw new FormatException($"{read.ErrorValue}");
            var preprocessing = read.ResultValue;
            return new(
                new(cols, [.. preprocessing.Columns], preprocessing.Target, learned)
                {
                    FirstIndex = node["first_index"]?.GetValue<int>(),
                    Drops = node["drops"]!.GetValue<bool>(),
                },
                rows,
                kind,
                node["pictures"]!.GetValue<bool>(),
                PackedFile.Read(node["x"]!.AsObject()),
                PackedFile.Read(node["y"]!.AsObject())
            );
        }
        catch (Exception error)
            when (error
                    is JsonException
                        or FormatException
                        or InvalidOperationException
                        or NullReferenceException
                        or OverflowException
            )
        {
            throw Failure.BadInput($"{path}: not the record of a pack: {error.Message.Split('\n')[0]}");
        }
    }

    private static string Text(JsonObject node, string name) =>
        node[name]?.GetValue<string>() ?? throw new FormatException($"{name}: missing");

    private static int Number(JsonObject node, string name) =>
        node[name]?.GetValue<int>() ?? throw new FormatException($"{name}: missing");
}

/// <summary>A file of a pack: its length and SHA-256, and those of its blocks, behind its header.</summary>
internal sealed record PackedFile(long Bytes, string Hash, string[] Blocks)
{
    public JsonObject Document() =>
        new()
        {
            ["bytes"] = Bytes,
            ["sha256"] = Hash,
            ["blocks"] = Json.Array(Blocks, block => block),
        };

    public static PackedFile Read(JsonObject node) =>
        new(
            node["bytes"]!.GetValue<long>(),
            node["sha256"]!.GetValue<string>(),
            [.. node["blocks"]!.AsArray().Select(block => block!.GetValue<string>())]
        );
}

/// <summary>
/// The rows of an array that stay in its file, where they stand one after the other, and come some at a time, none of them with a number
/// that is not finite.
/// </summary>
internal sealed class StoredRows
{
    // So many bytes at a time, of so many rows at most.
    private const int Room = 8 << 20;
    private const int Most = 1 << 16;

    private readonly string path;
    private readonly Stream numbers;

    private StoredRows(string path, int[] shape, TypeCode kind, Stream numbers)
    {
        (this.path, Shape, Kind, this.numbers) = (path, shape, kind, numbers);
        Cols = (int)(numbers.Length / PackRecord.Size(kind) / shape[0]);
    }

    public int[] Shape { get; }

    public int Rows => Shape[0];

    public int Cols { get; }

    public TypeCode Kind { get; }

    /// <summary>All of them.</summary>
    public NumberArray All => Some(0, Rows);

    /// <summary>
    /// Whether a file has such rows. What is wrong with one that can be read whole is for whoever does that; of a longer one it is a
    /// failure.
    /// </summary>
    public static bool Are(string path)
    {
        using var source = SourceFile.Open(path);
        if (source.IsPacked)
            return false;
        var opened = Npy.Open(source);
        return opened.IsError && source.AnnouncedLength > Array.MaxLength
            ? throw Failure.BadInput($"{path}: {opened.ErrorValue}")
            : opened.IsOk;
    }

    /// <summary>Those of a file at its beginning.</summary>
    public static StoredRows Of(string path, Stream file)
    {
        var opened = Npy.Open(file);
        if (opened.IsError)
            throw Failure.BadInput($"{path}: {opened.ErrorValue}");
        var (shape, kind, numbers) = opened.ResultValue;
        return new(path, shape, kind, numbers);
    }

    /// <summary>Goes through them once, as many at a time as are few bytes.</summary>
    public IEnumerable<(int First, int Rows, NumberArray X)> Pieces() =>
        Pieces(Math.Clamp(Room / PackRecord.Size(Kind) / Cols, 1, Most));

    /// <summary>The same, so many at a time.</summary>
    public IEnumerable<(int First, int Rows, NumberArray X)> Pieces(int most)
    {
        for (var first = 0L; first < Rows; first += most)
        {
            var rows = (int)Math.Min(most, Rows - first);
            yield return ((int)first, rows, Read((int)first, rows));
        }
    }

    private NumberArray Read(int first, int rows)
    {
        try
        {
            var x = Some(first, rows).InMemory();
            Finite.Check(path, x, Cols, first);
            return x;
        }
        catch (InvalidDataException error)
        {
            throw Failure.BadInput($"{path}: {error.Message}");
        }
        catch (EndOfStreamException)
        {
            throw Failure.BadInput($"{path}: changed while it was read");
        }
    }

    private NumberArray Some(int first, int rows) =>
        NumberArray.NewStored(numbers, Kind, Cols, [.. Enumerable.Range(first, rows)]);
}
