using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn data list|fetch|inspect|split|pack: built-in data sets, a look at any data, tables in parts, and rows in files.</summary>
internal static class DataCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var list = new Command("list", "The built-in data sets, and where they are.");
        list.SetAction(_ => List(screen));
        command.Add(list);

        var name = new Argument<string>("NAME") { Description = BuiltIn.Names };
        name.OfferAll(BuiltIn.All.Select(set => set.Name));
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

        var split = new Command("split", "Write the rows of a table as train.csv, validation.csv and test.csv.");
        DataSplit.Fill(split, screen);
        command.Add(split);

        var pack = new Command(
            "pack",
            "Write rows in a form that is larger than memory and trained on from its file; what was stopped goes on."
        );
        DataPack.Fill(pack, screen);
        command.Add(pack);
    }

    private static int List(Screen screen)
    {
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(new JsonObject { ["schema"] = Json.Schema, ["sets"] = Json.Array(BuiltIn.All, Entry) })
            );
        else
            foreach (
                var line in TextTable.Columns([
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
            screen.PrintDocument(Json.Text(found.Document()));
        else
            foreach (var line in found.Lines())
                screen.Print(line);
        return Exit.Done;
    }
}

/// <summary>nn data split DATA --out FOLDER: a table in parts, by the rules that `nn train` sets rows aside by.</summary>
internal static class DataSplit
{
    private static readonly Setting<string> Out = new(OptionName.Out, "FOLDER", "The folder to write in", Read.Any);

    private static readonly Setting<ValidationRows> Test = new(
        OptionName.Test,
        "SHARE|last:SHARE|none",
        "Rows to test with: a share of all, or of the last ones",
        TrainingSettings.ReadShare,
        "0.2"
    );

    private static readonly Setting<ValidationRows> Validation = new(
        OptionName.Validation,
        "SHARE|last:SHARE|none",
        "Rows to validate with: a share of all, or of the last ones of those that are not to test with",
        TrainingSettings.ReadShare,
        "0.1"
    );

    // What is not asked of whoever writes files of rows.
    private static readonly string[] Unasked = [OptionName.Test, OptionName.Standardize, OptionName.Window];

    public static void Fill(Command command, Screen screen)
    {
        var data = Arguments.Data();
        command.Add(data);
        Out.Option.Required = true;
        foreach (var option in (Option[])[Out.Option, Test.Option, Validation.Option, TrainingSettings.Seed.Option])
            command.Add(option);
        foreach (var option in DataSettings.Options.Where(option => !Unasked.Contains(option.Name)))
            command.Add(option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(result.GetRequiredValue(data), result, screen));
    }

    private static int Run(string data, ParseResult result, Screen screen)
    {
        var spec = SpecReader.Of(result);
        var (test, validation) = (Test.Of(result), Validation.Of(result));
        Check(spec, test, validation);
        string[] parts = ["train", "validation", "test"];
        var folder = Out.Of(result);
        if (File.Exists(folder))
            throw Failure.Usage(Out.Name, $"{folder}: a file (must be a folder)");
        string[] paths = Array.ConvertAll(parts, part => Path.Combine(folder, $"{part}.csv"));
        // None is written where one may not be.
        foreach (var path in paths.Where(Path.Exists))
            OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        var source =
            spec.Data.Open(data) as TableSource
            ?? throw Failure.Usage($"{Arguments.DataName}: {data} has no columns (tables are written in parts)");
        // Nothing is filled in in what is written.
        var order = spec.IsSaid(OptionName.Missing)
            ? spec.Data.Order
            : spec.Data.Order with
            {
                Missing = MissingCells.Median,
            };
        var sample = source.Train(order);
        foreach (var note in sample.Notes)
            screen.Say(note);
        if (Array.Find(paths, source.IsReadFrom) is { } own)
            throw Failure.Usage(Out.Name, $"{own} is what is split");
        // Both are shares of all rows: the one to validate with is taken of what the other leaves.
        var (others, tested) = RowParts.Of(sample, test, spec.Fit.Seed, Test.Name);
        var rest = validation with { Share = validation.Share / (1 - test.Share) };
        var (trained, validated) = RowParts.Of(others, rest, spec.Fit.Seed);
        Durable.CreateFolder(folder);
        var written = paths.Zip([trained, validated, tested]).Where(part => part.Second is not null).ToArray();
        foreach (var (path, rows) in written)
        {
            OutputFile.Write(path, stream => Write(source.Rows, Numbers(rows!), stream));
            screen.Say($"{rows!.Rows:N0} rows in {path}");
        }
        // What is left of another split would be taken for a part of this one.
        foreach (var path in paths.Except(written.Select(part => part.First)).Where(File.Exists))
        {
            File.Delete(path);
            screen.Say($"{path} is removed: it has no rows now");
        }
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(
                    new JsonObject
                    {
                        ["schema"] = Json.Schema,
                        ["parts"] = Json.Array(
                            written,
                            part => new JsonObject { ["path"] = part.First, ["rows"] = part.Second!.Rows }
                        ),
                    }
                )
            );
        return Exit.Done;
    }

    private static void Check(TrainingSpec spec, ValidationRows test, ValidationRows validation)
    {
        foreach (var (rows, name) in new[] { (test, Test.Name), (validation, Validation.Name) })
            if (rows.IsLast && spec.Data.Group is not null)
                throw Failure.Usage(
                    name,
                    $"{rows} does not go with {OptionName.Group} (a share keeps groups together)"
                );
        if (spec.Data is { Group: not null, Time: not null })
            throw Failure.Usage(OptionName.Time, $"does not go with {OptionName.Group} (one of them decides)");
        if (test.Share + validation.Share >= 1)
            throw Failure.Usage(
                Validation.Name,
                $"{validation} beside {Test.Name} {test} (no rows are left to train on)"
            );
    }

    private static HashSet<int> Numbers(Sample sample) =>
        [.. Enumerable.Range(0, sample.Rows).Select(row => sample.Numbers[row])];

    private static void Write(RowSource rows, HashSet<int> chosen, Stream stream)
    {
        using var writer = new StreamWriter(stream, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(CsvText.Row(rows.Look(null).Names));
        using var at = rows.Open();
        for (var row = 0; at.Next(); row++)
            if (chosen.Contains(row))
                writer.WriteLine(CsvText.Row(Enumerable.Range(0, at.Count).Select(at.Text)));
    }
}
