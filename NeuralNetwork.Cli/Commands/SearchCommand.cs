using System.CommandLine;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>nn search DATA --out RUN --trials N: train networks with options drawn at random, and keep the best.</summary>
internal static class SearchCommand
{
    private const int MostTrials = 999;

    private static readonly Argument<string> Data = Arguments.Data();

    private static readonly Setting<string> Out = new(
        "--out",
        "RUN",
        "The folder for tables, the picture, the best model, and a run folder for each trial",
        Read.Any
    );

    private static readonly Setting<int> Trials = new(
        "--trials",
        "N",
        "How many networks to train",
        Read.Whole(MostTrials),
        "20"
    );

    private static readonly Option<string[]> Vary = new(VariationText.OptionName)
    {
        Description =
            "An option of nn train, and what to draw it from: NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A|B|C; to be "
            + $"repeated (default: {string.Join(", ", Preset.None.Ranges)})",
        HelpName = "NAME=RANGE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private static readonly Setting<int> Rate = new(
        "--halving",
        "N",
        "Successive halving: after 1/N of the epochs (1/N², …) only the best of every N trials go on",
        Read.Whole(MostTrials)
    );

    private static readonly Setting<Preset> PresetOf = new(
        "--preset",
        "NAME",
        "Settings and ranges to begin with: none, original (the random search of the study of MNIST in Keras)",
        Preset.Parse,
        Preset.None.Name
    );

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Data);
        Out.Option.Required = true;
        Option[] own = [Out.Option, Trials.Option, Vary, Rate.Option, PresetOf.Option, PlotSettings.Option];
        foreach (var option in own.Concat([StudySettings.Resume, Arguments.Force]).Concat(TrainCommand.Described))
            command.Add(option);
        command.SetAction(result => new SearchRun(Order(result), screen).Run());
    }

    private static SearchOrder Order(ParseResult result)
    {
        var data = result.GetRequiredValue(Data);
        var given = StudySettings.Given(result);
        var folder = new StudyFolder("search", Out.Name, Out.Of(result), StudySettings.ExistingOf(result));
        var variations = Variations(result, given);
        StudyOption[] common =
        [
            .. StudyOption.Of(
                PresetOf.Of(result),
                Preset.Search,
                given,
                variations.Select(one => one.Option.Name).ToHashSet()
            ),
        ];
        var seed = TrainingSettings.SeedOf(result);
        Trial[] trials =
        [
            .. Enumerable
                .Range(1, Trials.Of(result))
                .Select(number => Plan(number, seed, variations, common, data, folder)),
        ];
        // Data that are not there are one error, and not one of each trial.
        _ = trials[0].Run.Source();
        return new(
            data,
            folder,
            variations,
            trials,
            Rungs(result, trials),
            common,
            PlotSettings.Of(result, folder.Existing != Existing.Refuse),
            Record(result, data, variations, seed, common)
        );
    }

    /// <summary>What the user varies; where nothing is named, what the preset varies and the user has not given.</summary>
    private static Variation[] Variations(ParseResult result, IReadOnlyDictionary<string, string[]> given)
    {
        if (result.GetResult(Vary) is not { Implicit: false })
            return
            [
                .. PresetOf
                    .Of(result)
                    .Ranges.Select(VariationText.Parse)
                    .Where(one => !given.ContainsKey(one.Option.Name)),
            ];
        Variation[] variations = [.. result.GetValue(Vary)!.Select(VariationText.Parse)];
        if (Twice.In(variations.Select(one => one.Name)) is { } twice)
            throw Failure.Usage($"{Vary.Name}: {twice}: given twice");
        return variations.FirstOrDefault(one => given.ContainsKey(one.Option.Name)) is { } both
            ? throw Failure.Usage(
                $"{both.Option.Name}: is what the search varies ({Vary.Name} {both.Name}={both.Said})"
            )
            : variations;
    }

    private static Trial Plan(
        int number,
        ulong seed,
        Variation[] variations,
        StudyOption[] common,
        string data,
        StudyFolder folder
    )
    {
        (Variation Of, string Text)[] drawn = [.. variations.Select(one => (one, one.Draw(seed, number)))];
        var name = Trial.NameOf(number);
        var variant = new Variant(name, [.. drawn.Select(one => one.Of.With(one.Text)).OfType<StudyOption>()]);
        try
        {
            var run = PlannedRun.Of(variant, seed, data, common, folder.Within(name), folder.Existing);
            return new(number, drawn, run);
        }
        catch (Failure failure) when (failure.Code == Exit.Usage && drawn.Any(one => IsAbout(failure, one.Of)))
        {
            throw Failure.Usage($"{Vary.Name}: trial {number} ({Trial.Told(drawn)}): {failure.Message}");
        }
    }

    private static bool IsAbout(Failure failure, Variation variation) =>
        failure.Message.StartsWith($"{variation.Option.Name}:", StringComparison.Ordinal);

    private static IReadOnlyList<Rung> Rungs(ParseResult result, Trial[] trials)
    {
        if (!Rate.IsGiven(result))
            return Halving.Rungs(trials.Length, 0, null);
        var rate = Rate.Of(result);
        if (rate < 2)
            throw Failure.Usage($"{Rate.Name}: {rate} (must be at least 2: of so many trials one goes on)");
        var orders = trials.Select(trial => trial.Run.Order.Training).ToArray();
        if (orders.Any(order => order.IsLimited || order.Passes != orders[0].Passes))
            throw Failure.Usage(
                $"{Rate.Name}: goes by epochs (all trials need the same number of them, and no --steps)"
            );
        return Halving.Rungs(trials.Length, orders[0].Passes, rate);
    }

    private static JsonObject Record(
        ParseResult result,
        string data,
        IEnumerable<Variation> variations,
        ulong seed,
        IEnumerable<StudyOption> common
    ) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = data,
            ["preset"] = PresetOf.Of(result).Name,
            ["trials"] = Trials.Of(result),
            ["seed"] = seed,
            ["halving"] = Rate.IsGiven(result) ? Rate.Of(result) : null,
            ["vary"] = Json.Array(variations, one => (JsonNode)$"{one.Name}={one.Said}"),
            ["options"] = StudyOption.Documents(common),
        };
}
