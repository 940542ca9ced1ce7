using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Studies;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn search DATA --out RUN --trials N: train networks with options drawn at random, and keep the best.</summary>
internal static class SearchCommand
{
    private static readonly Argument<string> Data = Arguments.Data();

    private static readonly Setting<string> Out = new(
        OptionName.Out,
        "RUN",
        "The folder for tables, the picture, the best model, and a run folder for each trial",
        Read.Any
    );

    private static readonly Setting<int> Trials = new(
        "--trials",
        "N",
        "How many networks to train",
        Read.Whole(SearchRecord.MostTrials),
        "20"
    );

    private static readonly Option<string[]> Vary = new(VariationText.VaryName)
    {
        Description =
            "An option of nn train, and what to draw it from: NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A|B|C; to be "
            + $"repeated (default: {string.Join(", ", Preset.Named(PresetName.None).Ranges)})",
        HelpName = "NAME=RANGE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private static readonly Setting<Sampler> Sampler = new(
        "--sampler",
        "NAME",
        $"How the values of a trial are chosen: random, or tpe (from the {Sampling.Random + 1}th trial on by what those before came to, with a "
            + "tree-structured Parzen estimator)",
        Samplers.Read,
        "random"
    );

    private static readonly Setting<int> Rate = new(
        "--halving",
        "N",
        "Successive halving: after 1/N of the epochs (1/N², …) only the best of every N trials go on",
        Read.Whole(SearchRecord.MostTrials)
    );

