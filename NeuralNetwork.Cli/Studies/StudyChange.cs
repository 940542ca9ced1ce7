using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Studies;

/// <summary>An option that is not what it was when a study began, or an argument.</summary>
internal sealed record StudyChange(string Name, string Before, string Now)
{
    /// <summary>What there is where an option is not set.</summary>
    public const string Nothing = "none";

    /// <summary>What differs between the configurations of two runs, but for what changes no bit of them.</summary>
    public static IEnumerable<StudyChange> Between(JsonObject before, JsonObject now) =>
        now.Select(one => one.Key)
            .Union(before.Select(one => one.Key))
            .Where(field => !Circumstances.WithoutEffect.Contains(field))
            .Where(field => now[field]?.ToJsonString() != before[field]?.ToJsonString())
            .Select(field => new StudyChange(NameOf(field), Shown(before[field]), Shown(now[field])));

    /// <summary>What differs between two runs that are to be the same.</summary>
    public static IEnumerable<StudyChange> Between(PlannedRun before, PlannedRun now) =>
        Between(before.Order.Config, now.Order.Config);

    /// <summary>A usage failure that names them all, for what is in a place, if there are any.</summary>
    public static void Refuse(string place, IEnumerable<StudyChange> changes)
    {
        StudyChange[] all = [.. changes.Where(one => one.Before != one.Now).Distinct()];
        if (all.Length > 0)
            throw Failure.Usage(
                $"{place}: {string.Join("; ", all.Select(one => $"{one.Name}: {one.Before} before, {one.Now} now"))} "
                    + "(--resume goes on with the same options; --force begins again)"
            );
    }

    /// <summary>An option by its field in a configuration; the data have none.</summary>
    private static string NameOf(string field) =>
        field == ConfigFile.DataField ? Arguments.DataName : OptionName.Of(field);

    private static string Shown(JsonNode? value) =>
        value switch
        {
            null => Nothing,
            JsonArray list => ColumnNames.Join(list.Select(item => $"{item}")),
            _ => $"{value}",
        };
}
