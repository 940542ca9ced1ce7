using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Storage;

/// <summary>A record that is not as it was written.</summary>
internal sealed class RecordFailure(string message) : Failure(Exit.BadInput, message);

/// <summary>
/// An object in JSON that this program wrote, read strictly: what is not as it was written is a failure under the path and
/// the field.
/// </summary>
internal sealed class RecordFile
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly string path;
    private readonly string prefix;

    private RecordFile(string path, string prefix, JsonObject content) =>
        (this.path, this.prefix, Content) = (path, prefix, content);

    public JsonObject Content { get; }

    /// <summary>The object in a file.</summary>
    public static RecordFile Open(string path) => Parse(path, "", TextOf(Present(path)));

    /// <summary>The objects in a file that has one in each line.</summary>
    public static IEnumerable<RecordFile> Lines(string path) =>
        InputPath
            .Open(Present(path), () => File.ReadLines(path))
            .Select((line, place) => Parse(path, $"line {place + 1}: ", line));

    /// <summary>The text of a file. A failure where there is none, or something that never ends.</summary>
    public static string TextOf(string path) => InputPath.Open(path, () => File.ReadAllText(path));

    /// <summary>A value that has to be there.</summary>
    public T Value<T>(string field) =>
        Content[field] is JsonValue value && value.TryGetValue<T>(out var found) ? found : throw Refuse(field);

    /// <summary>A number; NaN where there is none.</summary>
    public double Number(string field) => Content[field] is null ? double.NaN : Value<double>(field);

    /// <summary>An object that has to be there.</summary>
    public RecordFile Within(string field) => Optional(field) ?? throw Refuse(field);

    /// <summary>An object; null where there is none.</summary>
    public RecordFile? Optional(string field) =>
        Content[field] switch
        {
            null => null,
            JsonObject found => new(path, $"{prefix}{field}.", found),
            _ => throw Refuse(field),
        };

    /// <summary>The items of a list that has to be there.</summary>
    public IEnumerable<T> List<T>(string field, Func<JsonNode?, T?> read) =>
        Content[field] is JsonArray list ? list.Select(item => read(item) ?? throw Refuse(field)) : throw Refuse(field);

    /// <summary>The failure of a field that is not as it was written.</summary>
    public Failure Refuse(string field) =>
        new RecordFailure(
            $"{path}: {prefix}{field}: {(Content[field] is { } found ? Shown(found) : "missing")} (not what was written there; --force begins it again)"
        );

    private static string Present(string path) =>
        File.Exists(path) ? path : throw new RecordFailure($"{path}: missing (--force begins it again)");

    private static RecordFile Parse(string path, string prefix, string text)
    {
        try
        {
            if (JsonNode.Parse(text, documentOptions: Strict) is JsonObject content)
                return new(path, prefix, content);
        }
        catch (JsonException)
        {
            // What it is instead does not matter.
        }
        throw new RecordFailure($"{path}: {prefix}not the JSON that was written there (--force begins it again)");
    }

    private static string Shown(JsonNode node) =>
        node.ToJsonString() is { Length: > 40 } text ? $"{text[..40]}…" : node.ToJsonString();
}

/// <summary>The files of a run by their names.</summary>
internal static class RunFiles
{
    public const string Model = "model.safetensors";
    public const string Checkpoint = "checkpoint.safetensors";
    public const string Config = "config.json";
    public const string Manifest = "run.json";
    public const string Table = "history.csv";
    public const string Lines = "history.jsonl";
    public const string Report = "report.html";

    /// <summary>What models of folds predict for the rows that they have not seen, and the folder with a run for each fold.</summary>
    public const string OutOfFold = "out-of-fold.csv";
    public const string Folds = "folds";

    /// <summary>The curves for TensorBoard.</summary>
    public const string Events = "events.out.tfevents.0.nn";

    /// <summary>What TensorBoard shows beside the curves of a trial. It reads files in the order of their names.</summary>
    public const string Hparams = "events.out.tfevents.0.hparams.nn";
}

/// <summary>What is read from its beginning to its end, and not written.</summary>
internal abstract class ReadStream : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Bytes that lie somewhere else, with a place of its own to go on from: one of several readers.</summary>
internal abstract class ViewStream(long length) : ReadStream
{
    public override bool CanSeek => true;
    public override long Length => length;
    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        var left = (int)Math.Clamp(length - Position, 0, buffer.Length);
        var count = left > 0 ? ReadAt(Position, buffer[..left]) : 0;
        Position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => Position + offset,
            _ => length + offset,
        };

    /// <summary>Reads some of the bytes from a place on: at least one, unless the end is found before it was expected.</summary>
    protected abstract int ReadAt(long place, Span<byte> bytes);
}

/// <summary>
/// Values that are written one behind the other, or read again in the same order. Whoever keeps some says so once, for both: what is given is
/// written and comes back, or what was written comes in its place.
/// </summary>
internal sealed class KeptState
{
    private readonly BinaryWriter? to;
    private readonly BinaryReader? from;

    /// <summary>Whether what was written is read.</summary>
    public bool IsRead => from is not null;

    private KeptState(BinaryWriter? to, BinaryReader? from) => (this.to, this.from) = (to, from);

    public static byte[] Written(Action<KeptState> keep)
    {
        using var bytes = new MemoryStream();
        using var to = new BinaryWriter(bytes, Encoding.UTF8);
        keep(new(to, null));
        return bytes.ToArray();
    }

    public static void Read(byte[] bytes, Action<KeptState> keep)
    {
        using var from = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        keep(new(null, from));
    }

    public bool Keep(bool value) => Keep(value ? 1 : 0) != 0;

    public int Keep(int value) => Kept(value, to => to.Write(value), from => from.ReadInt32());

    public long Keep(long value) => Kept(value, to => to.Write(value), from => from.ReadInt64());

    public string Keep(string value) => Kept(value, to => to.Write(value), from => from.ReadString());

    public byte[] Keep(byte[] value)
    {
        var length = Keep(value.Length);
        return Kept(value, to => to.Write(value), from => from.ReadBytes(length));
    }

    public string[] Keep(IReadOnlyCollection<string> values) =>
        Each(values, (to, one) => to.Write(one), from => from.ReadString());

    public int[] Keep(IReadOnlyCollection<int> values) =>
        Each(values, (to, one) => to.Write(one), from => from.ReadInt32());

    private T Kept<T>(T value, Action<BinaryWriter> write, Func<BinaryReader, T> read)
    {
        if (from is not null)
            return read(from);
        write(to!);
        return value;
    }

    private T[] Each<T>(IReadOnlyCollection<T> values, Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
    {
        T[] all = from is null ? [.. values] : [];
        Array.Resize(ref all, Keep(all.Length));
        for (var place = 0; place < all.Length; place++)
            if (from is null)
                write(to!, all[place]);
            else
                all[place] = read(from);
        return all;
    }
}
