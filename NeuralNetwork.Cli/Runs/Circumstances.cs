using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// What the bits of a run depend on besides its state, each by its name. The number of threads is no part of it, nor where
/// files are: the bits do not depend on them. On the library's own kernel they do not depend on the processor, either.
/// </summary>
internal static class Circumstances
{
    /// <summary>What was let pass when the run was resumed: a record, and nothing to compare.</summary>
    public const string AllowedName = "allowed changes";

    public const string EngineName = "BLAS";

    private const string NetworkName = "network";
    public const string TrainingName = "training";
    private const int Longest = 60;

    private static readonly string[] Descriptions = [NetworkName, TrainingName];

    /// <summary>Options that change no bit of what is trained, or no more than the library that they come to does.</summary>
    public static IReadOnlyList<string> WithoutEffect { get; } = ["threads", "blas", "checkpoint_every", "tensorboard"];

    private static readonly string[] Irrelevant = [ConfigFile.SchemaField, ConfigFile.DataField, .. WithoutEffect];

    /// <summary>What no option and no data say.</summary>
    public static IEnumerable<(string Name, string Value)> OfProgram(TrainReport report) =>
        [
            ("program", Host.Version),
            ("random numbers", Key.Generator),
            (EngineName, Of(report.Machine)),
            .. IsOwn(report.Machine) ? Array.Empty<(string, string)>() : [("registers", Host.Lanes)],
        ];

    public static IEnumerable<(string Name, string Value)> Of(TrainReport report) =>
        [
            .. OfProgram(report),
            .. report
                .Order.Config.Where(option => !Irrelevant.Contains(option.Key))
                .Select(option => (OptionName.Of(option.Key), option.Value?.ToJsonString() ?? "none")),
            (NetworkName, Description.network(report.Network)),
            (TrainingName, Description.training(report.Training)),
            ("training rows", $"{report.Data.Train.Rows}"),
            ("validation rows", $"{report.Data.ValidationRows}"),
            .. report.Source.Fingerprints.Select(file => ($"data file {file.Key}", file.Value)),
        ];

    /// <summary>What differs from then to now, in a line; null where nothing does.</summary>
    public static string? Difference(
        FSharpList<Tuple<string, string>> before,
        IEnumerable<(string Name, string Value)> now
    )
    {
        // Checkpoints of earlier versions name more options than those that matter.
        var passed = Irrelevant.Select(OptionName.Of).Append(AllowedName);
        var then = ListModule.OfSeq(before.Where(one => !passed.Contains(one.Item1)));
        IReadOnlyList<(string Name, string Before, string Now)> changes = AnyCheckpoint.Changes(then, Pairs(now));
        // What a checkpoint of before there was an option does not name was as usual.
        changes = [.. changes.Where(change => !IsUnsaid(change))];
        // An option says more than the description that it changes.
        var options = changes.Where(change => change.Name.StartsWith("--", StringComparison.Ordinal)).ToArray();
        var told = changes.Where(change => options.Length == 0 || !Descriptions.Contains(change.Name));
        return changes.Count == 0 ? null : string.Join("; ", told.Select(Line));
    }

    /// <summary>Whether it is an option that was not named before, and has its usual value.</summary>
    private static bool IsUnsaid((string Name, string Before, string Now) change) =>
        change.Before.Length == 0
        && SpecOptions.Find(change.Name) is { } option
        && ConfigValue.Document(TrainingSpec.Usual)[option.Field]?.ToJsonString() == change.Now;

    /// <summary>Those of before with these of now in their place.</summary>
    public static FSharpList<Tuple<string, string>> With(
        FSharpList<Tuple<string, string>> before,
        IEnumerable<(string Name, string Value)> now,
        IReadOnlyCollection<string> names
    ) =>
        ListModule.OfSeq(
            before
                .Where(one => !names.Contains(one.Item1))
                .Concat(now.Where(one => names.Contains(one.Name)).Select(one => Tuple.Create(one.Name, one.Value)))
        );

