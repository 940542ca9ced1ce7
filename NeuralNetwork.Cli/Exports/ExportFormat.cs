using System.Text;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Export;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Exports;

/// <summary>A format models are written in for other programs, with the way back that proves what was written.</summary>
internal abstract class ExportFormat
{
    /// <summary>The bytes of the file.</summary>
    public abstract byte[] Write<T>(Model<T> model)
        where T : struct;

    /// <summary>What the written file and the model itself predict, for rows of raw features where the file takes these.</summary>
    public abstract (double[] Written, double[] Own) Asked<T>(byte[] file, Model<T> model, T[] rows)
        where T : struct;

    /// <summary>
    /// Whether what reads the file is given features in the precision of the model, which this program reads in float64 from
    /// any file of data.
    /// </summary>
    public virtual bool TakesModelPrecision => true;

    /// <summary>How the file is used, for the user's eyes; empty where its name says enough.</summary>
    public virtual string Use<T>(Model<T> model)
        where T : struct => "";

    /// <summary>The name that a program finds the model by in the file; empty where there is none.</summary>
    public virtual string Name(byte[] file) => "";

    /// <summary>The predictions of a model on the library's own engine.</summary>
    public static double[] Own<T>(Model<T> model, T[] rows)
        where T : struct
    {
        var predictions = new T[rows.Length / model.Network.Inputs * model.Network.Outputs];
        model.Predict(rows, predictions);
        return Doubles(predictions);
    }

    /// <summary>The same for features in float64, as a file of data has them.</summary>
    public static double[] Own<T>(Model<T> model, NumberArray features)
        where T : struct
    {
        var rows = features.Length / model.Network.Inputs;
        var nothing = Targets.NewValues(
            NumberArray.NewSingles(new float[rows * model.Network.Outputs]),
            model.Network.Outputs
        );
        using var machine = new Machine(Backend.Managed, 1);
        return Doubles(Fit.predict(machine, model, new Dataset(rows, model.Network.Inputs, features, nothing, [], [])));
    }

    protected static double[] Doubles<T>(T[] numbers) =>
        Array.ConvertAll(numbers, number => number is float single ? single : (double)(object)number!);

    /// <summary>What was read back; anything wrong with a file that was written a moment ago is a bug.</summary>
    protected static T Sound<T>(FSharpResult<T, Defect> outcome) =>
        outcome.IsOk
            ? outcome.ResultValue
            : throw new InvalidOperationException($"the written file cannot be read: {outcome.ErrorValue}");
}

/// <summary>A format whose files take raw features.</summary>
internal abstract class FeatureExport : ExportFormat
{
    /// <summary>What the written file predicts for rows of raw features.</summary>
    public abstract double[] Predict<T>(byte[] file, Model<T> model, T[] rows)
        where T : struct;

    public override (double[] Written, double[] Own) Asked<T>(byte[] file, Model<T> model, T[] rows) =>
        (Predict(file, model, rows), Own(model, rows));
}

/// <summary>ONNX, read back by a naive evaluator of its own and not by the engine.</summary>
internal sealed class OnnxExport : FeatureExport
{
    public override byte[] Write<T>(Model<T> model) => ModelExport.onnx(model);

    public override double[] Predict<T>(byte[] file, Model<T> model, T[] rows) =>
        Sound(ModelExport.onnxAnswers(model.Network, Doubles(rows), file));
}

/// <summary>ONNX with an input for each column: it is asked about rows of cells, with gaps and categories that nobody knows.</summary>
internal sealed class OnnxColumnsExport : ExportFormat
{
    public override bool TakesModelPrecision => false;

    public override byte[] Write<T>(Model<T> model)
    {
        var file = ModelExport.onnxByColumns(model);
        return file.IsOk ? file.ResultValue : throw Failure.Usage($"--{file.ErrorValue}");
    }

    public override (double[] Written, double[] Own) Asked<T>(byte[] file, Model<T> model, T[] rows)
    {
        var cells = ComparisonRows.Cells(model);
        return (
            Sound(ModelExport.onnxColumnAnswers(model, cells, file)),
            Doubles(cells.SelectMany(row => model.Predict(row)).ToArray())
        );
    }
}

