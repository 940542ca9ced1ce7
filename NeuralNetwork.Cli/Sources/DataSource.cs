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

    protected abstract Sample ReadToTrain(TableOrder order);

    protected abstract Sample ReadToUse(Part part, Schema schema, bool needsTargets);

    private Sample Noted(Sample sample) =>
        Decision is null ? sample : sample with { Notes = [Decision, .. sample.Notes] };

    /// <summary>The data of a name, folder or file. A failure where there are none.</summary>
    public static DataSource Find(string text, CsvFormat format) => DataPlace.Find(text, format);

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

    protected override Sample ReadToTrain(TableOrder order)
    {
        var (sample, file) = CsvTable.Train(Rows, order);
        Note(Path.GetFileName(Rows.Path), file);
        return sample;
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets)
    {
        var (sample, file) = CsvTable.Use(Rows, schema, needsTargets);
        Note(Path.GetFileName(Rows.Path), file);
        return sample;
    }
}
