using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Spec;

/// <summary>The model that training begins with: its parameters are drawn by the seed, or a file's.</summary>
internal static class StartingModel
{
    public static Model<T> Of<T>(
        ModelSpec spec,
        Network network,
        ulong seed,
        Preprocessing preprocessing,
        string[] labels
    )
        where T : struct
    {
        Model<T> With(Parameters<T> parameters) => new(network, parameters, preprocessing, labels);

        var fresh = With(Parameters.initialize<T>(seed, network));
        if (spec.InitFrom is not { } file)
            return fresh;
        var bytes = ModelBytes.Load(file);
        var outcome = spec.IsInitByName
            ? StartingPoint.readByName(fresh, bytes)
            : StartingPoint.read(fresh.Parameters, bytes);
        if (outcome.IsOk)
            return With(outcome.ResultValue);
        var remedy = outcome.ErrorValue.Field is "columns" or "labels"
            ? $" ({OptionName.InitMatch} place takes them over)"
            : "";
        throw Failure.BadInput($"{file}: {outcome.ErrorValue}{remedy}");
    }

    /// <summary>The network of a model's file; null where the file does not describe one.</summary>
    public static Network? NetworkIn(string file)
    {
        var outcome = ModelFile.read(ModelBytes.Load(file));
        return !outcome.IsOk ? null
            : outcome.ResultValue is AnyModel.Single single ? single.Item.Network
            : ((AnyModel.Double)outcome.ResultValue).Item.Network;
    }
}
