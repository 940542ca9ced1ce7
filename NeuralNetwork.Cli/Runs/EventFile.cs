using System.Buffers.Binary;
using System.Numerics;
using System.Text;
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

    internal static byte[] Version(DateTimeOffset time) =>
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

    internal static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>length (u64), its masked CRC, the payload, its masked CRC; all little-endian.</summary>
    internal static byte[] Record(byte[] payload)
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

    internal static byte[] Fixed(int field, double number)
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

    internal static byte[] Bytes(int field, byte[] content) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    /// <summary>Seven bits a byte, the lowest first; the eighth says that more follow.</summary>
    internal static IEnumerable<byte> Varint(ulong number)
    {
        for (; number > 0x7f; number >>= 7)
            yield return (byte)(number | 0x80);
        yield return (byte)number;
    }
}

/// <summary>An option that a search varies, as TensorBoard has it: its values are numbers, true or false, or words.</summary>
/// <param name="Range">The least and the greatest; null where it has a list of values.</param>
/// <param name="Values">The list; empty where it has a range.</param>
internal sealed record Hparam(string Name, (double Low, double High)? Range, IReadOnlyList<string> Values)
{
    public bool IsNumber => Range is not null || Values.All(value => Maths.Text.tryNumber(value) is not null);

    public bool IsFlag => Values.Count > 0 && Values.All(value => value is "true" or "false");
}

/// <summary>
/// A search for TensorBoard's hparams plugin: an event whose summary has a message of the plugin's in its metadata. The numbers of fields are those
/// of tensorboard/plugins/hparams/plugin_data.proto and api.proto, of compat/proto/summary.proto and tensor.proto beside them, and of
/// google/protobuf/struct.proto.
/// </summary>
internal static class HparamsFile
{
    /// <summary>Fields of Event: summary. Of Summary: value. Of its Value: tag, tensor, metadata.</summary>
    private const int Summary = 5;
    private const int SummaryValue = 1;
    private const int Tag = 1;
    private const int Tensor = 8;
    private const int Metadata = 9;

    /// <summary>Fields of SummaryMetadata: plugin_data, data_class. Of PluginData: plugin_name, content.</summary>
    private const int PluginData = 1;
    private const int DataClass = 4;
    private const int PluginName = 1;
    private const int Content = 2;

    /// <summary>Fields of HParamsPluginData.</summary>
    private const int ExperimentField = 2;
    private const int SessionStart = 3;
    private const int SessionEnd = 4;

    // A tensor must be there: one number, 0. dtype DT_FLOAT; tensor_shape with a dim of size 1; float_val.
    private static readonly byte[] Nothing =
    [
        .. Whole(1, 1),
        .. EventFile.Bytes(2, EventFile.Bytes(2, Whole(1, 1))),
        .. EventFile.Bytes(5, new byte[sizeof(float)]),
    ];

    /// <summary>What is varied, and the tags of the curves to compare by, for the folder of a search.</summary>
    public static void WriteExperiment(
        string path,
        IEnumerable<Hparam> varied,
        IEnumerable<string> metrics,
        TimeProvider clock
    ) =>
        Write(
            path,
            clock,
            (
                "_hparams_/experiment",
                ExperimentField,
                // hparam_infos, metric_infos; of a MetricInfo the name, and of that the tag.
                [
                    .. varied.SelectMany(one => EventFile.Bytes(4, Described(one))),
                    .. metrics.SelectMany(tag => EventFile.Bytes(5, EventFile.Bytes(1, Text(2, tag)))),
                ]
            )
        );

    /// <summary>The values of a trial and whether it came to its end, for its folder.</summary>
    public static void WriteSession(
        string path,
        IEnumerable<(Hparam Of, string Text)> values,
        bool isFinished,
        TimeProvider clock
    ) =>
        Write(
            path,
            clock,
            (
                "_hparams_/session_start_info",
                SessionStart,
                // A map is a list of messages with a key and a value.
                [
                    .. values.SelectMany(one =>
                        EventFile.Bytes(1, [.. Text(1, one.Of.Name), .. EventFile.Bytes(2, Value(one.Of, one.Text))])
                    ),
                ]
            ),
            // The status: success, or failure.
            ("_hparams_/session_end_info", SessionEnd, Whole(1, isFinished ? 1UL : 2UL))
        );

    private static void Write(string path, TimeProvider clock, params (string Tag, int Field, byte[] Message)[] all)
    {
        var time = clock.GetUtcNow();
        var records = all.Select(one => Event(one.Tag, EventFile.Bytes(one.Field, one.Message), time));
        Durable.Replace(
            path,
            stream => stream.Write([.. records.Prepend(EventFile.Version(time)).SelectMany(EventFile.Record)])
        );
    }

    private static byte[] Event(string tag, byte[] data, DateTimeOffset time)
    {
        byte[] plugin = [.. Text(PluginName, "hparams"), .. EventFile.Bytes(Content, data)];
        // Of a tensor (2), not of a scalar.
        byte[] metadata = [.. EventFile.Bytes(PluginData, plugin), .. Whole(DataClass, 2)];
        byte[] value = [.. Text(Tag, tag), .. EventFile.Bytes(Metadata, metadata), .. EventFile.Bytes(Tensor, Nothing)];
        return
        [
            .. EventFile.Fixed(1, EventFile.Seconds(time)),
            .. EventFile.Bytes(Summary, EventFile.Bytes(SummaryValue, value)),
        ];
    }

    // HParamInfo: name, type (a string, true or false, a number), and the list or the interval of its values.
    private static byte[] Described(Hparam one) =>
        [
            .. Text(1, one.Name),
            .. Whole(
                4,
                one.IsFlag ? 2UL
                    : one.IsNumber ? 3UL
                    : 1UL
            ),
            .. one.Range is var (low, high)
                ? EventFile.Bytes(6, [.. EventFile.Fixed(1, low), .. EventFile.Fixed(2, high)])
                : EventFile.Bytes(5, [.. one.Values.SelectMany(value => EventFile.Bytes(1, Value(one, value)))]),
        ];

    // google.protobuf.Value: number_value, string_value, bool_value.
    private static byte[] Value(Hparam of, string text) =>
        of.IsFlag ? Whole(4, text == "true" ? 1UL : 0UL)
        : of.IsNumber ? EventFile.Fixed(2, Maths.Text.tryNumber(text)!.Value)
        : Text(3, text);

    private static byte[] Text(int field, string text) => EventFile.Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Whole(int field, ulong number) =>
        [.. EventFile.Varint((ulong)(field << 3)), .. EventFile.Varint(number)];
}
