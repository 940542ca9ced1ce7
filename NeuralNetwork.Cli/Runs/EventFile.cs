using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// The curves of a run for TensorBoard: a file of records, each an Event in the wire format of protocol buffers, framed by
/// its length and two masked CRC-32C. An epoch appends one record.
/// </summary>
internal sealed class EventFile
{
    /// <summary>Fields of Event: wall_time, step, file_version, summary. Of Summary: value. Of its Value: tag, simple_value.</summary>
    private const int WallTime = 1;
    private const int Step = 2;
    private const int FileVersion = 3;
    private const int Summary = 5;
    private const int Value = 1;
    private const int Tag = 1;
    private const int SimpleValue = 2;

    /// <summary>Where a payload stands in its record, behind its length and the CRC of that.</summary>
    private const int BeforePayload = sizeof(ulong) + sizeof(uint);

    /// <summary>Where the rest of a payload begins, behind the field with the time.</summary>
    private const int AfterTime = 1 + sizeof(double);

    /// <summary>TensorBoard puts what stands before the slash on one page.</summary>
    private static readonly (string Tag, Func<EpochReport, double> Value)[] Curves =
    [
        ("loss/train", epoch => epoch.Train.Loss),
        ("loss/validation", epoch => epoch.Validation.Loss),
        ("accuracy/train", epoch => epoch.Train.Accuracy),
        ("accuracy/validation", epoch => epoch.Validation.Accuracy),
        ("training/penalty", epoch => epoch.Penalty),
        ("training/learning_rate", epoch => epoch.LearningRate),
        ("training/seconds", epoch => epoch.Seconds),
    ];

    private readonly string path;
    private readonly TimeProvider clock;

    /// <summary>Begins the file, with the epochs that a resumed run already had.</summary>
    public EventFile(string path, IEnumerable<EpochReport> before, TimeProvider clock)
    {
        (this.path, this.clock) = (path, clock);
        var time = clock.GetUtcNow();
        byte[][] records = [Record(Version(time)), .. before.Select(past => Record(Event(past, time)))];
        Durable.Replace(path, stream => stream.Write([.. records.SelectMany(record => record)]));
    }

    /// <summary>Whether a file has these epochs and no others, at whatever times.</summary>
    public static bool Holds(string path, IEnumerable<EpochReport> epochs)
    {
        if (!File.Exists(path) || !OutputFile.IsRegular(path))
            return false;
        var rest = File.ReadAllBytes(path).AsSpan();
        var time = DateTimeOffset.UnixEpoch;
        foreach (var payload in epochs.Select(epoch => Event(epoch, time)).Prepend(Version(time)))
        {
            var length = Record(payload).Length;
            if (rest.Length < length)
                return false;
            var found = rest.Slice(BeforePayload, payload.Length).ToArray();
            var isSame = found.AsSpan(AfterTime).SequenceEqual(payload.AsSpan(AfterTime));
            if (!isSame || !rest[..length].SequenceEqual(Record(found)))
                return false;
            rest = rest[length..];
        }
        return rest.IsEmpty;
    }

    /// <summary>Adds an epoch.</summary>
    public void Append(EpochReport epoch) => Durable.Append(path, Record(Event(epoch, clock.GetUtcNow())));

    private static byte[] Version(DateTimeOffset time) =>
        [.. Fixed(WallTime, Seconds(time)), .. Bytes(FileVersion, "brain.Event:2"u8.ToArray())];

    private static byte[] Event(EpochReport epoch, DateTimeOffset time)
    {
        var values = Curves
            .Where(curve => double.IsFinite(curve.Value(epoch)))
            .SelectMany(curve =>
                Bytes(
                    Value,
                    [.. Bytes(Tag, Encoding.UTF8.GetBytes(curve.Tag)), .. Fixed(SimpleValue, (float)curve.Value(epoch))]
                )
            );
        return
        [
            .. Fixed(WallTime, Seconds(time)),
            .. Varint((Step << 3) | 0),
            .. Varint((ulong)epoch.Step),
            .. Bytes(Summary, [.. values]),
        ];
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>length (u64), its masked CRC, the payload, its masked CRC; all little-endian.</summary>
    private static byte[] Record(byte[] payload)
    {
        var length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)payload.Length);
        return [.. length, .. Masked(length), .. payload, .. Masked(payload)];
    }

    // The mask keeps the CRC of data that hold CRCs from being a special one.
    private static byte[] Masked(byte[] bytes)
    {
        var crc = ~bytes.Aggregate(uint.MaxValue, BitOperations.Crc32C);
        var masked = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(masked, BitOperations.RotateRight(crc, 15) + 0xa282ead8);
        return masked;
    }

    private static byte[] Fixed(int field, double number)
    {
        var bytes = new byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        return [.. Varint((ulong)((field << 3) | 1)), .. bytes];
    }

    private static byte[] Fixed(int field, float number)
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
        return [.. Varint((ulong)((field << 3) | 5)), .. bytes];
    }

    private static byte[] Bytes(int field, byte[] content) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    /// <summary>Seven bits a byte, the lowest first; the eighth says that more follow.</summary>
    private static IEnumerable<byte> Varint(ulong number)
    {
        for (; number > 0x7f; number >>= 7)
            yield return (byte)(number | 0x80);
        yield return (byte)number;
    }
}

/// <summary>The rows of a run's history, one for each epoch, as CSV and as JSON.</summary>
internal static class History
{
    private static readonly (string Name, Func<EpochReport, double> Value)[] Columns =
    [
        ("epoch", epoch => epoch.Epoch),
        ("step", epoch => epoch.Step),
        ("learning_rate", epoch => epoch.LearningRate),
        ("train_loss", epoch => epoch.Train.Loss),
        ("train_penalty", epoch => epoch.Penalty),
        ("train_accuracy", epoch => epoch.Train.Accuracy),
        ("validation_loss", epoch => epoch.Validation.Loss),
        ("validation_accuracy", epoch => epoch.Validation.Accuracy),
        ("seconds", epoch => epoch.Seconds),
        ("train_r2", epoch => epoch.Train.R2),
        ("train_rmse", epoch => epoch.Train.RMSE),
        ("validation_r2", epoch => epoch.Validation.R2),
        ("validation_rmse", epoch => epoch.Validation.RMSE),
    ];

    /// <summary>All of it as CSV.</summary>
    public static string Table(IEnumerable<EpochReport> epochs) =>
        CsvText.Of(Columns.Select(column => column.Name), epochs.Select(Cells));

    /// <summary>All of it as JSON, a line for each epoch.</summary>
    public static string Lines(IEnumerable<EpochReport> epochs) =>
        string.Concat(epochs.Select(epoch => $"{Line(epoch)}\n"));

    /// <summary>The row of an epoch.</summary>
    public static string Row(EpochReport epoch) => CsvText.Row(Cells(epoch));

    /// <summary>Numbers read back as they were; a cell without a value is empty.</summary>
    private static IEnumerable<string> Cells(EpochReport epoch) =>
        Columns
            .Select(column => column.Value(epoch))
            .Select(value => double.IsNaN(value) ? "" : Maths.Text.number(value));

    public static string Line(EpochReport epoch) =>
        new JsonObject(
            Columns.Select(column => KeyValuePair.Create(column.Name, Json.Number(column.Value(epoch))))
        ).ToJsonString();
}
