using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A data set of images in four IDX files: built in and verified, or a folder of the user's.</summary>
internal sealed class IdxFolder(string name, string folder, IReadOnlyDictionary<string, string> checksums)
    : DataSource(name)
{
    private static readonly Dictionary<Part, string> Prefixes = new() { [Part.Train] = "train", [Part.Test] = "t10k" };

    public override bool HasParts => true;

    public override bool IsTable => false;

    protected override Sample ReadToTrain(TableOrder order)
    {
        var images = Images(Part.Train);
        var (labels, path) = Labels(Part.Train, images);
        var classes = Math.Max(2, labels.Max() + 1);
        var schema = new Schema(images.Content.Cols, [], "", new Learned.Classes(Schema.Numerals(classes)));
        return SampleOf(images, schema, labels, path);
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets)
    {
        var images = Images(part);
        schema.CheckCols(images.Path, images.Content.Cols);
        if (!needsTargets)
            return new(images.Path, images.Content.Rows, images.Content.Values, schema, null);
        var (labels, path) = Labels(part, images);
        return SampleOf(images, schema, labels, path);
    }

    private static Sample SampleOf(IdxFile images, Schema schema, int[] labels, string path)
    {
        if (schema.Learned is not Learned.Classes classes)
            throw Failure.BadInput($"{path}: labels (the model learned numbers)");
        var wrong = Array.FindIndex(labels, label => label >= classes.Names.Length);
        if (wrong >= 0)
            throw Failure.BadInput(
                $"{path}: row {wrong}: label {labels[wrong]} (must be below {classes.Names.Length}, the number of classes)"
            );
        var targets = Targets.NewLabels(labels, classes.Names.Length);
        return new(images.Path, labels.Length, images.Content.Values, schema, targets);
    }

    private IdxFile Images(Part part)
    {
        var images = Read($"{Prefixes[part]}-images", 3);
        Finite.Check(images.Path, images.Content.Values, images.Content.Cols);
        return images;
    }

    private (int[] Labels, string Path) Labels(Part part, IdxFile images)
    {
        var labels = Read($"{Prefixes[part]}-labels", 1);
        if (images.Content.Rows != labels.Content.Rows)
            throw Failure.BadInput(
                $"{images.Path}: {images.Content.Rows} images, but {labels.Path} has {labels.Content.Rows} labels"
            );
        return (Labels(labels), labels.Path);
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
        Note($"{name}-{kind}", file.File);
        return file;
    }

    private static int[] Labels(IdxFile file) =>
        file.Content.Values switch
        {
            NumberArray.Bytes bytes => Array.ConvertAll(bytes.Item, label => (int)label),
            NumberArray.Doubles numbers => Array.ConvertAll(numbers.Item, label => Label(file, label)),
            NumberArray.Singles numbers => Array.ConvertAll(numbers.Item, label => Label(file, label)),
            _ => throw new InvalidOperationException("a kind of table that labels are not read from"),
        };

    private static int Label(IdxFile file, double label) =>
        label >= 0 && label < TargetEncoder.MostClasses && double.IsInteger(label)
            ? (int)label
            : throw Failure.BadInput(
                $"{file.Path}: label {Text.number(label)} (must be a whole number from 0 to {TargetEncoder.MostClasses - 1})"
            );
}

/// <summary>An IDX file on disk, plain or compressed: read whole, within the limits of its own header.</summary>
internal sealed class IdxFile
{
    private const int LongestHeader = 4 + (4 * 255);

    private IdxFile(string path, Idx content, ReadFile file)
    {
        Path = path;
        Content = content;
        File = file;
    }

    public string Path { get; }

    public Idx Content { get; }

    /// <summary>The file as it was read.</summary>
    public ReadFile File { get; }

    /// <summary>Finds and reads a file by one of its names, each plain or with .gz.</summary>
    public static IdxFile Read(string folder, string[] names, string? expectedHash)
    {
        var path = names
            .SelectMany(name => new[] { name, $"{name}.gz" })
            .Select(name => System.IO.Path.Combine(folder, name))
            .FirstOrDefault(System.IO.File.Exists);
        if (path is null)
            throw Failure.BadInput(
                $"{folder}: {names[0]}: not found, plain or .gz (a folder of data has IDX files: train-images, train-labels,"
                    + " t10k-images, t10k-labels; tables and arrays are named themselves, as folder/x.csv)"
            );

        using var source = SourceFile.Open(path);
        var outcome = Idx.Read(WholeFile.Read(source, LongestHeader, Idx.ExpectedLength));
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        var file = source.End();
        if (expectedHash is not null && file.Hash != expectedHash)
            throw Failure.BadInput($"{path}: SHA-256: {file.Hash} (expected {expectedHash})");
        return new(path, outcome.ResultValue, file);
    }
}
