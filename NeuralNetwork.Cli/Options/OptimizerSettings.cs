using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>
/// The options that choose an optimizer. Every setting in the core's catalogue of optimizers is an option of its name.
/// </summary>
internal static class OptimizerSettings
{
    private static readonly SpecOption Name = Of(
        OptionName.Optimizer,
        "NAME",
        $"How gradients become steps: {Read.Names(OptimizerModule.all, OptimizerModule.name)}",
        OptimizerModule.parse,
        OptimizerModule.name,
        optimizer => optimizer.Kind,
        (optimizer, kind) => optimizer with { Kind = kind }
    );

    // Every optimizer has a weight decay: AdamW its own, the others that of the training.
    public static SpecOption<double?> Decay { get; } =
        Of(
            OptionName.WeightDecay,
            "λ",
            "Takes the share rate·λ of the weights away before each step, with any optimizer",
            Read.NotNegative.Optional(),
            Write.Number,
            optimizer => optimizer.WeightDecay,
            (optimizer, decay) => optimizer with { WeightDecay = decay }
        );

    private static readonly SpecOption[] Each =
    [
        .. OptimizerModule
            .all.SelectMany(one =>
                OptimizerModule.settings(one).Select(setting => (Owner: OptimizerModule.name(one), Setting: setting))
            )
            .Where(entry => $"--{entry.Setting.Name}" != OptionName.WeightDecay)
            .GroupBy(entry => entry.Setting.Name)
            .Select(owners => Of(owners.First().Setting, owners.Select(entry => entry.Owner))),
    ];

    public static IReadOnlyList<SpecOption> All { get; } = [Name, ConventionSettings.Name, .. Each, Decay];

    private static SpecOption Of(OptimizerSetting setting, IEnumerable<string> owners) =>
        Of(
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
                { IsFlag: true } => Read.Flag.To(Setting? (flag) => Setting.NewFlag(flag)),
                { IsNumber: true } => Read.Finite.To(Setting? (number) => Setting.NewNumber(number)),
                _ => new Reader<EpsilonPlacement>(EpsilonPlacementModule.parse).To(
                    Setting? (placement) => Setting.NewPlacement(placement)
                ),
            },
            TextOf,
            optimizer => optimizer.Settings.GetValueOrDefault(setting.Name),
            (optimizer, value) =>
                optimizer with
                {
                    Settings = new Dictionary<string, Setting>(optimizer.Settings) { [setting.Name] = value! },
                }
        );

    private static string? TextOf(Setting? value) =>
        value switch
        {
            null => null,
            Setting.Number number => Text.number(number.Number),
            Setting.Flag flag => Write.Flag(flag.Flag),
            Setting.Placement placement => EpsilonPlacementModule.name(placement.Placement),
            _ => throw new InvalidOperationException("a kind of setting that has no text"),
        };

    private static SpecOption<T> Of<T>(
        string name,
        string value,
        string about,
        Reader<T> read,
        Func<T, string?> write,
        Func<OptimizerSpec, T> get,
        Func<OptimizerSpec, T, OptimizerSpec> set
    ) =>
        new(
            name,
            value,
            about,
            read,
            write,
            spec => get(spec.Optimizer),
            (spec, part) => spec with { Optimizer = set(spec.Optimizer, part) }
        );
}
