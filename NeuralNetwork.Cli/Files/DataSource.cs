using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>The part of a data set: what is trained on, or what is only tested with.</summary>
internal enum Part
{
    Train,
    Test,
}

/// <summary>Rows with a class each, as the files hold them.</summary>
internal sealed record Sample(Table Features, int Cols, int[] Labels, string LabelsPath)
{
    public int Rows => Labels.Length;

    /// <summary>The greatest label and one more.</summary>
    public int Classes => Labels.Max() + 1;

    /// <summary>The rows as data of so many classes. A failure where a label is none of them.</summary>
    public Data Of(int classes)
    {
        var wrong = Array.FindIndex(Labels, label => label >= classes);
        if (wrong >= 0)
            throw Failure.BadInput(
                $"{LabelsPath}: row {wrong}: label {Labels[wrong]} (must be below {classes}, the number of classes)"
            );
        return new Data(Rows, Cols, Features, Targets.NewLabels(Labels, classes), []);
    }
}

/// <summary>A data set of images in four IDX files: built in and verified, or a folder of the user's.</summary>
internal sealed class DataSource
{
    private static readonly Dictionary<Part, string> Prefixes = new() { [Part.Train] = "train", [Part.Test] = "t10k" };

    private readonly string folder;
    private readonly IReadOnlyDictionary<string, string> checksums;
    private readonly SortedDictionary<string, string> fingerprints = [];

    private DataSource(string name, string folder, IReadOnlyDictionary<string, string> checksums)
    {
        Name = name;
        this.folder = folder;
        this.checksums = checksums;
    }

    /// <summary>What the user called it.</summary>
    public string Name { get; }

    /// <summary>The SHA-256 of the uncompressed content of every file read so far.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints => fingerprints;

    /// <summary>The data set of a name or folder. A failure where there is none.</summary>
    public static DataSource Find(string text)
    {
        if (BuiltIn.Checksums.TryGetValue(text, out var checksums))
        {
            var places = Places.DataFolders(text);
            var home = places.FirstOrDefault(Directory.Exists);
            return home is not null
                ? new(text, home, checksums)
                : throw Failure.BadInput($"{text}: not found (looked in {string.Join(", ", places)})");
        }
        if (Directory.Exists(text))
            return new(text, text, new Dictionary<string, string>());
        if (File.Exists(text))
            throw Failure.BadInput($"{text}: a file (must be a folder with IDX files, or {BuiltIn.Names})");
        var hint = Text.nearest(BuiltIn.Checksums.Keys, text) is { } near
            ? $"did you mean {near.Value}?"
            : $"a folder with IDX files, or {BuiltIn.Names}";
        throw Failure.BadInput($"{text}: no such data ({hint})");
    }

    /// <summary>Reads the images and labels of a part.</summary>
    public Sample Load(Part part)
    {
        var images = Read($"{Prefixes[part]}-images", 3);
        var labels = Read($"{Prefixes[part]}-labels", 1);
        if (images.Content.Rows != labels.Content.Rows)
            throw Failure.BadInput(
                $"{images.Path}: {images.Content.Rows} images, but {labels.Path} has {labels.Content.Rows} labels"
            );
        CheckFinite(images);
        return new Sample(images.Content.Values, images.Content.Cols, Labels(labels), labels.Path);
    }

    private IdxFile Read(string name, int dimensions)
    {
        var kind = $"idx{dimensions}-ubyte";
        var file = IdxFile.Read(
            folder,
            [$"{name}-{kind}", $"{name}.{kind}"],
            checksums.GetValueOrDefault($"{name}-{kind}")
        );
        if (file.Content.Dimensions.Length != dimensions)
            throw Failure.BadInput(
                $"{file.Path}: dimensions: expected {dimensions} ({name}), found {file.Content.Dimensions.Length}"
            );
        fingerprints[$"{name}-{kind}"] = file.Hash;
        return file;
    }

    private static int[] Labels(IdxFile file) =>
        file.Content.Values switch
        {
            Table.Bytes bytes => Array.ConvertAll(bytes.Item, label => (int)label),
            Table.Doubles numbers => Array.ConvertAll(numbers.Item, label => Label(file, label)),
            Table.Singles numbers => Array.ConvertAll(numbers.Item, label => Label(file, label)),
            _ => throw new InvalidOperationException("a kind of table that labels are not read from"),
        };

    private static int Label(IdxFile file, double label) =>
        label is >= 0 and < 1_000_000 && double.IsInteger(label)
            ? (int)label
            : throw Failure.BadInput($"{file.Path}: label {Text.number(label)} (must be a whole number from 0 on)");

    private static void CheckFinite(IdxFile file)
    {
        var wrong = file.Content.Values switch
        {
            Table.Doubles numbers => Array.FindIndex(numbers.Item, number => !double.IsFinite(number)),
            Table.Singles numbers => Array.FindIndex(numbers.Item, number => !float.IsFinite(number)),
            _ => -1,
        };
        if (wrong >= 0)
        {
            var (row, column) = Math.DivRem(wrong, file.Content.Cols);
            throw Failure.BadInput($"{file.Path}: row {row}, column {column}: not a finite number");
        }
    }
}