    private static readonly Setting<int> Jobs = new(
        "--jobs",
        "N",
        "Trials to train at a time, each with its share of the threads; they come to the same for every N",
        Read.Whole(256),
        "1"
    );

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Data);
        Out.Option.Required = true;
        Option[] own = [Out.Option, Trials.Option, Vary, Sampler.Option, Rate.Option, Jobs.Option, PlotSettings.Option];
        foreach (
            var option in own.Concat([StudySettings.Resume, StudySettings.Join, Arguments.Force])
                .Concat(SpecOptions.Options)
        )
            command.Add(option);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        var given = StudySettings.Given(result);
        using var folder = new StudyFolder(
            SearchRecord.Kind,
            Out.Name,
            Out.Of(result),
            StudySettings.ExistingOf(result)
        );
        folder.Join(screen);
        return new SearchRun(Order(result, given, folder), screen).Run();
    }

    private static SearchOrder Order(
        ParseResult result,
        IReadOnlyDictionary<string, OptionValue> given,
        StudyFolder folder
    )
    {
        var data = result.GetRequiredValue(Data);
        var record = SearchRecord.In(folder) is { } before
            ? GoneOn(result, before with { Data = data }, given, folder)
            : Begun(result, data, given);
        Trial[] trials = [.. record.Trials(folder)];
        // Data that are not there are one error, and not one of each trial.
        _ = trials[0].Run.Source();
        return new(
            folder,
            record,
            trials,
            Rungs(record, trials),
            Jobs.Of(result),
            PlotSettings.Of(result, folder.Existing != Existing.Refuse)
        );
    }

    private static SearchRecord Begun(ParseResult result, string data, IReadOnlyDictionary<string, OptionValue> given)
    {
        var variations = Variations(result, given);
        var varied = variations.Select(one => one.Option.Name).ToHashSet();
        return new(
            data,
            StudySettings.PresetOf(given).Name,
            Trials.Of(result),
            StudySettings.SeedOf(given),
            Sampler.Of(result),
            RateOf(result),
            variations,
            [.. StudyOption.Of(StudySettings.PresetOf(given), Preset.Search, given, varied)]
        );
    }

    /// <summary>
    /// What was asked for before, with the trials that the user adds. What the user leaves out stays as it was; what would make other
    /// trials of those there are is refused, all of it at once.
    /// </summary>
    private static SearchRecord GoneOn(
        ParseResult result,
        SearchRecord before,
        IReadOnlyDictionary<string, OptionValue> given,
        StudyFolder folder
    )
    {
        CheckNotVaried(before.Variations, given);
        var now = before.With(given.Values.Where(one => one.Name is not (OptionName.Seed or OptionName.Preset)));
        StudyChange.Refuse(
            folder.Place,
            [
                .. Changes(result, given, before, folder),
                .. StudyChange.Between(before.Plan(1, folder).Run, now.Plan(1, folder).Run),
            ]
        );
        return now with { Count = Trials.Or(result, before.Count) };
    }

    /// <summary>What the user says otherwise of what is no option of a training.</summary>
    private static IEnumerable<StudyChange> Changes(
        ParseResult result,
        IReadOnlyDictionary<string, OptionValue> given,
        SearchRecord before,
        StudyFolder folder
    )
    {
        if (given.ContainsKey(OptionName.Preset))
            yield return new(OptionName.Preset, before.Preset, StudySettings.PresetOf(given).Name);
        var trials = Trials.Or(result, before.Count);
        if (folder.Existing == Existing.Join ? trials != before.Count : trials < before.Count)
            yield return new(Trials.Name, $"{before.Count}", $"{Trials.Of(result)}");
        if (given.ContainsKey(OptionName.Seed))
            yield return new(OptionName.Seed, $"{before.Seed}", $"{StudySettings.SeedOf(given)}");
        if (Sampler.IsGiven(result))
            yield return new(Sampler.Name, Samplers.NameOf(before.Sampler), Samplers.NameOf(Sampler.Of(result)));
        if (RateOf(result) is { } rate)
            yield return new(Rate.Name, before.Rate is { } was ? $"{was}" : StudyChange.Nothing, $"{rate}");
        if (Varied(result) is { } variations)
            yield return new(Vary.Name, Told(before.Variations), Told(variations));
    }

    private static string Told(IEnumerable<Variation> variations) =>
        string.Join(' ', variations.Select(one => one.Typed));

    /// <summary>What the user varies; where nothing is named, what the preset varies and the user has not given.</summary>
    private static Variation[] Variations(ParseResult result, IReadOnlyDictionary<string, OptionValue> given)
    {
        if (Varied(result) is not { } variations)
            return
            [
                .. StudySettings
                    .PresetOf(given)
                    .Ranges.Select(VariationText.Parse)
                    .Where(one => !given.ContainsKey(one.Option.Name)),
            ];
        CheckNotVaried(variations, given);
        return variations;
    }

    /// <summary>What the user says to vary; null for nothing.</summary>
    private static Variation[]? Varied(ParseResult result)
    {
        if (result.GetResult(Vary) is not { Implicit: false })
            return null;
        Variation[] variations = [.. result.GetValue(Vary)!.Select(VariationText.Parse)];
        return Duplicates.In(variations.Select(one => one.Name)) is { } twice
            ? throw Failure.Usage(Vary.Name, $"{twice}: given twice")
            : variations;
    }

    private static void CheckNotVaried(
        IEnumerable<Variation> variations,
        IReadOnlyDictionary<string, OptionValue> given
    )
    {
        if (variations.FirstOrDefault(one => given.ContainsKey(one.Option.Name)) is { } both)
            throw Failure.Usage(both.Option.Name, $"is what the search varies ({Vary.Name} {both.Typed})");
    }

    private static int? RateOf(ParseResult result)
    {
        if (!Rate.IsGiven(result))
            return null;
        return Rate.Of(result) is >= 2 and var rate
            ? rate
            : throw Failure.Usage(Rate.Name, $"{Rate.Of(result)} (must be at least 2: of so many trials one goes on)");
    }

    private static IReadOnlyList<Rung> Rungs(SearchRecord record, Trial[] trials)
    {
        if (record.Rate is null)
            return Halving.Rungs(trials.Length, 0, null);
        // How long a trial trains may depend on the data.
        var shape = trials[0].Run.Shape();
        var orders = trials.Select(trial => trial.Run.Order.For(shape).Spec.Fit).ToArray();
        // What is proposed later may be what no trial would draw.
        var isOpen =
            record.Sampler == Studies.Sampler.Tpe
            && record.Variations.Any(one =>
                one.Option.Name is OptionName.Epochs or OptionName.Steps or OptionName.Preset
            );
        if (isOpen || orders.Any(order => order.IsLimited || order.Epochs != orders[0].Epochs))
            throw Failure.Usage(Rate.Name, "goes by epochs (all trials need the same number of them, and no --steps)");
        return Halving.Rungs(trials.Length, orders[0].Epochs, record.Rate);
    }
}
