using System.Text.Json;
using System.Text.Unicode;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>The JSON of a file of options: UTF-8, strict, of bounded size and depth.</summary>
internal static class ConfigJson
{
    private const int Limit = 1 << 20;
    private const int Depth = 32;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Depth, AllowDuplicateProperties = true };

    /// <summary>The document in a file.</summary>
    public static JsonElement Parse(string path)
    {
        var bytes = ReadBytes(path);
        if (!Utf8.IsValid(bytes))
            throw Refuse(path, "document", "not UTF-8");
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(bytes), Strict);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw Refuse(path, $"line {error.LineNumber + 1}", $"not JSON ({error.Message.Split('.')[0]})");
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;

    private static byte[] ReadBytes(string path)
    {
        using var stream = InputPath.Open(path, () => System.IO.File.OpenRead(path));
        var bytes = new byte[Limit + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= Limit
            ? bytes[..length]
            : throw Refuse(path, "length", $"more than {Limit} bytes (limit {Limit})");
    }

    /// <summary>What is wrong with a field of a file.</summary>
    public static Failure Refuse(string path, string field, string found) =>
        Failure.BadInput($"{path}: {field}: {found}");
}
