using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Explain;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn explain: what a name stands for, formula and all, and what a network is compiled to.</summary>
internal static class ExplainCommand
{
    public static void Fill(Command command, Screen screen)
    {
        foreach (var topic in Topic.All)
            command.Add(Of(topic, screen));
        command.Add(PlanCommand.Of(screen));
        command.Add(ExplainModelCommand.Of(screen));

        command.Description +=
            "\n\nnn explain NAME shows a name of any of the topics below, nn explain alone lists them all.";
        // A usage line would put it in front of the topics; a second word is taken to say which of two is not known.
        var names = new Argument<string[]>("NAME") { Arity = new ArgumentArity(0, 2), Hidden = true };
        names.OfferAll(Topic.All.SelectMany(topic => topic.Entries.Select(entry => entry.Name)));
        command.Add(names);
        command.Add(Options.ConventionSettings.Option);
        command.SetAction(result => Run(result.GetValue(names) ?? [], ConventionOf(result), screen));
    }

    private static Argument<string?> Name(string about) =>
        new("NAME") { Description = about, Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The page of a name, wherever it belongs, or the list of all.</summary>
    private static int Run(string[] names, Convention convention, Screen screen)
    {
        if (names is not [var name, .. var rest])
            return List(Topic.All, screen);
        var topic = Topic.Having(name) ?? throw Unknown(name);
        if (rest is [var stray])
            throw Failure.Usage($"{stray}: one argument too many");
        var page = topic.Page(name, convention);
        string[] others =
        [
            .. Topic
                .All.Where(other => other != topic && other.Knows(name))
                .Select(other => $"There is a {other.Kind} of this name, too: nn explain {other.Kind} {name}"),
        ];
        return Show(
            page with
            {
                Note = page.Note with { Differences = [.. page.Note.Differences, .. others] },
            },
            screen
        );
    }

    private static Failure Unknown(string name)
    {
        var kinds = Topic.All.Select(one => one.Kind);
        var known = kinds
            .Concat(["plan", "model"])
            .Concat(Topic.All.SelectMany(one => one.Entries.Select(entry => entry.Name)));
        var hint = Text.nearest(known, name) is { } near
            ? $"did you mean {near.Value}?"
            : "nn explain lists all there are";
        return Failure.Usage($"explain {name}: unknown name ({hint})");
    }

    /// <summary>The command of a topic: the page of one of its names, or the list of them.</summary>
    private static Command Of(Topic topic, Screen screen)
    {
        var command = new Command(topic.Kind, $"{topic.About}: formula, defaults, differences, an example.");
        var name = Name("Its name, as in nn train; without one, all are listed");
        var hasOne = topic.Entries.Length == 1;
        name.OfferAll(topic.Entries.Select(entry => entry.Name));
        if (!hasOne)
            command.Add(name);
        command.Add(Options.ConventionSettings.Option);
        command.SetAction(result =>
        {
            var convention = ConventionOf(result);
            var chosen = hasOne ? topic.Kind : result.GetValue(name);
            return chosen is null ? List([topic], screen) : Show(topic.Page(chosen, convention), screen);
        });
        return command;
    }

    private static int List(Topic[] topics, Screen screen)
    {
        var entries = topics.SelectMany(topic => topic.Entries.Select(entry => (topic.Kind, entry.Name, entry.Idea)));
        if (screen.Json)
            screen.PrintDocument(Json.Text(Json.Array(entries, Entry)));
        else
            foreach (
                var line in TextTable.Columns([.. entries.Select(one => (string[])[one.Kind, one.Name, one.Idea])])
            )
                screen.Print(line);
        return Exit.Done;
    }

    private static JsonObject Entry((string Kind, string Name, string Idea) entry) =>
        new()
        {
            ["kind"] = entry.Kind,
            ["name"] = entry.Name,
            ["idea"] = entry.Idea,
        };

    private static int Show(Page page, Screen screen)
    {
        if (screen.Json)
            screen.PrintDocument(Json.Text(page.Document()));
        else
            foreach (var line in page.Lines())
                screen.Print(line);
        return Exit.Done;
    }

    private static Convention ConventionOf(ParseResult result) =>
        SpecReader.Typed(result, [Options.ConventionSettings.Name]).Convention;
}

/// <summary>nn explain model MODEL [DATA]: what a model goes by, how it changes with a column, and what single rows were judged by.</summary>
internal static class ExplainModelCommand
{
    private static readonly Setting<int> Deals = new(
        "--deals",
        "N",
        "How often the cells of each column are dealt out anew",
        Read.Number(
                deals => deals is >= 2 and <= 1000 && deals == Math.Truncate(deals),
                "a whole number from 2 to 1000"
            )
            .To(deals => (int)deals),
        "5"
    );

