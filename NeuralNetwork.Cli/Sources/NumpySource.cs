using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.FSharp.Core;
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

    protected override Sample ReadToTrain(TableOrder order)
    {
        var (x, y) = Read(needsTargets: true);
        var indicated = order.IsClassification == false ? null : OneHot.Classes(y!);
        var (learned, targets) =
            indicated is not null
                ? (new Learned.Classes(Schema.Numerals(y!.Cols)), Targets.NewLabels(indicated, y.Cols))
            : y!.Cols > 1 && order.IsClassification != true
                ? (new Learned.Values(y.Cols), Targets.NewValues(y.Values, y.Cols))
            : Learn(Numbers(y), order.IsClassification);
        return new(Within(Features), x.Rows, x.Values, new Schema(x.Cols, [], "", learned), targets)
        {
            Notes = indicated is null ? [] : [OneHot.Note(Within(Answer), y.Cols)],
        };
    }

    protected override Sample ReadToUse(Part part, Schema schema, bool needsTargets)
    {
        var (x, y) = Read(needsTargets);
        schema.CheckCols(Within(Features), x.Cols);
        return new(Within(Features), x.Rows, x.Values, schema, y is null ? null : Known(y, schema.Learned));
    }

    // In row-major order the rows of a file stand one after the other. Whatever else there is, or is wrong, is for the whole of it.
    protected override SampleStream ReadToPredict(Part part, Schema schema) =>
        kind == FileKind.Npy && paths.Length <= 2 && ArrayRows.Of(paths[0], LongestHeader) is { } rows
            ? new([], Pieces(rows, schema))
            : base.ReadToPredict(part, schema);

    private IEnumerable<Sample> Pieces(ArrayRows array, Schema schema)
    {
        var most = SampleStream.RowsOf((int)Math.Max(schema.Cols, array.RowBytes / sizeof(double)), schema);
        using var source = SourceFile.Open(array.Path);
        array.Begin(source);
        for (var first = 0L; first < array.Rows; first += most)
        {
            var x = array.Read(source, first, (int)Math.Min(most, array.Rows - first));
            Finite.Check(array.Path, x.Values, x.Cols, first);
            schema.CheckCols(array.Path, x.Cols);
            if (first + x.Rows == array.Rows)
                Note(KeysOf(paths)[0], source.End());
            yield return new(array.Path, x.Rows, x.Values, schema, null);
        }
    }

    // What a file was is known at its end.
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
        if (y is not null && y.Rows != x.Rows)
            throw Failure.BadInput($"{Within(Features)}: {x.Rows} rows, but {Within(Answer)} has {y.Rows}");
        return (x, y);
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
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        Note(key, source.End());
        return outcome.ResultValue;
    }

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
        return y.Values switch
        {
            NumberArray.Bytes bytes => Array.ConvertAll(bytes.Item, number => (double)number),
            NumberArray.Singles numbers => Array.ConvertAll(numbers.Item, number => (double)number),
            NumberArray.Doubles numbers => numbers.Item,
            _ => throw new InvalidOperationException("a kind of table that targets are not read from"),
        };
    }
}

/// <summary>The rows of an array file in row-major order, which stand one after the other behind its header.</summary>
internal sealed partial record ArrayRows(string Path, byte[] Header, long Rows, long RowBytes)
{
    /// <summary>Those of a file that is not packed, of the length that its header says; null of any other.</summary>
    public static ArrayRows? Of(string path, int longestHeader)
    {
        using var source = SourceFile.Open(path);
        var beginning = new byte[longestHeader];
        var length = source.ReadAtLeast(beginning, longestHeader, throwOnEndOfStream: false);
        if (source.IsPacked || length < longestHeader)
            return null;
        var promised = Npy.ExpectedLength(beginning);
        if (promised.IsError || promised.ResultValue != source.AnnouncedLength)
            return null;
        // Two bytes of a length, and four from version 2 on.
        var offset =
            beginning[6] == 1 ? 10 + BitConverter.ToUInt16(beginning, 8) : 12 + BitConverter.ToInt32(beginning, 8);
        var header = beginning[..offset];
        var rows = Lengths(header) is [var first, ..] ? Number(first) : 0;
        return rows == 0 || ColumnMajor().IsMatch(Written(header))
            ? null
            : new(path, header, rows, (promised.ResultValue - offset) / rows);
    }

