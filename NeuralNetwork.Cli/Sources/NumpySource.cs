using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Arrays of NumPy: keys x and y of an .npz file, or a pair of .npy files with a comma between them.</summary>
internal sealed class NumpySource(string name, FileKind kind, string[] paths) : DataSource(name)
{
    private const string Features = "x";
    private const string Answer = "y";

    // The magic word, the version, the length, and a dictionary of NumPy's own limit.
    private const int LongestHeader = 12 + 10_000;

    private bool isBytes;

    // Bytes in three dimensions or more are pictures.
    public override bool IsTable => !isBytes;

    /// <summary>Reads the rows to train on. Features that can stay in their file do.</summary>
    public Sample Pack(TableOrder order, Spills spills) => Learned(CanStay ? ReadStored(spills) : Read(true), order);

    private bool CanStay =>
        kind == FileKind.Npy && paths.Length == 2 && !StandardInput.IsName(paths[0]) && StoredRows.Are(paths[0]);

    protected override Sample ReadToTrain(TableOrder order) => Learned(Read(needsTargets: true), order);

    private Sample Learned((Npy X, Npy? Y) read, TableOrder order)
    {
        var (x, y) = read;
        var indicated = order.IsClassification == false ? null : OneHot.Classes(y!);
        var (learned, targets) =
            indicated is not null
                ? (new Learned.Classes(Schema.Numerals(y!.Cols)), Targets.NewLabels(indicated, y.Cols))
            : y!.Cols > 1 && order.IsClassification != true
                ? (new Learned.Values(y.Cols), Targets.NewValues(y.Values, y.Cols))
            : Learn(Numbers(y), order.IsClassification);
        return new(Within(Features), x.Rows, x.Values, new Schema(x.Cols, [], [], learned), targets)
        {
            Notes = indicated is null ? [] : [OneHot.Note(Within(Answer), y.Cols)],
        };
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets) =>
        Used(Read(needsTargets), schema);

    protected override Sample ReadStored(Part part, Schema schema, Spills spills) =>
        CanStay && SourceFile.LengthOf(paths[0]) >= Spills.Least
            ? Used(ReadStored(spills), schema)
            : ReadToUse(part, schema, needsTargets: true);

    private Sample Used((Npy X, Npy? Y) read, Schema schema)
    {
        var (x, y) = read;
        schema.CheckCols(Within(Features), x.Cols);
        return new(Within(Features), x.Rows, x.Values, schema, y is null ? null : Known(y, schema.Learned));
    }

    protected override SampleStream ReadToPredict(Part part, Schema schema) =>
        kind == FileKind.Npy && paths.Length <= 2 && StoredRows.Are(paths[0])
            ? new([], Pieces(schema))
            : base.ReadToPredict(part, schema);

    private IEnumerable<Sample> Pieces(Schema schema)
    {
        var path = paths[0];
        using var source = SourceFile.Open(path);
        var array = StoredRows.Of(path, source);
        schema.CheckCols(path, array.Cols);
        foreach (var (first, rows, x) in array.Pieces(SampleStream.RowsOf(array.Cols, schema)))
        {
            if (first + rows == array.Rows)
                Note(KeysOf(paths)[0], source.End());
            yield return new(path, rows, x, schema, null);
        }
    }

    public override bool IsReadFrom(string path) =>
        base.IsReadFrom(path)
        || paths.Any(one => !StandardInput.IsName(one) && Path.GetFullPath(one) == Path.GetFullPath(path));

    private (Learned, Targets) Learn(double[] numbers, bool? isClassification)
    {
        if (isClassification is null)
            TargetEncoder.CheckFromZero(Within(Answer), numbers);
        return TargetEncoder.OfNumbers(Within(Answer), numbers, isClassification);
    }

    private Targets Known(Npy y, Learned learned)
    {
        if (learned is Learned.Classes classes && OneHot.Known(y, classes.Names) is { } indicated)
            return Targets.NewLabels(indicated, y.Cols);
        if (learned is Learned.Classes || y.Cols == 1)
            return TargetEncoder.Known(Within(Answer), Numbers(y), learned);
        return y.Cols == learned.Outputs
            ? Targets.NewValues(y.Values, y.Cols)
            : throw Failure.BadInput($"{Within(Answer)}: {y.Cols} values a row (the model predicts {learned.Outputs})");
    }

