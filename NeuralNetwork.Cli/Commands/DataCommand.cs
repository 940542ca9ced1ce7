using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn data list|fetch|inspect: built-in data sets, and a look at any data.</summary>
internal static class DataCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var list = new Command("list", "The built-in data sets, and where they are.");
        list.SetAction(_ => List(screen));
        command.Add(list);

        var name = new Argument<string>("NAME") { Description = BuiltIn.Names };
        var fetch = new Command("fetch", "Fetch a built-in data set into the cache folder and verify it.") { name };
        fetch.Add(Arguments.Force);
        fetch.SetAction(
            (result, cancel) => Fetch(result.GetRequiredValue(name), result.GetValue(Arguments.Force), screen, cancel)
        );
        command.Add(fetch);

        var data = Arguments.Data();
        var inspect = new Command("inspect", "What is in data, column by column, and what may be wrong with it.")
        {
            data,
        };
        foreach (var option in DataSettings.Options)
            inspect.Add(option);
        inspect.SetAction(result => Inspect(result.GetRequiredValue(data), result, screen));
        command.Add(inspect);
    }

    private static int List(Screen screen)
    {
        if (screen.Json)
            Screen.PrintDocument(
                Json.Text(new JsonObject { ["schema"] = Json.Schema, ["sets"] = Json.Array(BuiltIn.All, Entry) })
            );
        else
            foreach (
                var line in Screen.Columns([
                    .. BuiltIn.All.Select(set =>
                        new[] { set.Name, set.About, set.Licence, set.Place ?? $"(nn data fetch {set.Name})" }
                    ),
                ])
            )
                screen.Print(line);
        return Exit.Done;
    }

    private static JsonObject Entry(BuiltInSet set) =>
        new()
        {
            ["name"] = set.Name,
            ["about"] = set.About,
            ["licence"] = set.Licence,
            ["folder"] = set.Place,
            ["mirrors"] = Json.Array(set.Mirrors, mirror => mirror),
        };

    private static async Task<int> Fetch(string name, bool force, Screen screen, CancellationToken cancel)
    {
        var set =
            BuiltIn.Find(name)
            ?? throw Failure.Usage(
                Text.nearest(BuiltIn.All.Select(set => set.Name), name) is { } near
                    ? $"NAME: {name} (did you mean {near.Value}?)"
                    : $"NAME: {name} (must be one of: {BuiltIn.Names})"
            );
        if (!force && set.Place is { } place)
        {
            screen.Say($"{name} is in {place} already (--force fetches it into the cache folder)");
            return Exit.Done;
        }
        var folder = KnownFolders.CacheFolder(name);
        foreach (var file in set.Files)
            if (force || !File.Exists(Path.Combine(folder, file.PackedName)))
                await Fetch(set, file, folder, screen, cancel);
        screen.Say($"{name} is in {folder}");
        return Exit.Done;
    }

    private static async Task Fetch(
        BuiltInSet set,
        BuiltInFile file,
        string folder,
        Screen screen,
        CancellationToken cancel
    )
    {
        using var download = new Download(set, file, folder);
        screen.Say($"fetching {file.PackedName}");
        await screen.Watch(
            (int)(file.Limit >> 10),
            "KiB",
            meter =>
                download.Run(
                    length =>
                    {
                        if (meter is { IsDue: true })
                            meter.Move((int)(length >> 10), file.PackedName);
                    },
                    cancel
                )
        );
    }

    private static int Inspect(string data, ParseResult result, Screen screen)
    {
        var spec = SpecReader.Of(result);
        var source = spec.Data.Open(data);
        if (source.Decision is { } decision)
            screen.Say(decision);
        var found = Inspection.Of(source, spec);
        if (screen.Json)
            Screen.PrintDocument(Json.Text(found.Document()));
        else
            foreach (var line in found.Lines())
                screen.Print(line);
        return Exit.Done;
    }
}
