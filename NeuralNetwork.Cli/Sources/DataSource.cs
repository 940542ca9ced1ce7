using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The part of a data set: what is trained on, or what is only tested with.</summary>
internal enum Part
{
    Train,
    Test,
}

/// <summary>Data that the user named: a built-in set, a folder, or a file of any format.</summary>
internal abstract class DataSource(string name)
{
    private readonly SortedDictionary<string, ReadFile> files = new(StringComparer.Ordinal);
    private readonly HashSet<string> contents = [];

    /// <summary>What the user called it.</summary>
    public string Name { get; } = name;

    /// <summary>The SHA-256 of the unpacked content of every file read so far.</summary>
    public IEnumerable<KeyValuePair<string, string>> Fingerprints =>
        files.Select(file => KeyValuePair.Create(file.Key, file.Value.Hash));

    /// <summary>The bytes of these files as they lie on the disk.</summary>
    public long Bytes => files.Values.Sum(file => file.Stamp.Length);

    /// <summary>A line for every file that is no longer what was read.</summary>
    public IReadOnlyList<string> Changes() => [.. files.Values.Select(file => file.Change()).OfType<string>()];

    /// <summary>Whether there are rows set aside to test with.</summary>
    public virtual bool HasParts => false;

    /// <summary>Whether features are standardized if nobody says: those of tables are, those of images are not.</summary>
    public virtual bool IsTable => true;

    /// <summary>Whether it has columns with names, of which cells may be missing.</summary>
    public virtual bool HasColumns => false;

    /// <summary>Whether it is a text whose cells have separators between them.</summary>
    public virtual bool IsDelimited => false;

    /// <summary>What was taken for granted about the format; null where the name says it.</summary>
    public string? Decision { get; init; }

    /// <summary>Reads the rows to train on.</summary>
    public Sample Train(TableOrder order) => Noted(ReadToTrain(order));

    /// <summary>Reads rows that have to suit a training or a model; their targets only if they are needed.</summary>
    public Sample Use(Part part, Schema schema, bool needsTargets) => Noted(ReadToUse(part, schema, needsTargets));

    /// <summary>The same with targets, of rows that may be more than there is memory for: their features may stay in files.</summary>
    public Sample UseStored(Part part, Schema schema, Spills spills) => Noted(ReadStored(part, schema, spills));

    /// <summary>Reads rows to predict, some at a time.</summary>
    public SampleStream Stream(Part part, Schema schema)
    {
        var stream = ReadToPredict(part, schema);
        return Decision is null ? stream : stream with { Notes = [Decision, .. stream.Notes] };
    }

    protected abstract Sample ReadToTrain(TableOrder order);

    protected abstract Sample ReadToUse(Part part, Schema schema, bool needsTargets);

    /// <summary>Where rows are in memory whatever there is of it.</summary>
    protected virtual Sample ReadStored(Part part, Schema schema, Spills spills) =>
        ReadToUse(part, schema, needsTargets: true);

    /// <summary>Where rows cannot be read some at a time, all of them are there from the first one on.</summary>
    protected virtual SampleStream ReadToPredict(Part part, Schema schema) =>
        SampleStream.Of(ReadToUse(part, schema, needsTargets: false));

    private Sample Noted(Sample sample) =>
        Decision is null ? sample : sample with { Notes = [Decision, .. sample.Notes] };

    /// <summary>The data of a name, folder or file. A failure where there are none.</summary>
    public static DataSource Find(string text, CsvFormat format) => DataPlace.Find(text, format);

    /// <summary>Whether everything read of other data was read here, too, whatever the files are called.</summary>
    public bool HasContentOf(DataSource other) => other.contents.IsSubsetOf(contents);

    /// <summary>Whether a file is one of those that were read, or are being read.</summary>
    public virtual bool IsReadFrom(string path) => files.Values.Any(file => file.Path == Path.GetFullPath(path));

    /// <summary>Takes over what the files of other data were that belong to the same run.</summary>
    public void Adopt(string role, DataSource other)
    {
        foreach (var (name, file) in other.files)
            files[$"{role} {name}"] = file;
    }

    /// <summary>Keeps what a file was, for the record of the run.</summary>
    protected void Note(string name, ReadFile file)
    {
        files[name] = file;
        contents.Add(file.Hash);
    }