/// <summary>A file that this program reads as a model again.</summary>
internal abstract class ModelFileExport : FeatureExport
{
    public override bool TakesModelPrecision => false;

    public override double[] Predict<T>(byte[] file, Model<T> model, T[] rows) =>
        Sound(ModelImport.described(Sound(ModelImport.content(file)))) switch
        {
            AnyModel.Single single => Own(single.Item, (float[])(object)rows),
            AnyModel.Double twice => Own(twice.Item, (double[])(object)rows),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
}

/// <summary>NPZ, for NumPy.</summary>
internal sealed class NpzExport : ModelFileExport
{
    public override byte[] Write<T>(Model<T> model) => ModelExport.npz(model);
}

/// <summary>The model file itself.</summary>
internal sealed class SafetensorsExport : ModelFileExport
{
    public override byte[] Write<T>(Model<T> model) => ModelFile.write(model);
}

/// <summary>Safetensors with the names of a PyTorch nn.Sequential.</summary>
internal sealed class TorchExport : ModelFileExport
{
    public override bool TakesModelPrecision => true;

    public override byte[] Write<T>(Model<T> model)
    {
        const string Remedy = "(--layout model, or the ending .onnx, .npz or .cs, holds all of it)";
        if (model.Network.Members > 1)
            throw Failure.Usage(
                "--layout",
                $"an ensemble of {model.Network.Members} members is no nn.Sequential {Remedy}"
            );
        if (model.Network.Layers.Any(layer => layer.IsPeriodic))
            throw Failure.Usage("--layout", $"waves of numbers are no module of nn.Sequential {Remedy}");
        return ModelExport.sequential(model);
    }

    public override string Use<T>(Model<T> model) => ModelExport.sequentialText(model);
}

/// <summary>
/// A source file of C#. Its numbers are read out of the text again, to the bit, and the folded network is run with them; that
/// the text compiles and computes the same is shown by the tests.
/// </summary>
internal sealed class CSharpExport(string space, string name, bool isGiven) : FeatureExport
{
    /// <summary>A name that nobody chose makes way for one that the class uses itself: PredictModel for Predict.</summary>
    public override byte[] Write<T>(Model<T> model)
    {
        var source = ModelExport.csharp(space, name, model);
        if (source.IsError && !isGiven)
            source = ModelExport.csharp(space, $"{name}Model", model);
        return source.IsOk ? Encoding.UTF8.GetBytes(source.ResultValue) : throw Failure.Usage($"--{source.ErrorValue}");
    }

    public override string Name(byte[] file)
    {
        var lines = Encoding.UTF8.GetString(file).Split('\n');
        string After(string words) =>
            lines.First(line => line.StartsWith(words, StringComparison.Ordinal))[words.Length..];
        return $"class {After("namespace ").TrimEnd(';')}.{After("public static class ")}";
    }

    public override double[] Predict<T>(byte[] file, Model<T> model, T[] rows) =>
        Own(Sound(ModelExport.csharpBack(model, Encoding.UTF8.GetString(file))), rows);
}

/// <summary>
/// Rows of raw features to compare predictions on, as a model takes them: bytes where features are divided by 255, numbers
/// around each mean where there are means, one category of each column, and standard normal numbers otherwise.
/// </summary>
internal static class ComparisonRows
{
    public const int Count = 256;
    public const int Seed = 42;

    // Bytes of images are divided by this, always.
    private const double OfBytes = 255;

    /// <summary>The same rows for the same model, every time.</summary>
    public static NumberArray Of<T>(Model<T> model)
    {
        var random = new System.Random(Seed);
        var rows = Enumerable.Range(0, Count).SelectMany(_ => Row(model.Preprocessing, model.Network.Inputs, random));
        return NumberArray.NewDoubles([.. rows]);
    }

    // One cell of so many is missing, or of no category, where a model takes such a cell.
    private const int Gaps = 8;

