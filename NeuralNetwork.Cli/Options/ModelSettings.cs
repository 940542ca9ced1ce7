using System.CommandLine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>The options that say what network to build, and the building of it.</summary>
internal sealed class ModelSettings
{
    private const string Auto = "auto";

    private static readonly Setting<int[]> Hidden = new(
        "--hidden",
        "N,N,…",
        "Units of the hidden layers",
        Read.List(Read.Count, 1000),
        "128"
    );

    private static readonly Setting<Layer[]> Activations = new(
        "--activation",
        "NAME,…",
        $"After each hidden layer, one for all or one for each: {Read.Names(LayerModule.activations, LayerModule.name)}, exponential",
        Read.List(LayerModule.parse, 1000),
        "relu"
    );

    private static readonly Setting<Initializer?> Init = new(
        "--init",
        "NAME",
        $"Beginning of the weights: auto (suits the activation), {Read.Names(InitializerModule.all, pair => pair.Item1)}, "
            + "constant:VALUE, scaled-in-normal:GAIN; --convention says how the normal ones are cut",
        Read.OrNothing(InitializerModule.parse, Auto),
        Auto
    );

    private static readonly Setting<Initializer?> OutputInit = new(
        "--output-init",
        "NAME",
        "Beginning of the last layer's weights: auto (as --init), or any of its names; zeros begins with the same answer for all rows",
        Read.OrNothing(InitializerModule.parse, Auto),
        Auto
    );

    public const string MembersName = "--members";

    /// <summary>More members than this are no use to anybody, and a plan for them takes long.</summary>
    public const int MostMembers = 100;

    private static readonly Setting<int> Members = new(
        MembersName,
        "N",
        "Networks trained side by side, whose predictions are averaged: one model, one file",
        Read.Whole(MostMembers),
        "1"
    );

    private static readonly Setting<Output?> OutputOf = new(
        "--output",
        "NAME",
        "Function of the outputs: auto (suits the loss), softmax, sigmoid, linear, exponential",
        Read.OneOf<Output?>(
            (Auto, null),
            ("softmax", Output.Softmax),
            ("sigmoid", Output.Sigmoid),
            ("linear", Output.Linear),
            ("exponential", Output.Exponential)
        ),
        Auto
    );

    private static readonly Setting<Loss?> LossOf = new(
        "--loss",
        "NAME",
        $"What is made small: auto (suits the output), {Read.Names(LossModule.all, LossModule.name)}",
        Read.OrNothing(LossModule.parse, Auto),
        Auto
    );

    private static readonly Setting<double> Smoothing = new(
        "--label-smoothing",
        "SHARE",
        "Share of each target that is spread over all classes, with cross-entropy",
        Read.Share,
        "0"
    );

    private static readonly Setting<double[]> Dropout = new(
        "--dropout",
        "RATE,…",
        "Share of numbers dropped behind each hidden layer, one for all or one for each",
        Read.List(Read.Share, 1000),
        "0"
    );

    private static readonly Setting<double> InputDropout = new(
        "--input-dropout",
        "RATE",
        "Share of the features dropped",
        Read.Share,
        "0"
    );

    private static readonly Setting<bool> PrecisionOf = new(
        "--precision",
        "NAME",
        "Type of the numbers: float32, float64",
        Read.OneOf(("float32", false), ("float64", true)),
        "float32"
    );

    public const string InitFromName = "--init-from";

    private static readonly Setting<string> InitFrom = new(
        InitFromName,
        "FILE",
        "Begins with the tensors of a safetensors or NPZ file, by the names of a model file (layers.0.weight, …)",
        Read.Any,
        whole: Path.GetFullPath
    );

    private static readonly Setting<bool> InitByName = new(
        "--init-match",
        "name|place",
        "How --init-from finds features and classes, where its file names them: by name, or by their places",
        Read.OneOf(("name", true), ("place", false)),
        "name"
    );

