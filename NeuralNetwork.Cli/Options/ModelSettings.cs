using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what network to build.</summary>
internal static class ModelSettings
{
    private const string Auto = "auto";

    /// <summary>More members than this are no use to anybody, and a plan for them takes long.</summary>
    private const int MostMembers = 100;

    private static readonly (string Name, Output? Value)[] Outputs =
    [
        (Auto, null),
        ("softmax", NeuralNetwork.Maths.Output.Softmax),
        ("sigmoid", NeuralNetwork.Maths.Output.Sigmoid),
        ("linear", NeuralNetwork.Maths.Output.Linear),
        ("exponential", NeuralNetwork.Maths.Output.Exponential),
    ];

    private static readonly (string Name, bool Value)[] Precisions = [("float32", false), ("float64", true)];
    private static readonly (string Name, bool Value)[] Matches = [("name", true), ("place", false)];

    public static SpecOption<int[]> Hidden { get; } =
        SpecParts.Model.Of(
            OptionName.Hidden,
            "N,N,…",
            "Units of the hidden layers",
            Read.List(Read.Count, 1000),
            Write.List<int>(Write.Whole),
            model => model.Hidden,
            (model, units) => model with { Hidden = units }
        );

    public static SpecOption<Named<Layer>[]> Activation { get; } =
        SpecParts.Model.Of(
            OptionName.Activation,
            "NAME,…",
            $"After each hidden layer, one for all or one for each: {Read.Names(Layer.activations, Layer.name)}, exponential",
            Read.List(Read.Named<Layer>(Layer.parse), 1000),
            Write.List<Named<Layer>>(Write.Name),
            model => model.Activations,
            (model, layers) => model with { Activations = layers }
        );

    public static SpecOption<double[]> Dropout { get; } =
        SpecParts.Model.Of(
            OptionName.Dropout,
            "RATE,…",
            "Share of numbers dropped behind each hidden layer, one for all or one for each",
            Read.List(Read.Share, 1000),
            Write.List<double>(Write.Number),
            model => model.Dropout,
            (model, rates) => model with { Dropout = rates }
        );

    private static readonly SpecOption InputDropout = SpecParts.Model.Of(
        OptionName.InputDropout,
        "RATE",
        "Share of the features dropped",
        Read.Share,
        Write.Number,
        model => model.InputDropout,
        (model, rate) => model with { InputDropout = rate }
    );

    public static SpecOption<Named<Initializer>?> Init { get; } =
        SpecParts.Model.Of(
            OptionName.Init,
            "NAME",
            $"Beginning of the weights: auto (suits the activation), {Read.Names(Initializer.all, pair => pair.Item1)}, "
                + "constant:VALUE, scaled-in-normal:GAIN; --convention says how the normal ones are cut",
            Read.OrNothing(Read.Named<Initializer>(Initializer.parse), Auto),
            Write.OrNothing<Initializer>(Auto),
            model => model.Init,
            (model, initializer) => model with { Init = initializer }
        );

    public static SpecOption<Named<Initializer>?> OutputInit { get; } =
        SpecParts.Model.Of(
            OptionName.OutputInit,
            "NAME",
            "Beginning of the last layer's weights: auto (as --init), or any of its names; zeros begins with the same answer for all rows",
            Read.OrNothing(Read.Named<Initializer>(Initializer.parse), Auto),
            Write.OrNothing<Initializer>(Auto),
            model => model.OutputInit,
            (model, initializer) => model with { OutputInit = initializer }
        );

    public static SpecOption<int> Members { get; } =
        SpecParts.Model.Of(
            OptionName.Members,
            "N",
            "Networks trained side by side, whose predictions are averaged: one model, one file",
            Read.Whole(MostMembers),
            Write.Whole,
            model => model.Members,
            (model, members) => model with { Members = members }
        );

    private static readonly SpecOption Output = SpecParts.Model.Of(
        OptionName.Output,
        "NAME",
        "Function of the outputs: auto (suits the loss), softmax, sigmoid, linear, exponential",
        Read.OneOf(Outputs),
        Write.OneOf(Outputs),
        model => model.Output,
        (model, output) => model with { Output = output }
    );

    private static readonly SpecOption Loss = SpecParts.Model.Of(
        OptionName.Loss,
        "NAME",
        $"What is made small: auto (suits the output), {Read.Names(NeuralNetwork.Loss.all, NeuralNetwork.Loss.name)}",
        Read.OrNothing(Read.Named<Loss>(NeuralNetwork.Loss.parse), Auto),
        Write.OrNothing<Loss>(Auto),
        model => model.Loss,
        (model, loss) => model with { Loss = loss }
    );

    private static readonly SpecOption Smoothing = SpecParts.Model.Of(
        OptionName.LabelSmoothing,
        "SHARE",
        "Share of each target that is spread over all classes, with cross-entropy",
        Read.Share,
        Write.Number,
        model => model.LabelSmoothing,
        (model, share) => model with { LabelSmoothing = share }
    );

    private static readonly SpecOption InitFrom = SpecParts.Model.Of(
        OptionName.InitFrom,
        "FILE",
        "Begins with the tensors of a safetensors or NPZ file, by the names of a model file (layers.0.weight, …)",
        Read.Any!,
        Write.Same,
        model => model.InitFrom,
        (model, file) => model with { InitFrom = file },
        whole: Path.GetFullPath
    );

    private static readonly SpecOption InitMatch = SpecParts.Model.Of(
        OptionName.InitMatch,
        "name|place",
        "How --init-from finds features and classes, where its file names them: by name, or by their places",
        Read.OneOf(Matches),
        Write.OneOf(Matches),
        model => model.IsInitByName,
        (model, isByName) => model with { IsInitByName = isByName }
    );

    private static readonly SpecOption Precision = SpecParts.Model.Of(
        OptionName.Precision,
        "NAME",
        "Type of the numbers: float32, float64",
        Read.OneOf(Precisions),
        Write.OneOf(Precisions),
        model => model.IsDouble,
        (model, isDouble) => model with { IsDouble = isDouble }
    );

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        Hidden,
        Activation,
        .. BatchNormSettings.All,
        .. EmbeddingSettings.All,
        Dropout,
        InputDropout,
        Init,
        OutputInit,
        Members,
        Output,
        Loss,
        Smoothing,
        InitFrom,
        InitMatch,
        Precision,
    ];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);
}
