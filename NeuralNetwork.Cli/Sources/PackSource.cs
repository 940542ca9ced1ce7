using System.Security.Cryptography;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Rows that `nn data pack` has written: features stay in their file, and are read a block at a time.</summary>
internal sealed class PackSource(string name, string folder) : DataSource(name)
{
    private PackRecord? record;

    /// <summary>Whether a folder has packed rows: a record of them, or something in its place beside their arrays.</summary>
    public static bool IsPack(string folder) =>
        Path.Combine(folder, PackRecord.FileName) is var record
        && File.Exists(record)
        && (PackRecord.IsOne(record) == true || HasArrays(folder));

    /// <summary>The same for whoever would replace them: a record that says something else is somebody's own.</summary>
    public static bool IsReplaceable(string folder) =>
        IsPack(folder) && PackRecord.IsOne(Path.Combine(folder, PackRecord.FileName)) != false;

    private static bool HasArrays(string folder) =>
        new[] { PackRecord.Features, PackRecord.Targets }.All(name => File.Exists(Path.Combine(folder, name)));

    public override bool IsTable => !Record.ArePictures;

    /// <summary>What is known of the rows.</summary>
    public PackRecord Record
    {
        get
        {
            if (record is not null)
                return record;
            var (bytes, file) = WholeFile.Read(Within(PackRecord.FileName));
            Note(PackRecord.FileName, file);
            return record = PackRecord.Read(Within(PackRecord.FileName), bytes);
        }
    }

    protected override Sample ReadToTrain(TableOrder order)
    {
        var isOfClasses = Record.Schema.Learned is Learned.Classes;
        if (order.IsClassification is { } asked && asked != isOfClasses)
            throw Failure.Usage(
                OptionName.Task,
                $"{(asked ? "classification" : "regression")} does not go with {Name}: it was packed with"
                    + $" {(isOfClasses ? "classes" : "values")} (nn data pack has {OptionName.Task}, too)"
            );
        return Sample(Record.Schema, Targets(Record.Schema));
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets)
    {
        CheckColumns(schema);
        return Sample(schema, needsTargets ? Targets(schema) : null);
    }

    protected override SampleStream ReadToPredict(Part part, Schema schema)
    {
        CheckColumns(schema);
        var content = Content();
        NumberArray Features(int first, int rows) => Stored(content, first, rows).InMemory();
        return SampleStream.Of(Sample(schema, Stored(content, 0, 0), null), Features);
    }

    private Sample Sample(Schema schema, Targets? targets) =>
        Sample(schema, Stored(Content(), 0, Record.Rows), targets);

    private Sample Sample(Schema schema, NumberArray features, Targets? targets) =>
        new(Name, Record.Rows, features, schema, targets) { ArePictures = Record.ArePictures };

    // What is encoded already cannot be encoded in another way.
    private void CheckColumns(Schema schema)
    {
        schema.CheckCols(Name, Record.Schema.Cols);
        var own = Record.Schema.Columns;
        if (schema.Columns.Count == 0 || own.Count == 0)
            return;
        var place = Enumerable
            .Range(0, Math.Max(own.Count, schema.Columns.Count))
            .FirstOrDefault(
                place =>
                    place >= own.Count
                    || place >= schema.Columns.Count
                    || Bare(own[place]) is var one && !one.Equals(Bare(schema.Columns[place])),
                -1
            );
        if (place < 0)
            return;
        var (found, known) = (Called(own, place), Called(schema.Columns, place));
        throw Failure.BadInput(
            $"{Name}: column {place + 1}: {found}, and the model knows {known} there"
                + (found == known ? ", with other categories" : "")
                + " (rows are packed for a model by the columns that it was trained on)"
        );
    }

    private static string Called(IReadOnlyList<Column> columns, int place) =>
        place < columns.Count ? Failure.Quote(columns[place].Title) : "nothing";

    // A number that takes the place of missing ones is of the rows, and not of the column.
    private static Column Bare(Column column) =>
        column switch
        {
            Column.Number number => Column.NewNumber(number.Name, 0),
            Column.Date date => Column.NewDate(date.Name, date.IsDayFirst, date.HasTime, []),
            _ => column,
        };

    private PackContent Content()
    {
        var path = Within(PackRecord.Features);
        var content = PackContent.Open(path, Record);
        Note(PackRecord.Features, new(Path.GetFullPath(path), content.Stamp, Record.X.Hash));
        return content;
    }

    private NumberArray Stored(PackContent content, int first, int rows) =>
        NumberArray.NewStored(content, Record.Kind, Record.Schema.Cols, [.. Enumerable.Range(first, rows)]);

