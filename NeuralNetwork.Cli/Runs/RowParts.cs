using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Engine;

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
    public static (Sample Train, Sample? Aside) Of(
        Sample sample,
        ValidationRows validation,
        ulong seed,
        string option = OptionName.Validation
    )
    {
        if (validation.Share == 0)
            return (sample, null);
        var split = SplitOf(sample, validation, seed);
        return split.Aside.Length > 0 && split.Train.Length > 0
            ? (TakenRows.Take(sample, split.Train), TakenRows.Take(sample, split.Aside))
            : throw TooFew(sample, validation, split.Aside.Length, option);
    }

    /// <summary>
    /// The rows of each fold, and those that a model which is measured on them is trained on. A usage failure where one of them would
    /// have none.
    /// </summary>
    public static Split[] OfFolds(Sample sample, RowChoice choice)
    {
        var count = choice.Folds!.Value;
        Split[] splits;
        if (choice.Validation.IsLast || sample.Keys.Times is not null)
            splits = Split.Rolling(InTime(sample), count);
        else
        {
            var folds = Folds(sample, count, choice.Seed);
            splits = [.. Enumerable.Range(0, count).Select(fold => Split.OfFold(folds, fold))];
        }
        return splits.All(split => split.Train.Length > 0 && split.Aside.Length > 0)
            ? splits
            : throw Failure.Usage(
                OptionName.Folds,
                $"{count} of {sample.Rows} rows (each fold needs {(sample.Keys.Groups is null ? "a row" : "a group")})"
            );
    }

    /// <summary>A fold for each row: one that a member leaves out, or that is set aside.</summary>
    public static int[] Folds(Sample sample, int folds, ulong seed)
    {
        var strata = Strata(sample.Targets!, sample.Rows);
        return sample.Keys.Groups is { } groups
            ? Split.FoldsOfGroups(strata, groups, folds, seed)
            : Split.Folds(strata, folds, seed);
    }

    private static Split SplitOf(Sample sample, ValidationRows validation, ulong seed)
    {
        var (share, keys) = (validation.Share, sample.Keys);
        return validation.IsLast || keys.Times is not null ? Split.Last(InTime(sample), share)
            : keys.Groups is { } groups ? Split.ShareOfGroups(Strata(sample.Targets!, sample.Rows), groups, share, seed)
            : Split.Share(Strata(sample.Targets!, sample.Rows), share, seed);
    }

    /// <summary>The rows from the first to the last, by their times if they have some; those of one time as they stand in the file.</summary>
    private static int[] InTime(Sample sample) =>
        sample.Keys.Times is { } times
            ? [.. Enumerable.Range(0, sample.Rows).OrderBy(row => times[row])]
            : [.. Enumerable.Range(0, sample.Rows)];

    // Nobody asked for the usual share: then it is the data that are too few.
    private static Failure TooFew(Sample sample, ValidationRows validation, int aside, string option) =>
        validation.IsUsual
            ? Failure.BadInput(
                $"{sample.Path}: {sample.Rows} rows: too few to set some aside to validate with (--validation none trains on all)"
            )
            : Failure.Usage(
                option,
                $"{aside} of {sample.Rows} rows (both parts need {(sample.Keys.Groups is null ? "a row" : "a group")})"
            );
}

/// <summary>What is made of the rows of a file: those trained on, those to validate with, and those of a fold that is set aside.</summary>
/// <param name="Folds">Which rows of the file each fold has; none where there are no folds.</param>
internal sealed record SampleParts(Sample Train, Sample? Aside, Sample? Held, int[][] Folds)
{
    public static SampleParts Of(Sample sample, RowChoice choice)
    {
        var splits = choice.Folds is null ? [] : RowParts.OfFolds(sample, choice);
        var split = choice.Fold is { } fold ? splits[fold - 1] : null;
        var (train, aside) = RowParts.Of(
            split is null ? sample : TakenRows.Take(sample, split.Train),
            choice.Validation,
            choice.Seed
        );
        var numbers = splits.Select(one => Array.ConvertAll(one.Aside, row => sample.Numbers[row]));
        return new(train, aside, split is null ? null : TakenRows.Take(sample, split.Aside), [.. numbers]);
    }
}

/// <summary>Rows that a model is measured on, and that it has learned from as well, because they are there more than once.</summary>
internal static class RowCopies
{
    // A single row may be there twice by chance.
    private const int Fewest = 2;
    private const double Clear = 0.01;