    /// <summary>
    /// What the files of one data set are called: by their names alone, and where two of these are the same, with as many of
    /// the folders around them as tell them apart.
    /// </summary>
    protected static string[] KeysOf(params string[] paths)
    {
        var parts = Array.ConvertAll(paths, path => Path.GetFullPath(path).Split(Path.DirectorySeparatorChar));
        var most = parts.Max(one => one.Length);
        var different = paths.Select(Path.GetFullPath).Distinct().Count();
        string[] Ends(int length) => Array.ConvertAll(parts, one => string.Join('/', one.TakeLast(length)));
        return Enumerable.Range(1, most).Select(Ends).First(ends => ends.Distinct().Count() == different);
    }
}

/// <summary>A file of rows under named columns: every row a row, a column the target.</summary>
internal sealed class TableSource(string name, RowSource rows) : DataSource(name)
{
    /// <summary>The rows, for whoever looks at them.</summary>
    public RowSource Rows { get; } = rows;

    public override bool HasColumns => true;

    public override bool IsDelimited => Rows is CsvRows;

    /// <summary>Reads the rows to train on; what there is no room for goes to files.</summary>
    public Sample Pack(TableOrder order, Spills spills) => Read(order, spills);

    protected override Sample ReadToTrain(TableOrder order) => Read(order, null);

    private Sample Read(TableOrder order, Spills? spills)
    {
        var (sample, file) = CsvTable.Train(Rows, order, spills);
        if (Rows is JoinedRows joined)
            foreach (var (key, read) in KeysOf([.. joined.Paths]).Zip(joined.Read))
                Note(key, read);
        else
            Note(Path.GetFileName(Rows.Path), file);
        return sample;
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets) => Use(schema, needsTargets, null);

    // Of a smaller file the features are few enough.
    protected override Sample ReadStored(Part part, Schema schema, Spills spills) =>
        Use(schema, needsTargets: true, Rows.Paths.Sum(SourceFile.LengthOf) < Spills.Least ? null : spills);

    private Sample Use(Schema schema, bool needsTargets, Spills? spills)
    {
        var (sample, file) = CsvTable.Use(Rows, schema, needsTargets, spills);
        Note(Path.GetFileName(Rows.Path), file);
        return sample;
    }

    protected override SampleStream ReadToPredict(Part part, Schema schema) =>
        CsvTable.Stream(Rows, schema, file => Note(Path.GetFileName(Rows.Path), file));

    // What a file was is known at its end.
    public override bool IsReadFrom(string path) =>
        base.IsReadFrom(path)
        || Rows.Paths.Any(one => !StandardInput.IsName(one) && Path.GetFullPath(one) == Path.GetFullPath(path));
}

/// <summary>Rows to predict, some at a time.</summary>
/// <param name="Notes">What there is to say about how they are read, once the first of them are.</param>
/// <param name="Pieces">The rows. Whoever goes through them once more has them read once more.</param>
internal sealed record SampleStream(IReadOnlyList<string> Notes, IEnumerable<Sample> Pieces)
{
    // Of so many rows the library makes one product: in whole ones a row meets the same others as among all of them.
    private const int Product = 256;
    private const int MostProducts = 256;

    // 8 MiB of float64.
    private const int Numbers = 1 << 20;

    /// <summary>How many rows of so many numbers of float64 are read at a time.</summary>
    public static int RowsOf(int cols) => Product * Math.Clamp(Numbers / Product / Math.Max(1, cols), 1, MostProducts);

    /// <summary>The same where there may be more numbers in what is predicted.</summary>
    public static int RowsOf(int cols, Schema schema) => RowsOf(Math.Max(cols, schema.Learned.Outputs));

    /// <summary>Rows that are all there.</summary>
    public static SampleStream Of(Sample sample) =>
        Of(sample, (first, rows) => sample.Features.Rows(sample.Cols, [.. Enumerable.Range(first, rows)]).InMemory());

    /// <summary>Rows like those of a sample, as many as it has, whose features are read from the first on, so many at a time.</summary>
    public static SampleStream Of(Sample sample, Func<int, int, NumberArray> features)
    {
        var bytes = (long)sample.Cols * PackRecord.Size(sample.Features.Kind);
        var most = RowsOf((int)(bytes / sizeof(double)), sample.Schema);
        Sample Piece(int first)
        {
            var rows = Math.Min(most, sample.Rows - first);
            return new(sample.Path, rows, features(first, rows), sample.Schema, null)
            {
                ArePictures = sample.ArePictures,
            };
        }
        var pieces = (int)(((long)sample.Rows + most - 1) / most);
        return new(sample.Notes, Enumerable.Range(0, pieces).Select(piece => Piece(piece * most)));
    }
}

