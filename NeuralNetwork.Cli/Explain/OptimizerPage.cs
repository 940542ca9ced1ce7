using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Explain;

/// <summary>The page of an optimizer: its rule, its settings in every convention, its first steps by the engine.</summary>
internal static class OptimizerPage
{
    private static readonly double[] Gradients = [0.1, -0.2];

    public static Page Of(Optimizer chosen, Convention convention)
    {
        var note = OptimizerModule.note(chosen);
        var name = OptimizerModule.name(chosen);
        Optimizer In(Convention one) => OptimizerModule.ofConvention(one, name).ResultValue;
        double RateIn(Convention one) => OptimizerModule.learningRate(one, chosen);

        var settings = OptimizerModule
            .settings(chosen)
            .Select(setting => setting.Name)
            .Select(setting => ByConvention.Row(setting, one => Shown(OptimizerModule.settings(In(one)), setting)));
        var rate = RateIn(convention);
        var (rule, slots) = (In(convention), OptimizerModule.slots(In(convention)));
        var steps = Worked
            .Steps(rule, rate, Gradients)
            .Select((step, index) => (JsonNode?[])[index + 1, Gradients[index], step.Weight, .. step.Slots]);
        return new(
            "optimizer",
            new(
                name,
                note.Idea,
                [.. OptimizerModule.formula(rule)],
                $"{note.Paper}. {note.Defaults}",
                [.. Absence(note, convention), .. note.Differences]
            ),
            [
                ByConvention.Grid([
                    ByConvention.Row("offered", one => note.OfferedBy.Contains(one) ? "yes" : "—, not offered"),
                    ByConvention.Row("learning-rate", one => RateIn(one)),
                    .. settings,
                ]),
                new(
                    $"the first steps of a weight of 1 at the rate {Text.number(rate)} ({ByConvention.Named(convention)})",
                    ["step", "gradient", "weight", .. slots],
                    [.. steps]
                ),
            ]
        );
    }

    /// <summary>What the numbers of a convention are where its framework has none.</summary>
    private static string[] Absence(OptimizerNote note, Convention convention) =>
        note.OfferedBy.Contains(convention)
            ? []
            : [$"{ByConvention.Named(convention)} has no {note.Name}: the settings are the paper's{Epsilon(note)}."];

    private static string Epsilon(OptimizerNote note) =>
        OptimizerModule.settings(OptimizerModule.parse(note.Name).ResultValue).Any(setting => setting.Name == "epsilon")
            ? ", with that framework's ε"
            : "";

    private static JsonNode? Shown(IEnumerable<OptimizerSetting> settings, string name) =>
        settings.First(setting => setting.Name == name).Value switch
        {
            Setting.Number number => number.Number,
            Setting.Flag flag => flag.Flag,
            Setting.Placement place => EpsilonPlacementModule.name(place.Placement),
            _ => null,
        };
}
