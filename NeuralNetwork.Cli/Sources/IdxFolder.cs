using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
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
        var schema = new Schema(images.Content.Cols, [], [], new Learned.Classes(Schema.Numerals(classes)));
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

/// <summary>
/// A file of a built-in data set: what it is called, and its SHA-256 and length packed, and its SHA-256 unpacked, where they
/// are known.
/// </summary>
internal sealed record BuiltInFile(string Name, string PackedHash, string? Hash, long? Length)
{
    /// <summary>The most bytes that are fetched of it: somebody else may have packed it a little worse.</summary>
    public long Limit => Length is { } length ? length + (Hash is null ? 0 : length / 8) : 64 << 20;

    public string PackedName => $"{Name}.gz";
}

/// <summary>A data set known by name.</summary>
internal sealed record BuiltInSet(string Name, string About, string Licence, string[] Mirrors, BuiltInFile[] Files)
{
    /// <summary>The SHA-256 of each file's unpacked content.</summary>
    public IReadOnlyDictionary<string, string> Checksums =>
        Files.Where(file => file.Hash is not null).ToDictionary(file => file.Name, file => file.Hash!);

    /// <summary>The first folder with all of its files, or null.</summary>
    public string? Place => KnownFolders.DataFolders(Name).FirstOrDefault(IsComplete);

    /// <summary>The folder with its files. A failure that says how to get them.</summary>
    public string Home() =>
        Place ?? throw Failure.BadInput($"{Name}: not on this machine (nn data fetch {Name} gets it)");

    private bool IsComplete(string folder) =>
        Array.TrueForAll(
            Files,
            file => File.Exists(Path.Combine(folder, file.Name)) || File.Exists(Path.Combine(folder, file.PackedName))
        );
}

/// <summary>The data sets known by name. Their files were published under the same four names.</summary>
internal static class BuiltIn
{
    private static readonly string[] FileNames =
    [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ];

    public static BuiltInSet[] All { get; } =
    [
        new(
            "mnist",
            "handwritten digits, 70 000 of 28 x 28",
            "CC BY-SA 3.0",
            ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
            Files(
                [
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ],
                [
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                ],
                [9_912_422, 28_881, 1_648_877, 4_542]
            )
        ),
        new(
            "fashion-mnist",
            "pictures of clothes, 70 000 of 28 x 28",
            "MIT",
            [
                "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            ],
            Files(
                [
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ],
                [
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                ],
                [null, null, null, null]
            )
        ),
        new(
            "kmnist",
            "handwritten kuzushiji, 70 000 of 28 x 28",
            "CC BY-SA 4.0",
            ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
            Files(
                [
                    "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                    "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                    "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                    "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
                ],
                [null, null, null, null],
                [null, null, null, null]
            )
        ),
    ];

    public static string Names => string.Join(", ", All.Select(set => set.Name));

    public static BuiltInSet? Find(string name) => Array.Find(All, set => set.Name == name);

    private static BuiltInFile[] Files(string[] packed, string?[] hashes, long?[] lengths) =>
        [.. FileNames.Select((name, place) => new BuiltInFile(name, packed[place], hashes[place], lengths[place]))];
}