    /// <summary>Passes over what stands before the rows.</summary>
    public void Begin(SourceFile source) => Fill(source, new byte[Header.Length]);

    /// <summary>The next rows, as an array of their own.</summary>
    public Npy Read(SourceFile source, long first, int rows)
    {
        var bytes = new byte[checked(Header.Length + (int)(rows * RowBytes))];
        Header.CopyTo(bytes, 0);
        var lengths = Lengths(Header);
        var length = rows.ToString($"D{lengths[0].Length}", CultureInfo.InvariantCulture);
        Encoding.Latin1.GetBytes(length, bytes.AsSpan(lengths[0].Index));
        Fill(source, bytes.AsSpan(Header.Length));
        var outcome = Npy.Read(bytes);
        if (outcome.IsOk)
            return outcome.ResultValue;
        // Elements are counted from the beginning of the file.
        var before = lengths.Skip(1).Aggregate(first, (product, one) => product * Number(one));
        throw Failure.BadInput(
            $"{Path}: {Element().Replace($"{outcome.ErrorValue}", found => $"{Number(found) + before}")}"
        );
    }

    private void Fill(SourceFile source, Span<byte> bytes)
    {
        if (source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw Failure.BadInput($"{Path}: changed while it was read");
    }

    private static Capture[] Lengths(byte[] header) =>
        [.. Shape().Match(Written(header)).Groups["length"].Captures.Cast<Capture>()];

    private static long Number(Capture digits) => long.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    private static string Written(byte[] header) => Encoding.Latin1.GetString(header);

    // Python 2 wrote an L behind them.
    [GeneratedRegex(@"['""]shape['""]\s*:\s*\((?>\s*(?<length>\d+)L?\s*,?)+\s*\)")]
    private static partial Regex Shape();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*True")]
    private static partial Regex ColumnMajor();

    [GeneratedRegex(@"(?<=^element )\d+")]
    private static partial Regex Element();
}

/// <summary>
/// Two arrays in files of their own, named in one text with a comma between them. Paths may have commas, too: which of them
/// stands between the two is said by the files that there are.
/// </summary>
internal static class ArrayPair
{
    private const string Ending = ".npy";

    /// <summary>The paths in a text: one where the whole of it is a file, and two where a comma parts two files.</summary>
    public static string[] Split(string text)
    {
        if (!text.Contains(',', StringComparison.Ordinal) || File.Exists(text))
            return [text];
        var ways = Enumerable.Range(0, text.Length).Where(at => text[at] == ',').Select(at => Cut(text, at)).ToArray();
        var whole = Array.FindAll(ways, way => File.Exists(way[0]) && File.Exists(way[1]));
        if (whole.Length > 1)
            throw Failure.BadInput(
                $"{text}: two arrays, in more ways than one: {string.Join(" or ", whole.Select(Shown))} (call one otherwise)"
            );
        // What is missing is named by whoever opens it.
        return whole.FirstOrDefault()
            ?? Single(ways, way => File.Exists(way[0]) || File.Exists(way[1]))
            ?? Single(ways, way => way[0].EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            ?? text.Split(',');
    }

    private static string[] Cut(string text, int comma) => [text[..comma], text[(comma + 1)..]];

    private static string[]? Single(string[][] ways, Predicate<string[]> suits) =>
        Array.FindAll(ways, suits) is [var only] ? only : null;

    private static string Shown(string[] way) => $"{Failure.Quote(way[0])} and {Failure.Quote(way[1])}";
}
