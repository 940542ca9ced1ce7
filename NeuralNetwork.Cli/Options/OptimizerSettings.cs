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
                OptimizerModule.settings(one).Select(setting => (Owner: OptimizerModule.name(one), Setting: setting))
            )
            .Where(entry => entry.Setting.Name != WeightDecay)
            .GroupBy(entry => entry.Setting.Name)
            .Select(owners => Of(owners.First().Setting, owners.Select(entry => entry.Owner))),
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
        return OptimizerModule.hasWeightDecay(optimizer) && Decay.IsGiven(result)
            ? With(optimizer, Decay.Name, Setting.NewNumber(Decay.Of(result)))
            : optimizer;
    }

    /// <summary>The weight decay of the training, which is none where the optimizer has its own.</summary>
    public static double WeightDecayFor(ParseResult result, Optimizer optimizer) =>
        OptimizerModule.hasWeightDecay(optimizer) ? 0 : Decay.Or(result, 0);

    private static Optimizer With(Optimizer optimizer, string option, Setting value)
    {
        var outcome = OptimizerModule.withSetting(option[2..], value, optimizer);
        return outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"{option}: {outcome.ErrorValue}");
    }

    private static Setting<Setting> Of(OptimizerSetting setting, IEnumerable<string> owners) =>
        new(
            $"--{setting.Name}",
            setting.Value switch
            {
                { IsFlag: true } => "true|false",
                { IsNumber: true } => "NUMBER",
                _ => "NAME",
            },
            $"{setting.Meaning} ({string.Join(", ", owners)})",
            setting.Value switch
            {
                { IsFlag: true } => Read.Flag.To(Setting.NewFlag),
                { IsNumber: true } => Read.Finite.To(Setting.NewNumber),
                _ => new Reader<EpsilonPlacement>(EpsilonPlacementModule.parse).To(Setting.NewPlacement),
            }
        );
}
