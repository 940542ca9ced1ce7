using System.Text;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Exports;

/// <summary>A format models are written in for other programs, with the way back that proves what was written.</summary>
internal abstract class Export
{
    /// <summary>The bytes of the file.</summary>
    public abstract byte[] Write<T>(Model<T> model)
        where T : struct;

    /// <summary>What the written file predicts for rows of raw features.</summary>
    public abstract double[] Predict<T>(byte[] file, Model<T> model, T[] rows)
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
    public static double[] Own<T>(Model<T> model, Table features)
        where T : struct
    {
        var rows = features.Length / model.Network.Inputs;
        var nothing = Targets.NewValues(
            Table.NewSingles(new float[rows * model.Network.Outputs]),
            model.Network.Outputs
        );
        using var machine = new Machine(Backend.Managed, 1);
        return Doubles(Fit.predict(machine, model, new Data(rows, model.Network.Inputs, features, nothing, [], [])));
    }

    protected static double[] Doubles<T>(T[] numbers) =>
        Array.ConvertAll(numbers, number => number is float single ? single : (double)(object)number!);

    /// <summary>What was read back; anything wrong with a file that was written a moment ago is a bug.</summary>
    protected static T Sound<T>(FSharpResult<T, Defect> outcome) =>
        outcome.IsOk
            ? outcome.ResultValue
            : throw new InvalidOperationException($"the written file cannot be read: {outcome.ErrorValue}");
}

/// <summary>ONNX, read back by a naive evaluator of its own and not by the engine.</summary>
internal sealed class OnnxExport : Export
{
    public override byte[] Write<T>(Model<T> model) => Onnx.write(model);

    public override double[] Predict<T>(byte[] file, Model<T> model, T[] rows) =>
        Sound(Onnx.evaluate(Onnx.outputName(model.Network), Doubles(rows), Sound(Onnx.read(file))));
}

/// <summary>A file that this program reads as a model again.</summary>
internal abstract class ModelExport : Export
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
internal sealed class NpzExport : ModelExport
{
    public override byte[] Write<T>(Model<T> model) => NpzModel.write(model);
}

/// <summary>The model file itself.</summary>
internal sealed class SafetensorsExport : ModelExport
{
    public override byte[] Write<T>(Model<T> model) => ModelFile.write(model);
}

/// <summary>Safetensors with the names of a PyTorch nn.Sequential.</summary>
internal sealed class TorchExport : ModelExport
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
        return Sequential.write(model);
    }

    public override string Use<T>(Model<T> model) => Sequential.text(model);
}

/// <summary>
/// A source file of C#. Its numbers are read out of the text again, to the bit, and the folded network is run with them; that
/// the text compiles and computes the same is shown by the tests.
/// </summary>
internal sealed class CSharpExport(string space, string name, bool isGiven) : Export
{
    /// <summary>A name that nobody chose makes way for one that the class uses itself: PredictModel for Predict.</summary>
    public override byte[] Write<T>(Model<T> model)
    {
        var source = CSharpSource.write(space, name, model);
        if (source.IsError && !isGiven)
            source = CSharpSource.write(space, $"{name}Model", model);
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
        Own(Sound(CSharpSource.readBack(model, Encoding.UTF8.GetString(file))), rows);
}
