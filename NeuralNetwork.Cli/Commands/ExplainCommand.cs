using System.CommandLine;
using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>nn explain: what a name stands for, formula and all, and what a network is compiled to.</summary>
internal static class ExplainCommand
{
    private static readonly Setting<int> Inputs = new("--inputs", "N", "Features of a row", Read.Count, "784");
    private static readonly Setting<int> Classes = new("--classes", "N", "Classes to tell apart", Read.Count, "10");

    public static void Fill(Command command, Screen screen)
    {
        foreach (var topic in Topic.All)
            command.Add(Of(topic, screen));
        command.Add(Plan(screen));

        var name = Name("Any name of the topics below; without one, all are listed");
        command.Add(name);
        command.Add(ConventionSettings.Option);
        command.SetAction(result => Run(result.GetValue(name), ConventionSettings.Of(result), screen));
    }

    private static Argument<string?> Name(string about) =>
        new("NAME") { Description = about, Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The page of a name, wherever it belongs, or the list of all.</summary>
    private static int Run(string? name, Convention convention, Screen screen)
    {
        if (name is null)
            return List(Topic.All, screen);
        if (Topic.Having(name) is { } topic)
            return Show(topic.Page(name, convention), screen);
        var kinds = Topic.All.Select(one => one.Kind);
        var known = kinds.Append("plan").Concat(Topic.All.SelectMany(one => one.Entries.Select(entry => entry.Name)));
        var hint = Text.nearest(known, name) is { } near
            ? $"did you mean {near.Value}?"
            : "nn explain lists all there are";
        throw Failure.Usage($"explain {name}: unknown name ({hint})");
    }

    /// <summary>The command of a topic: the page of one of its names, or the list of them.</summary>
    private static Command Of(Topic topic, Screen screen)
    {
        var command = new Command(topic.Kind, $"{topic.About}: formula, defaults, differences, an example.");
        var name = Name("Its name, as in nn train; without one, all are listed");
        var hasOne = topic.Entries.Length == 1;
        if (!hasOne)
            command.Add(name);
        command.Add(ConventionSettings.Option);
        command.SetAction(result =>
        {
            var convention = ConventionSettings.Of(result);
            var chosen = hasOne ? topic.Kind : result.GetValue(name);
            return chosen is null ? List([topic], screen) : Show(topic.Page(chosen, convention), screen);
        });
        return command;
    }

    private static int List(Topic[] topics, Screen screen)
    {
        var entries = topics.SelectMany(topic => topic.Entries.Select(entry => (topic.Kind, entry.Name, entry.Idea)));
        if (screen.Json)
            screen.Print(Json.Text(Json.Array(entries, Entry)));
        else
            foreach (var line in Screen.Columns([.. entries.Select(one => (string[])[one.Kind, one.Name, one.Idea])]))
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
            screen.Print(Json.Text(page.Document()));
        else
            foreach (var line in page.Lines())
                screen.Print(line);
        return Exit.Done;
    }

    private static Command Plan(Screen screen)
    {
        var command = new Command("plan", "The operations of a prediction and of a training step.");
        foreach (
            var option in (Option[])
                [
                    ConfigFile.Option,
                    Inputs.Option,
                    Classes.Option,
                    .. ModelSettings.Options,
                    .. TrainingSettings.Options,
                ]
        )
            command.Add(option);
        command.SetAction(result => Compile(result, screen));
        return command;
    }

    private static int Compile(ParseResult result, Screen screen)
    {
        var network = new ModelSettings(result).Build(Inputs.Of(result), Classes.Of(result));
        var training = new TrainingSettings(result);
        var batch = training.Fit(network, int.MaxValue).BatchSize;
        screen.Print(PlanModule.explain(PlanModule.compile(network, training.Describe(1), batch)));
        return Exit.Done;
    }
}
