using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Studies;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn compare WHAT DATA --out RUN: train the variants of a network in turn; tables, curves and pictures.</summary>
internal static class CompareCommand
{
    private const int MostRuns = 1000;

    private static readonly Argument<string> What = new("WHAT")
    {
        Description = $"What to compare: {string.Join(", ", Subject.All.Select(subject => subject.Name))}",
    };

    private static readonly Argument<string> Data = Arguments.Data();

    private static readonly Setting<string> Out = new(
        OptionName.Out,
        "RUN",
        "The folder for tables, pictures, and a run folder for each variant",
        Read.Any
    );

    private static readonly Setting<string[]> Values = new(
        ComparisonRecord.ValuesName,
        "A,B,…",
        "What to compare, in the words of the option that varies; each may have its own rate: sgd@0.1 (default: the usual ones)",
        Read.List(Read.Any, MostRuns)
    );

    private static readonly Setting<int> Seeds = new(
        "--seeds",
        "N",
        $"Train each variant from N seeds, the first being {OptionName.Seed}'s",
        Read.Whole(MostRuns),
        "1"
    );

    public static void Fill(Command command, Screen screen)
    {
        What.OfferAll(Subject.All.Select(subject => subject.Name));
        command.Add(What);
        command.Add(Data);
        Out.Option.Required = true;
        Option[] own =
        [
            Out.Option,
            PlotSettings.Option,
            Values.Option,
            Seeds.Option,
            StudySettings.Resume,
            Arguments.Force,
        ];
        foreach (var option in own.Concat(SpecOptions.Options))
            command.Add(option);
        command.SetAction(result => new ComparisonRun(Order(result), screen).Run());
    }

    private static ComparisonOrder Order(ParseResult result)
    {
        var subject = Subject.Find(result.GetRequiredValue(What));
        var data = result.GetRequiredValue(Data);
        var given = StudySettings.Given(result);
        subject.CheckGiven(given);
        var folder = new StudyFolder(ComparisonRecord.Kind, Out.Name, Out.Of(result), StudySettings.ExistingOf(result));
        var record = ComparisonRecord.In(folder) is { } before
            ? GoneOn(result, subject, before with { Data = data }, given, folder)
            : Begun(result, subject, data, given);
        PlannedRun[] runs = [.. record.Runs(folder)];
        // Data that are not there are one error, and not one of each run.
        _ = runs[0].Source();
        return new(subject, folder, runs, record, PlotSettings.Of(result, folder.Existing != Existing.Refuse));
    }

    private static ComparisonRecord Begun(
        ParseResult result,
        Subject subject,
        string data,
        IReadOnlyDictionary<string, OptionValue> given
    ) =>
        new(
            subject.Name,
            data,
            StudySettings.PresetOf(given).Name,
            Values.Or(result, [.. subject.Values]),
            [.. ComparisonRecord.SeedsFrom(StudySettings.SeedOf(given), Seeds.Of(result))],
            [.. Common(subject, given)],
            [.. given.Values.Where(one => subject.Varied.Contains(one.Name)).Select(StudyOption.Given)]
        );

    /// <summary>
    /// What was asked for before, with what the user adds. What the user leaves out stays as it was; what would make other runs of
    /// those there are is refused.
    /// </summary>
    private static ComparisonRecord GoneOn(
        ParseResult result,
        Subject subject,
        ComparisonRecord before,
        IReadOnlyDictionary<string, OptionValue> given,
        StudyFolder folder
    )
    {
        StudyChange.Refuse(folder.Place, [new(What.Name, before.What, subject.Name)]);
        var values = Values.Or(result, []);
        if (Duplicates.In(values) is { } twice)
            throw Failure.Usage(Values.Name, $"{twice}: given twice");
        OptionValue[] options = [.. given.Values.Where(one => one.Name is not (OptionName.Seed or OptionName.Preset))];
        var runs = before.FirstRuns(folder).Zip(before.With([], 0, options).FirstRuns(folder), StudyChange.Between);
        StudyChange.Refuse(folder.Place, [.. Changes(given, before), .. runs.SelectMany(changes => changes)]);
        return before.With(values, Seeds.Of(result), options);
    }

    /// <summary>What the user says otherwise of what is no option of a single training.</summary>
    private static IEnumerable<StudyChange> Changes(
        IReadOnlyDictionary<string, OptionValue> given,
        ComparisonRecord before
    )
    {
        if (given.ContainsKey(OptionName.Preset))
            yield return new(OptionName.Preset, before.Preset, StudySettings.PresetOf(given).Name);
        if (given.ContainsKey(OptionName.Seed))
            yield return new(OptionName.Seed, $"{before.Seeds[0]}", $"{StudySettings.SeedOf(given)}");
    }

    /// <summary>The options that are the same for all variants, those of the preset first.</summary>
    private static IEnumerable<StudyOption> Common(Subject subject, IReadOnlyDictionary<string, OptionValue> given)
    {
        StudyOption[] said =
        [
            .. StudyOption.Of(StudySettings.PresetOf(given), subject.Name, given, subject.Varied.ToHashSet()),
        ];
        var usual = subject.Usual.Where(one => !said.Any(option => option.Name == one.Name));
        return said.Concat(usual.Select(one => new StudyOption(one, StudyOption.Usual)));
    }
}
