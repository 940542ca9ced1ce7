using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Export;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Spec;

/// <summary>From what was asked for to a network for rows of a certain shape.</summary>
internal sealed class NetworkBuilder(ModelSpec model, Convention convention)
{
    /// <summary>The network for so many features and what is learned. A usage failure where the options do not suit.</summary>
    public Network Build(Features features, Learned learned) =>
        learned is Learned.Values values
            ? Build(features, values.Count, LossForValues())
            : Build(features, learned.Outputs);

    /// <summary>The network for so many features and classes. A usage failure where the options do not suit them.</summary>
    public Network Build(Features features, int classes)
    {
        var loss = LossFor(classes);
        // One output tells two classes apart, if it is a probability.
        return Build(features, Loss.output(loss).IsSigmoid && classes == 2 ? 1 : classes, loss);
    }

    /// <summary>
    /// The places of its dense layers among all of them, whatever the data: each draws its first weights by its place.
    /// </summary>
    public IEnumerable<int> DensePlaces
    {
        get
        {
            var layers = BuildHidden(Features.All(1)).Layers;
            return layers.Index().Where(one => one.Item.IsDense).Select(one => one.Index).Append(layers.Length);
        }
    }

    private Network Build(Features features, int units, Loss loss)
    {
        var isSquashed = loss.IsSquaredError && model.Output is { IsSigmoid: true };
        var network = Outputs(BuildHidden(features), units, isSquashed ? Activation.Sigmoid : Activation.Identity)
            .With(loss)
            .WithMembers(model.Members);
        return Layout.DefectOf(network) is { } beyond ? throw Failure.Usage(OptionName.Hidden, beyond) : network;
    }

    private Network BuildHidden(Features features)
    {
        var network = NetworkModule.input(features.Count).Dropout(model.InputDropout);
        network = model.Embedding.Add(network, features.Numbers);
        for (var layer = 0; layer < model.Hidden.Length; layer++)
            network = AddHidden(network, layer);
        return network;
    }

    private Network AddHidden(Network network, int layer)
    {
        var activation = ModelSpec.ForLayer(model.Activations, layer).Value;
        var dense = network.Dense(model.Hidden[layer], Activation.Identity, InitFor(activation));
        var norm = model.BatchNorm.Norm(convention);
        var active = model.BatchNorm switch
        {
            { IsUsed: false } => dense.Behind(activation),
            { IsAfter: true } => dense.Behind(activation).BatchNorm(norm),
            _ => dense.BatchNorm(norm).Behind(activation),
        };
        return active.Dropout(ModelSpec.ForLayer(model.Dropout, layer));
    }

    private Initializer InitFor(Layer behind) =>
        Convention.initializer(convention, model.Init?.Value ?? Layer.initializer(behind));

    private Network Outputs(Network network, int units, Activation activation) =>
        network.Dense(
            units,
            activation,
            model.OutputInit is { Value: var init }
                ? Convention.initializer(convention, init)
                : InitFor(Layer.NewActivate(activation))
        );

    private Loss LossForValues()
    {
        var loss = model.ChosenLoss ?? (model.Output is { IsExponential: true } ? Loss.Poisson : Loss.SquaredError);
        return Loss.output(loss) is { IsSoftmax: false } and { IsSigmoid: false }
            ? loss
            : throw Failure.Usage(
                OptionName.Loss,
                $"{Loss.name(loss)} with a target of numbers (squared-error, or --task classification)"
            );
    }

    private Loss LossFor(int classes)
    {
        var loss =
            model.ChosenLoss
            ?? model.Output switch
            {
                { IsLinear: true } => Loss.SquaredError,
                { IsExponential: true } => Loss.Poisson,
                { IsSigmoid: true } when classes == 2 => Loss.BinaryCrossEntropy,
                _ => Loss.SoftmaxCrossEntropy,
            };
        if (Loss.output(loss).IsSoftmax && classes < 2)
            throw Failure.Usage(
                OptionName.Loss,
                $"{Loss.name(loss)} with {classes} class (needs 2; squared-error takes any number)"
            );
        if (loss.IsBinaryCrossEntropy && classes != 2)
            throw Failure.Usage(
                OptionName.Loss,
                $"binary-cross-entropy with {classes} {(classes == 1 ? "class" : "classes")} (needs 2, told "
                    + "apart by one output; cross-entropy takes any number from 2 on, and focal asks yes or no of each)"
            );
        if (Loss.output(loss).IsSoftmax && model.Output is { IsSigmoid: true })
            throw Failure.Usage(
                OptionName.Output,
                $"sigmoid with {classes} classes (softmax, or --loss squared-error)"
            );
        return loss;
    }
}

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
            ? ModelImport.startingPointByName(fresh, bytes)
            : ModelImport.startingPoint(fresh.Parameters, bytes);
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