    private const ulong Mixed = 0x9E3779B97F4A7C15;

    /// <summary>A line about the rows of a part that are among the training rows; null where they are few.</summary>
    /// <param name="train">The numbers that stand for the training rows.</param>
    public static string? Doubt(string path, string part, HashSet<ulong> train, Dataset rows) =>
        Line(path, $"{part} rows are among the training rows, too", Marks(rows).Count(train.Contains), rows.Rows);

    /// <summary>The same of the rows that members leave out, which others may have.</summary>
    public static string? Doubt(string path, Dataset train)
    {
        var marks = Marks(train);
        var folds = marks.Zip(train.Folds).ToLookup(one => one.First, one => one.Second);
        var twice = marks.Where((mark, row) => folds[mark].Any(fold => fold != train.Folds[row])).Count();
        return Line(path, "rows are there again among those that their member learns from", twice, train.Rows);
    }

    private static string? Line(string path, string found, int twice, int rows) =>
        twice < Math.Max(Fewest, Clear * rows)
            ? null
            : $"{path}: {twice:N0} of {rows:N0} {found}, with the same features and target: on them the score is that of rows it"
                + $" knows ({OptionName.Group} COLUMN keeps rows together that belong together)";

    /// <summary>A number for each row that is the same for equal rows, and hardly ever for others.</summary>
    public static ulong[] Marks(Dataset data)
    {
        var marks = new ulong[data.Rows];
        Mix(marks, data.Inputs, data.Cols);
        if (data.Targets is Targets.Labels labels)
            for (var row = 0; row < marks.Length; row++)
                marks[row] = Mix(marks[row], labels.Labels[row]);
        else if (data.Targets is Targets.Values values)
            Mix(marks, values.Values, values.Cols);
        return marks;
    }

    private static void Mix(ulong[] marks, NumberArray table, int cols)
    {
        var row = 0;
        TableRows.Visit(
            table,
            cols,
            numbers =>
            {
                foreach (var number in numbers)
                    marks[row] = Mix(marks[row], number);
                row++;
            }
        );
    }

    private static ulong Mix(ulong mark, double number)
    {
        var product = Math.BigMul(mark ^ BitConverter.DoubleToUInt64Bits(number + 0.0) ^ Mixed, Mixed, out var low);
        return product ^ low;
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
        var run = RunOf(modelPath);
        return IsTrainedOn(Json.At(run, "data"), source)
            ? $"{source.Name}: the model was trained on these rows ({OnOthers(Json.At(run, "results", "validation"))})"
            : null;
    }

    /// <summary>Whether the content of the data that the run of a model names is that which it has read; null where no record says.</summary>
    public static bool? AreStill(string modelPath, DataSource source)
    {
        var data = Json.At(RunOf(modelPath), "data");
        if (Json.At(data, "sha256") is not JsonObject hashes)
            return null;
        // Of a set with parts each has files of its own.
        var known = hashes.Select(file => $"{file.Value}").ToHashSet();
        return source.HasParts
            ? source.Fingerprints.All(file => known.Contains(file.Value))
            : IsTrainedOn(data, source);
    }

    private static JsonNode? RunOf(string modelPath) =>
        Record(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(modelPath))!, RunFiles.Manifest));

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
        if (Json.At(data, "sha256") is not JsonObject hashes)
            return false;
        var name = $"{Json.At(data, "name")}";
        var paths = name.Split(',').Append(name).ToArray();
        // A file is called by its name, and by folders around it where another one has the same name.
        bool IsNamed(string key) =>
            paths.Any(path => Path.GetFileName(path) == key || path.EndsWith($"/{key}", StringComparison.Ordinal))
            || paths.Any(path => key.EndsWith($"/{path}", StringComparison.Ordinal));
        var known = hashes.Where(file => IsNamed(file.Key)).Select(file => $"{file.Value}").ToHashSet();
        return source.Fingerprints.All(file => known.Contains(file.Value));
    }

    private static string OnOthers(JsonNode? validation) =>
        Json.NumberAt(validation, "accuracy") is var accuracy && double.IsFinite(accuracy)
            ? $"on others, in validation: {Numeral.Share(accuracy)}"
        : Json.NumberAt(validation, "loss") is var loss && double.IsFinite(loss)
            ? $"on others, in validation: loss {Numeral.Of(loss)}"
        : "there was no validation on others";
}
