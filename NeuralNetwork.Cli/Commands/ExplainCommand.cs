using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Explain;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Terminal;
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