    public static FSharpList<Tuple<string, string>> Pairs(IEnumerable<(string Name, string Value)> all) =>
        ListModule.OfSeq(all.Select(one => Tuple.Create(one.Name, one.Value)));

    private static string Line((string Name, string Before, string Now) change)
    {
        // A few digits tell two hashes apart.
        if (IsHash(change.Before) && IsHash(change.Now))
            return $"{change.Name}: {change.Now[..8]}… now, {change.Before[..8]}… before";
        // Of long texts the places where they differ.
        var common = change.Before.AsSpan().CommonPrefixLength(change.Now);
        var start = Math.Max(0, common - (Longest / 2));
        return $"{change.Name}: {Shown(change.Now, start)} now, {Shown(change.Before, start)} before";
    }

    private static string Shown(string value, int start) =>
        value.Length == 0 ? "nothing"
        : value.Length <= Longest ? value
        : $"{(start > 0 ? "…" : "")}{value[start..End(value, start)]}{(End(value, start) < value.Length ? "…" : "")}";

    private static int End(string value, int start) => Math.Min(value.Length, start + Longest);

    private static bool IsHash(string value) => value.Length == 64 && value.All(char.IsAsciiHexDigit);

    private static bool IsOwn(Machine machine) => machine.Backend == Backend.Managed;

    private static string Of(Machine machine)
    {
        var detail = IsOwn(machine) ? "" : machine.Backend.Detail;
        var parts = new[] { machine.Backend.Name, machine.Backend.Version, detail };
        return string.Join(", ", parts.Where(part => part.Length > 0));
    }
}

/// <summary>The memory and the files that training a network takes.</summary>
internal static class NeededMemory
{
    /// <summary>Refuses networks that cannot fit, before anything is allocated for them.</summary>
    public static void Check(Network network, Training training, FitOptions fit, int size)
    {
        var (parameters, activations, inputs) = (0.0, (double)network.Inputs, (double)network.Inputs);
        foreach (var layer in network.Layers)
        {
            var units = layer switch
            {
                Layer.Dense dense => dense.Units,
                Layer.Periodic waves => inputs + waves.Settings.Added,
                _ => inputs,
            };
            parameters += layer.IsDense ? (inputs + 1) * units : 0;
            activations += 2 * units;
            inputs = units;
        }
        parameters *= network.Members;
        activations *= network.Members;
        // Weights, their gradient, the optimizer's slots, the model it began with and the best one so far; their mean, and the
        // weights that it takes the place of.
        var slots = Optimizer.slots(training.Optimizer).Length;
        var kept = 4 + slots + (IsAveraged(fit) ? 2 : 0);
        // Where batches are cut, layers have room for a shard, and gradients are summed up in parts.
        var partials = Math.Ceiling(Math.Log2(training.Shards));
        var rows = Math.Ceiling((double)fit.BatchSize / training.Shards);
        var windows = (network.Inputs + network.Outputs) * (double)(fit.BatchSize - rows);
        var needed = size * ((parameters * (kept + partials)) + (activations * rows) + windows);
        var available = (double)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
            throw Failure.Usage(
                OptionName.Hidden,
                $"{parameters:0} parameters need {Gigabytes(needed)} (this machine has {Gigabytes(available)})"
            );
        // The model in training, the slots and the mean, if there is no best one beside them: a file is read in one piece.
        var saved = size * parameters * (1 + slots + (IsAveraged(fit) ? 1 : 0));
        if (saved > Array.MaxLength)
            throw Failure.Usage(
                OptionName.Hidden,
                $"{parameters:0} parameters make checkpoints of {Gigabytes(saved)} (limit {Gigabytes(Array.MaxLength)})"
            );
    }

    /// <summary>Whether there is a mean of the weights beside them.</summary>
    public static bool IsAveraged(FitOptions fit) =>
        fit.EMA != FitOptions.Default.EMA || fit.SWA != FitOptions.Default.SWA;

    private static string Gigabytes(double bytes) => bytes >= 1e13 ? $"{bytes / 1e12:0} TB" : $"{bytes / 1e9:0.0} GB";
}