    private readonly string? initFrom;
    private readonly bool isInitByName;
    private readonly int[] hidden;
    private readonly Layer[] activations;
    private readonly Convention convention;
    private readonly Initializer? init;
    private readonly Initializer? outputInit;
    private readonly Output? output;
    private readonly Loss? chosenLoss;
    private readonly BatchNormSettings? norm;
    private readonly EmbeddingSettings? embedding;
    private readonly double[] dropout;
    private readonly double inputDropout;

    public ModelSettings(ParseResult result)
    {
        hidden = Hidden.Of(result);
        activations = Each(Activations, result);
        convention = ConventionSettings.Of(result);
        init = Init.Of(result);
        outputInit = OutputInit.Of(result);
        MemberCount = Members.Of(result);
        output = OutputOf.Of(result);
        chosenLoss = Smoothed(LossOf.Of(result), result);
        norm = BatchNormSettings.Of(result);
        embedding = EmbeddingSettings.Of(result);
        dropout = Each(Dropout, result);
        inputDropout = InputDropout.Of(result);
        IsDouble = PrecisionOf.Of(result);
        initFrom = InitFrom.IsGiven(result) ? InitFrom.Of(result) : null;
        isInitByName = InitByName.Of(result);
        if (initFrom is null && InitByName.IsWanted(result))
            throw Failure.Usage($"{InitByName.Name}: nothing to match ({InitFrom.Name} names a file)");
        CheckEnd();
    }

    public static IEnumerable<Option> Options =>
        [
            Hidden.Option,
            Activations.Option,
            .. BatchNormSettings.Options,
            .. EmbeddingSettings.Options,
            Dropout.Option,
            InputDropout.Option,
            Init.Option,
            OutputInit.Option,
            Members.Option,
            OutputOf.Option,
            LossOf.Option,
            Smoothing.Option,
            InitFrom.Option,
            InitByName.Option,
            PrecisionOf.Option,
        ];

    /// <summary>float64 instead of float32.</summary>
    public bool IsDouble { get; }

    /// <summary>The network of a model's file; null where the file does not describe one.</summary>
    public static Network? NetworkIn(string file)
    {
        var outcome = ModelFile.read(ModelBytes.Load(file));
        return !outcome.IsOk ? null
            : outcome.ResultValue is AnyModel.Single single ? single.Item.Network
            : ((AnyModel.Double)outcome.ResultValue).Item.Network;
    }

    /// <summary>How many networks are trained side by side.</summary>
    public int MemberCount { get; }