    private static readonly Setting<int?> Rows = new(
        "--rows",
        "N|all",
        "Rows to measure on, of every class its share",
        Read.Count.To(rows => (int?)rows).Or("all", null),
        "2000"
    );

    private static readonly Setting<ulong> Seed = new("--seed", "N", "What the deals follow from", Read.Seed, "42");

    private static readonly Setting<string> Out = new(OptionName.Out, "FILE", "Write a page there, as HTML", Read.Any);

    private static readonly Setting<string> Pictures = new(
        "--pictures",
        "FOLDER",
        "Draw the pictures of the page there, as SVG: columns.svg, dependence-1.svg and so on",
        Read.Any
    );

    public static Command Of(Screen screen)
    {
        var command = new Command(
            "model",
            "What a model goes by: how much it loses without a column, how its prediction changes with one, what its worst rows were judged by."
        );
        var use = new UseSettings(command, needsTargets: true, isOfRun: true);
        Option[] own = [Deals.Option, Rows.Option, Seed.Option, Out.Option, Pictures.Option, Arguments.Force];
        foreach (var option in own)
            command.Add(option);
        command.SetAction(result => Run(use, result, screen));
        return command;
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var (deals, rows, seed) = (Deals.Of(result), Rows.Of(result), Seed.Of(result));
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        var folder = Pictures.IsGiven(result) ? Pictures.Of(result) : null;
        if (folder is not null)
            CheckPictures(folder, path, result.GetValue(Arguments.Force));
        var used = use.Open(result, screen);
        if (path is not null && used.Source.IsReadFrom(path))
            throw Failure.Usage(Out.Name, $"{path} is what the model is explained on");
        if (KnownRows.Warning(use.ModelPath(result), used.Source) is { } warning)
            screen.Warn(warning);
        using var machine = used.Machine;
        var sample = RowParts.Some(used.Sample, rows ?? used.Sample.Rows, seed);
        var explanation = used.Model switch
        {
            AnyModel.Single single => Explanation.Of(used with { Sample = sample }, single.Item, deals, seed),
            AnyModel.Double twice => Explanation.Of(used with { Sample = sample }, twice.Item, deals, seed),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
        explanation = explanation with { All = used.Sample.Rows };
        if (path is not null)
            OutputFile.Write(path, System.Text.Encoding.UTF8.GetBytes(ReportPage.Of(explanation.Page())));
        var drawn = folder is null ? 0 : Draw(explanation, folder);
        if (screen.Json)
            screen.PrintDocument(Json.Text(explanation.Document()));
        else
            foreach (var line in explanation.Lines())
                screen.Print(line);
        if (path is not null)
            screen.Say($"page: {path}");
        if (folder is not null)
            screen.Say($"{drawn} pictures in {folder}");
        return Exit.Done;
    }

    private static void CheckPictures(string folder, string? page, bool force)
    {
        OutputFile.CheckPath(Pictures.Name, folder);
        if (File.Exists(folder))
            throw Failure.Usage(Pictures.Name, $"{folder} is a file (must be a folder)");
        foreach (var picture in Explanation.PictureNames.Select(name => Path.Combine(folder, name)))
        {
            OutputFile.Check(Pictures.Name, picture, force);
            if (page is not null && Path.GetFullPath(page) == Path.GetFullPath(picture))
                throw Failure.Usage(Pictures.Name, $"{picture} is the page of {Out.Name}");
        }
    }

    /// <summary>Draws the pictures, and removes those of an explanation before that had more of them; how many there are.</summary>
    private static int Draw(Explanation explanation, string folder)
    {
        (string File, Charts.Chart Chart)[] pictures = [.. explanation.Pictures];
        foreach (var (file, chart) in pictures)
            PlotSettings.Draw(Path.Combine(folder, file), () => chart);
        foreach (var other in Explanation.PictureNames.Except(pictures.Select(one => one.File)))
            File.Delete(Path.Combine(folder, other));
        return pictures.Length;
    }
}
