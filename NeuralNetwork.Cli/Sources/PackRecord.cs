using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
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

    /// <summary>What the numbers are called.</summary>
    public string KindInWords =>
        Kind switch
        {
            TypeCode.Byte => "bytes",
            TypeCode.Single => "float32",
            _ => "float64",
        };

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
                Description.preprocessing(new(1, [], [], [.. Schema.Columns], [.. Schema.Targets], [], []))
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
                new(cols, [.. preprocessing.Columns], preprocessing.Targets, learned)
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

/// <summary>What a table is packed by: every option with its value in words, and whether it may take the place of what is there.</summary>
internal sealed record PackingOrder(IReadOnlyList<(string Name, string Value)> Options, bool IsForced)
{
    public string[] Values => [.. Options.Select(option => option.Value)];

    /// <summary>The first option that has another value than before, with both; null where none has.</summary>
    public (string Name, string Now, string Before)? Difference(string[] before)
    {
        var place = Values.Zip(before).TakeWhile(one => one.First == one.Second).Count();
        return place < Options.Count ? (Options[place].Name, Shown(Options[place].Value), Shown(before[place])) : null;
    }

    private static string Shown(string value) => value.Length > 0 ? value : "none";
}

/// <summary>How far reading has come: by which order, in which columns, up to which row, and what is known of the rows so far.</summary>
/// <param name="Proof">A checksum of the rows.</param>
/// <param name="Length">The bytes of their cells.</param>
/// <param name="Hash">A checksum of these.</param>
/// <param name="Table">What else is known of them.</param>
internal sealed record PackingRecord(
    bool IsForced,
    string[] Order,
    string[] Columns,
    bool IsWhole,
    long Rows,
    string Where,
    byte[] Proof,
    long Length,
    byte[] Hash,
    byte[] Table
)
{
    private const int CheckBytes = 16;

    private static readonly PackingRecord Empty = new(false, [], [], false, 0, "", [], 0, [], []);

    /// <summary>What the file begins with. The program's version follows, the record, and a checksum of all that.</summary>
    public static ReadOnlySpan<byte> Mark => "nn-packing-state"u8;

    public void Write(Stream stream)
    {
        var content = KeptState.Written(state =>
        {
            state.Keep(Host.Version);
            Keep(state, this);
        });
        byte[] all = [.. Mark, .. content];
        stream.Write(all);
        stream.Write(XxHash128.Hash(all));
    }

    /// <summary>The record in a file, or what is wrong with it: nothing where there is none.</summary>
    public static (PackingRecord? Record, string? Wrong) Read(string path)
    {
        if (!File.Exists(path))
            return (null, "");
        var bytes = File.ReadAllBytes(path);
        var end = bytes.Length - CheckBytes;
        if (end < Mark.Length || !XxHash128.Hash(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
            return (null, "damaged");
        PackingRecord? found = null;
        KeptState.Read(
            bytes[Mark.Length..end],
            state => found = state.Keep("") == Host.Version ? Keep(state, Empty) : null
        );
        return (found, found is null ? "of another version of nn" : null);
    }

    private static PackingRecord Keep(KeptState state, PackingRecord one) =>
        new(
            state.Keep(one.IsForced),
            state.Keep(one.Order),
            state.Keep(one.Columns),
            state.Keep(one.IsWhole),
            state.Keep(one.Rows),
            state.Keep(one.Where),
            state.Keep(one.Proof),
            state.Keep(one.Length),
            state.Keep(one.Hash),
            state.Keep(one.Table)
        );
}
