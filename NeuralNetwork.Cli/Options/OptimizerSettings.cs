using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>
/// The options that choose an optimizer. Every setting in the core's catalogue of optimizers is an option of its name.
/// </summary>
internal static class OptimizerSettings
{
    private const string WeightDecay = "weight-decay";

    private static readonly Setting<Optimizer> Name = new(
        "--optimizer",
        "NAME",
        $"How gradients become steps: {Read.Names(OptimizerModule.all, OptimizerModule.name)}",
        OptimizerModule.parse,
        OptimizerModule.name(Training.Default.Optimizer)
    );

    private static readonly Dictionary<string, string> Words = new()
    {
        ["momentum"] = "Share of the last step that is kept",
        ["dampening"] = "Share of the gradient that the momentum leaves out",
        ["rate-in-buffer"] = "Whether the momentum remembers steps instead of gradients",
        ["initial-accumulator"] = "Where the sum of squares begins",
        ["rho"] = "Decay of the mean squares",
        ["centered"] = "Whether the mean gradient is taken off",
        ["beta1"] = "Decay of the first moment",
        ["beta2"] = "Decay of the second moment",
        ["epsilon"] = "What keeps the divisor from 0",
        ["epsilon-placement"] = "Where epsilon stands: outside the root, inside, hat",
        ["corrected-maximum"] = "Whether the greatest moment is one after bias correction",
        ["epsilon-in-maximum"] = "Whether epsilon enters the maximum",
        ["scheduled"] = "Whether the first decay warms up",
        ["psi"] = "Pace of that warm-up",
        ["eta-minus"] = "Factor of a step size after a change of sign",
        ["eta-plus"] = "Factor of a step size without one",
        ["least-step"] = "Lower bound of the step sizes",
        ["greatest-step"] = "Upper bound of the step sizes",
    };

    // Every optimizer has a weight decay: AdamW its own, the others that of the training.
    private static readonly Setting<double> Decay = new(
        $"--{WeightDecay}",
        "λ",
        "Takes the share rate·λ of the weights away before each step, with any optimizer",
        Read.NotNegative
    );

    private static readonly Setting<Setting>[] Each =
    [
        .. OptimizerModule
            .all.SelectMany(one =>
                OptimizerModule
                    .settings(one)
                    .Select(pair => (Owner: OptimizerModule.name(one), Name: pair.Item1, Kind: pair.Item2))
            )
            .Where(entry => entry.Name != WeightDecay)
            .GroupBy(entry => entry.Name)
            .Select(owners => Of(owners.Key, owners.First().Kind, owners.Select(entry => entry.Owner))),
    ];

    public static IEnumerable<Option> Options =>
        [Name.Option, ConventionSettings.Option, .. Each.Select(setting => setting.Option), Decay.Option];

    /// <summary>The optimizer with the convention's settings, but for those that were given.</summary>
    public static Optimizer Optimizer(ParseResult result)
    {
        var name = OptimizerModule.name(Name.Of(result));
        var optimizer = OptimizerModule.ofConvention(ConventionSettings.Of(result), name).ResultValue;
        foreach (var setting in Each.Where(setting => setting.IsGiven(result)))
            optimizer = With(optimizer, setting.Name, setting.Of(result));
        return optimizer.IsAdamW && Decay.IsGiven(result)
            ? With(optimizer, Decay.Name, Setting.NewNumber(Decay.Of(result)))
            : optimizer;
    }

    /// <summary>The weight decay of the training, which is none where the optimizer has its own.</summary>
    public static double WeightDecayFor(ParseResult result, Optimizer optimizer) =>
        optimizer.IsAdamW ? 0 : Decay.Or(result, 0);

    private static Optimizer With(Optimizer optimizer, string option, Setting value)
    {
        var name = option[2..];
        var outcome = OptimizerModule.set(name, value, optimizer);
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.Usage($"{option}: {outcome.ErrorValue[(name.Length + 1)..]}");
    }

    private static Setting<Setting> Of(string name, Setting kind, IEnumerable<string> owners) =>
        new(
            $"--{name}",
            kind switch
            {
                { IsFlag: true } => "true|false",
                { IsNumber: true } => "NUMBER",
                _ => "NAME",
            },
            $"{Words.GetValueOrDefault(name, "A setting")} ({string.Join(", ", owners)})",
            kind switch
            {
                { IsFlag: true } => Read.Flag.To(Setting.NewFlag),
                { IsNumber: true } => Read.Finite.To(Setting.NewNumber),
                _ => new Reader<EpsilonPlacement>(EpsilonPlacementModule.parse).To(Setting.NewPlacement),
            }
        );
}
