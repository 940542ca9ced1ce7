using System.CommandLine;
using System.Text.Json;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Commands;

/// <summary>What the commands that use a model have in common: MODEL, DATA, --split and the machine.</summary>
internal sealed class UseSettings
{
    private static readonly Setting<Part> Split = new(
        "--split",
        "train|test",
        "Which part of the data",
        Read.OneOf(("train", Part.Train), ("test", Part.Test)),
        "test"
    );

    private static readonly Setting<bool?> Dropped = new(
        OptionName.Missing,
        "auto|refuse|drop",
        "Rows with missing cells that nothing takes the place of: refuse, drop, or as the run was trained",
        Read.OneOf<bool?>(("auto", null), ("refuse", false), ("drop", true)),
        "auto"
    );

    private readonly bool needsTargets;
    private readonly Argument<string> model = new("MODEL") { Description = "A run folder or a model file" };
    private readonly Argument<string> data = Arguments.Data();

    /// <summary>For a command that compares with targets, or for one that has an answer for every row.</summary>
    /// <param name="command">The command.</param>
    /// <param name="needsTargets">Whether rows without targets are none for it.</param>
    /// <param name="isOfRun">Whether the data of the run are meant where none are named.</param>
    public UseSettings(Command command, bool needsTargets, bool isOfRun = false)
        : this(needsTargets)
    {
        if (isOfRun)
        {
            data.Arity = ArgumentArity.ZeroOrOne;
            data.Description += "; without it, the data that the run was trained on";
        }
        command.Add(model);
        command.Add(data);
        AddOptions(command);
    }

    private UseSettings(bool needsTargets) => this.needsTargets = needsTargets;

    /// <summary>The options alone, for a command with arguments of its own that compares with targets.</summary>
    public static UseSettings OptionsOf(Command command)
    {
        var use = new UseSettings(needsTargets: true);
        use.AddOptions(command);
        return use;
    }

    /// <summary>Refuses options about data where none are named.</summary>
    public static void Refuse(ParseResult result, string data)
    {
        var given = new[] { (Split.Name, Split.IsGiven(result)), (Dropped.Name, Dropped.IsGiven(result)) }
            .Where(one => one.Item2)
            .Select(one => one.Item1)
            .Concat(SpecReader.Given(result, [.. FormatSettings.All, .. EngineSettings.All]).Select(one => one.Name));
        if (given.FirstOrDefault() is { } option)
            throw Failure.Usage(option, $"needs {data}");
    }

    private void AddOptions(Command command)
    {
        command.Add(Split.Option);
        if (needsTargets)
            command.Add(Dropped.Option);
        foreach (var option in (Option[])[.. FormatSettings.Options, .. EngineSettings.Options])
            command.Add(option);
    }

    public string ModelPath(ParseResult result) => ModelSource.Path(result.GetRequiredValue(model));

    /// <summary>The seed of the run that the model lies in, or the usual one.</summary>
    public ulong SeedOf(ParseResult result) =>
        ulong.TryParse(
            ModelSource.ConfigOf(result.GetRequiredValue(model))?.TextOf(OptionName.Seed),
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var seed
        )
            ? seed
            : Training.Default.Seed;

    /// <summary>The model and the rows, whose features may stay in files where some are named for it.</summary>
    public Used Open(ParseResult result, Screen screen, Spills? spills = null)
    {
        var place = result.GetRequiredValue(model);
        return result.GetValue(data) is { } rows
            ? Open(place, rows, result, screen, spills)
            : OpenOwn(place, result, screen);
    }

    /// <summary>The model with the data that its run was trained on. A failure where they are not there, or not the same any more.</summary>
    private Used OpenOwn(string place, ParseResult result, Screen screen)
    {
        var path = ModelSource.Path(place);
        var typed = $"name others behind the model: {ShellLine.Typed(place)} {Arguments.DataName}";
        var rows =
            ModelSource.ConfigOf(place)?.Data
            ?? throw Failure.Usage(
                $"{Arguments.DataName}: {path} is in no run that says what it was trained on ({typed})"
            );
        if (StandardInput.IsName(rows))
            throw Failure.Usage($"{Arguments.DataName}: the run was trained on standard input ({typed})");
        if (BuiltIn.Find(rows) is null && ArrayPair.Split(rows).Any(part => !IsThere(part)))
            throw Failure.BadInput($"{rows}: not there, and what the run was trained on ({typed})");
        var used = Open(place, rows, result, screen);
        var areStill = KnownRows.AreStill(path, used.Source);
        if (areStill == true)
            return used;
        using var machine = used.Machine;
        throw Failure.BadInput(
            areStill is null
                ? $"{rows}: the run has no record of what it was trained on ({typed})"
                : $"{rows}: not what the run was trained on any more, by its SHA-256 ({typed})"
        );
    }

    private static bool IsThere(string path) => Path.Exists(path) || ZipMember.Parts(path) is not null;

    /// <summary>The model at a place and the rows that it takes of data, by the options.</summary>
    public Used Open(string place, string rows, ParseResult result, Screen screen, Spills? spills = null)
    {
        var found = Find(place, rows, result);
        var part = Split.Of(result);
        var sample = spills is null
            ? found.Source.Use(part, found.Schema, needsTargets)
            : found.Source.UseStored(part, found.Schema, spills);
        found.Say(sample.Notes, screen);
        if (needsTargets)
            sample = sample.WithTargets();
        if (TrainedRanges.Warning(sample, found.Model, found.Resolved) is { } warning)
            screen.Warn(warning);
        return new Used(found.Model, found.Source, sample, found.Engine.Open(found.Resolution, screen));
    }

