using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Runs;

/// <summary>Which rows of a sample are trained on and which are set aside, by the rules of the library.</summary>
internal static class RowParts
{
    /// <summary>What every part of rows gets its share of: their classes, or all of them alike.</summary>
    public static int[] Strata(Targets targets, int rows) =>
        targets is Targets.Labels labels ? labels.Labels : new int[rows];

    /// <summary>So many rows of a sample, of every class its share; all of them where there are no more.</summary>
    public static Sample Some(Sample sample, int rows, ulong seed) =>
        rows >= sample.Rows
            ? sample
            : TakenRows.Take(
                sample,
                Split.Share(Strata(sample.Targets!, sample.Rows), (double)rows / sample.Rows, seed).Aside
            );

    /// <summary>The rows to train with, and those set aside to validate with, if a share of them is.</summary>
    public static (Sample Train, Sample? Aside) Of(Sample sample, ValidationRows validation, ulong seed)
    {
        if (validation.Share == 0)
            return (sample, null);
        var split = Split.Share(Strata(sample.Targets!, sample.Rows), validation.Share, seed);
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