    /// <summary>The same for a model of columns: rows of cells by the names of these, each such as the model has an answer to.</summary>
    public static IReadOnlyDictionary<string, RowCell>[] Cells<T>(Model<T> model)
    {
        var random = new System.Random(Seed);
        var columns = model.Preprocessing.Columns.Placed().ToArray();
        Dictionary<string, RowCell> Row() =>
            columns.ToDictionary(
                placed => placed.Column.Title,
                placed => Cell(model.Preprocessing, placed.Column, placed.First, random)
            );
        return [.. Enumerable.Range(0, Count).Select(_ => Row())];
    }

    private static RowCell Cell(Preprocessing preprocessing, Column column, int first, System.Random random)
    {
        var isGap = random.Next(Gaps) == 0;
        return column switch
        {
            Column.Number number when isGap && !double.IsNaN(number.Missing) => RowCell.Missing,
            Column.Number => Feature(preprocessing, first, random),
            Column.Category known => known.Categories[random.Next(known.Categories.Length)],
            // Longer than any that is known.
            Column.OpenCategory open when isGap => open.Categories.MaxBy(name => name.Length) + "?",
            Column.OpenCategory open => open.Categories[random.Next(open.Categories.Length)],
            Column.Date date when isGap && date.Missing.Length > 0 => RowCell.Missing,
            _ => Moment(Feature(preprocessing, first, random), random),
        };
    }

    /// <summary>A moment of a year; of one near 1970 where there is none, as features without a mean have none.</summary>
    private static DateTime Moment(double year, System.Random random)
    {
        var begins = new DateTime((int)Math.Clamp(year is > -1000 and < 1000 ? 1970 + year : year, 1, 9998), 1, 1);
        return begins.AddSeconds(random.Next(366 * 24 * 60 * 60));
    }

    /// <summary>A failure where a number is beyond those of a model: what is predicted of it says nothing.</summary>
    public static T[] Checked<T>(T[] rows, string from, Func<int, string> called, int cols)
        where T : struct
    {
        var place = Array.FindIndex(rows, number => number is float single && !float.IsFinite(single));
        return place < 0
            ? rows
            : throw Failure.Numeric(
                $"{from}: row {place / cols}: {called(place % cols)}: beyond float32, which the exported model takes"
                    + " (nn train --precision float64 makes one that takes float64)"
            );
    }

    /// <summary>The features of a table as numbers of a model.</summary>
    public static T[] Of<T>(NumberArray features)
        where T : struct =>
        features switch
        {
            NumberArray.Bytes bytes => Array.ConvertAll(bytes.Item, number => Number<T>(number)),
            NumberArray.Singles singles => Array.ConvertAll(singles.Item, number => Number<T>(number)),
            NumberArray.Doubles doubles => Array.ConvertAll(doubles.Item, Number<T>),
            _ => throw new InvalidOperationException("a table of a type that has no command"),
        };

    private static double[] Row(Preprocessing preprocessing, int inputs, System.Random random)
    {
        var row = new double[inputs];
        for (var feature = 0; feature < inputs; feature++)
            row[feature] = Feature(preprocessing, feature, random);
        foreach (var (column, first) in preprocessing.Columns.Placed())
            if (column is Column.Category or Column.OpenCategory)
                Choose(row.AsSpan(first, column.Features), random);
        return row;
    }

    private static double Feature(Preprocessing preprocessing, int feature, System.Random random)
    {
        if (preprocessing.Shift.Length > 0)
            return preprocessing.Divisor
                * (preprocessing.Shift[feature] + (preprocessing.Scale[feature] * Normal(random)));
        return preprocessing.Divisor == OfBytes ? random.Next(256) : preprocessing.Divisor * Normal(random);
    }

    private static void Choose(Span<double> categories, System.Random random)
    {
        categories.Clear();
        categories[random.Next(categories.Length)] = 1;
    }

    // Box and Muller 1958.
    private static double Normal(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static T Number<T>(double number)
        where T : struct => typeof(T) == typeof(float) ? (T)(object)(float)number : (T)(object)number;
}