    /// <summary>The same with rows that are read some at a time: the first of them, and the others while they are predicted.</summary>
    public UsedRows OpenRows(ParseResult result, Screen screen)
    {
        var found = Find(result.GetRequiredValue(model), result.GetRequiredValue(data), result);
        var stream = found.Source.Stream(Split.Of(result), found.Schema);
        var pieces = stream.Pieces.GetEnumerator();
        try
        {
            pieces.MoveNext();
            found.Say(stream.Notes, screen);
            return new(found, stream, pieces, found.Engine.Open(found.Resolution, screen));
        }
        catch
        {
            pieces.Dispose();
            throw;
        }
    }

    private Found Find(string place, string rows, ParseResult result)
    {
        var typed = SpecReader.Typed(result, [.. FormatSettings.All, .. EngineSettings.All]);
        var engine = new EngineSettings(typed.Engine);
        var any = ModelSource.Read(place);
        var run = ModelSource.ConfigOf(place);
        var format = Over(run, result);
        format.Check();
        var source = DataSource.Find(rows, format.Csv);
        typed.Data.Format.CheckIndex(source);
        FormatSpec.Check(typed.Data.Format.Wanted, source);
        if (needsTargets && Dropped.IsWanted(result))
            FormatSpec.CheckColumns([Dropped.Name], source);
        if (Split.IsGiven(result) && !source.HasParts)
            throw Failure.Usage(Split.Name, $"{source.Name} has no parts (only built-in data and IDX folders have)");
        var schema = ModelSource.SchemaOf(any) with
        {
            FirstIndex = source is LibSvmSource ? ModelSource.FirstIndex(place) : null,
            Drops = needsTargets && (Dropped.Of(result) ?? run?.TextOf(OptionName.Missing) == "drop"),
        };
        return new(any, source, schema, engine, engine.Resolve())
        {
            Held = TakenOver(typed, run, source),
            Resolved = run is null ? null : ResolvedConfig.Of(run.Path),
        };
    }

    /// <summary>What the options say; where they say nothing, what those of a run did about the text of its tables.</summary>
    private static FormatSpec Over(ConfigFile? run, ParseResult result) =>
        SpecReader
            .Given(result, FormatSettings.All)
            .Aggregate(
                run?.Over(TrainingSpec.Usual, FormatSettings.OfTexts) ?? TrainingSpec.Usual,
                (spec, value) => value.In(spec, ValueSource.Given)
            )
            .Data.Format;

    /// <summary>What of a run's format holds, because the options say nothing else and it is not the usual one.</summary>
    private static string? TakenOver(TrainingSpec typed, ConfigFile? run, DataSource source)
    {
        var about = FormatSettings.OfTexts.Where(one =>
            source.IsDelimited || (source.HasColumns && one.Name == OptionName.MissingWords)
        );
        var held = about
            .Where(one => !typed.IsSaid(one.Name))
            .Select(one => (one.Name, Text: run?.TextOf(one.Name), Usual: one.TextIn(TrainingSpec.Usual)))
            .Where(one => one.Text is not null && one.Text != one.Usual)
            .Select(one => $"{one.Name} {ShellLine.Quoted(one.Text!)}")
            .ToArray();
        return held.Length == 0 ? null : $"{run!.Path}: tables are read as in training: {string.Join(' ', held)}";
    }
}

/// <summary>A model and the data that it is to be used on, before these are read.</summary>
internal sealed record Found(
    AnyModel Model,
    DataSource Source,
    Schema Schema,
    EngineSettings Engine,
    Task<Resolution> Resolution
)
{
    /// <summary>What of a run's format holds; null where nothing does.</summary>
    public string? Held { get; init; }

    /// <summary>What the run of the model has on record; null where it lies in none.</summary>
    public JsonElement? Resolved { get; init; }

    /// <summary>Says how the data are read.</summary>
    public void Say(IEnumerable<string> notes, Screen screen)
    {
        foreach (var note in Held is null ? notes : notes.Prepend(Held))
            screen.Say(note);
    }
}

/// <summary>A model, rows of which some are in memory at a time, and the machine to predict them with.</summary>
internal sealed class UsedRows(Found found, SampleStream stream, IEnumerator<Sample> begun, Machine machine)
    : IDisposable
{
    // Whoever predicts once more, as to count bytes, begins anew.
    private IEnumerator<Sample>? ahead = begun;
    private TrainedRanges ranges = RangesOf(found);

    public DataSource Source => found.Source;

    public Schema Schema => found.Schema;

    /// <summary>The rows that were predicted.</summary>
    public long Rows { get; private set; }

    /// <summary>A warning where numbers of these rows are far outside those of training; null otherwise.</summary>
    public string? Warning => ranges.Said;

    /// <summary>The predictions of a model, piece by piece.</summary>
    public IEnumerable<PredictionTable> Predict()
    {
        var isBegun = ahead is not null;
        using var pieces = ahead ?? stream.Pieces.GetEnumerator();
        (ahead, ranges, Rows) = (null, RangesOf(found), 0);
        for (var isThere = isBegun || pieces.MoveNext(); isThere; isThere = pieces.MoveNext())
        {
            ranges.Add(pieces.Current);
            Rows += pieces.Current.Rows;
            yield return found.Model switch
            {
                AnyModel.Single single => Table(pieces.Current, single.Item),
                AnyModel.Double twice => Table(pieces.Current, twice.Item),
                _ => throw new InvalidOperationException("a model in a precision that has no command"),
            };
        }
    }

    public void Dispose()
    {
        ahead?.Dispose();
        ((IDisposable)machine).Dispose();
    }

    private PredictionTable Table<T>(Sample sample, Model<T> model)
        where T : struct, IFormattable =>
        PredictionTable.Of(Schema.Learned, model, Fit.predict(machine, model, sample.Data));

    private static TrainedRanges RangesOf(Found found) => new(found.Schema, found.Model, found.Resolved);
}