/// <summary>From what a user calls data to what they are: a built-in set, a folder, a file of some format, or a pipe.</summary>
internal static class DataPlace
{
    private const string Known = "a folder with IDX files, or a file:";

    public static DataSource Find(string text, CsvFormat format)
    {
        if (!StandardInput.IsName(text) && Folder(text) is { } folder)
            return format.Kind is null or FileKind.Idx
                ? folder
                : throw Failure.Usage(
                    OptionName.Format,
                    $"{FileKinds.NameOf(format.Kind.Value)} does not go with {text} (a set of IDX files)"
                );
        var arrays = StandardInput.IsName(text) ? [text] : ArrayPair.Split(text);
        if (arrays.Length > 1 && (format.Kind ?? FileKinds.ByName(arrays[^1])) == FileKind.Npy)
            return new NumpySource(text, FileKind.Npy, arrays);
        return Of(text, ZipMember.IsArchive(text) ? Within(text) : text, format);
    }

    private static DataSource? Folder(string text) =>
        BuiltIn.Find(text) is { } known ? new IdxFolder(text, known.Home(), known.Checksums)
        : PackSource.IsPack(text) ? new PackSource(text, text)
        : Directory.Exists(text) ? new IdxFolder(text, text, new Dictionary<string, string>())
        : null;

    private static DataSource Of(string text, string path, CsvFormat format)
    {
        var named = format.Kind ?? FileKinds.ByName(path);
        if (named is { } kind)
            return Of(text, path, kind, format, null);
        var isThere = StandardInput.IsName(path) || File.Exists(path) || ZipMember.Parts(path) is not null;
        if (!isThere)
            throw Failure.BadInput($"{text}: no such data ({Hint(text)})");
        var found = FileContent.Of(path, format.IsSaid);
        return Of(text, path, found, format, $"{path}: read as {FileKinds.Shown(found)} (--format says otherwise)");
    }

    private static DataSource Of(string text, string path, FileKind kind, CsvFormat format, string? decision) =>
        kind switch
        {
            FileKind.Csv => new TableSource(text, new CsvRows(path, format)) { Decision = decision },
            FileKind.Tsv => new TableSource(
                text,
                new CsvRows(path, format with { Separator = format.Separator ?? '\t' })
            )
            {
                Decision = decision,
            },
            FileKind.JsonLines => new TableSource(text, new JsonLinesRows(path, format.Missing))
            {
                Decision = decision,
            },
            FileKind.Parquet => new TableSource(text, new ParquetRows(path, format.Missing)) { Decision = decision },
            FileKind.Arrow => new TableSource(text, new ArrowRows(path, format.Missing)) { Decision = decision },
            FileKind.Npy => new NumpySource(text, kind, [path]) { Decision = decision },
            FileKind.Npz => new NumpySource(text, kind, [path]) { Decision = decision },
            FileKind.LibSvm => new LibSvmSource(text, path, format.FirstIndex) { Decision = decision },
            FileKind.Idx => throw Failure.BadInput(
                $"{path}: one IDX file (images and labels are four files in a folder: name the folder)"
            ),
            _ => throw new InvalidOperationException("a format that has no reader"),
        };

    /// <summary>The one file of data in an archive. A failure that names them where there are more, or none.</summary>
    private static string Within(string archive)
    {
        var names = ZipMember.Names(archive);
        if (names.Length == 0)
            throw Failure.BadInput($"{archive}: no files in it");
        var data = names.Length == 1 ? names : Array.FindAll(names, name => FileKinds.ByName(name) is not null);
        return data.Length == 1
            ? $"{archive}/{data[0]}"
            : throw Failure.BadInput(
                $"{archive}: {names.Length} files in it: {TextCells.Some(names)} (name one: {archive}/{(data.Length > 0 ? data : names)[0]})"
            );
    }

    private static string Hint(string text) =>
        Text.nearest(BuiltIn.All.Select(set => set.Name), text) is { } near
            ? $"did you mean {near.Value}?"
            : $"{BuiltIn.Names}, {Known} {FileKinds.Endings}, x.npy,y.npy, each packed with .gz or in a .zip, too; - for standard input";
}