    private Targets Targets(Schema schema)
    {
        var path = Within(PackRecord.Targets);
        var (bytes, file) = WholeFile.Read(path);
        Note(PackRecord.Targets, file);
        if (file.Hash != Record.Y.Hash)
            throw Failure.BadInput($"{path}: changed since it was packed (its SHA-256 is another one)");
        var read = Npy.Read(bytes);
        if (read.IsError)
            throw Failure.BadInput($"{path}: {read.ErrorValue}");
        var values = read.ResultValue.Values;
        if (values.Length != Record.Rows * (Record.Schema.Learned is Learned.Values own ? own.Count : 1))
            throw Failure.BadInput($"{path}: {values.Length} numbers for {Record.Rows} rows");
        return (Record.Schema.Learned, schema.Learned) switch
        {
            (Learned.Classes packed, Learned.Classes known) => NeuralNetwork.Targets.NewLabels(
                Labels(path, values, packed.Names, known.Names),
                known.Names.Length
            ),
            (Learned.Values, Learned.Values) => NeuralNetwork.Targets.NewValues(values, Record.Schema.Learned.Outputs),
            _ => throw Failure.BadInput(
                $"{Name}: it was packed with {(Record.Schema.Learned is Learned.Classes ? "classes" : "values")}, and the model predicts others"
            ),
        };
    }

    /// <summary>Labels among the classes of a model, by their names.</summary>
    private static int[] Labels(string path, NumberArray codes, string[] packed, string[] known)
    {
        var places = Array.ConvertAll(packed, one => Array.IndexOf(known, one));
        var labels = new int[codes.Length];
        for (var row = 0; row < labels.Length; row++)
        {
            var code = (int)codes.At(row);
            if (code < 0 || code >= packed.Length)
                throw Failure.BadInput($"{path}: row {row}: {code} is none of {packed.Length} classes");
            labels[row] =
                places[code] >= 0
                    ? places[code]
                    : throw Failure.BadInput(
                        $"{path}: row {row}: label {Failure.Quote(packed[code])} is no class of the model (known: {TextCells.Some(known)})"
                    );
        }
        return labels;
    }

    private string Within(string file) => Path.Combine(folder, file);
}

/// <summary>
/// The features of a pack, behind the header of their file. What is read has been checked, block by block: a block that is not what was
/// packed is a failure.
/// </summary>
internal sealed class PackContent : ViewStream
{
    private readonly string path;
    private readonly string whole;
    private readonly PackRecord record;
    private readonly int start;
    private readonly int blockBytes;

    // The block that was asked for in pieces last.
    private byte[] kept = [];
    private long keptBlock = -1;

    private PackContent(string path, FileStamp stamp, PackRecord record)
        : base((long)record.Rows * record.RowBytes)
    {
        (this.path, whole, this.record) = (path, Path.GetFullPath(path), record);
        start = record.Header.Length;
        blockBytes = record.BlockRows * record.RowBytes;
        Stamp = stamp;
    }

    /// <summary>Opens the file. A failure where it is not as long as it was, or has another header.</summary>
    public static PackContent Open(string path, PackRecord record)
    {
        var content = new PackContent(path, InputPath.Open(path, () => FileStamp.Of(path)), record);
        var blocks = (content.Length + content.blockBytes - 1) / content.blockBytes;
        if (content.Stamp.Length != record.X.Bytes || record.X.Bytes != content.start + content.Length)
            throw content.Changed($"{content.Stamp.Length} bytes, of {content.start + content.Length}");
        if (record.X.Blocks.Length != blocks)
            throw content.Changed($"{record.X.Blocks.Length} blocks on record, of {blocks}");
        var header = new byte[content.start];
        content.Fill(0, header);
        if (!header.AsSpan().SequenceEqual(record.Header))
            throw content.Changed("its header is another one");
        return content;
    }

    public FileStamp Stamp { get; }

    protected override int ReadAt(long place, Span<byte> bytes)
    {
        var (block, within) = Math.DivRem(place, blockBytes);
        var size = (int)Math.Min(blockBytes, Length - (block * blockBytes));
        var count = (int)Math.Min(bytes.Length, size - within);
        if (count == size)
            ReadBlock(block, bytes[..size]);
        else
            Kept(block, size).AsSpan((int)within, count).CopyTo(bytes);
        return count;
    }

    private byte[] Kept(long block, int size)
    {
        if (block == keptBlock)
            return kept;
        keptBlock = -1;
        kept = kept.Length == size ? kept : new byte[size];
        ReadBlock(block, kept);
        keptBlock = block;
        return kept;
    }

    private void ReadBlock(long block, Span<byte> target)
    {
        Fill(start + (block * blockBytes), target);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(target, hash);
        if (Convert.ToHexStringLower(hash) == record.X.Blocks[block])
            return;
        var first = block * record.BlockRows;
        throw Changed($"block {block}, rows {first} to {Math.Min(first + record.BlockRows, record.Rows) - 1}");
    }

    private void Fill(long place, Span<byte> target)
    {
        try
        {
            // Nobody is kept from the file between two blocks.
            using var handle = File.OpenHandle(whole, options: FileOptions.RandomAccess);
            for (var count = 0; target.Length > 0; target = target[count..], place += count)
                if ((count = RandomAccess.Read(handle, target, place)) == 0)
                    throw Changed($"it ends at byte {place}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure.InputOutput($"{path}: read: {Durable.Reason(error)}");
        }
    }

    private Failure Changed(string found) =>
        Failure.BadInput($"{path}: changed since it was packed: {found} (nn data pack writes it anew)");
}