    /// <summary>Whether hidden layers are normalised over the batch.</summary>
    public bool HasBatchNorm => norm is not null;

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
        return Build(features, LossModule.output(loss).IsSigmoid && classes == 2 ? 1 : classes, loss);
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
        var isSquashed = loss.IsSquaredError && output is { IsSigmoid: true };
        var network = Outputs(BuildHidden(features), units, isSquashed ? Activation.Sigmoid : Activation.Identity)
            .With(loss)
            .WithMembers(MemberCount);
        return LayoutModule.defect(network) is { } beyond
            ? throw Failure.Usage($"{Hidden.Name}: {beyond.Value}")
            : network;
    }

    private Network BuildHidden(Features features)
    {
        var network = NetworkModule.input(features.Count).Dropout(inputDropout);
        network = embedding?.Add(network, features.Numbers) ?? network;
        for (var layer = 0; layer < hidden.Length; layer++)
            network = AddHidden(network, layer);
        return network;
    }

    /// <summary>The model that training begins with: its parameters are drawn by the seed, or a file's.</summary>
    public Model<T> Begin<T>(Network network, ulong seed, Preprocessing preprocessing, string[] labels)
    {
        Model<T> With(Parameters<T> parameters) => new(network, parameters, preprocessing, labels);

        var fresh = With(Parameters.initialize<T>(seed, network));
        if (initFrom is null)
            return fresh;
        var bytes = ModelBytes.Load(initFrom);
        var outcome = isInitByName
            ? StartingPoint.readByName(fresh, bytes)
            : StartingPoint.read(fresh.Parameters, bytes);
        if (outcome.IsOk)
            return With(outcome.ResultValue);
        var remedy = outcome.ErrorValue.Field is "columns" or "labels"
            ? $" ({InitByName.Name} place takes them over)"
            : "";
        throw Failure.BadInput($"{initFrom}: {outcome.ErrorValue}{remedy}");
    }

    private Network AddHidden(Network network, int layer)
    {
        var activation = activations[layer];
        var dense = network.Dense(hidden[layer], Activation.Identity, InitFor(activation));
        var active = norm switch
        {
            null => dense.Behind(activation),
            { IsAfter: true } => dense.Behind(activation).BatchNorm(norm.Norm),
            _ => dense.BatchNorm(norm.Norm).Behind(activation),
        };
        return active.Dropout(dropout[layer]);
    }

    private Initializer InitFor(Layer behind) =>
        ConventionModule.initializer(convention, init ?? LayerModule.initializer(behind));

    private Network Outputs(Network network, int units, Activation activation) =>
        network.Dense(
            units,
            activation,
            outputInit is null
                ? InitFor(Layer.NewActivate(activation))
                : ConventionModule.initializer(convention, outputInit)
        );

    private Loss LossForValues()
    {
        var loss = chosenLoss ?? (output is { IsExponential: true } ? Loss.Poisson : Loss.SquaredError);
        return LossModule.output(loss) is { IsSoftmax: false } and { IsSigmoid: false }
            ? loss
            : throw Failure.Usage(
                $"{LossOf.Name}: {LossModule.name(loss)} with a target of numbers (squared-error, or --task classification)"
            );
    }

    private Loss LossFor(int classes)
    {
        var loss =
            chosenLoss
            ?? output switch
            {
                { IsLinear: true } => Loss.SquaredError,
                { IsExponential: true } => Loss.Poisson,
                { IsSigmoid: true } when classes == 2 => Loss.BinaryCrossEntropy,
                _ => Loss.SoftmaxCrossEntropy,
            };
        if (LossModule.output(loss).IsSoftmax && classes < 2)
            throw Failure.Usage(
                $"{LossOf.Name}: {LossModule.name(loss)} with {classes} class (needs 2; squared-error takes any number)"
            );
        if (loss.IsBinaryCrossEntropy && classes != 2)
            throw Failure.Usage(
                $"{LossOf.Name}: binary-cross-entropy with {classes} {(classes == 1 ? "class" : "classes")} (needs 2, told "
                    + "apart by one output; cross-entropy takes any number from 2 on, and focal asks yes or no of each)"
            );
        if (LossModule.output(loss).IsSoftmax && output is { IsSigmoid: true })
            throw Failure.Usage($"{OutputOf.Name}: sigmoid with {classes} classes (softmax, or --loss squared-error)");
        return loss;
    }

    /// <summary>The loss with its targets smoothed. A usage failure where the loss has no classes to spread them over.</summary>
    private static Loss? Smoothed(Loss? loss, ParseResult result)
    {
        var smoothing = Smoothing.Of(result);
        if (smoothing == 0)
            return loss;
        return loss is null or { IsSoftmaxCrossEntropy: true }
            ? Loss.NewSmoothedCrossEntropy(smoothing)
            : throw Failure.Usage($"{Smoothing.Name}: does not go with --loss {LossModule.name(loss)} (cross-entropy)");
    }

    /// <summary>A value for each hidden layer. A usage failure where there are neither one nor as many.</summary>
    private T[] Each<T>(Setting<T[]> setting, ParseResult result)
    {
        var values = setting.Of(result);
        if (values.Length == 1)
            return [.. Enumerable.Repeat(values[0], hidden.Length)];
        return values.Length == hidden.Length
            ? values
            : throw Failure.Usage(
                $"{setting.Name}: {values.Length} values, {hidden.Length} in --hidden (one for all, or one for each)"
            );
    }

    /// <summary>Whether output and loss go together, as far as that does not depend on the data.</summary>
    private void CheckEnd()
    {
        if (output is null || chosenLoss is null || output.Equals(LossModule.output(chosenLoss)))
            return;
        if (!(output.IsSigmoid && chosenLoss.IsSquaredError))
            throw Failure.Usage(
                $"{OutputOf.Name}: does not go with --loss {LossModule.name(chosenLoss)} (auto chooses what does)"
            );
    }
}
