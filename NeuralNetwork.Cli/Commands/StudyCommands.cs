using System.CommandLine;
using System.Text;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
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
            StudySettings.Join,
            Arguments.Force,
        ];
        foreach (var option in own.Concat(SpecOptions.Options))
            command.Add(option);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        var subject = Subject.Find(result.GetRequiredValue(What));
        var given = StudySettings.Given(result);
        subject.CheckGiven(given);
        using var folder = new StudyFolder(
            ComparisonRecord.Kind,
            Out.Name,
            Out.Of(result),
            StudySettings.ExistingOf(result)
        );
        folder.Join(screen);
        return new ComparisonRun(Order(result, subject, given, folder), screen).Run();
    }

    private static ComparisonOrder Order(
        ParseResult result,
        Subject subject,
        IReadOnlyDictionary<string, OptionValue> given,
        StudyFolder folder
    )
    {
        var data = result.GetRequiredValue(Data);
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
        var now = before.With(values, Seeds.Of(result), options);
        StudyChange.Refuse(
            folder.Place,
            [
                .. Changes(given, before),
                .. folder.Existing == Existing.Join ? Additions(result, before, values) : [],
                .. runs.SelectMany(changes => changes),
            ]
        );
        return now;
    }

    /// <summary>What the user compares otherwise than those who joined before.</summary>
    private static IEnumerable<StudyChange> Additions(
        ParseResult result,
        ComparisonRecord before,
        IReadOnlyList<string> values
    )
    {
        if (values.Count > 0)
            yield return new(Values.Name, string.Join(',', before.Values), string.Join(',', values));
        yield return new(Seeds.Name, $"{before.Seeds.Count}", $"{Seeds.Or(result, before.Seeds.Count)}");
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

/// <summary>nn lr-find DATA: the loss at rising learning rates, and the rate that several seeds suggest.</summary>
internal static class RateSearchCommand
{
    private static readonly DataArgument Data = Arguments.DataOr(ConfigFile.Option);

    private static readonly Setting<string> Out = new(OptionName.Out, "FILE", "Write a page there, as HTML", Read.Any);

    private static readonly Setting<double> Low = new(
        "--low",
        "RATE",
        "The rate of the first step",
        Read.Positive,
        "1e-7"
    );

    private static readonly Setting<double> High = new(
        "--high",
        "RATE",
        "The rate of the last step",
        Read.Positive,
        "10"
    );

    private static readonly Setting<int> Rates = new(
        "--rates",
        "N",
        "Rates to try, in equal ratios, a step at each",
        Read.Whole(100_000, least: 100),
        "400"
    );

    private static readonly Setting<int> Seeds = new(
        "--seeds",
        "N",
        $"Try them from N seeds, the first being {OptionName.Seed}'s",
        Read.Whole(1000),
        "3"
    );

    // What nn train does not know.
    private static readonly string[] Own = [Low.Name, High.Name, Rates.Name, Seeds.Name];

    public static void Fill(Command command, Screen screen)
    {
        command.Description +=
            "\n\nOptions of the training to come, those of its end among them, are handed on to the command that is printed; a schedule has no"
            + " part in the test. It takes seconds, so there is nothing to resume: what is written is written at the end, and the same seed gives the same"
            + " curve to the bit.";
        command.Add(Data);
        Option[] own =
        [
            Out.Option,
            PlotSettings.Option,
            Low.Option,
            High.Option,
            Rates.Option,
            Seeds.Option,
            Arguments.Force,
            ConfigFile.Option,
        ];
        foreach (var option in own.Concat(SpecOptions.Options.Except(SavingSettings.All.Select(one => one.Option))))
            command.Add(option);
        command.SetAction(result => ConfigFile.Under(result, file => Run(result, file, screen)));
    }

    private static int Run(ParseResult result, ConfigFile? file, Screen screen)
    {
        var data = result.GetValue(Data) ?? file?.Data ?? throw Arguments.Missing(Data.Name, "nn lr-find");
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        var plot = PlotSettings.Of(result);
        var order = Order(result, file, data);
        using var interruption = new Interruption(screen);
        RateSearch found;
        try
        {
            found = RateSearch.Of(order, screen, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            screen.Complain("interrupted: nothing was written");
            return interruption.ExitCode;
        }
        if (path is not null)
            OutputFile.Write(path, Encoding.UTF8.GetBytes(ReportPage.Of(found.Page())));
        PlotSettings.Draw(plot, () => found.Chart(isForTerminal: false));
        if (screen.Json)
            screen.PrintDocument(Json.Text(found.Document()));
        else
        {
            screen.Sketch(found.Chart(isForTerminal: true));
            foreach (var line in found.Lines())
                screen.Print(line);
        }
        if (path is not null)
            screen.Say($"page: {path}");
        return Exit.Done;
    }

    private static RateOrder Order(ParseResult result, ConfigFile? file, string data)
    {
        var read = SpecReader.Of(result, file);
        var spec = read with { Data = read.Data with { Name = data } };
        spec.CheckTraining();
        var (low, high) = (Low.Of(result, file), High.Of(result, file));
        if (low >= high)
            throw Failure.Usage(Low.Name, $"{low:G} (must be below {High.Name}, {high:G})");
        // What says another rate is what is looked for.
        string[] words =
        [
            .. SpecReader.Given(result).Where(one => one.Name != OptionName.LearningRate).SelectMany(one => one.Words),
        ];
        string[] config = file is null ? [] : [ConfigFile.Option.Name, file.Path];
        return new(spec, data, low, high, Rates.Of(result, file), Seeds.Of(result, file), [.. config, .. words])
        {
            IsFromFile = file is not null && Own.Any(name => file.TextOf(name) is not null),
        };
    }
}