    private (Npy X, Npy? Y) Read(bool needsTargets)
    {
        var (x, y) = kind == FileKind.Npy ? ReadPair(needsTargets) : ReadArchive(needsTargets);
        isBytes = x.Values is NumberArray.Bytes;
        Finite.Check(Within(Features), x.Values, x.Cols);
        if (y is not null)
            Finite.Check(Within(Answer), y.Values, y.Cols);
        if (y is not null)
            CheckRows(x.Rows, y.Rows);
        return (x, y);
    }

    private void CheckRows(int x, int y)
    {
        if (x != y)
            throw Failure.BadInput($"{Within(Features)}: {x} rows, but {Within(Answer)} has {y}");
    }

    /// <summary>
    /// Features that stay in their file, once all of them were found to be in order. Those of float64 that a smaller kind holds go to
    /// another file.
    /// </summary>
    private (Npy X, Npy? Y) ReadStored(Spills spills)
    {
        var (path, keys) = (paths[0], KeysOf(paths));
        var y = ReadArray(paths[1], keys[1]);
        Finite.Check(paths[1], y.Values, y.Cols);
        var smallest = TypeCode.Byte;
        ReadFile read;
        using (var source = SourceFile.Open(path))
        {
            var found = StoredRows.Of(path, source);
            CheckRows(found.Rows, y.Rows);
            isBytes = found.Kind == TypeCode.Byte;
            foreach (var (_, _, x) in found.Pieces())
                smallest = x is NumberArray.Doubles numbers
                    ? numbers.Item.Aggregate(smallest, NumberKind.With)
                    : found.Kind;
            read = source.End();
        }
        Note(keys[0], read);
        var rows = StoredRows.Of(path, new RereadFile(path, read));
        return (new(rows.Shape, smallest == rows.Kind ? rows.All : Smaller(rows, smallest, spills.Features)), y);
    }

    private static NumberArray Smaller(StoredRows rows, TypeCode kind, Spill file)
    {
        foreach (var (_, _, x) in rows.Pieces())
            file.Write(NumberBytes.Of(((NumberArray.Doubles)x).Item, kind));
        return NumberArray.NewStored(file.Content(), kind, rows.Cols, [.. Enumerable.Range(0, rows.Rows)]);
    }

    private (Npy X, Npy? Y) ReadPair(bool needsTargets)
    {
        if (paths.Length == 1 && needsTargets)
            throw Failure.BadInput($"{Name}: one array (expected x.npy,y.npy: the features, and what belongs to them)");
        if (paths.Length > 2)
            throw Failure.BadInput($"{Name}: {paths.Length} arrays (expected x.npy,y.npy)");
        var keys = KeysOf(paths);
        return (ReadArray(paths[0], keys[0]), needsTargets ? ReadArray(paths[1], keys[1]) : null);
    }

    private Npy ReadArray(string path, string key)
    {
        using var source = SourceFile.Open(path);
        var outcome = Npy.Read(WholeFile.Read(source, LongestHeader, Npy.ExpectedLength));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}{Remedy(source)}");
        Note(key, source.End());
        return outcome.ResultValue;
    }

    // Features that are too many for an array can be packed all the same.
    private string Remedy(SourceFile source) =>
        paths.Length == 2
        && source.Path == paths[0]
        && !source.IsPacked
        && source.AnnouncedLength > Array.MaxLength
        && StoredRows.Are(source.Path)
            ? $" ({ShellLine.Typed("nn", "data", "pack", Name, "--out", "big.data")} reads it piece by piece)"
            : "";

    private (Npy X, Npy? Y) ReadArchive(bool needsTargets)
    {
        var (bytes, read) = WholeFile.Read(paths[0]);
        Note(Path.GetFileName(paths[0]), read);
        var outcome = Npy.ReadArchive([Features, .. needsTargets ? [Answer] : Array.Empty<string>()], bytes);
        if (outcome.IsError)
            throw Failure.BadInput($"{paths[0]}: {outcome.ErrorValue}");
        var arrays = outcome.ResultValue;
        return (arrays[0], needsTargets ? arrays[1] : null);
    }

    /// <summary>What to call an array in a message.</summary>
    private string Within(string key) =>
        kind == FileKind.Npz ? $"{paths[0]}: key '{key}'"
        : key == Features ? paths[0]
        : paths[^1];

    private double[] Numbers(Npy y)
    {
        if (y.Cols != 1)
            throw Failure.BadInput(
                $"{Within(Answer)}: {y.Cols} numbers a row (a class is one number, or a row of zeros with a single 1)"
            );
        return [.. Enumerable.Range(0, y.Rows).Select(y.Values.At)];
    }
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
