namespace NeuralNetwork.Cli;

/// <summary>The part of a data set: what is trained on, or what is only tested with.</summary>
internal enum Part
{
    Train,
    Test,
}

/// <summary>Data that the user named: a built-in set, a folder, or a file of any format.</summary>
internal abstract class DataSource(string name)
{
    private const string Formats = "a folder with IDX files, .csv, .csv.gz, .tsv, .npz, x.npy,y.npy, .libsvm or .svm";

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

    /// <summary>Whether it is text in columns, of which cells may be missing.</summary>
    public virtual bool HasColumns => false;

    /// <summary>Reads the rows to train on.</summary>
    public abstract Sample Train(TableOrder order);

    /// <summary>Reads rows that have to suit a training or a model; their targets only if they are needed.</summary>
    public abstract Sample Use(Part part, Schema schema, bool needsTargets);

    /// <summary>The data of a name, folder or file. A failure where there are none.</summary>
    public static DataSource Find(string text, CsvFormat format)
    {
        if (BuiltIn.Find(text) is { } known)
            return new IdxFolder(text, known.Home(), known.Checksums);
        if (Directory.Exists(text))
            return new IdxFolder(text, text, new Dictionary<string, string>());
        var bare = SourceFile.HasPackedName(text) ? text[..^3] : text;
        var extension = Path.GetExtension(bare).ToUpperInvariant();
        return extension switch
        {
            ".CSV" or ".TSV" => new TableSource(text, new CsvRows(text, format)),
            ".NPZ" => new NumpySource(text),
            ".NPY" => new NumpySource(text),
            ".LIBSVM" or ".SVM" => new LibSvmSource(text),
            _ when File.Exists(text) => throw Failure.BadInput($"{text}: unknown kind of file (known: {Formats})"),
            _ => throw Failure.BadInput($"{text}: no such data ({Hint(text)})"),
        };
    }

    /// <summary>Whether everything read of other data was read here, too, whatever the files are called.</summary>
    public bool HasContentOf(DataSource other) => other.contents.IsSubsetOf(contents);

    /// <summary>Whether a file is one of those that were read.</summary>
    public bool IsReadFrom(string path) => files.Values.Any(file => file.Path == Path.GetFullPath(path));

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

    private static string Hint(string text) =>
        Text.nearest(BuiltIn.All.Select(set => set.Name), text) is { } near
            ? $"did you mean {near.Value}?"
            : $"{BuiltIn.Names}, {Formats}";
}

/// <summary>A file of rows under named columns: every row a row, a column the target.</summary>
internal sealed class TableSource(string name, RowSource rows) : DataSource(name)
{
    /// <summary>The rows, for whoever looks at them.</summary>
    public RowSource Rows { get; } = rows;

    public override bool HasColumns => true;

    public override Sample Train(TableOrder order)
    {
        var (sample, file) = CsvTable.Train(Rows, order);
        Note(Path.GetFileName(Name), file);
        return sample;
    }

    public override Sample Use(Part part, Schema schema, bool needsTargets)
    {
        var (sample, file) = CsvTable.Use(Rows, schema, needsTargets);
        Note(Path.GetFileName(Name), file);
        return sample;
    }
}
