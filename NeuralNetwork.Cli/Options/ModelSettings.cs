using System.CommandLine;

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

    private static readonly Setting<Activation[]> Activations = new(
        "--activation",
        "NAME,…",
        $"After each hidden layer, one for all or one for each: {Names(ActivationModule.all, ActivationModule.name)}",
        Read.List(ActivationModule.parse, 1000),
        "relu"
    );

    private static readonly Setting<Initializer?> Init = new(
        "--init",
        "NAME",
        $"Beginning of the weights: auto (suits the activation), {Names(InitializerModule.all, pair => pair.Item1)}",
        Read.OrNothing(InitializerModule.parse, Auto),
        Auto
    );

    private static readonly Setting<Output?> OutputOf = new(
        "--output",
        "NAME",
        "Function of the outputs: auto (suits the loss), softmax, sigmoid, linear",
        Read.OneOf<Output?>(
            (Auto, null),
            ("softmax", Output.Softmax),
            ("sigmoid", Output.Sigmoid),
            ("linear", Output.Linear)
        ),
        Auto
    );

    private static readonly Setting<Cost?> Loss = new(
        "--loss",
        "NAME",
        $"What is made small: auto (suits the output), {Names(CostModule.all, CostModule.name)}",
        Read.OrNothing(CostModule.parse, Auto),
        Auto
    );

    private static readonly Setting<bool> PrecisionOf = new(
        "--precision",
        "NAME",
        "Type of the numbers: float32, float64",
        Read.OneOf(("float32", false), ("float64", true)),
        "float32"
    );

    private readonly int[] hidden;
    private readonly Activation[] activations;
    private readonly Initializer? init;
    private readonly Output? output;
    private readonly Cost? loss;

    public ModelSettings(ParseResult result)
    {
        hidden = Hidden.Of(result);
        activations = Activations.Of(result);
        init = Init.Of(result);
        output = OutputOf.Of(result);
        loss = Loss.Of(result);
        IsDouble = PrecisionOf.Of(result);
        if (activations.Length > 1 && activations.Length != hidden.Length)
            throw Failure.Usage(
                $"{Activations.Name}: {activations.Length} names, {hidden.Length} in --hidden (one for all, or one for each)"
            );
        CheckEnd();
    }

    public static IEnumerable<Option> Options =>
        [Hidden.Option, Activations.Option, Init.Option, OutputOf.Option, Loss.Option, PrecisionOf.Option];

    /// <summary>float64 instead of float32.</summary>
    public bool IsDouble { get; }

    public string Precision => IsDouble ? "float64" : "float32";

    /// <summary>The network for so many features and classes. A usage failure where the options do not suit them.</summary>
    public Network Build(int inputs, int classes)
    {
        var cost = CostFor(classes);
        var isSquashed = cost.IsSquaredError && output is { IsSigmoid: true };
        var network = NetworkModule.input(inputs);
        for (var layer = 0; layer < hidden.Length; layer++)
            network = Dense(network, hidden[layer], activations[Math.Min(layer, activations.Length - 1)]);
        return Dense(
                network,
                cost.IsBinaryCrossEntropy ? 1 : classes,
                isSquashed ? Activation.Sigmoid : Activation.Identity
            )
            .With(cost);
    }

    private Network Dense(Network network, int units, Activation activation) =>
        network.Dense(units, activation, init ?? NetworkModule.initializerFor(activation));

    private Cost CostFor(int classes)
    {
        var cost =
            loss
            ?? output switch
            {
                { IsLinear: true } => Cost.SquaredError,
                { IsSigmoid: true } when classes == 2 => Cost.BinaryCrossEntropy,
                _ => Cost.SoftmaxCrossEntropy,
            };
        if (cost.IsBinaryCrossEntropy && classes != 2)
            throw Failure.Usage(
                $"{Loss.Name}: binary-cross-entropy with {classes} classes (needs 2; cross-entropy takes any number)"
            );
        if (cost.IsSoftmaxCrossEntropy && output is { IsSigmoid: true })
            throw Failure.Usage($"{OutputOf.Name}: sigmoid with {classes} classes (softmax, or --loss squared-error)");
        return cost;
    }

    /// <summary>Whether output and loss go together, as far as that does not depend on the data.</summary>
    private void CheckEnd()
    {
        if (output is null || loss is null || output.Equals(CostModule.output(loss)))
            return;
        if (!(output.IsSigmoid && loss.IsSquaredError))
            throw Failure.Usage(
                $"{OutputOf.Name}: does not go with --loss {CostModule.name(loss)} (auto chooses what does)"
            );
    }

    private static string Names<T>(IEnumerable<T> all, Func<T, string> name) => string.Join(", ", all.Select(name));
}
