using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>Which rows are trained on, and which are set aside: chosen by the seed, both in their old order.</summary>
internal sealed record Split(int[] Train, int[] Aside)
{
    /// <summary>
    /// Sets a share of the rows aside, of every class as exactly as whole rows allow: the last ones go to the classes
    /// that were rounded down the most. No class loses its only row.
    /// </summary>
    public static Split Of(Targets targets, int rows, double share, ulong seed)
    {
        var order = new int[rows];
        Key.Of(seed, Purpose.Split).Shuffle(order);
        var (classOf, classes) = targets is Targets.Labels labels
            ? (row => labels.Labels[row], labels.Classes)
            : ((Func<int, int>)(_ => 0), 1);
        var sizes = new int[classes];
        foreach (var row in order)
            sizes[classOf(row)]++;
        var quotas = Quotas(sizes, (int)Math.Round(share * rows), share);
        var isAside = new bool[rows];
        foreach (var row in order)
            isAside[row] = quotas[classOf(row)]-- > 0;
        return new(Places(isAside, false), Places(isAside, true));
    }

    /// <summary>How many rows of each class are set aside, by the sizes of the classes.</summary>
    private static int[] Quotas(int[] sizes, int total, double share)
    {
        var quotas = Array.ConvertAll(sizes, size => (int)Math.Floor(share * size));
        var left = total - quotas.Sum();
        var byRemainder = Enumerable
            .Range(0, sizes.Length)
            .OrderByDescending(place => (share * sizes[place]) - quotas[place])
            .Where(place => quotas[place] + 1 < sizes[place]);
        foreach (var place in byRemainder.Take(left).ToArray())
            quotas[place]++;
        return quotas;
    }

    // Arrays of their own length, as rows may be millions.
    private static int[] Places(bool[] marks, bool mark)
    {
        var places = new int[marks.AsSpan().Count(mark)];
        for (var (row, next) = (0, 0); row < marks.Length; row++)
            if (marks[row] == mark)
                places[next++] = row;
        return places;
    }

    /// <summary>So many rows of a sample, of every class its share; all of them where there are no more.</summary>
    public static Sample Some(Sample sample, int rows, ulong seed) =>
        rows >= sample.Rows
            ? sample
            : TakenRows.Take(sample, Of(sample.Targets!, sample.Rows, (double)rows / sample.Rows, seed).Aside);

    /// <summary>The rows to train with, and those set aside to validate with, if a share of them is.</summary>
    public static (Sample Train, Sample? Aside) Parts(Sample sample, ValidationRows validation, ulong seed)
    {
        if (validation.Share == 0)
            return (sample, null);
        var split = Of(sample.Targets!, sample.Rows, validation.Share, seed);
        return split.Aside.Length > 0 && split.Train.Length > 0
            ? (TakenRows.Take(sample, split.Train), TakenRows.Take(sample, split.Aside))
            : throw TooFew(sample, validation, split.Aside.Length);
    }

    // Nobody asked for the usual share: then it is the data that are too few.
    private static Failure TooFew(Sample sample, ValidationRows validation, int aside) =>
        validation.IsUsual
            ? Failure.BadInput(
                $"{sample.Path}: {sample.Rows} rows: too few to set some aside to validate with (--validation none trains on all)"
            )
            : Failure.Usage(OptionName.Validation, $"{aside} of {sample.Rows} rows (both parts need a row)");
}

/// <summary>Which member of an ensemble does not learn from a row, and is measured on it.</summary>
internal static class Folds
{
    /// <summary>
    /// A member for each row, chosen by the seed: members leave out equally many rows of each class, and of all of them, to
    /// within one.
    /// </summary>
    public static int[] Of(Targets targets, int rows, int members, ulong seed)
    {
        var order = new int[rows];
        Key.Of(seed, Purpose.Split).Shuffle(order);
        if (targets is Targets.Labels labels)
            order = [.. order.OrderBy(row => labels.Labels[row])];
        var folds = new int[rows];
        foreach (var (place, row) in order.Index())
            folds[row] = place % members;
        return folds;
    }
}

/// <summary>Whether a model is measured on the rows it was trained on: a score of that kind says little of others.</summary>
internal static class KnownRows
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>A warning where the data are those of the run that the model lies in; null otherwise.</summary>
    public static string? Warning(string modelPath, DataSource source)
    {
        if (source.HasParts)
            return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        var run = Record(Path.Combine(folder, RunFiles.Manifest));
        return IsTrainedOn(run.At("data"), source)
            ? $"{source.Name}: the model was trained on these rows ({OnOthers(run.At("results").At("validation"))})"
            : null;
    }

    // A model is measured whether or not the record beside it can be read: other programs may have one of that name, too.
    private static JsonNode? Record(string path)
    {
        try
        {
            return File.Exists(path) ? JsonNode.Parse(RecordFile.TextOf(path), documentOptions: Strict) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or Failure)
        {
            return null;
        }
    }

    // Beside the files trained on, the record has those of validation and test, under names with their role in front.
    private static bool IsTrainedOn(JsonNode? data, DataSource source)
    {
        if (data.At("sha256") is not JsonObject hashes)
            return false;
        var name = $"{data.At("name")}";
        var paths = name.Split(',').Append(name).ToArray();
        // A file is called by its name, and by folders around it where another one has the same name.
        bool IsNamed(string key) =>
            paths.Any(path => Path.GetFileName(path) == key || path.EndsWith($"/{key}", StringComparison.Ordinal))
            || paths.Any(path => key.EndsWith($"/{path}", StringComparison.Ordinal));
        var known = hashes.Where(file => IsNamed(file.Key)).Select(file => $"{file.Value}").ToHashSet();
        return source.Fingerprints.All(file => known.Contains(file.Value));
    }

    private static string OnOthers(JsonNode? validation) =>
        Number(validation.At("accuracy")) is { } accuracy ? $"on others, in validation: {accuracy:P2}"
        : Number(validation.At("loss")) is { } loss ? $"on others, in validation: loss {Numeral.Of(loss)}"
        : "there was no validation on others";

    private static double? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static JsonNode? At(this JsonNode? node, string field) => (node as JsonObject)?[field];
}
