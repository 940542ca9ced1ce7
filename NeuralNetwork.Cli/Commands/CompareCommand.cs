using System.CommandLine;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>nn compare WHAT DATA --out RUN: train the variants of a network in turn; tables, curves and pictures.</summary>
internal static class CompareCommand
{
    private const int MostRuns = 1000;
    private const string SeedName = TrainingSettings.SeedName;

    private static readonly Argument<string> What = new("WHAT")
    {
        Description = $"What to compare: {string.Join(", ", Subject.All.Select(subject => subject.Name))}",
    };

    private static readonly Argument<string> Data = Arguments.Data();

    private static readonly Setting<string> Out = new(
        "--out",
        "RUN",
        "The folder for tables, pictures, and a run folder for each variant",
        Read.Any
    );

    private static readonly Setting<string[]> Values = new(
        "--values",
        "A,B,…",
        "What to compare, in the words of the option that varies; each may have its own rate: sgd@0.1 (default: the usual ones)",
        Read.List(Read.Any, MostRuns)
    );

    private static readonly Setting<int> Seeds = new(
        "--seeds",
        "N",
        $"Train each variant from N seeds, the first being {SeedName}'s",
        Read.Whole(MostRuns),
        "1"
    );

    private static readonly Setting<Preset> PresetOf = new(
        "--preset",
        "NAME",
        "Settings to begin with: none, original (the study of MNIST in Keras: 784-512-512-10, dropout 0.2, rate 0.002)",
        Preset.Parse,
        Preset.None.Name
    );

    public static void Fill(Command command, Screen screen)
    {
        command.Add(What);
        command.Add(Data);
        Out.Option.Required = true;
        Option[] own =
        [
            Out.Option,
            PlotSettings.Option,
            PresetOf.Option,
            Values.Option,
            Seeds.Option,
            StudySettings.Resume,
            Arguments.Force,
        ];
        foreach (var option in own.Concat(TrainCommand.Described))
            command.Add(option);
        command.SetAction(result => new ComparisonRun(Order(result), screen).Run());
    }

    private static ComparisonOrder Order(ParseResult result)
    {
        var subject = Subject.Find(result.GetRequiredValue(What));
        var data = result.GetRequiredValue(Data);
        var given = StudySettings.Given(result);
        subject.CheckGiven(given);
        var folder = new StudyFolder("comparison", Out.Name, Out.Of(result), StudySettings.ExistingOf(result));
        var variants = Variants(subject, given, Values.Or(result, [.. subject.Values]));
        string[][] common = [.. Common(result, subject, given)];
        var seed = TrainingSettings.SeedOf(result);
        var seeds = Enumerable.Range(0, Seeds.Of(result)).Select(place => seed + (ulong)place).ToArray();
        var runs = variants.SelectMany(variant =>
            seeds.Select(one => Plan(variant, one, one == seed, common, data, folder))
        );
        var record = Record(result, subject, data, variants, seeds, common);
        var source = DataSource.Find(data, FormatSettings.Of(result));
        return new(
            subject,
            source,
            folder,
            [.. runs],
            record,
            PlotSettings.Of(result, folder.Existing != Existing.Refuse)
        );
    }

    private static Variant[] Variants(Subject subject, IReadOnlyDictionary<string, string[]> given, string[] values)
    {
        var variants = values.Select(value => subject.Variant(value, given)).ToArray();
        var twice = variants.GroupBy(variant => variant.Folder).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? variants : throw Failure.Usage($"{Values.Name}: {twice.Key}: given twice");
    }

    /// <summary>The words of each option that is the same for all variants, those of the preset first.</summary>
    private static IEnumerable<string[]> Common(
        ParseResult result,
        Subject subject,
        IReadOnlyDictionary<string, string[]> given
    )
    {
        var varied = subject.Varied.ToHashSet();
        var preset = PresetOf.Of(result).Words(subject.Name, name => varied.Contains(name) || given.ContainsKey(name));
        var own = given.Where(one => one.Key != SeedName && !varied.Contains(one.Key));
        string[][] said = [.. preset, .. own.Select(one => one.Value)];
        var usual = subject.Usual.Where(one => !said.Any(words => words[0] == one.Key));
        return said.Concat(usual.Select(one => (string[])[one.Key, one.Value]));
    }

    private static PlannedRun Plan(
        Variant variant,
        ulong seed,
        bool isFirst,
        string[][] common,
        string data,
        StudyFolder folder
    )
    {
        var place = folder.Within(isFirst ? variant.Folder : $"{variant.Folder}-seed-{seed}");
        // A variant's own rate wins over that of all.
        var shared = common.Where(option => !variant.Words.Contains(option[0])).SelectMany(option => option);
        return PlannedRun.Of(variant, seed, data, shared, place, folder.Existing);
    }

    private static JsonObject Record(
        ParseResult result,
        Subject subject,
        string data,
        IEnumerable<Variant> variants,
        IEnumerable<ulong> seeds,
        IEnumerable<string[]> common
    ) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["what"] = subject.Name,
            ["data"] = data,
            ["preset"] = PresetOf.Of(result).Name,
            ["variants"] = Json.Array(variants, variant => (JsonNode)variant.Name),
            ["seeds"] = Json.Array(seeds, seed => (JsonNode)seed),
            ["options"] = Json.Array(common.SelectMany(option => option), word => (JsonNode)word),
        };
}
